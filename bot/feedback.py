"""Thumbs on answers: what was asked, what was answered from where, and what the customer thought of it.

A row a rated answer. Whoever rates it anew changes that row, and who takes the thumb back removes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum

from bot.masking import mask
from bot.storage.outbox import Change, open_outbox
from bot.storage.tables import CHANNEL_CHARACTERS, KEY_CHARACTERS, SENDER_CHARACTERS, feedback

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
        key = rated.key[:KEY_CHARACTERS]
        if thumb is None:
            self._outbox.write(feedback, {"key": key, "sender": rated.sender[:SENDER_CHARACTERS]}, Change.DROP)
        else:
            self._outbox.write(feedback, _row(rated, key, thumb), Change.PUT)


def _row(rated: Rated, key: str, thumb: Thumb) -> dict[str, object]:
    return {
        "key": key,
        "sender": rated.sender[:SENDER_CHARACTERS],
        "channel": rated.channel[:CHANNEL_CHARACTERS],
        "given_at": datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0),
        "thumb": thumb.value,
        "question": _kept(mask(rated.question)),
        "answer": _kept(rated.answer),
        "kind": rated.kind,
        "confidence": rated.confidence,
        "source": rated.source and rated.source[:300],
        "source_title": rated.source_title and rated.source_title[:300],
    }


def _kept(text: str) -> str:
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()
