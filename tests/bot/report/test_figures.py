from datetime import date, datetime, timedelta

import pytest

from bot.report.figures import figures
from bot.report.page import page
from bot.report.plots import Series, bars, nice_maximum
from bot.storage.database import open_database
from bot.storage.tables import feedback, handovers, repair_requests, turns

START = datetime(2026, 11, 20, 0, 0)  # nine in the morning in Seoul


def turn(number, sender, minutes, kind, text="반품 되나요?", source=None, latency_ms=50.0, channel="web"):
    values = {"key": f"t{number}", "sender": sender, "channel": channel, "asked_at": START + timedelta(minutes=minutes)}
    title = "자주 묻는 질문" if source else None
    return values | {"text": text, "kind": kind, "source": source, "source_title": title, "latency_ms": latency_ms, "replies": 1}


TURNS = [
    turn(1, "web-1", 0, "talk", "안녕"),
    turn(2, "web-1", 1, "faq", source="F1", latency_ms=30),
    turn(3, "web-1", 2, "faq", '/ask{"faq_id": "F1"}', source="F1", latency_ms=20),
    turn(4, "web-1", 180, "none", "날씨?", latency_ms=400),  # hours later: another conversation
    turn(5, "kakao-1", 3, "manual", "<b>통세척</b>", source="washer", latency_ms=900, channel="kakao"),
    turn(6, "kakao-1", 4, "clarify", channel="kakao"),
    turn(7, "kakao-1", 5, "handover", "상담원", channel="kakao"),
    turn(8, "kakao-1", 24 * 60, "away", channel="kakao"),
    turn(9, "web-1", -1, "faq", source="F1"),  # before the days that are asked about
]


@pytest.fixture
def engine(tmp_path):
    opened = open_database(f"sqlite:///{tmp_path / 'd.db'}")
    thumb = {"sender": "web-1", "channel": "web", "given_at": START, "question": "?", "answer": "!", "source": "F1"}
    handover = {"sender": "kakao-1", "channel": "kakao", "state": "active", "kind": "talk", "summary": "{}"}
    repair = {"key": "r1", "receipt": "R1", "sender": "web-1", "channel": "web", "requested_at": START}
    with opened.begin() as connection:
        connection.execute(turns.insert(), TURNS)
        connection.execute(feedback.insert(), [thumb | {"key": "a", "thumb": "up"}, thumb | {"key": "b", "thumb": "down"}])
        connection.execute(handovers.insert(), [handover | {"opened_at": START, "taken_at": START + timedelta(seconds=90)}])
        connection.execute(repair_requests.insert(), [repair])
    return opened


def test_the_figures_by_hand(engine):
    found = figures(engine, START, START + timedelta(days=2))
    assert (found.conversations, found.customers, found.turns, found.questions) == (4, 2, 8, 6)
    assert (found.answered, found.clarified, found.unanswered, found.failed) == (3 / 6, 1 / 6, 1 / 6, 1 / 6)
    assert (found.handed_over, found.handed_over_share) == (1, 1 / 4)
    assert (found.taken, found.wait_s, found.repairs, found.up, found.down) == (1, 90.0, 1, 1, 1)
    assert (found.median_ms, found.p95_ms) == (50.0, 900.0)
    assert found.channels == {"web": 2, "kakao": 2}
    assert [(one.latency_ms, one.kind) for one in found.slowest[:2]] == [(900.0, "manual"), (400.0, "none")]
    first, second = found.top
    assert (first.source, first.asked, first.example, first.up, first.down) == ("F1", 2, "반품 되나요?", 1, 1)
    assert (second.source, second.asked) == ("washer", 1)


def test_days_and_hours_are_seoul_s(engine):
    found = figures(engine, START, START + timedelta(days=2))
    assert [day.day for day in found.days] == [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)]
    assert found.days[0] == (date(2026, 11, 20), 3, 3, 1, 1)
    assert (found.hours[9], found.hours[12], sum(found.hours)) == (7, 1, 8)


def test_nothing_happened(tmp_path):
    found = figures(open_database(f"sqlite:///{tmp_path / 'd.db'}"), START, START + timedelta(days=1))
    assert (found.conversations, found.answered, found.handed_over_share, found.median_ms) == (0, 0.0, 0.0, None)
    assert "없어요." in page(found, [])


def test_the_page_shows_what_customers_wrote_as_text(engine):
    document = page(figures(engine, START, START + timedelta(days=2)), [])
    assert "&lt;b&gt;통세척&lt;/b&gt;" in document and "<b>" not in document
    assert document.count("<svg") == 2
    assert "50.0%" in document and "http" not in document


def test_bars_have_the_height_of_their_value():
    drawn = bars("제목", ["가", "나"], [Series("답함", "#111", (2, 0)), Series("아님", "#222", (2, 1))])
    # 182 units are 4: a bar of 2 is 91 high; nothing is drawn for 0
    assert drawn.count("<rect") == 3
    assert drawn.count('height="91.0"') == 2 and 'height="45.5"' in drawn
    with pytest.raises(ValueError, match="2 labels"):
        bars("제목", ["가", "나"], [Series("답함", "#111", (1,))])
    assert [nice_maximum(value) for value in (0, 2, 3, 10, 11, 399, 400.5)] == [2, 2, 4, 10, 20, 400, 1000]
