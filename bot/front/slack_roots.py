"""A hand-over as the team's channel shows it: the root of its thread, and what is said in it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from bot.channels.slack_blocks import context, documents_of, escape, row_of, section
from bot.front import slack_texts as texts
from bot.handover.agent_texts import STATES
from bot.handover.listing import card_of, channel_of, state_of
from bot.handover.rows import Handover, Kind, State
from bot.masking import mask
from bot.message import Message, Sender

TAKE, CLOSE, RELEASE = "handover-take", "handover-close", "handover-release"
ACTIONS = (TAKE, CLOSE, RELEASE)
ROOT = "handover-{id}"
"""The key of the root in the outbox."""
MAX_TITLE = 150


class Told(NamedTuple):
    """A row of what was said in a hand-over; `key` names where it came from, where that is known."""

    id: int
    sender: Sender
    text: str
    key: str | None


def root_of(handover: Handover, rendering: int) -> dict[str, Any]:
    """The root of a hand-over's thread; each rendering has buttons of its own, of which one counts."""
    title = texts.ROOT.format(id=handover.id, channel=channel_of(handover))
    state = texts.STATE.format(state=state_line(handover))
    header = {"type": "header", "text": {"type": "plain_text", "text": title[:MAX_TITLE], "emoji": False}}
    blocks = [header, section(_card(handover)), context(state)]
    if handover.state is not State.CLOSED:
        blocks += [context(line) for line in _help(handover)]
        blocks.append(row_of(_buttons(handover), f"{ROOT.format(id=handover.id)}.{rendering}:", "primary"))
    return {"text": escape(f"{title}\n{state}"), "blocks": blocks}


def _card(handover: Handover) -> str:
    """The summary; personal numbers in it are shown while somebody has the customer."""
    lines = "\n".join(card_of(handover)) or handover.summary.topic or "…"
    return lines if handover.state is State.ACTIVE else mask(lines)


def _help(handover: Handover) -> list[str]:
    if handover.kind is Kind.MESSAGE:
        return [texts.HELP_MESSAGE]
    return [texts.HELP, texts.HELP_KAKAO] if handover.channel == "kakao" else [texts.HELP]


def _buttons(handover: Handover) -> list[tuple[str, str, str]]:
    number = str(handover.id)
    if handover.state is State.WAITING:
        return [(texts.TAKE, number, TAKE)]
    return [(texts.CLOSE, number, CLOSE), (texts.RELEASE, number, RELEASE)]


def state_line(handover: Handover | None) -> str:
    """The state as the team reads it."""
    if handover is None:
        return texts.GONE
    return STATES["closed"] if handover.state is State.CLOSED else state_of(handover)


def fingerprint(handover: Handover) -> str:
    """What of a hand-over the root shows and may change."""
    shown = [handover.state.value, handover.kind.value, handover.agent, handover.contact_name, handover.contact_phone]
    return json.dumps(shown, ensure_ascii=False)


def replies_of(handover: Handover, told: Told) -> list[dict[str, Any]]:
    """What was said elsewhere, as replies in the thread: the customer's words, the queue's, another agent's."""
    if told.sender is Sender.BOT:
        line = texts.QUEUE.format(text=told.text)
        return [{"text": escape(line), "blocks": [context(line)]}]
    if told.sender is Sender.AGENT:
        return documents_of(Message(texts.OTHER_AGENT.format(name=handover.agent or "", text=told.text)))
    return documents_of(Message(texts.CUSTOMER.format(text=told.text)))
