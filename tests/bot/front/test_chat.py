"""What devices hear: nothing lost, nothing twice, in order."""

import asyncio

import pytest

from bot.channels.web import Inbound, message_from, payload_of
from bot.front import texts
from bot.front.chat import QUEUE_LENGTH, Chat, Event
from bot.front.chat_routes import line_of
from bot.front.conversations import Conversations
from bot.front.metrics import Metrics
from bot.message import Message, Sender


@pytest.fixture
def chat(tmp_path, upstream):
    kept = Conversations(tmp_path / "w.db")
    yield Chat(kept, upstream, Metrics())
    kept.close()


def said(text, client_id):
    return Inbound(Message(text, Sender.CUSTOMER, client_id=client_id), text)


async def heard(chat, key, after, n):
    """The first `n` events that a device hears which has everything up to `after`."""
    events = []
    async for event in chat.events(key, after, 5.0):
        events.append(event)
        if len(events) == n:
            return events
    return events


def test_two_devices_hear_the_same_in_order(chat):
    async def scene():
        key = chat.kept.open(chat.kept.begin())
        listening = [asyncio.create_task(heard(chat, key, 0, 4)) for _ in range(2)]
        await asyncio.sleep(0)
        chat.say(key, said("반품", "c1"))
        return [[(event.kind, event.id) for event in await task] for task in listening]

    expected = [("message", 1), ("typing", None), ("message", 2), ("typing", None)]
    assert asyncio.run(scene()) == [expected, expected]


def test_a_device_that_was_away_gets_what_it_missed_once(chat):
    async def scene():
        key = chat.kept.open(chat.kept.begin())
        chat.say(key, said("반품", "c1"))
        await chat.finish()
        chat.post(key, Message("제가 볼게요.", Sender.AGENT))
        return [(event.id, event.data["sender"]) for event in await heard(chat, key, 1, 2)]

    assert asyncio.run(scene()) == [(2, "bot"), (3, "agent")]


def test_what_is_kept_while_the_stream_begins_is_given_once(chat):
    async def scene():
        key = chat.kept.open(chat.kept.begin())
        chat.post(key, Message("1"))
        stream = chat.events(key, 0, 5.0)
        first = await stream.__anext__()
        chat.post(key, Message("2"))
        second = await stream.__anext__()
        chat.post(key, Message("3"))
        third = await stream.__anext__()
        await stream.aclose()
        return [first.id, second.id, third.id]

    assert asyncio.run(scene()) == [1, 2, 3]


def test_a_message_sent_again_is_not_asked_again(chat, upstream):
    async def scene():
        key = chat.kept.open(chat.kept.begin())
        news = [chat.say(key, said("반품", "c1"))[1] for _ in range(3)]
        await chat.finish()
        return news, [document["id"] for document in chat.kept.after(key, 0)]

    assert asyncio.run(scene()) == ([True, False, False], [1, 2])
    assert [text for text, _ in upstream.said] == ["반품"]


def test_turns_of_a_conversation_follow_one_another_and_hold_up_no_other(chat, upstream):
    async def scene():
        slow, other = (chat.kept.open(chat.kept.begin()) for _ in range(2))
        upstream.gate = asyncio.Event()
        chat.say(slow, said("느린 질문", "c1"))
        chat.say(slow, said("다음 질문", "c2"))
        await asyncio.sleep(0.01)
        first = [text for text, _ in upstream.said]
        chat.say(other, said("다른 손님", "c1"))
        await asyncio.sleep(0.01)
        then = [text for text, _ in upstream.said]
        upstream.gate.set()
        await chat.finish()
        return first, then, [document["sender"] for document in chat.kept.after(slow, 0)]

    assert asyncio.run(scene()) == (
        ["느린 질문"],
        ["느린 질문", "다른 손님"],
        ["customer", "customer", "bot", "bot"],
    )


@pytest.mark.parametrize("failure", ["away", "broken"])
def test_a_turn_that_fails_says_so(chat, upstream, away, failure):
    upstream.failure = away if failure == "away" else KeyError("x")

    async def scene():
        key = chat.kept.open(chat.kept.begin())
        chat.say(key, said("반품", "c1"))
        await chat.finish()
        return chat.kept.after(key, 1)[0]["text"]

    assert asyncio.run(scene()) == {"away": texts.AWAY, "broken": texts.FAILED}[failure]


def test_who_waited_when_the_front_ended_is_asked_again(chat):
    key = chat.kept.open(chat.kept.begin())
    chat.kept.add(key, Message("반품", Sender.CUSTOMER, client_id="c1"))
    chat.recover()
    chat.recover()
    assert [document["text"] for document in chat.kept.after(key, 1)] == [texts.INTERRUPTED]


def test_all_devices_hear_the_end_and_a_late_answer_goes_nowhere(chat, upstream):
    async def scene():
        key = chat.kept.open(chat.kept.begin())
        upstream.gate = asyncio.Event()
        chat.say(key, said("반품", "c1"))
        listening = asyncio.create_task(heard(chat, key, 1, 9))
        await asyncio.sleep(0.01)
        chat.end(key)
        upstream.gate.set()
        await chat.finish()
        return [event.kind for event in await listening], chat.kept.after(key, 0)

    assert asyncio.run(scene()) == (["typing", "ended"], [])


def test_a_device_that_reads_no_more_is_told_to_ask_again(chat):
    async def scene():
        key = chat.kept.open(chat.kept.begin())
        stream = chat.events(key, 0, 5.0)
        chat.post(key, Message("0"))
        await stream.__anext__()
        for number in range(QUEUE_LENGTH + 5):
            chat.post(key, Message(str(number)))
        kinds = [event.kind async for event in stream]
        return kinds, len(chat._listeners)

    assert asyncio.run(scene()) == (["lagging"], 0)


def test_events_over_the_wire():
    assert line_of(Event("message", {"text": "줄\n둘"}, 3)) == 'id: 3\nevent: message\ndata: {"text": "줄\\n둘"}\n\n'
    assert line_of(None) == ": still here\n\n"


def test_what_a_device_sends():
    inbound = message_from({"client_id": "a-1", "text": "보증은?", "payload": "/human"}, 10)
    assert (inbound.shown.text, inbound.shown.sender, inbound.for_rasa) == ("보증은?", Sender.CUSTOMER, "/human")
    long = message_from({"client_id": "a-1", "text": "가" * 100}, 10)
    assert (long.shown.text, long.for_rasa) == ("가" * 10, "가" * 100)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"client_id": "a", "text": None},
        {"client_id": "a b", "text": "x"},
        {"client_id": "a" * 65, "text": "x"},
        {"client_id": "a", "text": "가" * 101},
        {"client_id": "a", "text": "x", "payload": 7},
        {"client_id": "a", "text": "x", "payload": "/" + "a" * 200},
    ],
)
def test_what_no_device_of_ours_sends(payload):
    with pytest.raises(ValueError):
        message_from(payload, 10)


def test_the_page_of_a_source_is_quoted():
    document = {"source": {"document": "../가/나?x#y", "start": 3, "end": 5}}
    assert payload_of(document)["source"]["url"] == "/documents/..%2F%EA%B0%80%2F%EB%82%98%3Fx%23y?start=3&end=5#here"
    assert payload_of({"source": {"document": "F1"}}) == {"source": {"document": "F1"}}
