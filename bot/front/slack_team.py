"""The team's channel: each hand-over is a thread there, whichever channel its customer is in.

The root shows the summary, the state and buttons; what the customer says comes as replies, and what people
reply goes to the customer. All of it goes over the rows of `bot.handover`, so that `daedap agent` and the studio see
the same. What is shown already is kept in the shared file, in the transaction that puts it into the outbox: several
processes of the front show everything once.

Everything here blocks; call it in a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.channels.slack import SENDER
from bot.channels.slack_blocks import documents_of
from bot.front import slack_texts as texts
from bot.front.slack_inbox import Places, Where
from bot.front.slack_outbox import FOREVER_S, UPDATE, Outbox, ToSay, put
from bot.front.slack_roots import CLOSE, ROOT, TAKE, Told, fingerprint, replies_of, root_of, state_line
from bot.front.slack_turns import post
from bot.handover.delivery import Deliveries, Delivery
from bot.handover.rows import Handover, Kind, State
from bot.message import Sender

if TYPE_CHECKING:
    from bot.handover.queue import Handovers

REPLY = "team:"
"""Keys of what was said here begin so; it is not shown here again."""


class Team:
    """The hand-overs of one database, shown in `channel` of Slack where there is one.

    `open_queue` opens the database; it is called when it is first needed, and again where the database was away.
    """

    def __init__(
        self, channel: str | None, outbox: Outbox, places: Places, open_queue: Callable[[], Handovers], public_url: str | None
    ) -> None:
        self.channel = channel
        self.outbox = outbox
        self.places = places
        self.public_url = public_url
        self._open_queue = open_queue
        self._queue: Handovers | None = None

    @property
    def handovers(self) -> Handovers:
        if self._queue is None:
            self._queue = self._open_queue()
        return self._queue

    def look_round(self) -> int:
        """Bring agents' words to customers in Slack, and show the team what is new; how much that was."""
        return self._bring() + (self._show_all() if self.channel else 0)

    def _show_all(self) -> int:
        open_ones = self.handovers.listed()
        known = dict(self.outbox.store.look("SELECT handover, last_said FROM team WHERE NOT is_over"))
        closed = [self.handovers.get(number) for number in known.keys() - {one.id for one in open_ones}]
        shown = sum(self._show(one, known.get(one.id)) for one in open_ones if one.id in known or one.kind is not Kind.ASKING)
        shown += sum(self._show(one, known[one.id]) for one in closed if one is not None)
        self._forget(known.keys() - {one.id for one in (*open_ones, *filter(None, closed))})
        return shown

    def handover_at(self, thread: str) -> int | None:
        """The hand-over whose thread hangs on the message `thread`; None for other threads."""
        key = self.outbox.key_at(self.channel, thread) or ""
        number = key.removeprefix("handover-")
        return int(number) if key != number and number.isdecimal() else None

    def act(self, number: int, action: str, agent: str) -> str | None:
        """Do what a button says; the sentence for who pressed it where it came too late."""
        if action == TAKE:
            done, sentence = self.handovers.take(number, agent), texts.LATE_TAKE
        else:
            done = self.handovers.hand_back(number) if action == CLOSE else self.handovers.release(number)
            sentence = texts.NOT_ACTIVE
        there = None if done else self.handovers.get(number)
        return None if done else sentence.format(id=number, state=state_line(there))

    def say(self, number: int, agent: str, text: str, ts: str) -> str | None:
        """Give the reply at `ts` of a thread to the customer, taking him where he waits; why that could not be.

        Whoever of the team replies speaks with the name of the agent who has the customer.
        """
        there = self.handovers.get(number)
        if there is not None and there.state is State.WAITING and there.kind is not Kind.MESSAGE:
            self.handovers.take(number, agent)
            there = self.handovers.get(number)
        if there is not None and there.kind is Kind.MESSAGE and there.state is not State.CLOSED:
            return texts.NOT_DELIVERED_CALL
        key = f"{REPLY}{self.channel}:{ts}"
        if there is None or there.agent is None or not self.handovers.say(number, there.agent, text, key):
            return texts.NOT_DELIVERED.format(state=state_line(there))
        return None

    def _show(self, handover: Handover, last: int | None) -> int:
        """Put what is new of a hand-over into the outbox; how much that was. `last` is the last thing shown of it."""
        root_key = ROOT.format(id=handover.id)
        if last is None:
            return self._begin(handover, root_key)
        root_ts = self.outbox.ts_of(root_key)
        if root_ts is None:  # what hangs on it follows when it is there
            return 0
        told = self._told(handover.id, last)
        new = [one for one in told if not (one.key or "").startswith(REPLY)]
        says = [
            post(f"handover-said-{one.id}-{number}", self.channel, root_ts, document, FOREVER_S)
            for one in new
            for number, document in enumerate(replies_of(handover, one))
        ]
        with self.outbox.store.change() as db:
            query = "SELECT shown, renderings FROM team WHERE handover = ? AND last_said = ? AND NOT is_over"
            row = db.execute(query, (handover.id, last)).fetchone()
            if row is None:  # another process was quicker
                return 0
            shown, renderings = row
            if shown != fingerprint(handover):
                document = root_of(handover, renderings) | {"channel": self.channel, "ts": root_ts}
                says.append(ToSay(f"{root_key}-shown-{renderings}", self.channel, UPDATE, document, FOREVER_S))
                renderings += 1
            last = told[-1].id if told else last
            values = (fingerprint(handover), renderings, last, handover.state is State.CLOSED, handover.id)
            db.execute("UPDATE team SET shown = ?, renderings = ?, last_said = ?, is_over = ? WHERE handover = ?", values)
            return put(self.outbox.store, db, says)

    def _begin(self, handover: Handover, root_key: str) -> int:
        root = post(root_key, self.channel, None, root_of(handover, 0), FOREVER_S)
        with self.outbox.store.change() as db:
            values = (handover.id, fingerprint(handover))
            is_new = db.execute("INSERT OR IGNORE INTO team VALUES (?, ?, 1, 0, 0)", values).rowcount
            return put(self.outbox.store, db, [root]) if is_new else 0

    def _told(self, number: int, after: int) -> list[Told]:
        import sqlalchemy as sa

        from bot.storage.tables import handover_messages as said

        query = sa.select(said.c.id, said.c.sender, said.c.text, said.c.key).order_by(said.c.id)
        with self.handovers.engine.connect() as connection:
            rows = connection.execute(query.where(said.c.handover_id == number, said.c.id > after)).all()
        return [Told(id, Sender(by), text, key) for id, by, text, key in rows]

    def _bring(self) -> int:
        """Put what agents said to customers in Slack into the outbox."""
        deliveries = Deliveries(self.handovers.engine)
        waiting = deliveries.undelivered(SENDER)
        for delivery in waiting:
            where = self.places.of(delivery.recipient) or place_of(delivery.recipient)
            self.outbox.put(_delivered(delivery, where, self.public_url))
            deliveries.mark_delivered(delivery.id)
        return len(waiting)

    def _forget(self, gone: set[int]) -> None:
        if gone:
            with self.outbox.store.change() as db:
                db.executemany("UPDATE team SET is_over = 1 WHERE handover = ?", [(number,) for number in gone])


def place_of(sender: str) -> Where:
    """Where a conversation is, by its name alone: a thread of a channel, or the direct messages with a user."""
    channel, _, thread = sender.removeprefix(SENDER).partition("-")
    return Where(channel, thread or None, "" if thread else channel)


def _delivered(delivery: Delivery, where: Where, public_url: str | None) -> list[ToSay]:
    documents = documents_of(delivery.message, public_url, delivery.agent)
    return [
        post(f"delivery-{delivery.id}-{number}", where.channel, where.thread, document, FOREVER_S)
        for number, document in enumerate(documents)
    ]
