"""Agents in the widget's conversations: their words come once, and who deletes the conversation leaves the queue."""

import asyncio

import pytest

from bot.channels.web import rasa_sender
from bot.front.chat import Chat
from bot.front.conversations import Conversations, key_of
from bot.front.metrics import Metrics
from bot.front.web_handover import WebHandover
from bot.handover.config import HumanConfig
from bot.handover.queue import open_queue
from bot.handover.summary import Summary
from bot.handover.texts import ENDED
from bot.message import Message, Sender


@pytest.fixture
def queue(tmp_path):
    return open_queue(f"sqlite:///{tmp_path / 'd.db'}", HumanConfig())


@pytest.fixture
def chat(tmp_path, upstream):
    kept = Conversations(tmp_path / "w.db")
    yield Chat(kept, upstream, Metrics())
    kept.close()


@pytest.fixture
def taken(chat, queue):
    """The key of a conversation that an agent has, and the number of the hand-over."""
    key = chat.kept.open(chat.kept.begin())
    number = queue.open(rasa_sender(key), "web", Summary())[0].id
    queue.take(number, "김상담")
    return key, number


def shown(chat, key):
    return [(document["sender"], document["text"]) for document in chat.kept.after(key, 0)]


def test_an_agent_s_words_come_into_the_conversation_once(chat, queue, taken):
    key, number = taken
    queue.say(number, "김상담", "제가 볼게요.")
    web = WebHandover(chat, lambda: queue)
    assert [asyncio.run(web.bring()) for _ in range(2)] == [2, 0]
    assert shown(chat, key)[1] == ("agent", "제가 볼게요.")
    assert queue.said(number)[1].delivered_at is not None


def test_a_front_that_died_before_it_marked_shows_nothing_twice(chat, queue, taken, monkeypatch):
    key, number = taken
    queue.say(number, "김상담", "제가 볼게요.")
    monkeypatch.setattr("bot.handover.delivery.Deliveries.mark_delivered", lambda self, id: True)
    for _ in range(3):
        assert asyncio.run(WebHandover(chat, lambda: queue).bring()) == 2
    assert len(shown(chat, key)) == 2


def test_other_channels_words_are_left_for_them(chat, queue):
    number = queue.open("slack-U1", "slack", Summary())[0].id
    queue.take(number, "김상담")
    assert asyncio.run(WebHandover(chat, lambda: queue).bring()) == 0
    assert len(queue.deliveries.undelivered("slack-")) == 1


def test_what_comes_for_a_deleted_conversation_is_dropped(chat, queue, taken):
    key, number = taken
    chat.end(key)
    web = WebHandover(chat, lambda: queue)
    assert [asyncio.run(web.bring()) for _ in range(2)] == [1, 0]


def test_who_deletes_the_conversation_leaves_the_queue(chat, queue, taken):
    key, number = taken
    asyncio.run(WebHandover(chat, lambda: queue).leave(key))
    assert not queue.get(number).keeps_conversation
    assert queue.said(number)[-1].text == ENDED


def test_who_waits_for_a_human_is_not_told_that_an_answer_was_lost(chat, queue, taken):
    key, _ = taken
    other = chat.kept.open(chat.kept.begin())
    for one in (key, other):
        chat.kept.add(one, Message("여보세요?", Sender.CUSTOMER, client_id="c1"))

    async def scene():
        web = WebHandover(chat, lambda: queue, pause_s=60)
        await web.start()
        await web.finish()

    asyncio.run(scene())
    assert [sender for sender, _ in shown(chat, key)][:1] == ["customer"]
    assert ("bot", "여보세요?") not in shown(chat, key) and not any("한 번 더" in text for _, text in shown(chat, key))
    assert "한 번 더" in shown(chat, other)[-1][1]


def test_without_agents_nothing_is_asked_for(chat):
    asked = []

    async def scene():
        web = WebHandover(chat, lambda: asked.append(1), pause_s=0.01)
        await web.start()
        await asyncio.sleep(0.1)
        await web.finish()

    asyncio.run(scene())
    assert len(asked) == 2  # who is with a human, and what agents said


def test_a_database_that_is_away_stops_no_front_and_no_end(chat, monkeypatch):
    monkeypatch.setattr("bot.front.web_handover.PAUSE_AWAY_S", 0.01)
    tries = []

    def away():
        tries.append(1)
        raise RuntimeError("away")

    async def scene():
        web = WebHandover(chat, away)
        await web.start()
        await asyncio.sleep(0.2)
        await web.leave("k")
        await web.finish()

    asyncio.run(scene())
    assert len(tries) > 3


def test_the_customer_s_device_ends_the_hand_over(front, tmp_path, monkeypatch):
    config = tmp_path / "daedap.toml"
    config.write_text("[human]\n", encoding="utf-8")
    monkeypatch.setenv("DAEDAP_CONFIG", str(config))
    client = front()
    token = client.post("/chat/conversations").json()["token"]
    queue = open_queue(f"sqlite:///{tmp_path / 'j.db'}", HumanConfig())
    number = queue.open(rasa_sender(key_of(token)), "web", Summary())[0].id
    assert client.post("/chat/end", json={}, headers={"Authorization": f"Bearer {token}"}).status_code == 204
    assert queue.get(number).closed_by.value == "customer"
