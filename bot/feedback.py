"""Thumbs on answers: what was asked, what was answered from where, and what the customer thought of it.

A row a rated answer. Whoever rates it anew changes that row, and who takes the thumb back removes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bot.masking import mask
from bot.storage.outbox import Change, open_outbox
from bot.storage.tables import KEY_CHARACTERS, SOURCE_CHARACTERS, feedback
from bot.storage.values import customer, storable, utc_second

MAX_CHARACTERS = 2_000


class Thumb(str, Enum):
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Rated:
    """An answer and what is rated; `key` is the answer's own, the same however often it is rated."""

    key: str
    sender: str
    channel: str
    question: str
    answer: str
    kind: str | None = None
    confidence: float | None = None
    source: str | None = None
    source_title: str | None = None


class Feedback:
    """The thumbs in the database at `url`; one that cannot be written now is written when the database is back."""

    def __init__(self, url: str) -> None:
        self._outbox = open_outbox(url)

    def rate(self, rated: Rated, thumb: Thumb | None) -> None:
        """Write the thumb on an answer, in place of an earlier one; None takes it back."""
        key = storable(rated.key, KEY_CHARACTERS)
        who = customer(rated.sender, rated.channel)
        if thumb is None:
            self._outbox.write(feedback, {"key": key, "sender": who["sender"]}, Change.DROP)
        else:
            self._outbox.write(feedback, {"key": key, **who, **_row(rated, thumb)}, Change.PUT)


def _row(rated: Rated, thumb: Thumb) -> dict[str, object]:
    return {
        "given_at": utc_second(),
        "thumb": thumb.value,
        "question": storable(mask(rated.question), MAX_CHARACTERS),
        "answer": storable(rated.answer, MAX_CHARACTERS),
        "kind": rated.kind,
        "confidence": rated.confidence,
        "source": rated.source and rated.source[:SOURCE_CHARACTERS],
        "source_title": rated.source_title and rated.source_title[:SOURCE_CHARACTERS],
    }
