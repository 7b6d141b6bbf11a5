"""What the bot could not answer, written down for those who keep the FAQ.

SQLAlchemy over any database; the tables are made and changed by the alembic migrations in
`bot/migrations` alone. Personal numbers are masked before anything is written.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from bot.answer import Candidate
from bot.masking import mask

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
MAX_QUESTION_CHARACTERS = 2_000

metadata = sa.MetaData()
unanswered = sa.Table(
    "unanswered",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("asked_at", sa.DateTime, nullable=False),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("candidates", sa.Text, nullable=False),
)


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
        parsed = sa.engine.make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine = sa.create_engine(url, future=True, connect_args=_connect_args(parsed))
        upgrade(self._engine)

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


def _connect_args(url: sa.engine.URL) -> dict[str, object]:
    return {"timeout": 5, "check_same_thread": False} if url.get_backend_name() == "sqlite" else {}


def upgrade(engine: sa.engine.Engine) -> None:
    """Bring the database to the newest migration; one that is there already costs one query."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        newest = ScriptDirectory.from_config(config).get_current_head()
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
