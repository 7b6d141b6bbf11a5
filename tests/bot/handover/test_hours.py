from datetime import datetime, time, timezone

import pytest

from bot.handover.hours import OfficeHours, describe, describe_opening

SEOUL = OfficeHours()


def at(text):
    """A moment in Seoul."""
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL.zone)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T09:00", True),  # a Monday
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T17:59:59", True),
        ("2026-11-23T18:00", False),
        ("2026-11-21T12:00", False),  # a Saturday
    ],
)
def test_the_week(moment, is_open):
    assert SEOUL.is_open(at(moment)) is is_open


def test_the_company_s_time_zone_counts_and_not_the_machine_s():
    assert SEOUL.is_open(datetime(2026, 11, 23, 0, 0, tzinfo=timezone.utc))  # 09:00 in Seoul
    assert not SEOUL.is_open(datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc))  # 18:00
    assert not OfficeHours(time_zone="Europe/Berlin").is_open(datetime(2026, 11, 23, 0, 0, tzinfo=timezone.utc))


def test_holidays_of_one_year_and_of_every_year():
    hours = OfficeHours(holidays=frozenset({"2026-12-25", "01-01", "02-29"}))
    assert not hours.is_open(at("2026-12-25T10:00"))
    assert hours.is_open(at("2028-12-25T10:00"))  # a Monday
    assert not hours.is_open(at("2027-01-01T10:00")) and not hours.is_open(at("2029-01-01T10:00"))
    assert hours.next_opening(at("2026-12-24T19:00")) == at("2026-12-28T09:00")


def test_hours_over_midnight_belong_to_the_day_they_begin():
    night = OfficeHours(frozenset({4}), time(22), time(6))  # Friday nights
    assert night.is_open(at("2026-11-27T23:00")) and night.is_open(at("2026-11-28T05:59"))
    assert not night.is_open(at("2026-11-27T05:00")) and not night.is_open(at("2026-11-28T06:00"))
    assert night.opened_at(at("2026-11-28T05:59")) == at("2026-11-27T22:00")


def test_all_day():
    always = OfficeHours(frozenset(range(7)), time(0), time(0))
    assert all(always.is_open(at(f"2026-11-2{day}T{hour}")) for day in range(1, 9) for hour in ("00:00", "23:59:59"))


def test_the_next_opening():
    assert SEOUL.next_opening(at("2026-11-23T08:00")) == at("2026-11-23T09:00")
    assert SEOUL.next_opening(at("2026-11-23T09:00")) == at("2026-11-24T09:00")
    assert SEOUL.next_opening(at("2026-11-27T18:00")) == at("2026-11-30T09:00")
    every = frozenset(f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29))
    rest = frozenset(f"{month:02}-{day:02}" for month in range(1, 13) for day in (29, 30) if (month, day) != (2, 30))
    months = frozenset(f"{month:02}-31" for month in (1, 3, 5, 7, 8, 10, 12))
    assert OfficeHours(holidays=every | rest | months).next_opening(at("2026-11-23T08:00")) is None


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (SEOUL, "평일 09:00~18:00"),
        (OfficeHours(frozenset(range(7)), time(0), time(0)), "매일 24시간"),
        (OfficeHours(frozenset({5, 6})), "주말 09:00~18:00"),
        (OfficeHours(frozenset({0, 2, 4})), "월·수·금요일 09:00~18:00"),
    ],
)
def test_hours_in_words(hours, text):
    assert describe(hours) == text


@pytest.mark.parametrize(
    ("now", "text"),
    [
        ("2026-11-23T08:00", "오늘 09:00"),
        ("2026-11-23T19:00", "내일 09:00"),
        ("2026-11-27T19:00", "11월 30일(월) 09:00"),
    ],
)
def test_the_next_opening_in_words(now, text):
    assert describe_opening(SEOUL.next_opening(at(now)), at(now)) == text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weekdays": frozenset()}, "weekdays"),
        ({"weekdays": frozenset({7})}, "weekdays"),
        ({"holidays": frozenset({"2026-13-01"})}, "2026-13-01"),
        ({"holidays": frozenset({"1/1"})}, "1/1"),
        ({"time_zone": "Asia/Sowl"}, "Asia/Sowl"),
        ({"time_zone": "../etc"}, "../etc"),
    ],
)
def test_what_is_wrong_is_named(wrong, said):
    with pytest.raises(ValueError, match=said.replace(".", r"\.")):
        OfficeHours(**wrong)
