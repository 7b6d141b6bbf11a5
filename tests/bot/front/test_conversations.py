import sqlite3

import pytest

from bot.front.conversations import Conversations, UnknownConversationError, key_of
from bot.message import Message, Sender


@pytest.fixture
def kept(tmp_path):
    opened = Conversations(tmp_path / "web.db")
    yield opened
    opened.close()


def customer(text, client_id):
    return Message(text, Sender.CUSTOMER, client_id=client_id)


def test_ids_rise_by_one_within_a_conversation(kept):
    a, b = (kept.open(kept.begin()) for _ in range(2))
    ids = [kept.add(key, Message(text))[0].id for key, text in ((a, "1"), (b, "1"), (a, "2"), (a, "3"))]
    assert ids == [1, 1, 2, 3]
    assert [document["text"] for document in kept.after(a, 1)] == ["2", "3"]


def test_a_message_sent_again_is_the_same_one(kept):
    key = kept.open(kept.begin())
    first, is_new = kept.add(key, customer("반품", "c1"))
    again, is_new_again = kept.add(key, customer("반품", "c1"))
    assert (is_new, is_new_again) == (True, False)
    assert first == again
    assert len(kept.after(key, 0)) == 1


def test_an_unknown_token_opens_nothing(kept):
    for token in ("", "x", "가", kept.begin() + "x"):
        with pytest.raises(UnknownConversationError):
            kept.open(token)


def test_an_ended_conversation_is_forgotten(kept):
    token = kept.begin()
    key = kept.open(token)
    kept.add(key, Message("1"))
    kept.end(key)
    assert kept.after(key, 0) == []
    with pytest.raises(UnknownConversationError):
        kept.open(token)
    with pytest.raises(UnknownConversationError):
        kept.add(key, Message("2"))


def test_numbers_are_masked_and_tokens_not_kept(kept, tmp_path):
    token = kept.begin()
    kept.add(kept.open(token), customer("제 번호는 010-1234-5678이에요 \ud800", "c1"))
    kept.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"1234" not in stored and token.encode() not in stored
    assert key_of(token).encode() in stored


def test_old_messages_and_conversations_are_forgotten(tmp_path):
    now = [0.0]
    kept = Conversations(tmp_path / "w.db", keep_days=1, keep_messages=2, clock=lambda: now[0])
    token = kept.begin()
    key = kept.open(token)
    for text in "123":
        kept.add(key, Message(text))
    assert [document["id"] for document in kept.after(key, 0)] == [2, 3]
    now[0] = 86_401.0
    kept.begin()
    with pytest.raises(UnknownConversationError):
        kept.open(token)
    kept.close()


def test_they_outlive_the_process(tmp_path):
    first = Conversations(tmp_path / "w.db")
    token = first.begin()
    first.add(first.open(token), customer("반품", "c1"))
    first.close()
    second = Conversations(tmp_path / "w.db")
    key = second.open(token)
    assert second.left_open() == [key]
    assert second.add(key, Message("7일"))[0].id == 2
    assert second.left_open() == []
    second.close()


def test_thumbs_stand_beside_the_question(kept):
    key = kept.open(kept.begin())
    kept.add(key, customer("반품", "c1"))
    kept.add(key, Message("7일"))
    assert kept.rate(key, 2, "down") and not kept.rate(key, 1, "up") and not kept.rate(key, 9, "up")
    [rated] = kept.rated()
    assert (rated.thumb, rated.question, rated.answer.text) == ("down", "반품", "7일")
    assert kept.after(key, 1)[0]["thumb"] == "down"
    kept.rate(key, 2, None)
    assert kept.rated() == []
    with pytest.raises(ValueError, match="thumb"):
        kept.rate(key, 2, "sideways")


def test_a_broken_file_is_told(tmp_path):
    (tmp_path / "w.db").write_bytes(b"not a database at all, but long enough to be looked at" * 20)
    with pytest.raises(sqlite3.DatabaseError):
        Conversations(tmp_path / "w.db")
