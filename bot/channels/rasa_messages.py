"""Rasa's bubbles as messages, and messages as Rasa's bubbles.

A bubble's text is complete by itself: the cascade's sentence, the citation and the link stand in it. Where
the answer travels beside it (`custom["daedap"]`), they are taken out of the text into parts of their own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from bot import messages
from bot.answer import Answer, Kind
from bot.message import Button, Message, Sender, Source, is_web_address, plain

logger = logging.getLogger(__name__)

HANDOVER = "daedap_handover"
"""In `custom` of a turn while a hand-over is open: its state; such a turn may say nothing else."""
AGENT = "daedap_agent"
"""In `custom` behind a text that an agent said: true."""


def messages_of(bubbles: Iterable[dict[str, Any]]) -> tuple[Message, ...]:
    """The messages of Rasa's bubbles, in order; one that only carries the answer joins the text before it."""
    said: list[dict[str, Any]] = []
    for bubble in bubbles:
        custom = bubble.get("custom") or {}
        answer = custom.get("daedap")
        text, buttons = bubble.get("text") or "", bubble.get("buttons") or ()
        if custom.get(AGENT) and not text and said:
            said[-1]["sender"] = Sender.AGENT
        elif answer is not None and not text and said and said[-1]["answer"] is None:
            said[-1]["answer"] = answer
        elif text or buttons or bubble.get("image") or answer is not None:
            said.append({"text": text, "buttons": buttons, "image": bubble.get("image"), "answer": answer})
    return tuple(_message(**one) for one in said)


def in_handover(bubbles: Iterable[dict[str, Any]]) -> bool:
    """Whether a human has the conversation (`custom["daedap_handover"]`): then the bot may mean to say nothing."""
    return any(HANDOVER in (bubble.get("custom") or {}) for bubble in bubbles)


def bubbles_of(message: Message, recipient: str) -> list[dict[str, Any]]:
    """A message as Rasa's REST channel gives it."""
    bubble: dict[str, Any] = {"recipient_id": recipient, "text": plain(message.replace(image=None))}
    if message.buttons:
        bubble["buttons"] = [{"title": button.title, "payload": button.payload} for button in message.buttons]
    bubbles = [bubble] if bubble["text"] or message.buttons else []
    if message.image:
        bubbles.append({"recipient_id": recipient, "image": message.image})
    if message.answer is not None:
        bubbles.append({"recipient_id": recipient, "custom": {"daedap": message.answer}})
    if message.sender is Sender.AGENT:
        bubbles.append({"recipient_id": recipient, "custom": {AGENT: True}})
    return bubbles


def _message(
    text: str,
    buttons: Iterable[dict[str, str]],
    image: str | None,
    answer: dict[str, Any] | None,
    sender: Sender = Sender.BOT,
) -> Message:
    choices = tuple(Button(one["title"], one["payload"]) for one in buttons)
    said = Message(text, sender, buttons=choices, image=image if image and is_web_address(image) else None)
    return said if answer is None else _with_answer(said, answer)


def _with_answer(said: Message, document: dict[str, Any]) -> Message:
    try:
        answer = Answer.from_json(document)
    except (TypeError, KeyError, ValueError):  # of another version: the text says it all
        logger.warning("an answer could not be read and is shown as text only")
        return said.replace(answer=document)
    source = source_of(answer)
    text = said.text
    if source is not None:
        text = _without(text, f"출처: {source.citation}")
        text = _without(text, f"“{source.sentence}”")
    text, link = _link_taken_out(text)
    return said.replace(text=text, source=source, link=link, kind=answer.kind.value, answer=document)


def source_of(answer: Answer) -> Source | None:
    """Where an answer stands, with the span marked in its sentence; None where it stands nowhere."""
    if answer.source is None:
        return None
    place = answer.source
    sentence = None if place.start is None else (answer.evidence or "").strip() or None
    span = None if sentence is None or answer.kind is not Kind.MANUAL else span_in(sentence, answer.answer)
    return Source(place.document, place.title, place.section, place.page, sentence, span, place.start, place.end)


def span_in(sentence: str, answer: str) -> tuple[int, int] | None:
    """`[start, end)` of `answer` in `sentence`, white space folded; None where it is not in it."""
    folded = " ".join(answer.split())
    start = sentence.find(folded) if folded else -1
    return None if start < 0 else (start, start + len(folded))


def _without(text: str, part: str) -> str:
    lines = f"\n{text}\n"
    return lines.replace(f"\n{part}\n", "\n", 1)[1:-1] if f"\n{part}\n" in lines else text


def _link_taken_out(text: str) -> tuple[str, str | None]:
    start = messages.LINK.format(link="")
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith(start) and is_web_address(line[len(start) :]):
            return "\n".join(lines[:number] + lines[number + 1 :]), line[len(start) :]
    return text, None
