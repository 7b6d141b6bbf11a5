from datetime import time

import pytest

from bot.handover.config import SECRET, HumanConfig, Outside, Waiting
from bot.handover.hours import OfficeHours

KEY = "k" * 32


@pytest.fixture
def load(tmp_path):
    def load(text, **environment):
        file = tmp_path / "daedap.toml"
        file.write_text(text, encoding="utf-8")
        return HumanConfig.load(file, environment)

    return load


def test_without_the_table_nobody_comes(load):
    assert load("faq_answer = 0.8") is None


def test_an_empty_table_is_weekdays_nine_to_six_in_seoul(load):
    assert load("[human]") == HumanConfig()
    assert HumanConfig().hours == OfficeHours(frozenset(range(5)), time(9), time(18), frozenset(), "Asia/Seoul")


def test_the_whole_table(load):
    config = load(
        """
        [human]
        weekdays = ["월", "수", "토"]
        from = "10:30"
        to = 19:00:00
        holidays = ["2026-12-25", "01-01", 2027-02-08]
        time_zone = "Asia/Tokyo"
        outside = "silent"
        waiting = "message"
        max_wait_minutes = 0
        webhook_url = "https://example.com/hook"
        """,
        **{SECRET: KEY},
    )
    hours = OfficeHours(
        frozenset({0, 2, 5}), time(10, 30), time(19), frozenset({"2026-12-25", "01-01", "2027-02-08"}), "Asia/Tokyo"
    )
    assert config == HumanConfig(hours, Outside.SILENT, Waiting.MESSAGE, 0, "https://example.com/hook", KEY)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('weekday = ["월"]', "unknown human setting 'weekday'"),
        ('weekdays = ["월요일"]', "월요일"),
        ("weekdays = [1]", "holds 1"),
        ('from = "9시"', "from is '9시'"),
        ("to = 18", "to is 18"),
        ('holidays = "2026-12-25"', "must be a list"),
        ('holidays = ["12/25"]', "12/25"),
        ('outside = "nothing"', "outside is 'nothing'"),
        ('waiting = "contact"', "waiting is 'contact'"),
        ("max_wait_minutes = -1", "max_wait_minutes is -1"),
        ('max_wait_minutes = "15"', "max_wait_minutes is '15'"),
        ('webhook_url = "ftp://a"', "webhook_url is 'ftp://a'"),
        ('webhook_url = "https://a.kr"', SECRET),
        ('webhook_secret = "x"', "unknown human setting 'webhook_secret'"),
    ],
)
def test_what_is_wrong_is_named(load, line, said):
    with pytest.raises(ValueError, match=said):
        load(f"[human]\n{line}")


def test_midnight_may_be_written_as_24_00(load):
    config = load('[human]\nfrom = "09:00"\nto = "24:00"')
    assert (config.hours.opens, config.hours.closes) == (time(9), time(0))
