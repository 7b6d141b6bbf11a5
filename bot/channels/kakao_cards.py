"""Messages as KakaoTalk shows them: text, a card that opens the source, lists of choices, quick replies.

Used are simpleText, textCard, listCard and simpleImage; carousels, commerce cards and contexts are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.channels import kakao_texts as texts
from bot.channels.kakao_cutting import length, sendable
from bot.channels.kakao_speech import MAX_LABEL, Part, Speech, quick_reply
from bot.channels.web import page_address
from bot.message import Button, Message, Sender

MAX_TITLE = 50
MAX_TITLE_AND_DESCRIPTION = 400
MAX_LIST_ITEMS = 5
MAX_PAYLOAD = 1_000
MAX_ADDRESS = 2_000
OFFERED = "/ask{"
"""Payloads that begin so are those of offered questions."""


def speech_of(messages: Iterable[Message], base: str | None) -> Speech:
    """Messages as outputs and quick replies; `base` is the address under which customers reach the front."""
    speech = Speech()
    for message in messages:
        speech += _speech(message, base)
    return speech


def _speech(message: Message, base: str | None) -> Speech:
    lines = [texts.AGENT.format(text=message.text) if message.sender is Sender.AGENT and message.text.strip() else message.text]
    source, card = message.source, None
    if source is not None and source.sentence and source.sentence not in message.text:
        lines.append(f"“{source.sentence}”")
    card, line = _reference(message, base)
    lines += [line] if line else []
    text = sendable("\n".join(lines)).strip()
    parts = [Part(text)] if text else []
    parts += [Part(card=card)] if card else []
    parts += _image(message.image)
    choices, quick = _choices(message.buttons)
    return Speech((*parts, *choices), quick)


def _reference(message: Message, base: str | None) -> tuple[dict[str, Any] | None, str]:
    """A card that opens the source's page and the link; where nothing can be opened, a line that names them."""
    source, links = message.source, []
    if base and source is not None and source.is_document and _is_sendable(source.document):
        links.append((texts.ORIGINAL, base.rstrip("/") + page_address(source.document, source.start, source.end)))
    if message.link:
        links.append((texts.DETAILS, message.link))
    citation = sendable(source.citation).strip() if source is not None else ""
    fits = length(texts.SOURCE) + length(citation) <= MAX_TITLE_AND_DESCRIPTION
    if not links or not fits or not all(len(url) <= MAX_ADDRESS and _is_sendable(url) for _, url in links):
        named = [f"{texts.SOURCE}: {citation}"] if citation else []
        named += [f"{texts.DETAILS}: {message.link}"] if message.link else []
        return None, "\n".join(named)
    buttons = [{"action": "webLink", "label": label, "webLinkUrl": url} for label, url in links]
    heading = {"title": texts.SOURCE, "description": citation} if citation else {"title": texts.DETAILS}
    return {"textCard": heading | {"buttons": buttons}}, ""


def _image(url: str | None) -> list[Part]:
    if not url:
        return []
    if len(url) > MAX_ADDRESS or not _is_sendable(url):
        return [Part(sendable(url))]
    return [Part(card={"simpleImage": {"imageUrl": url, "altText": texts.IMAGE}})]


def _is_sendable(text: str) -> bool:
    return sendable(text) == text


def _choices(buttons: Sequence[Button]) -> tuple[list[Part], tuple[dict[str, Any], ...]]:
    """Offered questions and other long choices as lists, the rest as quick replies; too long ones by number."""
    listed = [one for one in buttons if one.payload.startswith(OFFERED) or length(sendable(one.title).strip()) > MAX_LABEL]
    short = [quick_reply(one.title, _extra(one)) for one in buttons if one not in listed]
    if not listed:
        return [], tuple(short)
    if any(not 0 < length(" ".join(sendable(one.title).split())) <= MAX_TITLE for one in listed):
        lines = [f"{number}. {sendable(one.title).strip()}" for number, one in enumerate(listed, 1)]
        numbered = [quick_reply(texts.CHOICE.format(number=number), _extra(one)) for number, one in enumerate(listed, 1)]
        return [Part("\n".join(lines))], (*numbered, *short)
    title = texts.SIMILAR if all(one.payload.startswith(OFFERED) for one in listed) else texts.CHOOSE
    groups = [listed[at : at + MAX_LIST_ITEMS] for at in range(0, len(listed), MAX_LIST_ITEMS)]
    return [Part(card=_list_card(title, group)) for group in groups], tuple(short)


def _list_card(title: str, buttons: Sequence[Button]) -> dict[str, Any]:
    items = []
    for button in buttons:
        name = " ".join(sendable(button.title).split())
        extra = _extra(button)
        items.append({"title": name, "action": "message", "messageText": name} | ({"extra": extra} if extra else {}))
    return {"listCard": {"header": {"title": title}, "items": items}}


def _extra(button: Button) -> dict[str, str] | None:
    """What a click brings back; a payload too long for it is left out, and the click says the title."""
    payload = sendable(button.payload)
    return {"payload": payload} if payload and length(payload) <= MAX_PAYLOAD else None
