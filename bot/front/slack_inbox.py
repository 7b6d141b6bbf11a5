"""What came from Slack and is not answered, and where each conversation is answered.

The inbox takes each thing once, whatever names it comes again under, and gives out the oldest of each
conversation. Its answer goes into the outbox in the same transaction in which it leaves the inbox: a process that
dies in between has answered nothing, and the one that takes over answers once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.front.slack_outbox import ToSay, put
from bot.front.slack_store import FREE, SlackStore


@dataclass(frozen=True)
class Came:
    """Something in the inbox, claimed; `claims` counts how often, this time included."""

    id: int
    conversation: str
    document: dict[str, Any]
    came_at: float
    claims: int


@dataclass(frozen=True)
class Where:
    """Where a conversation is answered: `channel` may be a user's id, which means the direct messages with him."""

    channel: str
    thread: str | None
    user: str


class Inbox:
    """What came and is not answered."""

    def __init__(self, store: SlackStore) -> None:
        self.store = store

    def take(
        self,
        keys: Sequence[str],
        conversation: str,
        document: dict[str, Any],
        says: Iterable[ToSay] = (),
        where: Where | None = None,
    ) -> bool:
        """Whether it is new: False where it came before under one of its `keys`.

        `says` are said at once; from now on the conversation is answered at `where`.
        """
        now = self.store.clock()
        with self.store.change() as db:
            marks = ",".join("?" * len(keys))
            is_known = db.execute(f"SELECT 1 FROM seen WHERE key IN ({marks}) LIMIT 1", tuple(keys)).fetchone()
            db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", [(key, now) for key in keys])
            if is_known:
                return False
            row = (conversation, json.dumps(document, ensure_ascii=True), now, now)
            db.execute("INSERT INTO inbox (conversation, document, came_at, not_before) VALUES (?, ?, ?, ?)", row)
            put(self.store, db, says)
            if where is not None:
                _remember(db, conversation, where, now)
            return True

    def claim(self) -> Came | None:
        """The oldest of some conversation that nobody works on, now this process's; None where there is none."""
        query = f"""SELECT id, conversation, document, came_at, claims + 1 FROM inbox
                    WHERE id IN (SELECT MIN(id) FROM inbox GROUP BY conversation) AND not_before <= :now AND {FREE}
                    ORDER BY id LIMIT 1"""
        row = self.store.claim(query, {}, "UPDATE inbox SET owner = :owner, claims = claims + 1 WHERE id = :id")
        return None if row is None else Came(row[0], row[1], json.loads(row[2]), *row[3:])

    def finish(self, came: Came, says: Iterable[ToSay] = ()) -> bool:
        """Whether this process still had it, and what it has to say for it is in the outbox now."""
        with self.store.change() as db:
            gone = db.execute("DELETE FROM inbox WHERE id = ? AND owner = ?", (came.id, self.store.owner)).rowcount
            if gone:
                put(self.store, db, says)
            return bool(gone)

    def postpone(self, came: Came, seconds: float) -> None:
        """Give it back for `seconds`; this claim does not count."""
        values = (self.store.clock() + seconds, came.id, self.store.owner)
        with self.store.change() as db:
            query = "UPDATE inbox SET owner = NULL, not_before = ?, claims = claims - 1 WHERE id = ? AND owner = ?"
            db.execute(query, values)

    def waiting(self) -> int:
        """How much is not answered yet."""
        return self.store.look("SELECT COUNT(*) FROM inbox")[0][0]


class Places:
    """Where each conversation is answered."""

    def __init__(self, store: SlackStore) -> None:
        self.store = store

    def of(self, sender: str) -> Where | None:
        rows = self.store.look("SELECT channel, thread, user FROM places WHERE sender = ?", (sender,))
        return Where(*rows[0]) if rows else None


def _remember(db: sqlite3.Connection, sender: str, where: Where, now: float) -> None:
    """A known channel of direct messages is not forgotten for a user's mere id."""
    verb = "IGNORE" if where.channel.startswith(("U", "W")) else "REPLACE"
    row = (sender, where.channel, where.thread, where.user, now)
    db.execute(f"INSERT OR {verb} INTO places VALUES (?, ?, ?, ?, ?)", row)
