"""Sending what waits for the company's webhook: each event until it arrived, by one process at a time.

A row is taken for CLAIM_S before it is sent, by an UPDATE that only one process can win; a process that dies
leaves it to the next one after that. A row that arrived, or was refused, has no `next_at` and is never taken again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.handover.queue import utc_now
from bot.handover.webhook import TIMEOUT_S, Outcome, Try, next_try, send
from bot.storage.tables import handover_webhooks

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

logger = logging.getLogger(__name__)

CLAIM_S = 3 * TIMEOUT_S
AT_ONCE = 20
W = handover_webhooks.c


class Notifier:
    """The webhook at `url`, signed with `secret`, over one database."""

    def __init__(
        self, engine: Engine, url: str, secret: str, clock: Callable[[], datetime] = utc_now, session: Any = None
    ) -> None:
        self._engine = engine
        self._url = url
        self._secret = secret
        self._clock = clock
        self._session = session

    def run(self) -> int:
        """How many events arrived in this round."""
        return sum(self._deliver(key, body) for key, body in self._due())

    def _due(self) -> list[tuple[str, str]]:
        query = sa.select(W.key, W.body).where(self._is_due()).order_by(W.next_at, W.id).limit(AT_ONCE)
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def _is_due(self) -> Any:
        return W.next_at <= self._clock()

    def _deliver(self, key: str, body: str) -> bool:
        attempts = self._claim(key)
        if attempts is None:
            return False
        tried = send(self._url, self._secret, key, body, int(time.time()), self._session)
        self._settle(key, attempts, tried)
        return tried.outcome is Outcome.SENT

    def _claim(self, key: str) -> int | None:
        """How often it has been tried with this time; None where another process has it."""
        claim = handover_webhooks.update().where(W.key == key, self._is_due())
        now = self._clock()
        values = {"next_at": now + timedelta(seconds=CLAIM_S), "tried_at": now, "attempts": W.attempts + 1}
        with self._engine.begin() as connection:
            if connection.execute(claim.values(values)).rowcount != 1:
                return None
            return connection.execute(sa.select(W.attempts).where(W.key == key)).scalar_one()

    def _settle(self, key: str, attempts: int, tried: Try) -> None:
        now = self._clock()
        again = next_try(attempts, now) if tried.outcome is Outcome.AGAIN else None
        values: dict[str, Any] = {"next_at": again, "why": tried.why}
        if tried.outcome is Outcome.SENT:
            values["sent_at"] = now
        elif again is None:
            logger.error("webhook event %s is given up: %s", key, tried.why)
        with self._engine.begin() as connection:
            connection.execute(handover_webhooks.update().where(W.key == key).values(values))
