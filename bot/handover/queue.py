"""The queue: hand-overs, and what is said in them, as rows of the database.

Every change of a hand-over is one UPDATE that names the state it comes from, so of two who want the same
change one gets it: two agents never have the same customer, on SQLite as on PostgreSQL. Times are UTC without zone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.handover import texts, webhook
from bot.handover.config import HumanConfig
from bot.handover.delivery import Deliveries
from bot.handover.rows import ClosedBy, Handover, Kind, Said, State
from bot.handover.summary import Summary
from bot.message import Sender
from bot.storage.database import open_database
from bot.storage.tables import handover_messages, handover_webhooks, handovers
from bot.storage.values import storable, utc_now

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

MAX_TEXT_CHARACTERS = 4_000
MAX_NAME_CHARACTERS = 60
OPEN = (State.WAITING.value, State.ACTIVE.value)
H, M = handovers.c, handover_messages.c


class Handovers:
    """The hand-overs of one database. Where `notifies`, each event waits for the company's webhook too."""

    def __init__(self, engine: Engine, notifies: bool = False, clock: Callable[[], datetime] = utc_now) -> None:
        self.engine = engine
        self.notifies = notifies
        self.clock = clock

    @property
    def deliveries(self) -> Deliveries:
        """What is on its way to customers."""
        return Deliveries(self.engine)

    def open(self, sender: str, channel: str, summary: Summary, kind: Kind = Kind.TALK) -> tuple[Handover, bool]:
        """The customer's open hand-over, and whether it is new."""
        row = {
            "sender": storable(sender),
            "channel": channel[:40],
            "state": State.WAITING.value,
            "kind": kind.value,
            "summary": storable(json.dumps(summary.to_json(), ensure_ascii=False)),
            "opened_at": self.clock(),
        }
        try:
            with self.engine.begin() as connection:
                number = connection.execute(handovers.insert().values(row)).inserted_primary_key[0]
                opened = _one(connection, H.id == number)
                if kind is Kind.TALK:
                    self._notify(connection, opened, webhook.Event.WAITING)
                return opened, True
        except IntegrityError:  # one is open already: a unique index allows no second one
            there = self.of(sender)
            if there is None:
                raise
            return there, False

    def get(self, number: int) -> Handover | None:
        """The hand-over with this id."""
        with self.engine.connect() as connection:
            return _one(connection, H.id == number)

    def of(self, sender: str) -> Handover | None:
        """The hand-over that keeps this customer's conversation, or None."""
        with self.engine.connect() as connection:
            return _one(connection, sa.and_(H.sender == storable(sender), H.state.in_(OPEN), H.kind != Kind.MESSAGE.value))

    def senders(self) -> frozenset[str]:
        """The customers whose conversation a hand-over keeps."""
        query = sa.select(H.sender).where(H.state.in_(OPEN), H.kind != Kind.MESSAGE.value)
        with self.engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def listed(self) -> list[Handover]:
        """All that are not closed: those who wait longest first, who left a message behind those who talk."""
        order = sa.case((H.kind == Kind.MESSAGE.value, 1), else_=0)
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(handovers).where(H.state.in_(OPEN)).order_by(order, H.opened_at, H.id))
            return [Handover.of_row(row) for row in rows]

    def ahead(self, handover: Handover) -> int:
        """How many wait longer than this one."""
        before = sa.or_(H.opened_at < handover.opened_at, sa.and_(H.opened_at == handover.opened_at, H.id < handover.id))
        query = sa.select(sa.func.count()).where(H.state == State.WAITING.value, H.kind == Kind.TALK.value, before)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def take(self, number: int, agent: str) -> bool:
        """Whether `agent` has the customer now: False where another agent was first, or the customer left."""
        agent = _name(agent)
        with self.engine.begin() as connection:
            there = _one(connection, H.id == number)
            kind = Kind.TALK if there is not None and there.kind is Kind.ASKING else None
            values: dict[str, Any] = {"state": State.ACTIVE.value, "agent": agent, "taken_at": self.clock()}
            values |= {"kind": kind.value} if kind else {}
            if not _change(connection, number, H.state == State.WAITING.value, **values):
                return False
            if there.kind is not Kind.MESSAGE:
                self._say(connection, number, Sender.BOT, texts.TAKEN.format(agent=agent))
            return True

    def release(self, number: int, agent: str | None = None) -> bool:
        """Whether the customer stands in the queue again; `agent` must have had him (None: whoever had)."""
        with self.engine.begin() as connection:
            there = _one(connection, H.id == number)
            if not _change(connection, number, _held_by(agent), state=State.WAITING.value, agent=None, taken_at=None):
                return False
            if there.kind is not Kind.MESSAGE:
                self._say(connection, number, Sender.BOT, texts.REQUEUED)
            return True

    def hand_back(self, number: int, agent: str | None = None) -> bool:
        """Whether the agent's talk (or the call he made) is over now and the bot answers again."""
        with self.engine.begin() as connection:
            there = _one(connection, H.id == number)
            if not self._close(connection, number, _held_by(agent), ClosedBy.AGENT):
                return False
            if there.kind is not Kind.MESSAGE:
                self._say(connection, number, Sender.BOT, texts.BACK)
            return True

    def leave(self, number: int, said: str = texts.LEFT) -> bool:
        """Whether the customer is out now; whoever is his agent reads `said`."""
        with self.engine.begin() as connection:
            if not self._close(connection, number, H.state.in_(OPEN), ClosedBy.CUSTOMER):
                return False
            self._say(connection, number, Sender.CUSTOMER, said)
            return True

    def hear(self, number: int, text: str, key: str | None = None) -> bool:
        """Keep what the customer says; False where it came before under the same `key`, or nobody listens any more."""
        try:
            with self.engine.begin() as connection:
                return self._say(connection, number, Sender.CUSTOMER, text, key, where=H.state.in_(OPEN))
        except IntegrityError:
            return False

    def say(self, number: int, agent: str, text: str, key: str | None = None) -> bool:
        """Whether the agent's words are on their way; False where the customer is not (any more) his.

        Under the same `key` they are said once.
        """
        where = sa.and_(_held_by(_name(agent)), H.kind != Kind.MESSAGE.value)
        try:
            with self.engine.begin() as connection:
                return self._say(connection, number, Sender.AGENT, text, key, where=where)
        except IntegrityError:  # said before
            return True

    def keep_contact(self, number: int, name: str | None, phone: str | None) -> None:
        """Keep what of name and phone is given."""
        given = {"contact_name": name and _name(name), "contact_phone": phone and phone[:40]}
        values = {column: value for column, value in given.items() if value}
        if values:
            with self.engine.begin() as connection:
                connection.execute(handovers.update().where(H.id == number).values(values))

    def turn_into_message(self, number: int) -> bool:
        """Whether a waiting customer's hand-over is a message for the agents now, the bot has the conversation again."""
        with self.engine.begin() as connection:
            waits = sa.and_(H.state == State.WAITING.value, H.kind != Kind.MESSAGE.value)
            if not _change(connection, number, waits, kind=Kind.MESSAGE.value):
                return False
            self._notify(connection, _one(connection, H.id == number), webhook.Event.MESSAGE)
            return True

    def ask_for_contact(self, number: int) -> bool:
        """Whether a customer who waited too long is asked for name and phone from now on."""
        with self.engine.begin() as connection:
            waits = sa.and_(H.state == State.WAITING.value, H.kind == Kind.TALK.value)
            if not _change(connection, number, waits, kind=Kind.ASKING.value):
                return False
            return self._say(connection, number, Sender.BOT, texts.EXPIRED)

    def expire(self, number: int) -> bool:
        """Whether a hand-over that nobody waits for any more was closed by this call."""
        with self.engine.begin() as connection:
            return self._close(connection, number, H.state == State.WAITING.value, ClosedBy.TIME)

    def said(self, number: int, after: int = 0) -> list[Said]:
        """What was said in a hand-over behind the message `after`, in order."""
        query = sa.select(handover_messages).where(M.handover_id == number, M.id > after).order_by(M.id)
        with self.engine.connect() as connection:
            return [Said.of_row(row) for row in connection.execute(query)]

    def last_heard(self, number: int) -> datetime | None:
        """When the customer last said something."""
        query = sa.select(sa.func.max(M.said_at)).where(M.handover_id == number, M.sender == Sender.CUSTOMER.value)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def _close(self, connection: Connection, number: int, where: Any, by: ClosedBy) -> bool:
        values = {"state": State.CLOSED.value, "closed_at": self.clock(), "closed_by": by.value}
        if not _change(connection, number, where, **values):
            return False
        self._notify(connection, _one(connection, H.id == number), webhook.Event.CLOSED)
        return True

    def _say(
        self, connection: Connection, number: int, sender: Sender, text: str, key: str | None = None, where: Any = None
    ) -> bool:
        """Whether the row was written: where the hand-over is as `where` says."""
        condition = H.id == number if where is None else sa.and_(H.id == number, where)
        values = {"key": key, "sender": sender.value, "text": storable(text)[:MAX_TEXT_CHARACTERS], "said_at": self.clock()}
        literals = [sa.literal(value, M[column].type) for column, value in values.items()]
        row = sa.select(H.id, *literals).where(condition)
        columns = ["handover_id", *values]
        return connection.execute(handover_messages.insert().from_select(columns, row)).rowcount == 1

    def _notify(self, connection: Connection, handover: Handover, event: webhook.Event) -> None:
        if not self.notifies:
            return
        now = self.clock()
        more = {"agent": handover.agent, "closed_by": handover.closed_by and handover.closed_by.value}
        more |= {"name": handover.contact_name, "phone": handover.contact_phone} if event is webhook.Event.MESSAGE else {}
        body = webhook.body_of(handover.id, event, now, handover.channel, handover.summary, **more)
        row = {"key": webhook.key_of(handover.id, event), "handover_id": handover.id, "body": body}
        connection.execute(handover_webhooks.insert().values(row | {"made_at": now, "next_at": now, "attempts": 0}))


def open_queue(url: str, config: HumanConfig | None = None) -> Handovers | None:
    """The queue in the database at `url`; None where nobody is configured to come. DatabaseAwayError where it is away."""
    config = config or HumanConfig.load()
    return None if config is None else Handovers(open_database(url), notifies=config.webhook_url is not None)


def _one(connection: Connection, where: Any) -> Handover | None:
    row = connection.execute(sa.select(handovers).where(where)).one_or_none()
    return None if row is None else Handover.of_row(row)


def _change(connection: Connection, number: int, where: Any, **values: Any) -> bool:
    return connection.execute(handovers.update().where(H.id == number, where).values(values)).rowcount == 1


def _held_by(agent: str | None) -> Any:
    active = H.state == State.ACTIVE.value
    return active if agent is None else sa.and_(active, H.agent == _name(agent))


def _name(text: str) -> str:
    return " ".join(storable(text).split())[:MAX_NAME_CHARACTERS]
