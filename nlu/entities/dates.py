"""Dates and times in Korean, as ISO 8601 in the time zone Asia/Seoul (UTC+09:00, no summer time).

    find_dates("내일 오후 두 시에요", now)  ->  [Found("datetime", 0, 9, "2026-11-24T14:00:00+09:00")]

A date alone is `date` (2026-11-24), a time alone `time` (14:00+09:00), both beside each other
`datetime`. Weeks begin on Monday; a bare weekday is the next one from today on, 다음 주 the week
after this one. A month and day that have passed this year are next year's, unless 올해 or another year is said;
a day alone (25일 오후에) is the next such one. An hour from 1 to 6 without 오전 or 오후 counts as afternoon, as one makes
appointments. 밤 12시 of a day is the midnight that ends it.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

from nlu.entities.found import Found, Taken, blanked
from nlu.entities.numerals import DAY_WORDS, NATIVE, SINO, number

SEOUL = timezone(timedelta(hours=9), "Asia/Seoul")
_NUMBER = rf"(?:\d{{1,2}}|{NATIVE}|{SINO})"
_DAYS = {
    "오늘": 0, "금일": 0, "내일": 1, "낼": 1, "명일": 1, "모레": 2, "내일모레": 2, "낼모레": 2, "글피": 3,
    "어제": -1, "그저께": -2, "그제": -2,
}  # fmt: skip
_HALVES = {"오전": 0, "아침": 0, "새벽": 0, "오후": 12, "저녁": 12, "낮": 12, "점심": 12, "밤": 12}
_PARTS = "|".join(_HALVES)
_WEEKDAYS = "월화수목금토일"
_YEARS = {"작년": -1, "지난해": -1, "올해": 0, "금년": 0, "내년": 1}
_WEEKS = {"지난": -1, "저번": -1, "이번": 0, "금": 0, "다음": 1, "담": 1, "차": 1, "다다음": 2}


class _Piece(NamedTuple):
    """A date or a time at `[start, end)`; `hour` is None for a date, `day` for a time.

    `next_day` says that a time beside a date is of the day after it.
    """

    start: int
    end: int
    day: date | None = None
    hour: int | None = None
    minute: int = 0
    next_day: bool = False


def find_dates(text: str, now: datetime) -> list[Found]:
    """Entities `date`, `time` and `datetime` of `text`; `now` is any aware time."""
    today = now.astimezone(SEOUL).date()
    dates = _first_matches(text, [(pattern, lambda match, read=read: read(match, today)) for pattern, read in _DATES])
    free = blanked(text, ((piece.start, piece.end) for piece in dates))
    times = _first_matches(free, [(pattern, read) for pattern, read in _TIMES])
    return sorted(_joined(text, dates, times), key=lambda found: found.start)


def _joined(text: str, dates: list[_Piece], times: list[_Piece]) -> list[Found]:
    found, used = [], set()
    starts = [time.start for time in times]
    for day in dates:
        following = bisect_left(starts, day.end)
        beside = times[following] if following < len(times) else None
        if beside is None or beside in used or not _beside(text, day, beside):
            found.append(Found("date", day.start, day.end, day.day.isoformat()))
            continue
        used.add(beside)
        moment = datetime(day.day.year, day.day.month, day.day.day, beside.hour, beside.minute, tzinfo=SEOUL)
        moment += timedelta(days=beside.next_day)
        found.append(Found("datetime", min(day.start, beside.start), max(day.end, beside.end), moment.isoformat()))
    for time in times:
        if time not in used:
            found.append(Found("time", time.start, time.end, f"{time.hour:02d}:{time.minute:02d}+09:00"))
    return found


def _beside(text: str, day: _Piece, time: _Piece) -> bool:
    """Whether only spaces, commas or a particle stand between a date and the time behind it."""
    return day.end <= time.start and re.fullmatch(r"[\s,]*(?:에|날|의)?[\s,]*", text[day.end : time.start]) is not None


def _first_matches(text: str, rules: list[tuple[re.Pattern[str], Callable[[re.Match[str]], _Piece | None]]]) -> list[_Piece]:
    pieces: list[_Piece] = []
    taken = Taken()
    for pattern, read in rules:
        for match in pattern.finditer(text):
            piece = read(match) if taken.is_free(*match.span()) else None
            if piece is not None:
                taken.take(piece.start, piece.end)
                pieces.append(piece)
    return sorted(pieces, key=lambda piece: piece.start)


def _piece_of(match: re.Match[str], year: int, month: int, day: int) -> _Piece | None:
    try:
        return _Piece(match.start(), match.end(), date(year, month, day))
    except ValueError:  # 2월 30일
        return None


def _full(match: re.Match[str], today: date) -> _Piece | None:
    year = int(match["year"])
    return _piece_of(match, year + 2000 if year < 100 else year, int(match["month"]), int(match["day"]))


def _month_and_day(match: re.Match[str], today: date) -> _Piece | None:
    month, day = number(match["month"]), number(match["day"])
    month = {"유": 6, "시": 10}.get(match["month"], month)
    if month is None or day is None:
        return None
    if match.groupdict().get("year"):
        return _piece_of(match, today.year + _YEARS[match["year"]], month, day)
    piece = _piece_of(match, today.year, month, day)
    if piece and piece.day < today:
        return _piece_of(match, today.year + 1, month, day)
    return piece


def _relative_month(match: re.Match[str], today: date) -> _Piece | None:
    ahead = {"지난": -1, "저번": -1, "이번": 0, "다음": 1, "담": 1, "다다음": 2}[match["which"]]
    year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
    if match["day"] is None:
        return _piece_of(match, year, month + 1, calendar.monthrange(year, month + 1)[1])
    return _piece_of(match, year, month + 1, number(match["day"]) or 0)


def _day_alone(match: re.Match[str], today: date) -> _Piece | None:
    day = int(match["day"])
    months = (divmod(today.year * 12 + today.month - 1 + ahead, 12) for ahead in range(3))
    pieces = (_piece_of(match, year, month + 1, day) for year, month in months)
    return next((piece for piece in pieces if piece and piece.day >= today), None)


def _weekday(match: re.Match[str], today: date) -> _Piece | None:
    weekday = _WEEKDAYS.index(match["weekday"])
    if match["week"] is None:
        return _after(match, today, (weekday - today.weekday()) % 7)
    return _after(match, today, 7 * _WEEKS[match["week"]] + weekday - today.weekday())


def _near_day(match: re.Match[str], today: date) -> _Piece | None:
    return _after(match, today, _DAYS["".join(match["word"].split())])


def _counted(match: re.Match[str], today: date) -> _Piece | None:
    unit, word = match["unit"], match["count"].strip()
    count = DAY_WORDS.get(word) if unit is None else number(word)
    if count is None:
        return None
    sign = -1 if match["side"] == "전" else 1
    if unit and unit.startswith(("달", "개월")):
        year, month = divmod(today.year * 12 + today.month - 1 + sign * count, 12)
        return _piece_of(match, year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))
    return _after(match, today, sign * count * (7 if unit and unit.startswith("주") else 1))


def _after(match: re.Match[str], today: date, days: int) -> _Piece | None:
    try:
        return _Piece(match.start(), match.end(), today + timedelta(days=days))
    except OverflowError:
        return None


_DATES: list[tuple[re.Pattern[str], Callable[[re.Match[str], date], _Piece | None]]] = [
    (re.compile(r"(?<!\d)(?P<year>20\d\d|\d\d)\s*년\s*(?P<month>\d{1,2})\s*월\s*(?P<day>\d{1,2})\s*일"), _full),
    (re.compile(r"(?<![\d-])(?P<year>20\d\d)\s?[./-]\s?(?P<month>\d{1,2})\s?[./-]\s?(?P<day>\d{1,2})(?![\d-])"), _full),
    (
        re.compile(
            rf"(?<![\d가-힣])(?:(?P<year>{'|'.join(_YEARS)})\s*)?(?P<month>\d{{1,2}}|유|시|{SINO})\s*월\s*"
            rf"(?P<day>\d{{1,2}}|{SINO})\s*일(?!\s*(?:간|동안))"
        ),
        _month_and_day,
    ),
    (re.compile(r"(?<![\d./-])(?P<month>1[0-2]|0?[1-9])/(?P<day>3[01]|[12]\d|0?[1-9])(?![\d/-])"), _month_and_day),
    (re.compile(rf"(?P<which>지난|저번|이번|다다음|다음|담)\s*달\s*(?:(?P<day>\d{{1,2}}|{SINO})\s*일|말(?!고))"), _relative_month),
    (
        re.compile(r"(?:(?P<week>다다음|다음|이번|지난|저번|담|금|차)\s*주(?:에|의)?\s*)?(?P<weekday>[월화수목금토일])(?:요일|욜)"),
        _weekday,
    ),
    (re.compile(r"(?P<week>다다음|다음|이번|담)\s*주(?:에|의)?\s*(?P<weekday>[월화수목금토일])(?![가-힣])"), _weekday),
    (
        re.compile(
            rf"(?P<count>\d{{1,3}}|{NATIVE}|{SINO})\s*(?P<unit>일|주일|주|달|개월)\s*(?:있다가\s*)?(?P<side>뒤|후|전)(?!화)"
        ),
        _counted,
    ),
    (re.compile(rf"(?P<count>{'|'.join(DAY_WORDS)})(?P<unit>)?\s*(?P<side>뒤|후|전)(?!화)"), lambda m, t: _counted_days(m, t)),
    (re.compile(rf"(?<![\d가-힣./-])(?P<day>3[01]|[12]\d|[1-9])일(?=날|\s*(?:{_PARTS}|\d{{1,2}}(?:시(?!간)|:\d\d)))"), _day_alone),
    (re.compile(r"(?P<word>(?:내일|낼)\s?모레|오늘|금일|내일|낼|명일|모레|글피|어제|그저께|그제)"), _near_day),
]


def _counted_days(match: re.Match[str], today: date) -> _Piece | None:
    count = DAY_WORDS[match["count"]]
    return _after(match, today, -count if match["side"] == "전" else count)


def _clock(match: re.Match[str]) -> _Piece | None:
    hour = number(match["hour"])
    minute = 30 if match["half"] else (number(match["minute"]) if match["minute"] else 0)
    if hour is None or minute is None or hour > 24 or minute > 59:
        return None
    part = match["part"]
    if part is None:
        hour += 12 if 1 <= hour <= 6 else 0
    elif hour <= 12:
        if part == "밤" and hour in (12, 1, 2):
            hour = hour % 12
        elif part in ("낮", "점심") and hour >= 10:
            pass
        else:
            hour = hour % 12 + _HALVES[part]
    return _Piece(match.start(), match.end(), None, hour % 24, minute, part == "밤" and hour % 24 < 3)


def _digital(match: re.Match[str]) -> _Piece | None:
    hour = int(match["hour"])
    if match["part"] and hour <= 12:
        hour = hour % 12 + _HALVES[match["part"]]
    return _Piece(match.start(), match.end(), None, hour % 24, int(match["minute"]))


def _word(match: re.Match[str]) -> _Piece | None:
    return _Piece(match.start(), match.end(), None, 12 if match.group() == "정오" else 0)


_PART = rf"(?:(?P<part>{_PARTS})\s*)?"
_PART_OR_BORDER = rf"(?:(?P<part>{_PARTS})\s*|(?<![\d가-힣]))"
_TIMES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], _Piece | None]]] = [
    (re.compile(rf"{_PART}(?<!\d)(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?!\d)"), _digital),
    (
        re.compile(
            rf"{_PART_OR_BORDER}(?P<hour>{_NUMBER})\s*시(?!간|스|작|켜|키|도|골|대로)"
            rf"(?:\s*(?:(?P<half>반)|(?P<minute>\d{{1,2}}|{SINO})\s*분))?"
        ),
        _clock,
    ),
    (re.compile("정오|자정"), _word),
]
