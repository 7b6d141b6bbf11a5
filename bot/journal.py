"""What the bot could not answer, written down for those who keep the FAQ.

A table of the bot's database (`bot.storage`). Personal numbers are masked before anything is written; what cannot be
written now is kept and written later. Questions stay open until they are settled: added to the FAQ or set aside.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import NamedTuple

import sqlalchemy as sa

from bot.answer import Candidate
from bot.masking import mask
from bot.storage.database import DatabaseAwayError, open_database
from bot.storage.outbox import open_outbox
from bot.storage.tables import unanswered
from bot.storage.values import customer, storable, utc_second

logger = logging.getLogger(__name__)

MAX_QUESTION_CHARACTERS = 2_000


class Settled(str, Enum):
    """What became of a question."""

    OPEN = "open"
    ADDED = "added"
    """An entry of the FAQ answers it now."""
    DISMISSED = "dismissed"
    """Nobody needs to answer it."""


class Unanswered(NamedTuple):
    """A question nobody answered; `asked_at` is UTC."""

    id: int
    asked_at: datetime
    channel: str
    question: str
    candidates: tuple[Candidate, ...]


class Journal:
    """The journal in the database at `url`, which is made and upgraded where it can be reached."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            open_database(url)
        except DatabaseAwayError as error:  # what is written meanwhile is kept
            logger.error("%s", error)

    def write_unanswered(self, question: str, channel: str, candidates: Iterable[Candidate], sender: str | None = None) -> bool:
        """Whether the question is in the database now, else it is kept; masked and cut to a bounded length."""
        row = {
            "key": uuid.uuid4().hex,
            "asked_at": utc_second(),
            **customer(sender, channel),
            "question": mask(storable(question, MAX_QUESTION_CHARACTERS)),
            "candidates": json.dumps([candidate.__dict__ for candidate in candidates], ensure_ascii=False),
        }
        return open_outbox(self.url).write(unanswered, row)

    def unanswered(self, limit: int = 100, since: datetime | None = None) -> list[Unanswered]:
        """The open questions, newest first; those asked since `since` (UTC) where that is given."""
        query = sa.select(unanswered).where(unanswered.c.state == Settled.OPEN.value)
        if since is not None:
            query = query.where(unanswered.c.asked_at >= since)
        with open_database(self.url).connect() as connection:
            rows = connection.execute(query.order_by(unanswered.c.id.desc()).limit(limit)).all()
        return [Unanswered(row.id, row.asked_at, row.channel, row.question, _candidates(row.candidates)) for row in rows]

    def settle(self, ids: Iterable[int], how: Settled, entry_id: str | None = None) -> int:
        """How many of the questions with these ids were open and are settled now."""
        values = {"state": how.value, "entry_id": entry_id, "settled_at": utc_second()}
        where = sa.and_(unanswered.c.id.in_(list(ids)), unanswered.c.state == Settled.OPEN.value)
        with open_database(self.url).begin() as connection:
            return connection.execute(unanswered.update().where(where).values(values)).rowcount

    def close(self) -> None:
        """Give back the connections."""
        open_database(self.url).dispose()


def _candidates(document: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(**candidate) for candidate in json.loads(document))
