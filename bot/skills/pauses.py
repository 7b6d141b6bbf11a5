"""How long a form may be left: after a pause it says that it goes on, after a day it begins anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

PAUSE = timedelta(minutes=30)
"""After so long a form says that it goes on where it was."""
KEEP = timedelta(hours=24)
"""A form left for longer starts anew."""


class Left(str, Enum):
    """How a form was left."""

    NEVER = "never"
    """It begins now."""
    NOT = "not"
    PAUSED = "paused"
    LONG_AGO = "long_ago"


def left(seen_at: str, now: datetime) -> Left:
    """How a form was left that was last talked to at `seen_at` (ISO 8601, empty where it begins)."""
    if not seen_at:
        return Left.NEVER
    silence = now - datetime.fromisoformat(seen_at)
    if silence > KEEP:
        return Left.LONG_AGO
    return Left.PAUSED if silence > PAUSE else Left.NOT
