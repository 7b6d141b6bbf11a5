"""Confirmed repair requests in the database, each written once however often it is confirmed."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timezone
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.settings import Settings
from bot.skills.config import REPAIR_SLOTS, RepairConfig
from bot.skills.repair import Draft
from bot.storage.database import DatabaseAwayError, open_database
from bot.storage.outbox import AWAY_ERRORS, open_outbox
from bot.storage.tables import repair_requests
from bot.storage.values import customer, storable
from nlu.entities.dates import SEOUL

RECEIPT_CHARACTERS = 8
RECEIVED = "received"
"""The state of a request that the company has not done yet."""


@dataclass(frozen=True)
class RepairRequest:
    """A row of `repair_requests`; `requested_at` is UTC without a zone, slots left open are None."""

    key: str
    receipt: str
    sender: str
    channel: str
    requested_at: datetime
    product: str | None = None
    model: str | None = None
    symptom: str | None = None
    address: str | None = None
    phone: str | None = None
    date: str | None = None
    name: str | None = None
    details: str | None = None

    @classmethod
    def of(cls, draft: Draft, config: RepairConfig, sender: str, channel: str, now: datetime) -> RepairRequest:
        """The request of a draft that the customer has confirmed at `now` (with a zone)."""
        values = {name: storable(draft.values[name]) if draft.values.get(name) else None for name in REPAIR_SLOTS}
        who = customer(sender, channel)
        own = {slot.name: draft.values.get(slot.name) or None for slot in config.own_slots}
        return cls(
            key=f"{who['sender']}:{draft.key}",
            receipt=receipt_of(draft.key, now, config.receipt_prefix),
            requested_at=now.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0),
            details=json.dumps(own, ensure_ascii=False) if own else None,
            **who,
            **values,
        )

    def row(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def day(self) -> date:
        """The day of the request where the company is."""
        return self.requested_at.replace(tzinfo=timezone.utc).astimezone(SEOUL).date()


def receipt_of(key: str, now: datetime, prefix: str) -> str:
    """The receipt number of the request with `key`: prefix, day and eight letters and digits, as R261123-7KQ2MDXA."""
    letters = base64.b32encode(hashlib.sha256(key.encode()).digest()).decode()[:RECEIPT_CHARACTERS]
    return f"{prefix}{now.astimezone(SEOUL):%y%m%d}-{letters}"


class RepairStore:
    """The requests in the database at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def save(self, request: RepairRequest) -> bool:
        """Whether the request is in the database now; False where it is kept to be written when that is back.

        A request whose key is there already is left as it is.
        """
        return open_outbox(self.url).write(repair_requests, request.row())

    def open_requests(self, sender: str, channel: str, limit: int = 3) -> list[RepairRequest]:
        """The newest requests of a customer that were received, newest first, those among them that wait to be written.

        OSError where the database is away and none waits.
        """
        who = customer(sender, channel)
        outbox = open_outbox(self.url)
        waiting = [row.values for row in outbox.rows.of(repair_requests.name, who["sender"])]
        there = sa.select(repair_requests).where(*(repair_requests.c[name] == value for name, value in who.items()))
        newest = there.where(repair_requests.c.state == RECEIVED).order_by(repair_requests.c.id.desc()).limit(limit)
        try:
            if outbox.is_away:
                raise DatabaseAwayError("away a moment ago")
            with open_database(self.url).connect() as connection:
                stored = [dict(row) for row in connection.execute(newest).mappings()]
        except AWAY_ERRORS as error:
            outbox.failed(error)
            if not waiting:
                raise OSError("requests cannot be looked up now") from error
            stored = []
        rows = {row["key"]: row for row in [*waiting, *stored]}
        names = [one.name for one in fields(RepairRequest)]
        found = [RepairRequest(**{name: row.get(name) for name in names}) for row in rows.values()]
        return sorted(found, key=lambda request: request.requested_at, reverse=True)[:limit]


@lru_cache(maxsize=1)
def store_of_process() -> RepairStore:
    """This process's store in the database that the settings name."""
    return RepairStore(Settings.load().database_url)
