import asyncio
import unicodedata

import pytest
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from bot.channels.guard import guard, guarded
from bot.messages import ERROR

LIMIT = 20


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("반품 언제까지", "반품 언제까지"),
        ("  반품\n언제 ", "반품 언제"),
        ("", "/empty_message"),
        (" \t\x00\u200b", "/empty_message"),
        (None, "/empty_message"),
        (7, "/empty_message"),
        ("가" * 20, "가" * 20),
        ("가" * 21, "/long_message"),
        ("😀😀", "/reaction"),
        ("?!", "/reaction"),
        ("ㅋㅋㅋ", "ㅋㅋㅋ"),
        ("how are you", "/foreign_message"),
        ("hello", "hello"),
        ("<b>환불</b>", "환불"),
        (unicodedata.normalize("NFD", "환불"), "환불"),
        ("환\x07불\ud800", "환 불"),
        ("/restart", "restart"),
        ("/greet ", "greet"),
        ("/", "/reaction"),
        ("/ask", "ask"),
        ("/human", "/human"),
        ("/stop", "/stop"),
        ('/ask{"faq_id": "F1"}', '/ask{"faq_id": "F1"}'),
        ('/ask{"faq_id":"교환-1"}', '/ask{"faq_id":"교환-1"}'),
    ],
)
def test_what_rasa_is_given(text, given):
    assert guard(text, LIMIT) == given


@pytest.mark.parametrize(
    "text", ['/ask{"faq_id": "가", "x": "b"}', '/ask{"y": "b"}', '/deny{"a": {}}', "/ask@0.1", "/session_start", "//human"]
)
def test_a_customer_cannot_send_intents(text):
    assert not guard(text, 1000).startswith("/")


def turn(handler, text):
    channel = CollectingOutputChannel()
    asyncio.run(guarded(handler, LIMIT)(UserMessage(text, channel, "s")))
    return [message["text"] for message in channel.messages]


@pytest.mark.parametrize(("text", "kept"), [("how are you", "how are you"), ("👍", "👍"), ("가" * 100, "가" * 80), ("환불", None)])
def test_what_an_intent_took_the_place_of_is_kept_for_a_human(text, kept):
    seen = []

    async def look(message):
        seen.append(message.metadata)
        await message.output_channel.send_text_message(message.sender_id, "ok")

    turn(look, text)
    assert [(metadata or {}).get("said") for metadata in seen] == [kept]


def test_the_handler_gets_the_guarded_text():
    async def echo(message):
        await message.output_channel.send_text_message(message.sender_id, message.text)

    assert turn(echo, "/restart now") == ["restart now"]


def test_a_turn_that_fails_says_so():
    async def fail(message):
        raise RuntimeError("broken")

    assert turn(fail, "반품") == [ERROR]


def test_a_turn_that_says_nothing_is_never_blank():
    async def silent(message):
        pass

    assert turn(silent, "반품") == [ERROR]


def test_a_turn_that_fails_after_speaking_is_left_as_it_is():
    async def late(message):
        await message.output_channel.send_text_message(message.sender_id, "네")
        raise RuntimeError("broken")

    assert turn(late, "반품") == ["네"]
