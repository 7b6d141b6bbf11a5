"""When somebody is there: weekdays, hours and holidays in the company's own time zone.

Hours that do not end after they begin run over midnight and belong to the day on which they began (00:00 to 00:00
is all day). A holiday is a day
(`2026-12-25`) or a day of every year (`12-25`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEKDAYS = "월화수목금토일"
HOLIDAY = re.compile(r"(?:\d{4}-)?\d{2}-\d{2}")
LEAP_YEAR = 2024
"""A year in which every day of a year is there, the 29th of February too."""
LOOK_AHEAD_DAYS = 366


@dataclass(frozen=True)
class OfficeHours:
    """The hours from `opens` to `closes` on `weekdays` (0 is Monday) that are no holiday."""

    weekdays: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time = time(18)
    holidays: frozenset[str] = frozenset()
    time_zone: str = "Asia/Seoul"

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ValueError(f"weekdays are {sorted(self.weekdays)}; they must be some of 0 (Monday) to 6 (Sunday)")
        for holiday in self.holidays:
            _check_holiday(holiday)
        _zone(self.time_zone)

    @property
    def zone(self) -> ZoneInfo:
        return _zone(self.time_zone)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at `at`, which has a time zone."""
        return self.opened_at(at) is not None

    def opened_at(self, at: datetime) -> datetime | None:
        """When the office hours that run at `at` began, or None where none run."""
        local = at.astimezone(self.zone)
        for day in (local.date(), local.date() - timedelta(days=1)):
            start, end = self._span(day)
            if self._is_working_day(day) and start <= local < end:
                return start
        return None

    def next_opening(self, at: datetime) -> datetime | None:
        """When the office opens next after `at`; None where it does not within a year."""
        local = at.astimezone(self.zone)
        for days in range(LOOK_AHEAD_DAYS):
            day = local.date() + timedelta(days=days)
            start, _ = self._span(day)
            if start > local and self._is_working_day(day):
                return start
        return None

    def _span(self, day: date) -> tuple[datetime, datetime]:
        start = datetime.combine(day, self.opens, self.zone)
        last = day + timedelta(days=1) if self.closes <= self.opens else day
        return start, datetime.combine(last, self.closes, self.zone)

    def _is_working_day(self, day: date) -> bool:
        return day.weekday() in self.weekdays and not {day.isoformat(), f"{day:%m-%d}"} & self.holidays


def describe(hours: OfficeHours) -> str:
    """The office hours as a customer reads them: 평일 09:00~18:00, 매일 24시간."""
    times = "24시간" if hours.opens == hours.closes else f"{hours.opens:%H:%M}~{hours.closes:%H:%M}"
    return f"{_days(hours.weekdays)} {times}"


def describe_opening(opening: datetime, now: datetime) -> str:
    """When it opens, seen from `now`: 오늘 09:00, 내일 09:00, 11월 25일(수) 09:00."""
    days = (opening.date() - now.astimezone(opening.tzinfo).date()).days
    near = {0: "오늘", 1: "내일"}.get(days)
    return f"{near or f'{opening.month}월 {opening.day}일({WEEKDAYS[opening.weekday()]})'} {opening:%H:%M}"


def _days(weekdays: frozenset[int]) -> str:
    known = {frozenset(range(5)): "평일", frozenset(range(7)): "매일", frozenset({5, 6}): "주말"}
    return known.get(weekdays) or "·".join(WEEKDAYS[day] for day in sorted(weekdays)) + "요일"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError) as error:
        raise ValueError(f"time_zone is {name!r}; it must be a name like Asia/Seoul that this machine knows") from error


def _check_holiday(holiday: str) -> None:
    if HOLIDAY.fullmatch(holiday):
        try:
            date.fromisoformat(holiday if len(holiday) == 10 else f"{LEAP_YEAR}-{holiday}")
            return
        except ValueError:
            pass
    raise ValueError(f"holiday {holiday!r} is no day; write 2026-12-25, or 12-25 for every year")
