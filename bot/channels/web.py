"""The widget's payloads: what a device sends as a message for Rasa, and messages as what a device gets.

A device sends `{"client_id", "text"}`, for a pressed button `payload` beside the title as `text`. Whether a
payload is one of our buttons' is checked where Rasa is reached (`bot.channels.guard`).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import quote

from bot.message import Message, Sender

CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_PAYLOAD_CHARACTERS = 200
SENDER_PREFIX = "web-"
SENDER_CHARACTERS = 32
FACTOR = 10
"""A message so many times longer than allowed is refused; one less long reaches the bot, which says that it is too long."""


class Inbound(NamedTuple):
    """A customer's message as it is shown, and what Rasa is given for it."""

    shown: Message
    for_rasa: str


def message_from(payload: dict[str, Any], max_characters: int) -> Inbound:
    """ValueError names the field that is wrong."""
    client_id, text, pressed = payload.get("client_id"), payload.get("text"), payload.get("payload")
    if not isinstance(client_id, str) or not CLIENT_ID.fullmatch(client_id):
        raise ValueError("client_id: 영문, 숫자, -, _로 된 1~64자여야 해요")
    if not isinstance(text, str):
        raise ValueError("text: 글이어야 해요")
    if len(text) > FACTOR * max_characters:
        raise ValueError(f"text: {FACTOR * max_characters:,}자를 넘을 수 없어요")
    if pressed is not None and (not isinstance(pressed, str) or len(pressed) > MAX_PAYLOAD_CHARACTERS):
        raise ValueError(f"payload: {MAX_PAYLOAD_CHARACTERS}자까지의 글이어야 해요")
    shown = Message(text[:max_characters], Sender.CUSTOMER, client_id=client_id)
    return Inbound(shown, text if pressed is None else pressed)


def payload_of(document: dict[str, Any]) -> dict[str, Any]:
    """A kept message as a device gets it: with the address of the page that its source is on."""
    source = document.get("source")
    if source is None or source.get("start") is None:
        return document
    return document | {"source": source | {"url": page_address(source["document"], source["start"], source["end"])}}


def page_address(document: str, start: int, end: int) -> str:
    """Where the document is shown, open at `[start, end)`."""
    return f"/documents/{quote(document, safe='')}?start={start}&end={end}#here"


def rasa_sender(key: str) -> str:
    """The name of a conversation towards Rasa; it does not give the conversation away."""
    return SENDER_PREFIX + key[:SENDER_CHARACTERS]
