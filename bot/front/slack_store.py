"""The file that all processes of the front share: what came from Slack and what is to be said there.

One SQLite file, every commit synced to the disk, since Slack is told "taken" after it. Each change is one
transaction that takes the write lock first, so what two processes want at once happens in one order. A process
claims what it works on under its own name and says with every claim that it is alive; what a dead one had claimed
is free again after ALIVE_S.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "slack.db"
"""It lies beside the widget's conversations."""
ALIVE_S = 15.0
BUSY_S = 2.0
"""So long a transaction waits for another process's; Slack waits for three seconds."""
OPENING_TRIES, OPENING_PAUSE_S = 50, 0.1
DAY_S = 86_400
KEEP_DAYS = 30
FREE = "(owner IS NULL OR owner NOT IN (SELECT owner FROM owners WHERE alive_until >= :now))"
"""A row that nobody works on, or whose process died."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS owners (owner TEXT PRIMARY KEY, alive_until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL, document TEXT NOT NULL, came_at REAL NOT NULL,
    not_before REAL NOT NULL, claims INTEGER NOT NULL DEFAULT 0, owner TEXT);
CREATE INDEX IF NOT EXISTS inbox_conversation ON inbox (conversation, id);
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, lane TEXT NOT NULL, method TEXT NOT NULL,
    document TEXT NOT NULL, put_at REAL NOT NULL, not_before REAL NOT NULL, give_up_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, is_uncertain INTEGER NOT NULL DEFAULT 0, owner TEXT,
    state TEXT NOT NULL DEFAULT 'waiting', settled_at REAL, ts TEXT, why TEXT);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (lane, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS outbox_ts ON outbox (lane, ts) WHERE ts IS NOT NULL;
CREATE TABLE IF NOT EXISTS lanes (lane TEXT PRIMARY KEY, next_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS pauses (method TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS places (
    sender TEXT PRIMARY KEY, channel TEXT NOT NULL, thread TEXT, user TEXT NOT NULL, seen_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS team (
    handover INTEGER PRIMARY KEY, shown TEXT NOT NULL, renderings INTEGER NOT NULL, last_said INTEGER NOT NULL,
    is_over INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS people (user TEXT PRIMARY KEY, name TEXT NOT NULL, at REAL NOT NULL);
"""


class SlackStore:
    """The file at `path`, as one process has it open; any thread may use it."""

    def __init__(self, path: Path | str, clock: Callable[[], float] = time.time) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.owner = uuid.uuid4().hex
        self.clock = clock
        self._said_alive_at = float("-inf")
        self._lock = threading.Lock()
        self._db, self._reader = _opened(path), _opened(path)
        self._reading = threading.Lock()
        with self.change() as db:
            for statement in filter(str.strip, SCHEMA.split(";")):
                db.execute(statement)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock; an exception takes all of it back."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def look(self, query: str, values: tuple | dict = ()) -> list[tuple]:
        """The rows of a query that changes nothing; it waits for no writer."""
        with self._reading:
            return self._reader.execute(query, values).fetchall()

    def claim(self, query: str, values: dict[str, float], taken: str) -> tuple | None:
        """The first row of `query`, made this process's by `taken` (given `owner` and its `id`); None where there is none.

        Says now and then that this process lives. Nothing is written where there is nothing to claim.
        """
        now = self.clock()
        if now - self._said_alive_at >= ALIVE_S / 3:
            with self.change() as db:
                db.execute("DELETE FROM owners WHERE alive_until < ?", (now,))
                db.execute("INSERT OR REPLACE INTO owners VALUES (?, ?)", (self.owner, now + ALIVE_S))
            self._said_alive_at = now
        values = values | {"now": now}
        if not self.look(query, values):
            return None
        with self.change() as db:
            row = db.execute(query, values).fetchone()
            if row is not None:
                db.execute(taken, {"owner": self.owner, "id": row[0]})
            return row

    def prune(self, keep_days: int = KEEP_DAYS) -> None:
        """Forget what came and went long ago."""
        before = self.clock() - keep_days * DAY_S
        with self.change() as db:
            db.execute("DELETE FROM seen WHERE at < ?", (before,))
            db.execute("DELETE FROM outbox WHERE state != 'waiting' AND settled_at < ?", (before,))
            db.execute("DELETE FROM lanes WHERE next_at < ?", (before,))
            db.execute("DELETE FROM places WHERE seen_at < ?", (before,))
            db.execute("DELETE FROM people WHERE at < ?", (before,))

    def close(self) -> None:
        """Give free what this process had claimed."""
        with self.change() as db:
            db.execute("DELETE FROM owners WHERE owner = ?", (self.owner,))
        with self._lock, self._reading:
            self._db.close()
            self._reader.close()


def _opened(path: Path | str) -> sqlite3.Connection:
    """A connection; two processes may make the file at the same time, and one of them then has to wait."""
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    for left in reversed(range(OPENING_TRIES)):
        try:
            db.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:  # changing the journal's mode does not wait for others by itself
            if not left:
                raise
            time.sleep(OPENING_PAUSE_S)
    db.execute("PRAGMA synchronous=FULL")
    return db
