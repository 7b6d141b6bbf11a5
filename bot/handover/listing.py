"""The queue as agents see it, a line a customer; phones of those not taken are masked."""

from __future__ import annotations

from datetime import datetime

from bot.handover import agent_texts as texts
from bot.handover.contact import shown_phone
from bot.handover.rows import Handover, Kind, Said, State
from bot.handover.summary import lines_of
from bot.masking import mask
from bot.message import Sender

TOPIC_CHARACTERS = 40


def line_of(handover: Handover, now: datetime) -> str:
    """Where it stands, since when, from where, about what."""
    return " · ".join(
        part for part in (state_of(handover), waited(handover, now), channel_of(handover), topic_of(handover)) if part
    )


def state_of(handover: Handover) -> str:
    """Its state, with the agent who has it, or what else is going on."""
    if handover.state is State.ACTIVE:
        return f"{texts.STATES['active']}({handover.agent})"
    return texts.KINDS.get(handover.kind.value) or texts.STATES[handover.state.value]


def waited(handover: Handover, now: datetime) -> str:
    """How long since it was opened."""
    return texts.WAITED.format(minutes=max(0, int((now - handover.opened_at).total_seconds() // 60)))


def channel_of(handover: Handover) -> str:
    return texts.CHANNELS.get(handover.channel, handover.channel)


def topic_of(handover: Handover) -> str:
    """What it is about and the mood; who is to be called with the phone masked."""
    topic = " ".join(mask(handover.summary.topic).split())
    topic = topic if len(topic) <= TOPIC_CHARACTERS else topic[:TOPIC_CHARACTERS] + "…"
    who = f"{handover.contact_name} {shown_phone(handover.contact_phone or '')}" if handover.kind is Kind.MESSAGE else ""
    return " · ".join(part for part in (who, f"‘{topic}’" if topic else "", texts.MOODS.get(handover.summary.mood, "")) if part)


def card_of(handover: Handover) -> list[str]:
    """All that the agent who takes a customer should see before the first word."""
    lines = lines_of(handover.summary)
    if handover.contact_name or handover.contact_phone:
        lines.append(texts.CONTACT.format(name=handover.contact_name or "", phone=handover.contact_phone or "").strip())
    return lines


def speaker_of(said: Said) -> str:
    """Who says it, as an agent sees it."""
    return {Sender.CUSTOMER: texts.CUSTOMER, Sender.BOT: texts.BOT, Sender.AGENT: texts.YOU}[said.sender]
