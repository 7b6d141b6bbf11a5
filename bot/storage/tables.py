"""Every table of the bot's database; made and changed by `bot/migrations` alone.

Times are UTC without a zone. A column whose content says something of a person is marked (`Personal`), so that
lists and logs mask it and `daedap forget` finds it. A row that may be kept while the database is away has a unique
`key`, made by who writes it, so that it is written exactly once however often it is tried (`bot.storage.outbox`).
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import sqlalchemy as sa

SENDER_CHARACTERS = 200
CHANNEL_CHARACTERS = 40
KEY_CHARACTERS = 240
SOURCE_CHARACTERS = 300

naming = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
}
metadata = sa.MetaData(naming_convention=naming)


class Personal(str, Enum):
    """What a column says of a person."""

    SENDER = "sender"
    """Who it is, towards the bot."""
    TEXT = "text"
    """What was written; may hold anything."""
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"


def personal(name: str, kind: Any, what: Personal, **options: Any) -> sa.Column:
    """A column that is marked."""
    return sa.Column(name, kind, info={"personal": what}, **options)


def personal_columns(table: sa.Table, *kinds: Personal) -> list[sa.Column]:
    """The marked columns of `table`, of `kinds` only where some are given."""
    return [column for column in table.columns if column.info.get("personal") in (kinds or tuple(Personal))]


def _id() -> sa.Column:
    return sa.Column("id", sa.Integer, primary_key=True)


def _key(**options: Any) -> sa.Column:
    return sa.Column("key", sa.String(KEY_CHARACTERS), unique=True, **options)


def _sender(**options: Any) -> sa.Column:
    return personal("sender", sa.String(SENDER_CHARACTERS), Personal.SENDER, **options)


def _channel() -> sa.Column:
    return sa.Column("channel", sa.String(CHANNEL_CHARACTERS), nullable=False)


def _when(name: str) -> sa.Column:
    """The time by which a table's rows are counted, kept and deleted."""
    return sa.Column(name, sa.DateTime, nullable=False, index=True)


def _answered() -> list[sa.Column]:
    """How sure an answer was, and the FAQ entry or document it came from."""
    return [
        sa.Column("confidence", sa.Float),
        sa.Column("source", sa.String(SOURCE_CHARACTERS)),
        sa.Column("source_title", sa.String(SOURCE_CHARACTERS)),
    ]


unanswered = sa.Table(
    "unanswered",
    metadata,
    _id(),
    _when("asked_at"),
    _channel(),
    personal("question", sa.Text, Personal.TEXT, nullable=False),  # masked
    sa.Column("candidates", sa.Text, nullable=False),  # JSON
    _key(),
    _sender(index=True),
    sa.Column("state", sa.String(20), nullable=False, server_default="open"),  # open, added, dismissed
    sa.Column("entry_id", sa.String(100)),  # the FAQ entry that answers it now
    sa.Column("settled_at", sa.DateTime),
)

turns = sa.Table(
    "turns",
    metadata,
    _id(),
    _key(nullable=False),  # the id Rasa gave the message
    _sender(nullable=False, index=True),
    _channel(),
    _when("asked_at"),
    personal("text", sa.Text, Personal.TEXT, nullable=False),  # masked
    sa.Column("kind", sa.String(20), nullable=False),  # see bot.storage.turns.TurnKind
    sa.Column("intent", sa.String(60)),
    sa.Column("intent_confidence", sa.Float),
    sa.Column("action", sa.String(100)),  # the first action or response of the turn
    *_answered(),
    sa.Column("latency_ms", sa.Float, nullable=False),
    sa.Column("replies", sa.Integer, nullable=False),  # how many messages came back
)

feedback = sa.Table(
    "feedback",
    metadata,
    _id(),
    _key(nullable=False),  # of the answer that is rated
    _sender(nullable=False, index=True),
    _channel(),
    _when("given_at"),
    sa.Column("thumb", sa.String(10), nullable=False),  # up, down
    personal("question", sa.Text, Personal.TEXT, nullable=False),  # masked
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("kind", sa.String(20)),  # how the cascade answered
    *_answered(),
    personal("comment", sa.Text, Personal.TEXT),
)

repair_requests = sa.Table(
    "repair_requests",
    metadata,
    _id(),
    _key(nullable=False),  # one confirmed form, one key
    sa.Column("receipt", sa.String(30), nullable=False, unique=True),
    _sender(nullable=False, index=True),
    _channel(),
    sa.Column("state", sa.String(20), nullable=False, server_default="received"),  # received, cancelled, done
    _when("requested_at"),
    sa.Column("changed_at", sa.DateTime),
    sa.Column("product", sa.String(100)),
    sa.Column("model", sa.String(100)),
    personal("symptom", sa.Text, Personal.TEXT),
    personal("name", sa.String(60), Personal.NAME),
    personal("phone", sa.String(40), Personal.PHONE, index=True),
    personal("address", sa.Text, Personal.ADDRESS),
    sa.Column("date", sa.String(40)),  # the wished day: 2026-11-24, 2026-11-24 오후, any
    personal("details", sa.Text, Personal.TEXT),  # the company's own slots, JSON
)

orders = sa.Table(
    "orders",
    metadata,
    _id(),
    sa.Column("number", sa.String(40), nullable=False, unique=True),
    personal("phone", sa.String(40), Personal.PHONE, nullable=False, index=True),  # digits only
    personal("name", sa.String(60), Personal.NAME),
    sa.Column("product", sa.String(200), nullable=False),
    sa.Column("state", sa.String(40), nullable=False),
    sa.Column("ordered_on", sa.Date),
    sa.Column("expected_on", sa.Date),
    sa.Column("delivered_on", sa.Date),
    sa.Column("carrier", sa.String(60)),
    sa.Column("tracking_number", sa.String(60)),
    sa.Column("loaded_at", sa.DateTime),
)

order_guesses = sa.Table(
    "order_guesses",
    metadata,
    _id(),
    sa.Column("guessed", sa.String(64), nullable=False, index=True),  # a digest of what was tried, see bot.skills.order_guesses
    _when("guessed_at"),
)

handovers = sa.Table(
    "handovers",
    metadata,
    _id(),
    _sender(nullable=False, index=True),
    _channel(),
    sa.Column("state", sa.String(20), nullable=False, index=True),  # waiting, active, closed
    sa.Column("kind", sa.String(20), nullable=False),  # talk, asking, message
    personal("summary", sa.Text, Personal.TEXT, nullable=False),  # JSON
    _when("opened_at"),
    sa.Column("agent", sa.String(60)),
    sa.Column("taken_at", sa.DateTime),
    sa.Column("closed_at", sa.DateTime),
    sa.Column("closed_by", sa.String(20)),  # agent, customer, time
    personal("contact_name", sa.String(60), Personal.NAME),
    personal("contact_phone", sa.String(40), Personal.PHONE, index=True),
)
_KEEPS = sa.text("state IN ('waiting', 'active') AND kind <> 'message'")
sa.Index("uq_handovers_open", handovers.c.sender, unique=True, sqlite_where=_KEEPS, postgresql_where=_KEEPS)
"""One hand-over at a time keeps a customer's conversation."""


def _of_handover() -> sa.Column:
    reference = sa.ForeignKey("handovers.id", ondelete="CASCADE")
    return sa.Column("handover_id", sa.Integer, reference, nullable=False, index=True)


handover_messages = sa.Table(
    "handover_messages",
    metadata,
    _id(),
    _of_handover(),
    _key(),  # of a customer's message: the same one is kept once
    sa.Column("sender", sa.String(20), nullable=False),  # customer, agent, bot
    personal("text", sa.Text, Personal.TEXT, nullable=False),
    sa.Column("said_at", sa.DateTime, nullable=False),
    sa.Column("delivered_at", sa.DateTime, index=True),  # when it reached the customer
)

handover_webhooks = sa.Table(
    "handover_webhooks",
    metadata,
    _id(),
    _key(nullable=False),
    _of_handover(),
    personal("body", sa.Text, Personal.TEXT, nullable=False),
    sa.Column("made_at", sa.DateTime, nullable=False),
    sa.Column("next_at", sa.DateTime, index=True),  # None: sent, refused or given up
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("tried_at", sa.DateTime),
    sa.Column("sent_at", sa.DateTime),
    sa.Column("why", sa.String(200)),  # what the last try ended with
)

events = sa.Table(
    "events",
    metadata,
    _id(),
    personal("sender_id", sa.String(255), Personal.SENDER, nullable=False, index=True),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float, index=True),  # seconds since 1970
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),
    personal("data", sa.Text, Personal.TEXT),  # JSON
    sa.Column("key", sa.String(64)),
    sa.Index("uq_events_key", "key", unique=True),
)
"""Rasa's conversations, in the form of its SQLTrackerStore (`bot.storage.tracker_store`)."""
