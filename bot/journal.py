"""What the bot could not answer, written down for those who keep the FAQ.

A table of the bot's database (`bot.storage`). Personal numbers are masked before anything is written.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import NamedTuple

import sqlalchemy as sa

from bot.answer import Candidate
from bot.masking import mask
from bot.storage.database import open_database
from bot.storage.tables import unanswered

logger = logging.getLogger(__name__)

MAX_QUESTION_CHARACTERS = 2_000


class Unanswered(NamedTuple):
    """A question nobody answered; `asked_at` is UTC."""

    id: int
    asked_at: datetime
    channel: str
    question: str
    candidates: tuple[Candidate, ...]


class Journal:
    """The journal in the database at `url`; makes and upgrades the tables when opened."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = open_database(url)

    def write_unanswered(self, question: str, channel: str, candidates: Iterable[Candidate]) -> int:
        """The id of the row written; the question is masked and cut to a bounded length."""
        row = {
            "asked_at": datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0),
            "channel": channel[:40],
            "question": mask(question[:MAX_QUESTION_CHARACTERS]).encode("utf-8", "replace").decode(),
            "candidates": json.dumps([candidate.__dict__ for candidate in candidates], ensure_ascii=False),
        }
        with self._engine.begin() as connection:
            return connection.execute(unanswered.insert().values(row)).inserted_primary_key[0]

    def unanswered(self, limit: int = 100) -> list[Unanswered]:
        """The questions written down, newest first."""
        query = sa.select(unanswered).order_by(unanswered.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [
                Unanswered(
                    row.id,
                    row.asked_at,
                    row.channel,
                    row.question,
                    tuple(Candidate(**candidate) for candidate in json.loads(row.candidates)),
                )
                for row in connection.execute(query)
            ]

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()
