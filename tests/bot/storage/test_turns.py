import asyncio
import time
from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from bot.channels.guard import guarded
from bot.storage.database import open_database
from bot.storage.outbox import Outbox
from bot.storage.tables import turns
from bot.storage.turns import Turn, TurnKind, TurnLog, kind_of, note, row_of

ANSWER = {"kind": "faq", "confidence": 0.97, "source": {"document": "F1", "title": "자주 묻는 질문"}}
USER = {"event": "user", "text": "반품?", "parse_data": {"intent": {"name": "ask", "confidence": 0.9}}}


def action(name):
    return {"event": "action", "name": name}


def said(response):
    return {"event": "bot", "text": "네", "metadata": {"utter_action": response}}


@pytest.mark.parametrize(
    ("actions", "answer", "messages", "kind"),
    [
        (["action_answer"], ANSWER, [{"text": "7일"}], TurnKind.FAQ),
        (["action_answer"], {"kind": "none"}, [{"text": "모르겠어요"}], TurnKind.NONE),
        (["utter_greet"], {}, [{"text": "안녕하세요"}], TurnKind.TALK),
        (["repair_form", "action_ask_repair_model"], {}, [{"text": "모델명은요?"}], TurnKind.SKILL),
        (["repair_form"], ANSWER, [{"text": "7일"}, {"text": "모델명은요?"}], TurnKind.FAQ),
        (["action_human", "utter_human_contact"], {}, [{"text": "1588-0000"}], TurnKind.HANDOVER),
        (["action_handover_message"], {}, [], TurnKind.HANDOVER),
        (["action_answer", "utter_service_away"], {}, [{"text": "잠시"}], TurnKind.AWAY),
        (["action_answer", "utter_error"], {}, [{"text": "죄송"}], TurnKind.FAILED),
        ([], {}, [], TurnKind.SILENT),
    ],
)
def test_what_became_of_a_turn(actions, answer, messages, kind):
    assert kind_of(actions, answer, messages) is kind


def test_a_turn_that_raised_has_failed_whatever_was_said():
    assert kind_of(["action_answer"], ANSWER, [{"text": "7일"}], failed=True) is TurnKind.FAILED


def test_the_row_of_a_turn():
    at = datetime(2026, 11, 23, 1, 2, 3, 400_000)
    events = [action("action_session_start"), action("action_listen"), USER, action("action_answer"), action("action_listen")]
    turn = Turn("m1", "web-1", "web", "010-1234-5678로 반품\ud83d\0", at, 0.0, events)
    messages = [{"text": "7일"}, {"custom": {"daedap": ANSWER}}]
    assert row_of(turn, messages, 12.345) == {
        "key": "m1",
        "sender": "web-1",
        "channel": "web",
        "asked_at": at,
        "text": "[전화번호]로 반품?",
        "kind": "faq",
        "intent": "ask",
        "intent_confidence": 0.9,
        "action": "action_answer",
        "confidence": 0.97,
        "source": "F1",
        "source_title": "자주 묻는 질문",
        "latency_ms": 12.3,
        "replies": 1,
    }


def rows_of(url):
    with open_database(url).connect() as connection:
        return connection.execute(sa.select(turns).order_by(turns.c.id)).all()


def play(outbox, handler, *messages):
    """The messages at once through the guard, with the turns written down."""
    handle = guarded(handler, 100, TurnLog(outbox))

    async def run():
        await asyncio.gather(*(handle(message) for message in messages))

    asyncio.run(run())
    outbox.write_out()
    deadline = time.monotonic() + 10
    while outbox.rows.count() and time.monotonic() < deadline:
        time.sleep(0.02)
    return rows_of(outbox.url)


@pytest.fixture
def outbox(database_url, tmp_path):
    opened = Outbox(database_url, tmp_path / "rows.kept")
    yield opened
    opened.close()


def message(text, sender, channel="web"):
    return UserMessage(text, CollectingOutputChannel(), sender, input_channel=channel)


def test_turns_at_the_same_time_keep_their_events_apart(outbox):
    async def handler(one):
        await asyncio.sleep(0.01)
        note([USER | {"parse_data": {"intent": {"name": one.sender_id, "confidence": 1.0}}}])  # as the tracker store does
        await asyncio.sleep(0.01)
        await one.output_channel.send_text_message(one.sender_id, "네")

    sent = [message("가나", "one"), message("다라", "two", "kakao")]
    rows = {row.sender: row for row in play(outbox, handler, *sent)}
    assert {(row.sender, row.intent, row.channel, row.text) for row in rows.values()} == {
        ("one", "one", "web", "가나"),
        ("two", "two", "kakao", "다라"),
    }
    assert {row.key for row in rows.values()} == {one.message_id for one in sent}
    assert all(row.latency_ms >= 15 for row in rows.values())  # two sleeps of 10 ms, by a coarse clock
    assert abs(rows["one"].asked_at - datetime.now(timezone.utc).replace(tzinfo=None)) < timedelta(minutes=1)


def test_a_turn_that_fails_is_written_down_as_failed(outbox):
    async def handler(one):
        raise RuntimeError("away")

    (row,) = play(outbox, handler, message("가나", "one"))
    assert (row.kind, row.replies, row.text) == ("failed", 1, "가나")


def test_what_is_no_text_is_a_turn_too(outbox):
    async def handler(one):
        await one.output_channel.send_text_message(one.sender_id, "네")

    (row,) = play(outbox, handler, message(None, "one"))
    assert row.text == ""


def test_a_log_that_cannot_write_harms_no_turn(tmp_path):
    class Broken(Outbox):
        def keep(self, *arguments, **options):
            raise OSError("disk full")

    async def handler(one):
        await one.output_channel.send_text_message(one.sender_id, "네")

    one = message("가나", "one")
    assert play(Broken(f"sqlite:///{tmp_path / 'd.db'}", tmp_path / "rows.kept"), handler, one) == []
    assert one.output_channel.messages[0]["text"] == "네"
