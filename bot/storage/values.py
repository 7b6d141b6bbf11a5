"""Values as the tables take them: texts every database stores, who and where cut to their columns, times in UTC."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from bot.storage.tables import CHANNEL_CHARACTERS, SENDER_CHARACTERS


def storable(text: str, most: int | None = None) -> str:
    """`text` as every database takes it, without NUL and lone surrogates, cut to `most` characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:most]


def customer(sender: str | None, channel: str) -> dict[str, Any]:
    """The columns `sender` and `channel`."""
    return {"sender": sender and storable(sender, SENDER_CHARACTERS), "channel": storable(channel, CHANNEL_CHARACTERS)}


def utc_now() -> datetime:
    """Now, in UTC without a zone."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def utc_second() -> datetime:
    """Now, in UTC without a zone, to the second."""
    return utc_now().replace(microsecond=0)
