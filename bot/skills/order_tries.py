"""How many tries at an order a customer had before the conversation was begun anew, from the conversations' own events.

A restart empties the slots, and the action server's own count (`bot.skills.guesses`) ends with its process; what was
said is in the database still.
"""

from __future__ import annotations

import json
import logging
import time

import sqlalchemy as sa

from bot.skills.order_slots import STATE
from bot.storage.database import open_database
from bot.storage.outbox import AWAY_ERRORS
from bot.storage.tables import events

logger = logging.getLogger(__name__)
WINDOW_S = 3_600.0
"""Tries of so long ago count no more."""


def tries_before(url: str, sender: str, now: float | None = None) -> int:
    """The tries that the form's last state in the last hour counted; 0 where there is none or the database is away."""
    since = (time.time() if now is None else now) - WINDOW_S
    newest = (
        sa.select(events.c.data)
        .where(events.c.sender_id == sender, events.c.type_name == "slot", events.c.action_name == STATE)
        .where(events.c.timestamp >= since)
        .order_by(events.c.id.desc())
        .limit(1)
    )
    try:
        with open_database(url).connect() as connection:
            data = connection.execute(newest).scalar()
    except AWAY_ERRORS:
        logger.warning("earlier tries at an order could not be counted")
        return 0
    state = (json.loads(data) if data else {}).get("value") or {}
    return int(state.get("tries") or 0)
