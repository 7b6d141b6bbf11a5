"""What the bot remembers of a conversation: product, question, topic, what it has shown, what it has asked back.

A memory is read from slots and written back as those that changed (`changes`). After a silence of `FRESH_S`
nothing is remembered, whatever the slots hold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FRESH_S = 30 * 60
SLOTS = {
    "product": "last_product",
    "question": "last_question",
    "topic": "last_topic",
    "shown": "last_candidates",
    "pending": "last_asked_back",
    "disappointments": "disappointments",
}
"""The slot that holds each field."""


@dataclass(frozen=True)
class Pending:
    """A question that was asked back: which of `products` is meant. `entries` are what the FAQ has for each.

    Without products it was asked which code is shown; `entries` are those offered.
    """

    question: str
    products: tuple[str, ...]
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Memory:
    """`question` is the customer's last whole question, `topic` the FAQ question or the heading that answered it.

    `shown` are ids of FAQ entries that were answered or offered for it, so that "다른 거" shows others.
    `disappointments` counts those in a row (`bot.conversation.mood`).
    """

    product: str | None = None
    question: str | None = None
    topic: str | None = None
    shown: tuple[str, ...] = ()
    pending: Pending | None = None
    disappointments: int = 0

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> Memory:
        """What the slots hold; one that holds something else counts as empty."""
        pending = slots.get(SLOTS["pending"])
        shown = slots.get(SLOTS["shown"])
        return cls(
            *(_text(slots.get(SLOTS[name])) for name in ("product", "question", "topic")),
            tuple(map(str, shown)) if isinstance(shown, Sequence) and not isinstance(shown, str) else (),
            _pending(pending) if isinstance(pending, Mapping) else None,
            _count(slots.get(SLOTS["disappointments"])),
        )

    def changes(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Slots with their new values, of those that differ from `before`."""
        pending = dataclasses.asdict(self.pending) if self.pending else None
        if pending:
            pending = {name: list(value) if isinstance(value, tuple) else value for name, value in pending.items()}
        values = (self.product, self.question, self.topic, list(self.shown) or None, pending, self.disappointments or None)
        slots = dict(zip(SLOTS.values(), values))
        return {name: value for name, value in slots.items() if value != (before.get(name) or None)}

    def replace(self, **changes: Any) -> Memory:
        return dataclasses.replace(self, **changes)


def remembered(slots: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Memory:
    """The memory of a conversation with these slots and events, the latest message last; empty after a long silence."""
    users = [at for at, event in enumerate(events) if event.get("event") == "user"]
    said = [event for event in events[: users[-1]] if event.get("event") in ("user", "bot")] if users else []
    if said:
        now, last = events[users[-1]].get("timestamp"), said[-1].get("timestamp")
        if now and last and now - last > FRESH_S:
            return Memory()
    return Memory.from_slots(slots)


def forgotten() -> dict[str, None]:
    """Every slot of the memory, emptied."""
    return dict.fromkeys(SLOTS.values())


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) and value > 0 else 0


def _pending(document: Mapping[str, Any]) -> Pending | None:
    try:
        return Pending(str(document["question"]), tuple(document["products"]), tuple(document["entries"]))
    except (KeyError, TypeError):
        return None
