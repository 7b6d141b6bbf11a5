"""What a form's validation is called for, read from the conversation's events.

Rasa calls it after each message, when the form begins, and once more when the form goes on after something else
was done with the message (a question answered in between). The message is then not the form's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.routing import SURE, likeliest
from bot.skills.order_slots import FORM_SLOTS
from bot.skills.repair_slots import cleared

LISTENS = "action_listen"
SOOTHES = "action_soothe"
"""Anger is answered to first, but what was said in it counts."""


def done_before(events: Sequence[Mapping[str, Any]], form: str) -> list[str]:
    """The actions since the last message other than the form's own and its validation."""
    users = [at for at, event in enumerate(events) if event.get("event") == "user"]
    since = events[users[-1] :] if users else events
    names = [event.get("name") for event in since if event.get("event") == "action"]
    return [name for name in names if name not in (LISTENS, form, f"validate_{form}")]


def intent_of(message: Mapping[str, Any]) -> str:
    """The message's intent where it is sure, else nothing."""
    name, confidence = likeliest(message)
    return name if confidence >= SURE else ""


def names_in(message: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of people that were found in the message."""
    return tuple(str(one["value"]) for one in message.get("entities") or [] if one.get("entity") == "name")


def emptied(form: str | None) -> dict[str, Any]:
    """The slots of a form that is left for good."""
    if form == "repair_form":
        return cleared()
    return {name: None for name in FORM_SLOTS} if form == "order_form" else {"requested_slot": None}
