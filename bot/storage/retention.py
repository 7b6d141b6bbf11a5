"""What is older than the company wants to keep is deleted: once a day while the bot runs, or by `daedap retention`."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta, timezone

import sqlalchemy as sa

from bot.storage.config import StorageConfig
from bot.storage.database import open_database
from bot.storage.tables import events, feedback, handovers, repair_requests, turns, unanswered
from bot.storage.values import utc_now

logger = logging.getLogger(__name__)

PAUSE_S = 24 * 3_600.0
PAUSE_AWAY_S = 600.0
AT_ONCE = 2_000
"""So many rows a transaction, that no customer waits for the deleting."""


def sweep(url: str, config: StorageConfig, now: datetime | None = None, dry_run: bool = False) -> dict[str, int]:
    """How many rows of each table were (with `dry_run`: would be) deleted at `now`, UTC."""
    now = now or utc_now()
    engine, deleted = open_database(url), {}
    for table, old in _old(config, now):
        deleted[table.name] = _count(engine, table, old) if dry_run else _delete(engine, table, old)
    return deleted


def _old(config: StorageConfig, now: datetime) -> list[tuple[sa.Table, sa.sql.ColumnElement]]:
    """What is too old, a condition a table; what was said in a hand-over goes with it."""
    rules: list[tuple[sa.Table, sa.sql.ColumnElement]] = []
    if config.keep_days:
        before = now - timedelta(days=config.keep_days)
        rules += [
            (events, events.c.timestamp < before.replace(tzinfo=timezone.utc).timestamp()),
            (turns, turns.c.asked_at < before),
            (feedback, feedback.c.given_at < before),
            (unanswered, unanswered.c.asked_at < before),
            (handovers, sa.and_(handovers.c.state == "closed", handovers.c.closed_at < before)),
        ]
    if config.keep_requests_days:
        rules.append((repair_requests, repair_requests.c.requested_at < now - timedelta(days=config.keep_requests_days)))
    return rules


def _count(engine: sa.engine.Engine, table: sa.Table, old: sa.sql.ColumnElement) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table).where(old)).scalar_one()


def _delete(engine: sa.engine.Engine, table: sa.Table, old: sa.sql.ColumnElement) -> int:
    deleted = 0
    while True:
        with engine.begin() as connection:
            ids = connection.execute(sa.select(table.c.id).where(old).limit(AT_ONCE)).scalars().all()
            connection.execute(table.delete().where(table.c.id.in_(ids)))
        deleted += len(ids)
        if len(ids) < AT_ONCE:
            return deleted


def keep_swept(url: str) -> None:
    """Sweep now and once a day, in a thread of this process. ValueError where the configuration is wrong."""
    config = StorageConfig.load()

    def work() -> None:
        wait = threading.Event()
        while True:
            try:
                deleted = sum(sweep(url, config).values())
                if deleted:
                    logger.warning("%s rows older than the company keeps were deleted", deleted)
                wait.wait(PAUSE_S)
            except Exception as error:  # a database that is away for one; the next round tries again
                logger.error("what is old could not be deleted: %s", type(error).__name__)
                wait.wait(PAUSE_AWAY_S)

    threading.Thread(target=work, name="retention", daemon=True).start()
