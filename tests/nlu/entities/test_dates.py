"""Dates from Monday, 23 November 2026, 9:00 in Seoul."""

from datetime import datetime, timezone

import pytest

from nlu.entities.dates import SEOUL, find_dates
from nlu.entities.numerals import number

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL)
CASES = """
내일 오후 두 시에 와 주세요 | datetime | 내일 오후 두 시 | 2026-11-24T14:00:00+09:00
다음 주 화요일 오전 10시 반 | datetime | 다음 주 화요일 오전 10시 반 | 2026-12-01T10:30:00+09:00
이번 주 토요일 | date | 이번 주 토요일 | 2026-11-28
지난주 금요일에 샀어요 | date | 지난주 금요일 | 2026-11-20
담주 수요일요 | date | 담주 수요일 | 2026-12-02
토요일 오후 3시 30분 | datetime | 토요일 오후 3시 30분 | 2026-11-28T15:30:00+09:00
월요일 | date | 월요일 | 2026-11-23
3월 5일 | date | 3월 5일 | 2027-03-05
12월 25일에요 | date | 12월 25일 | 2026-12-25
2026년 12월 1일 14:30 | datetime | 2026년 12월 1일 14:30 | 2026-12-01T14:30:00+09:00
2026-12-01 | date | 2026-12-01 | 2026-12-01
2026.12.1 | date | 2026.12.1 | 2026-12-01
11/25에 와줘 | date | 11/25 | 2026-11-25
사흘 뒤에요 | date | 사흘 뒤 | 2026-11-26
보름 후 | date | 보름 후 | 2026-12-08
3일 전 | date | 3일 전 | 2026-11-20
이주 뒤 | date | 이주 뒤 | 2026-12-07
두 달 전에 샀어요 | date | 두 달 전 | 2026-09-23
다음 달 3일 | date | 다음 달 3일 | 2026-12-03
다음 달 말 | date | 다음 달 말 | 2026-12-31
시월 이십오일 정오 | datetime | 시월 이십오일 정오 | 2027-10-25T12:00:00+09:00
내일모레요 | date | 내일모레 | 2026-11-25
낼 아침 아홉시 | datetime | 낼 아침 아홉시 | 2026-11-24T09:00:00+09:00
그저께 | date | 그저께 | 2026-11-21
밤 12시 | time | 밤 12시 | 00:00+09:00
밤 11시 | time | 밤 11시 | 23:00+09:00
새벽 2시 | time | 새벽 2시 | 02:00+09:00
두 시 | time | 두 시 | 14:00+09:00
열한 시 | time | 열한 시 | 11:00+09:00
낮 12시 | time | 낮 12시 | 12:00+09:00
오전 12시 | time | 오전 12시 | 00:00+09:00
18:05 | time | 18:05 | 18:05+09:00
자정 | time | 자정 | 00:00+09:00
다음주 화욜 저녁 7시 | datetime | 다음주 화욜 저녁 7시 | 2026-12-01T19:00:00+09:00
수욜 | date | 수욜 | 2026-11-25
오후2시반 | time | 오후2시반 | 14:30+09:00
오늘 밤 12시 | datetime | 오늘 밤 12시 | 2026-11-24T00:00:00+09:00
25일 오후 2시 | datetime | 25일 오후 2시 | 2026-11-25T14:00:00+09:00
2일 오전에요 | date | 2일 | 2026-12-02
31일 14:00 | datetime | 31일 14:00 | 2026-12-31T14:00:00+09:00
올해 3월 2일 | date | 올해 3월 2일 | 2026-03-02
작년 12월 30일에 샀어요 | date | 작년 12월 30일 | 2025-12-30
지난달 5일 | date | 지난달 5일 | 2026-10-05
"""


@pytest.mark.parametrize("case", [line for line in CASES.strip().splitlines()])
def test_worked_examples(case):
    text, kind, words, value = (part.strip() for part in case.split("|"))
    [found] = find_dates(text, NOW)
    assert (found.kind, text[found.start : found.end], found.value) == (kind, words, value)


@pytest.mark.parametrize("text", ["2월 30일", "13/45", "한 시간 뒤", "25시", "다시 시작해요", "", "😀", "3일 동안", "3일 걸려요", "25일이면", "E05", "일요", "12:99"])
def test_what_is_none(text):
    assert find_dates(text, NOW) == []


def test_a_date_and_a_time_apart_stay_apart():
    found = find_dates("내일은 안 되고 오후 세 시가 좋아요", NOW)
    assert [(one.kind, one.value) for one in found] == [("date", "2026-11-24"), ("time", "15:00+09:00")]


def test_today_is_seoul_s_today():
    evening_in_utc = datetime(2026, 11, 23, 20, 0, tzinfo=timezone.utc)  # the 24th in Seoul
    assert find_dates("오늘", evening_in_utc)[0].value == "2026-11-24"


def test_numbers_by_hand():
    words = ("7", "두", "열두", "이십삼", "십", "삼십", "구", "백", "")
    assert [number(word) for word in words] == [7, 2, 12, 23, 10, 30, 9, None, None]
