"""Each turn of each channel as a row, for reports: what was asked, what became of it, how long it took.

Written at the one place that every turn passes, Rasa's door (`bot.channels.guard`). What only Rasa knows (intent,
actions) comes from the tracker store, which sees the turn's events when it saves them; both run in one task, so a
context variable joins them. The row is kept in the local file before the answer leaves, which takes a fraction of a
millisecond and survives the process, and gets into the database in the background.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from bot.masking import mask
from bot.storage.outbox import Outbox
from bot.storage.tables import SOURCE_CHARACTERS, turns
from bot.storage.values import customer, storable, utc_now

logger = logging.getLogger(__name__)

MAX_TEXT_CHARACTERS = 2_000
SILENT_ACTIONS = frozenset({"action_listen", "action_session_start", "action_extract_slots", "action_unlikely_intent"})
HANDOVER_ACTIONS = ("action_human", "action_handover", "utter_handover", "utter_human")
SKILL_ACTIONS = ("validate_", "action_repair", "action_order", "utter_repair", "utter_order")
AWAY_RESPONSES = frozenset({"utter_service_away", "utter_loading"})
FAILED_RESPONSES = frozenset({"utter_error"})


class TurnKind(str, Enum):
    """What became of a turn; the first four are the cascade's."""

    FAQ = "faq"
    MANUAL = "manual"
    CLARIFY = "clarify"
    NONE = "none"
    TALK = "talk"
    """Small talk, and what the channel itself answers."""
    SKILL = "skill"
    """A form."""
    HANDOVER = "handover"
    AWAY = "away"
    """The customer was told that the answers are away just now."""
    FAILED = "failed"
    SILENT = "silent"


@dataclass
class Turn:
    """A turn under way; `events` are those that the tracker store saved."""

    key: str
    sender: str
    channel: str
    text: str
    asked_at: datetime
    started: float
    events: list[Mapping[str, Any]] = field(default_factory=list)


_under_way: ContextVar[Turn | None] = ContextVar("turn", default=None)


def note(events: Iterable[Mapping[str, Any]]) -> None:
    """The tracker store saves these events of the turn that is under way in this task, if one is."""
    turn = _under_way.get()
    if turn is not None:
        turn.events.extend(events)


class TurnLog:
    """Writes turns down; whatever goes wrong with that, the turn goes on."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        outbox.start()

    def begin(self, key: str, sender: str, channel: str | None, text: Any) -> Turn:
        """A turn begins in this task."""
        turn = Turn(key, sender, channel or "unknown", text if isinstance(text, str) else "", utc_now(), time.perf_counter())
        _under_way.set(turn)
        return turn

    def end(self, turn: Turn, said: Iterable[Mapping[str, Any]], failed: bool = False) -> None:
        """The turn is answered with the messages `said`, or has failed."""
        _under_way.set(None)
        try:
            self._outbox.keep(turns, row_of(turn, list(said), (time.perf_counter() - turn.started) * 1000, failed))
        except Exception:  # the customer gets the answer, whatever the disk does
            logger.exception("a turn could not be written down")


def row_of(turn: Turn, said: list[Mapping[str, Any]], latency_ms: float, failed: bool = False) -> dict[str, Any]:
    """The row of a turn that was answered with the messages `said`."""
    actions = list(_actions(turn.events))
    answer = _answer(said)
    source = answer.get("source") or {}
    parsed = next((event.get("parse_data") or {} for event in reversed(turn.events) if event.get("event") == "user"), {})
    intent = parsed.get("intent") or {}
    return {
        "key": turn.key,
        **customer(turn.sender, turn.channel),
        "asked_at": turn.asked_at,
        "text": mask(storable(turn.text, MAX_TEXT_CHARACTERS)),
        "kind": kind_of(actions, answer, said, failed).value,
        "intent": intent.get("name") and intent["name"][:60],
        "intent_confidence": intent.get("confidence"),
        "action": actions[0][:100] if actions else None,
        "confidence": answer.get("confidence"),
        "source": source.get("document") and source["document"][:SOURCE_CHARACTERS],
        "source_title": source.get("title") and source["title"][:SOURCE_CHARACTERS],
        "latency_ms": round(latency_ms, 1),
        "replies": sum(1 for one in said if one.get("text") or one.get("image")),
    }


def kind_of(actions: list[str], answer: Mapping[str, Any], said: list[Mapping[str, Any]], failed: bool = False) -> TurnKind:
    """What became of a turn with these actions and responses, in order."""
    if failed or FAILED_RESPONSES.intersection(actions):
        return TurnKind.FAILED
    if any(action.startswith(HANDOVER_ACTIONS) for action in actions):
        return TurnKind.HANDOVER
    if answer.get("kind") in (TurnKind.FAQ, TurnKind.MANUAL, TurnKind.CLARIFY, TurnKind.NONE):
        return TurnKind(answer["kind"])
    if AWAY_RESPONSES.intersection(actions):
        return TurnKind.AWAY
    if any(action.endswith("_form") or action.startswith(SKILL_ACTIONS) for action in actions):
        return TurnKind.SKILL
    return TurnKind.TALK if said else TurnKind.SILENT


def _actions(events: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """The names of actions and of the responses that were said."""
    for event in events:
        name = event.get("name")
        if event.get("event") == "action" and name and name not in SILENT_ACTIONS:
            yield name
        response = (event.get("metadata") or {}).get("utter_action")
        if event.get("event") == "bot" and response:
            yield response


def _answer(said: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The cascade's answer among the messages, as it stands in `custom["daedap"]`; empty where there is none."""
    documents = ((one.get("custom") or {}).get("daedap") for one in said)
    return next((document for document in documents if isinstance(document, Mapping)), {})
