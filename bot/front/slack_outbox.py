"""What is to be said in Slack and is not said.

The outbox gives out the oldest of each lane (a Slack channel), so that what is said there keeps its order, at
the speed Slack allows. What is said keeps its key for a while, so that nothing is put there twice.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.front.slack_store import FREE, SlackStore

POST, UPDATE, WHISPER, HOOK = "chat.postMessage", "chat.update", "chat.postEphemeral", "response_url"
PER_CHANNEL_S = 1.0
BURST = 3
"""Slack takes one message a second in a channel, and a few at once."""
MAX_PAUSE_S = 30.0
FOREVER_S = 86_400.0
"""How long the words of a hand-over are tried to be said."""


@dataclass(frozen=True)
class ToSay:
    """Something for the outbox. Under one `key` it is said once; `patience_s` is how long it is tried."""

    key: str
    lane: str
    method: str
    document: dict[str, Any] = field(hash=False)
    patience_s: float


@dataclass(frozen=True)
class Saying:
    """Something of the outbox, claimed. Where `is_uncertain`, it may have been said before."""

    id: int
    key: str
    lane: str
    method: str
    document: dict[str, Any]
    put_at: float
    give_up_at: float
    attempts: int
    is_uncertain: bool

    @property
    def is_patient(self) -> bool:
        """Whether it is worth waiting for an administrator."""
        return self.give_up_at - self.put_at >= FOREVER_S


class Outbox:
    """What is to be said and is not said."""

    def __init__(self, store: SlackStore) -> None:
        self.store = store

    def put(self, says: Iterable[ToSay]) -> int:
        """How many are new; one whose key was there before is said once all the same."""
        with self.store.change() as db:
            return put(self.store, db, says)

    def claim(self) -> Saying | None:
        """The oldest of some lane that may be said now, this process's from here on; None where there is none."""
        query = f"""SELECT id, key, lane, method, document, put_at, give_up_at, attempts,
                    is_uncertain OR owner IS NOT NULL FROM outbox o
                    WHERE id IN (SELECT MIN(id) FROM outbox WHERE state = 'waiting' GROUP BY lane)
                    AND not_before <= :now AND {FREE}
                    AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.method = o.method AND until > :now)
                    AND NOT EXISTS (SELECT 1 FROM lanes WHERE lanes.lane = o.lane AND next_at > :now + :ahead)
                    ORDER BY id LIMIT 1"""
        taken = "UPDATE outbox SET is_uncertain = is_uncertain OR owner IS NOT NULL, owner = :owner WHERE id = :id"
        row = self.store.claim(query, {"ahead": (BURST - 1) * PER_CHANNEL_S}, taken)
        return None if row is None else Saying(*row[:4], json.loads(row[4]), *row[5:8], bool(row[8]))

    def said(self, saying: Saying, ts: str | None) -> None:
        """It was said; `ts` is the message's. What it was is forgotten, its key stays."""
        now = self.store.clock()
        with self.store.change() as db:
            values = (now, ts, saying.id, self.store.owner)
            query = """UPDATE outbox SET state = 'said', document = '{}', settled_at = ?, ts = ?, why = NULL
                       WHERE id = ? AND owner = ?"""
            db.execute(query, values)
            db.execute("INSERT OR IGNORE INTO lanes VALUES (?, 0)", (saying.lane,))
            db.execute("UPDATE lanes SET next_at = MAX(next_at, ?) + ? WHERE lane = ?", (now, PER_CHANNEL_S, saying.lane))

    def again(self, saying: Saying, why: str, is_uncertain: bool) -> bool:
        """Try again after a pause that grows; False where its time is over and it is given up."""
        now = self.store.clock()
        not_before = now + min(2.0 ** min(saying.attempts, 10), MAX_PAUSE_S)
        with self.store.change() as db:
            [(give_up_at,)] = db.execute("SELECT give_up_at FROM outbox WHERE id = ?", (saying.id,))
            if now >= give_up_at:
                self._lose(db, saying, why)
                return False
            not_before = min(not_before, give_up_at)
            self._release(db, saying, not_before, why, is_uncertain, saying.attempts + 1)
            return True

    def wait(self, saying: Saying, seconds: float, is_uncertain: bool = False) -> None:
        """Slack said how long to wait before `method` is called again; whoever waits for that is not given up."""
        until = self.store.clock() + seconds
        with self.store.change() as db:
            db.execute("INSERT OR IGNORE INTO pauses VALUES (?, ?)", (saying.method, until))
            db.execute("UPDATE pauses SET until = MAX(until, ?) WHERE method = ?", (until, saying.method))
            longer = "UPDATE outbox SET give_up_at = give_up_at + ? WHERE state = 'waiting' AND method = ?"
            db.execute(longer, (seconds, saying.method))
            self._release(db, saying, until, "ratelimited", is_uncertain, saying.attempts)

    def change(self, saying: Saying, method: str, lane: str, document: dict[str, Any]) -> None:
        """Say it another way: this one was refused."""
        values = (method, lane, _json(marked(method, document)), saying.id, self.store.owner)
        with self.store.change() as db:
            query = """UPDATE outbox SET method = ?, lane = ?, document = ?, owner = NULL, is_uncertain = 0
                       WHERE id = ? AND owner = ?"""
            db.execute(query, values)

    def lose(self, saying: Saying, why: str) -> None:
        """Give it up."""
        with self.store.change() as db:
            self._lose(db, saying, why)

    def ts_of(self, key: str) -> str | None:
        """The ts under which something was said; None where it was not said yet."""
        rows = self.store.look("SELECT ts FROM outbox WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def key_at(self, lane: str, ts: str) -> str | None:
        """The key of the message at `ts`; None for one that was said by others."""
        rows = self.store.look("SELECT key FROM outbox WHERE lane = ? AND ts = ?", (lane, ts))
        return rows[0][0] if rows else None

    def counts(self) -> dict[str, int]:
        """How many are waiting, said and lost."""
        return dict(self.store.look("SELECT state, COUNT(*) FROM outbox GROUP BY state"))

    def lost_why(self) -> str | None:
        """Why the last one was lost."""
        rows = self.store.look("SELECT why FROM outbox WHERE state = 'lost' ORDER BY settled_at DESC LIMIT 1")
        return rows[0][0] if rows else None

    def _release(
        self, db: sqlite3.Connection, saying: Saying, not_before: float, why: str, is_uncertain: bool, attempts: int
    ) -> None:
        values = (not_before, why, is_uncertain, attempts, saying.id, self.store.owner)
        query = """UPDATE outbox SET owner = NULL, not_before = ?, why = ?, is_uncertain = ?, attempts = ?
                   WHERE id = ? AND owner = ?"""
        db.execute(query, values)

    def _lose(self, db: sqlite3.Connection, saying: Saying, why: str) -> None:
        values = (self.store.clock(), why, saying.id, self.store.owner)
        query = "UPDATE outbox SET state = 'lost', document = '{}', settled_at = ?, why = ? WHERE id = ? AND owner = ?"
        db.execute(query, values)


def put(store: SlackStore, db: sqlite3.Connection, says: Iterable[ToSay]) -> int:
    """How many were put into the outbox within a transaction; those whose key is there are not put again."""
    now, new = store.clock(), 0
    for one in says:
        document = _json(marked(one.method, one.document))
        row = (one.key, one.lane, one.method, document, now, now, now + one.patience_s)
        columns = "key, lane, method, document, put_at, not_before, give_up_at"
        new += db.execute(f"INSERT OR IGNORE INTO outbox ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row).rowcount
    return new


def marked(method: str, document: dict[str, Any]) -> dict[str, Any]:
    """`document` of a message with a mark of its own, by which Slack can be asked whether it has the message."""
    if method != POST or "metadata" in document:
        return document
    return document | {"metadata": {"event_type": "daedap_message", "event_payload": {"mark": uuid.uuid4().hex}}}


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=True)
