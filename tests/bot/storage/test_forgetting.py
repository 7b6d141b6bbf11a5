import json
from datetime import datetime

import pytest
import sqlalchemy as sa

from bot.channels.web import rasa_sender
from bot.front.conversations import Conversations
from bot.front.kakao_store import KakaoStore
from bot.front.slack_store import SlackStore
from bot.message import Message, Sender
from bot.storage.database import open_database
from bot.storage.forgetting import Person, find_person, forget, orders_of
from bot.storage.kept_rows import KeptRows
from bot.storage.outbox import kept_file
from bot.storage.tables import events, handover_messages, handovers, metadata, orders, repair_requests, turns

AT = datetime(2026, 11, 23)


@pytest.fixture
def url(database_url, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.storage.outbox.BUILT", tmp_path)
    return database_url


def talk(url, sender, text="반품?", phone=None):
    """What a customer leaves in the database."""
    common = {"sender": sender, "channel": sender.partition("-")[0]}
    with open_database(url).begin() as connection:
        data = json.dumps({"event": "user", "text": text})
        connection.execute(events.insert().values(sender_id=sender, type_name="user", timestamp=1.0, data=data))
        connection.execute(
            turns.insert().values(key=sender, asked_at=AT, text=text, kind="faq", latency_ms=1, replies=1, **common)
        )
        if phone:
            connection.execute(
                repair_requests.insert().values(key=sender, receipt=sender[:30], requested_at=AT, phone=phone, **common)
            )
        row = {"state": "waiting", "kind": "talk", "summary": "{}", "opened_at": AT}
        number = connection.execute(handovers.insert().values(row | common)).inserted_primary_key[0]
        connection.execute(handover_messages.insert().values(handover_id=number, sender="customer", text=text, said_at=AT))


def left(url, word):
    """The tables in which `word` stands."""
    with open_database(url).connect() as connection:
        rows = {name: connection.execute(sa.select(table)).all() for name, table in metadata.tables.items()}
    return sorted(name for name, found in rows.items() if any(word in str(row) for row in found))


def test_a_sender_is_gone_everywhere_and_others_stay(url, tmp_path):
    web = Conversations(tmp_path / "web.db")
    key, other = web.open(web.begin()), web.open(web.begin())
    web.add(key, Message("지울 말", Sender.CUSTOMER))
    web.add(other, Message("남을 말", Sender.CUSTOMER))
    sender = rasa_sender(key)
    for one in (sender, rasa_sender(other)):
        talk(url, one, "비밀")
    rows = KeptRows(kept_file(url))
    rows.put("add", "turns", [{"key": "x", "sender": sender}], owner=sender)
    person = find_person(url, sender)
    wanted = {"events": 1, "turns": 1, "handovers": 1, "kept": 1, "web.db": 2}
    assert forget(url, person, tmp_path / "web.db", dry_run=True) == wanted
    assert left(url, sender) == ["events", "handovers", "turns"]
    assert forget(url, person, tmp_path / "web.db") == wanted
    assert left(url, sender) == [] and rows.count() == 0
    assert left(url, rasa_sender(other)) == ["events", "handovers", "turns"]
    assert left(url, "비밀") == ["handover_messages", "turns"]  # the other's
    assert web.after(key, 0) == [] and len(web.after(other, 0)) == 1
    assert forget(url, person, tmp_path / "web.db") == {}
    web.close()
    rows.close()
    written = (tmp_path / "web.db").read_bytes()
    assert "지울 말".encode() not in written and "남을 말".encode() in written


def test_a_phone_finds_requests_and_conversations(url, tmp_path):
    talk(url, "web-a", phone="010-1234-5678")
    talk(url, "kakao-b", "제 번호는 010 1234 5678이에요")
    talk(url, "slack-c", phone="01099998888")
    for written in ("010-1234-5678", "01012345678", "+82 10-1234-5678"):
        assert find_person(url, written) == Person(frozenset({"web-a", "kakao-b"}), "01012345678")
    order = {"number": "D1", "phone": "01012345678", "product": "세탁기", "state": "배송 중"}
    with open_database(url).begin() as connection:
        connection.execute(orders.insert().values(order))
    person = find_person(url, "01012345678")
    assert forget(url, person, tmp_path / "web.db") == {"events": 2, "turns": 2, "handovers": 2, "repair_requests": 1}
    assert orders_of(url, person) == 1
    assert left(url, "web-a") == left(url, "kakao-b") == []
    assert left(url, "slack-c") == ["events", "handovers", "repair_requests", "turns"]


def test_what_channels_keep_of_a_person(url, tmp_path):
    kakao = KakaoStore(tmp_path / "kakao.db")
    for user in ("kakao-a", "kakao-b"):
        kakao.ask(user, "비밀", None)
    slack = SlackStore(tmp_path / "slack.db")
    with slack.change() as db:
        for sender, thread in (("slack-a", "1.1"), ("slack-b", "2.2")):
            db.execute("INSERT INTO places VALUES (?, 'C1', ?, 'U1', 0)", (sender, thread))
            db.execute("INSERT INTO inbox (conversation, document, came_at, not_before) VALUES (?, '{}', 0, 0)", (sender,))
            document = json.dumps({"thread_ts": thread, "text": "비밀"})
            db.execute(
                "INSERT INTO outbox (key, lane, method, document, put_at, not_before, give_up_at) "
                "VALUES (?, 'C1', 'm', ?, 0, 0, 9)",
                (sender, document),
            )
    person = Person(frozenset({"kakao-a", "slack-a"}))
    assert forget(url, person, tmp_path / "web.db") == {"kakao.db": 1, "slack.db": 3}
    assert kakao.waiting("kakao-a") == 0 and kakao.waiting("kakao-b") == 1
    assert slack.look("SELECT sender FROM places") == [("slack-b",)]
    assert slack.look("SELECT conversation FROM inbox") == [("slack-b",)]
    assert slack.look("SELECT key FROM outbox") == [("slack-b",)]
    kakao.close()
    slack.close()


def test_nobody(url, tmp_path):
    with pytest.raises(ValueError, match="누구를"):
        find_person(url, "  ")
    assert find_person(url, "12345") == Person(frozenset({"12345"}))
    assert forget(url, find_person(url, "% OR 1=1"), tmp_path / "web.db") == {}
