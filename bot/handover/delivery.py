"""What agents (and the queue itself) said and the customer has not got yet, for each channel to bring.

    for delivery in deliveries.undelivered("slack-"):
        if deliveries.mark_delivered(delivery.id):      # True for one caller only
            post(delivery.recipient, delivery.message)

A channel whose posting can be repeated without harm (the web's, by client id) posts first and marks then; one
that cannot marks first. Rows of one customer come in the order in which they were said.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bot.message import Message, Sender

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

AT_ONCE = 100


class Delivery(NamedTuple):
    """Something to bring; `recipient` is the customer's sender id, `said_at` is UTC. BOT says what the queue itself says."""

    id: int
    handover_id: int
    recipient: str
    sender: Sender
    agent: str | None
    text: str
    said_at: datetime

    @property
    def message(self) -> Message:
        """As a message of an agent, or of the bot."""
        return Message(self.text, self.sender)


@lru_cache(maxsize=1)
def open_deliveries() -> Deliveries | None:
    """This process's deliveries; None where no `[human]` is configured."""
    from bot.handover.config import HumanConfig
    from bot.settings import Settings
    from bot.storage.database import open_database

    return None if HumanConfig.load() is None else Deliveries(open_database(Settings.load().database_url))


class Deliveries:
    """The rows of `handover_messages` that are on their way to customers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def undelivered(
        self, channel_prefix: str = "", *, channel: str | None = None, recipient: str | None = None, limit: int = AT_ONCE
    ) -> list[Delivery]:
        """What is to be brought to senders that begin with `channel_prefix` (of one channel, to one recipient), oldest first."""
        import sqlalchemy as sa

        from bot.storage.tables import handover_messages as said
        from bot.storage.tables import handovers

        query = (
            sa.select(said.c.id, said.c.handover_id, handovers.c.sender, said.c.sender)
            .add_columns(handovers.c.agent, said.c.text, said.c.said_at)
            .join(handovers, handovers.c.id == said.c.handover_id)
            .where(said.c.delivered_at.is_(None), said.c.sender.in_([Sender.AGENT.value, Sender.BOT.value]))
            .order_by(said.c.id)
            .limit(limit)
        )
        if channel_prefix:
            query = query.where(handovers.c.sender.startswith(channel_prefix, autoescape=True))
        if channel is not None:
            query = query.where(handovers.c.channel == channel)
        if recipient is not None:
            query = query.where(handovers.c.sender == recipient)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [Delivery(id, of, to, Sender(by), agent, text, at) for id, of, to, by, agent, text, at in rows]

    def mark_delivered(self, id: int) -> bool:
        """Whether this call marked it: False where somebody had before."""
        from bot.storage.tables import handover_messages as said
        from bot.storage.values import utc_now

        query = said.update().where(said.c.id == id, said.c.delivered_at.is_(None)).values(delivered_at=utc_now())
        with self._engine.begin() as connection:
            return connection.execute(query).rowcount == 1
