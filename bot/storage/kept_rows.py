"""The local file in which rows wait for the database; written before anybody is told that something was kept.

Survives the end of its process however that comes. Several processes may share a file. Rows come out in the order in
which they were put in.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

PATIENCE_S = 5.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (
    id INTEGER PRIMARY KEY AUTOINCREMENT, change TEXT NOT NULL, tab TEXT NOT NULL, owner TEXT, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS by_owner ON kept (tab, owner);
CREATE TABLE IF NOT EXISTS refused (
    id INTEGER PRIMARY KEY, change TEXT NOT NULL, tab TEXT NOT NULL, owner TEXT, document TEXT NOT NULL, why TEXT NOT NULL);
"""


class KeptRow(NamedTuple):
    """A row on its way to `table`; `change` is what is to be done with it (`bot.storage.outbox.Change`)."""

    id: int
    change: str
    table: str
    values: dict[str, Any]


class KeptRows:
    """The rows in the file at `path`, made when it is not there; to be used from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;" + SCHEMA)

    def put(self, change: str, table: str, rows: Iterable[dict[str, Any]], owner: str | None = None) -> None:
        """Keep `rows`, all or none; `owner` is whose they are."""
        values = [(change, table, owner, _encoded(row)) for row in rows]
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("INSERT INTO kept (change, tab, owner, document) VALUES (?, ?, ?, ?)", values)
            finally:
                self._db.execute("COMMIT")

    def first(self, limit: int) -> list[KeptRow]:
        """The rows that wait longest."""
        with self._lock:
            found = self._db.execute("SELECT id, change, tab, document FROM kept ORDER BY id LIMIT ?", (limit,)).fetchall()
        return [KeptRow(id, change, table, _decoded(document)) for id, change, table, document in found]

    def of(self, table: str, owner: str) -> list[KeptRow]:
        """The rows of `owner` that wait for `table`."""
        query = "SELECT id, change, tab, document FROM kept WHERE tab = ? AND owner = ? ORDER BY id"
        with self._lock:
            found = self._db.execute(query, (table, owner)).fetchall()
        return [KeptRow(id, change, name, _decoded(document)) for id, change, name, document in found]

    def has(self, table: str, owner: str | None = None) -> bool:
        """Whether a row waits for `table` (of `owner`)."""
        query, values = "SELECT 1 FROM kept WHERE tab = ?", [table]
        if owner is not None:
            query, values = f"{query} AND owner = ?", [table, owner]
        with self._lock:
            return self._db.execute(f"{query} LIMIT 1", values).fetchone() is not None

    def count(self) -> int:
        """How many rows wait."""
        with self._lock:
            return self._db.execute("SELECT count(*) FROM kept").fetchone()[0]

    def refused(self) -> list[tuple[KeptRow, str]]:
        """Rows that the database would not have, and why."""
        with self._lock:
            found = self._db.execute("SELECT id, change, tab, document, why FROM refused ORDER BY id").fetchall()
        return [(KeptRow(id, change, table, _decoded(document)), why) for id, change, table, document, why in found]

    def remove(self, ids: Sequence[int]) -> None:
        """They are in the database now."""
        with self._lock:
            self._db.executemany("DELETE FROM kept WHERE id = ?", [(id,) for id in ids])

    def refuse(self, id: int, why: str) -> None:
        """Set a row aside that would hold up all others."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(
                "INSERT INTO refused SELECT id, change, tab, owner, document, ? FROM kept WHERE id = ?", (why[:500], id)
            )
            self._db.execute("DELETE FROM kept WHERE id = ?", (id,))
            self._db.execute("COMMIT")

    def forget(self, owner: str, dry_run: bool = False) -> int:
        """How many rows of `owner` were (with `dry_run`: are) here, those set aside among them."""
        with self._lock:
            if dry_run:
                query = "SELECT (SELECT count(*) FROM kept WHERE owner = ?) + (SELECT count(*) FROM refused WHERE owner = ?)"
                return self._db.execute(query, (owner, owner)).fetchone()[0]
            return sum(self._db.execute(f"DELETE FROM {name} WHERE owner = ?", (owner,)).rowcount for name in ("kept", "refused"))

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _encoded(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=_tagged).encode("utf-8", "replace").decode()


def _tagged(value: Any) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    raise TypeError(f"a row cannot hold {type(value).__name__}")


def _decoded(document: str) -> dict[str, Any]:
    return json.loads(document, object_hook=_untagged)


def _untagged(value: dict[str, Any]) -> Any:
    if set(value) == {"$datetime"}:
        return datetime.fromisoformat(value["$datetime"])
    return date.fromisoformat(value["$date"]) if set(value) == {"$date"} else value
