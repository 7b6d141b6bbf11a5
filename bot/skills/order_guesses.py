"""How often an order number or a phone was tried in vain, in the database: no restart gives further tries.

Kept are digests and times, and no longer than they count. `bot.skills.guesses` counts the tries of one conversation.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.skills.guesses import LIMIT, WINDOW_S
from bot.storage.tables import order_guesses
from bot.storage.values import utc_now


def too_many(connection: sa.engine.Connection, *keys: str, limit: int = LIMIT, now: datetime | None = None) -> bool:
    """Whether one of `keys` was guessed wrongly `limit` times or more in the last hour."""
    guessed = order_guesses.c.guessed
    counted = (
        sa.select(sa.func.count())
        .where(guessed.in_([_digest(key) for key in keys]), order_guesses.c.guessed_at > _since(now))
        .group_by(guessed)
    )
    return max(connection.execute(counted).scalars(), default=0) >= limit


def guessed_wrongly(connection: sa.engine.Connection, *keys: str, now: datetime | None = None) -> None:
    """Write down a wrong guess of each key; those that count no more go."""
    connection.execute(order_guesses.delete().where(order_guesses.c.guessed_at <= _since(now)))
    rows = [{"guessed": _digest(key), "guessed_at": now or utc_now()} for key in keys]
    connection.execute(order_guesses.insert(), rows)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _since(now: datetime | None) -> datetime:
    return (now or utc_now()) - timedelta(seconds=WINDOW_S)
