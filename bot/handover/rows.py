"""A hand-over and what is said in it, as they are read from the database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from bot.handover.summary import Summary
from bot.message import Sender


class State(str, Enum):
    """Where a hand-over stands."""

    WAITING = "waiting"
    ACTIVE = "active"
    """An agent has it."""
    CLOSED = "closed"


class Kind(str, Enum):
    """What it is about."""

    TALK = "talk"
    """The customer wants to talk now; the bot is silent."""
    ASKING = "asking"
    """The bot asks for name and phone."""
    MESSAGE = "message"
    """Name and phone are there; somebody should call. The bot has the conversation again."""


class ClosedBy(str, Enum):
    AGENT = "agent"
    CUSTOMER = "customer"
    TIME = "time"
    """Nobody came, or the customer said no more."""


@dataclass(frozen=True)
class Handover:
    """One hand-over; `sender` is the customer's id, times are UTC."""

    id: int
    sender: str
    channel: str
    state: State
    kind: Kind
    summary: Summary
    opened_at: datetime
    agent: str | None = None
    taken_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: ClosedBy | None = None
    contact_name: str | None = None
    contact_phone: str | None = None

    @property
    def keeps_conversation(self) -> bool:
        """Whether what the customer says goes to it."""
        return self.state is not State.CLOSED and self.kind is not Kind.MESSAGE

    @property
    def has_contact(self) -> bool:
        """Whether somebody could call."""
        return bool(self.contact_name and self.contact_phone)

    @classmethod
    def of_row(cls, row: Any) -> Handover:
        """The hand-over in a row of the table."""
        values = {name: getattr(row, name) for name in cls.__dataclass_fields__}
        return cls(
            **values
            | {
                "state": State(row.state),
                "kind": Kind(row.kind),
                "summary": Summary.from_json(json.loads(row.summary)),
                "closed_by": row.closed_by and ClosedBy(row.closed_by),
            }
        )


@dataclass(frozen=True)
class Said:
    """One message; `delivered_at` is when it reached the customer."""

    id: int
    sender: Sender
    text: str
    said_at: datetime
    delivered_at: datetime | None = None

    @classmethod
    def of_row(cls, row: Any) -> Said:
        """The message in a row of the table."""
        return cls(row.id, Sender(row.sender), row.text, row.said_at, row.delivered_at)
