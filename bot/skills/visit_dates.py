"""The day a customer wishes somebody to come: `2026-11-24`, `2026-11-24 오후`, `2026-11-24 14:00`, or any day."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.skills.config import WEEKDAYS, RepairConfig
from nlu.entities.dates import SEOUL, find_dates
from nlu.entities.found import blanked

ANY_DAY = "any"
_ANY = re.compile(r"아무\s?때|아무\s?날|언제든|언제라도|상관\s?없|빨리|빠른|최대한|당장|지금\s?바로|가능한\s?한?\s?(?:날|대로)")
_NEXT_YEAR = re.compile("내년|후년")
_BARE_WEEKDAY = re.compile(r"^(?!.*(?:오늘|금일|당일|이번\s?주)).*[월화수목금토일]요일", re.DOTALL)
_PARTS = (("오전", re.compile("오전|아침")), ("오후", re.compile("오후|낮")), ("저녁", re.compile("저녁|퇴근")))
_LITTLE = re.compile(r"(?:오전|오후|아침|저녁|낮|쯤|경|에|까지|이에요|예요|이요|요|입니다|으로|로|네|그럼|[\s,.!~])*")
_VISIT = re.compile(r"방문|오[시세셨실면]|와\s?(?:서|주|줘|달)|와요|수리|점검|접수|예약|신청|보내|희망|가능|괜찮|날짜|로요|고쳐")


class Wish(NamedTuple):
    """`value` of the wish, or the name of the text that says what is `wrong` with it, with what the text names."""

    value: str | None
    wrong: str | None = None
    about: dict[str, str] = {}


def speaks_of_a_visit(text: str) -> bool:
    """Whether a date in `text` may be one to come on, rather than the day something broke."""
    return _VISIT.search(text) is not None


def names_only_a_day(text: str, now: datetime) -> bool:
    """Whether `text` says when and nothing else: 다음 주 수요일 오후요."""
    found = [(one.start, one.end) for one in find_dates(text, now)]
    return bool(found) and _LITTLE.fullmatch(blanked(text, found)) is not None


def read_wish(text: str, now: datetime, config: RepairConfig, before: str | None = None) -> Wish | None:
    """The wish in `text`, checked; a time alone is joined to the day of `before`. None where there is none."""
    if _NEXT_YEAR.search(text):
        return Wish(None, "date_too_late", {"last": shown_day(_last(now, config))})
    found = [one for one in find_dates(text, now) if one.kind in ("date", "time", "datetime")]
    days = [one for one in found if one.kind != "time"]
    if not days and before and before != ANY_DAY:
        part = _part(text, [one.value for one in found])
        if part:
            return Wish(f"{before[:10]} {part}")
    if not days:
        return Wish(ANY_DAY) if _ANY.search(text) else None
    chosen = days[-1] if _corrects(text) else days[0]
    day = date.fromisoformat(chosen.value[:10])
    if day == now.astimezone(SEOUL).date() and _BARE_WEEKDAY.search(text):
        day += timedelta(days=7)  # 월요일, said on a Monday
    wrong = what_is_wrong(day, now.astimezone(SEOUL).date(), config)
    if wrong:
        return wrong
    times = [chosen.value[11:]] if chosen.kind == "datetime" else [one.value for one in found if one.kind == "time"]
    part = _part(text, times)
    return Wish(f"{day.isoformat()} {part}" if part else day.isoformat())


def what_is_wrong(day: date, today: date, config: RepairConfig) -> Wish | None:
    """Why nobody comes on `day`, or None."""
    first, last = today + timedelta(days=config.min_days_ahead), today + timedelta(days=config.max_days_ahead)
    if day < today:
        return Wish(None, "date_past", {"date": shown_day(day)})
    if day < first:
        return Wish(None, "date_too_soon", {"first": shown_day(first)})
    if day > last:
        return Wish(None, "date_too_late", {"last": shown_day(last)})
    if WEEKDAYS[day.weekday()] in config.closed:
        return Wish(None, "date_closed", {"weekday": WEEKDAYS[day.weekday()]})
    return None


def _last(now: datetime, config: RepairConfig) -> date:
    return now.astimezone(SEOUL).date() + timedelta(days=config.max_days_ahead)


def shown_day(day: date) -> str:
    """11월 24일(화)"""
    return f"{day.month}월 {day.day}일({WEEKDAYS[day.weekday()]})"


def shown_wish(value: str, any_day: str) -> str:
    """What the customer reads for a wish."""
    if value == ANY_DAY:
        return any_day
    day, _, part = value.partition(" ")
    return f"{shown_day(date.fromisoformat(day))} {part}".strip()


def _part(text: str, times: list[str]) -> str:
    """The time as HH:MM, or the part of the day, or nothing."""
    if times:
        return times[0][:5]
    return next((name for name, pattern in _PARTS if pattern.search(text)), "")


def _corrects(text: str) -> bool:
    return re.search(r"말고|아니", text) is not None
