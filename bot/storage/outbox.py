"""Rows get into the database, now or when it is back: none is lost, none is written twice.

    outbox = open_outbox(Settings.load().database_url)
    outbox.write(repair_requests, row)      # True: it is there. False: it is kept, and written later
    outbox.keep(turns, row)                 # kept at once, written in the background: costs the turn nothing

What cannot be written is kept in a local file (`bot.storage.kept_rows`), and a thread writes it once the database
answers. Every row has a unique `key`: a try of which nobody knows how it ended is tried again, and a row that is
there already is left alone (INSERT … ON CONFLICT DO NOTHING). One process at a time empties a file.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.settings import BUILT
from bot.storage.database import DatabaseAwayError, is_sqlite, open_database, shown_url
from bot.storage.kept_rows import KeptRow, KeptRows
from bot.storage.tables import metadata

logger = logging.getLogger(__name__)

AWAY_ERRORS = (DatabaseAwayError, sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
"""What says that the database is away, and nothing of the row."""
PAUSES_S = (1.0, 2.0, 5.0, 10.0)
"""Between one try of an away database and the next."""
LOOK_S = 5.0
"""So often it is looked whether a process that ended has left rows behind."""
GATHER_S = 0.02
AT_ONCE = 200


class Change(str, Enum):
    """What becomes of a row in its table; all can be done twice without harm."""

    ADD = "add"
    """Written unless its key is there."""
    PUT = "put"
    """Written in place of the row with its key."""
    DROP = "drop"
    """The row with its key is removed."""


class Outbox:
    """The way into the database at `url`; rows that wait lie in the file at `path`."""

    def __init__(self, url: str, path: Path | None = None) -> None:
        self.url = url
        self.path = path or kept_file(url)
        self._rows: KeptRows | None = None
        self._opening = threading.Lock()
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0
        self._away_until = 0.0

    @property
    def rows(self) -> KeptRows:
        """What waits."""
        with self._opening:
            if self._rows is None:
                self._rows = KeptRows(self.path)
            return self._rows

    @property
    def is_away(self) -> bool:
        """Whether the database failed a moment ago: nobody needs to wait for it again just now."""
        return time.monotonic() < self._away_until

    def write(self, table: sa.Table, row: Mapping[str, Any], change: Change = Change.ADD, owner: str | None = None) -> bool:
        """Whether the change is in the database now; else it is kept and made later. `row` needs its `key`."""
        _check_key(table, row)
        if not self.is_away and not self.rows.has(table.name):
            try:
                with open_database(self.url).begin() as connection:
                    connection.execute(statement(connection.dialect.name, table, change, [row]))
                self.answered()
                return True
            except AWAY_ERRORS as error:
                self.failed(error)
        self.keep(table, row, change=change, owner=owner)
        return False

    def keep(self, table: sa.Table, *rows: Mapping[str, Any], change: Change = Change.ADD, owner: str | None = None) -> None:
        """Keep rows and return; the thread writes them. `owner` is whose they are, else what stands in `sender`."""
        for row in rows:
            _check_key(table, row)
        self.rows.put(change.value, table.name, [dict(row) for row in rows], owner or (rows[0].get("sender") if rows else None))
        self.start()
        self._woken.set()

    def start(self) -> None:
        """Begin to write what waits, also what an earlier process left; a second call does nothing."""
        with self._opening:
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._work, name="outbox", daemon=True)
                self._thread.start()

    def write_out(self) -> int:
        """How many rows left the file; stops where the database is away or another process is at it."""
        written = 0
        with _alone(self.path) as is_alone:
            while is_alone:
                rows = self.rows.first(AT_ONCE)
                if not rows:
                    break
                try:
                    self._write(rows)
                except AWAY_ERRORS as error:
                    self.failed(error)
                    break
                self.answered()
                written += len(rows)
        return written

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what can be written, and end."""
        self._ended.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
        with self._opening:
            if self._rows is not None and (self._thread is None or not self._thread.is_alive()):
                self._rows.close()
                self._rows = None

    def failed(self, error: Exception) -> None:
        """The database did not answer: for a while nobody tries. What fails meanwhile makes that no longer."""
        if self.is_away:
            return
        pause_s = PAUSES_S[min(self._failures, len(PAUSES_S) - 1)]
        if not self._failures:
            logger.error("%s is away (%s); rows are kept in %s", shown_url(self.url), type(error).__name__, self.path)
        self._failures += 1
        self._away_until = time.monotonic() + pause_s

    def answered(self) -> None:
        """The database answered."""
        if self._failures:
            logger.warning("%s is back", shown_url(self.url))
        self._failures, self._away_until = 0, 0.0

    def _work(self) -> None:
        while True:
            ended = self._ended.is_set()
            self._woken.clear()
            try:
                if not self.is_away:
                    self.write_out()
            except Exception:  # the thread outlives whatever one round meets
                logger.exception("rows that wait could not be written")
                self._away_until = time.monotonic() + PAUSES_S[-1]
            if ended:
                return
            if self.is_away:
                self._ended.wait(max(GATHER_S, self._away_until - time.monotonic()))
            else:
                self._woken.wait(LOOK_S)
                self._ended.wait(GATHER_S)  # what comes at once is written at once

    def _write(self, rows: Sequence[KeptRow]) -> None:
        """Write `rows` in one transaction; where one of them cannot be, each for itself."""
        engine = open_database(self.url)
        try:
            with engine.begin() as connection:
                for (change, table), several in itertools.groupby(rows, lambda row: (row.change, row.table)):
                    _execute(connection, change, table, [row.values for row in several])
        except AWAY_ERRORS:
            raise
        except (sa.exc.SQLAlchemyError, ValueError, KeyError):
            for row in rows:
                self._write_alone(engine, row)
            return
        self.rows.remove([row.id for row in rows])

    def _write_alone(self, engine: sa.engine.Engine, row: KeptRow) -> None:
        try:
            with engine.begin() as connection:
                _execute(connection, row.change, row.table, [row.values])
        except AWAY_ERRORS:
            raise
        except (sa.exc.SQLAlchemyError, ValueError, KeyError) as error:
            logger.error("a row for %s was refused (%s) and set aside in %s", row.table, type(error).__name__, self.path)
            self.rows.refuse(row.id, f"{type(error).__name__}: {getattr(error, 'orig', error)}")
            return
        self.rows.remove([row.id])


def statement(dialect: str, table: sa.Table, change: Change, rows: Sequence[Mapping[str, Any]]) -> Any:
    """The statement that makes `change` with `rows`, twice without harm."""
    if change is Change.DROP:
        return table.delete().where(table.c.key.in_([row["key"] for row in rows]))
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(table).values([dict(row) for row in rows])
    if change is Change.ADD:
        return insert.on_conflict_do_nothing(index_elements=["key"])
    names = {name for row in rows for name in row} - {"key", "id"}
    return insert.on_conflict_do_update(index_elements=["key"], set_={name: insert.excluded[name] for name in names})


def _execute(connection: sa.engine.Connection, change: str, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    kind = Change(change)
    if kind is Change.PUT:  # the same key twice in one statement is refused
        for row in rows:
            connection.execute(statement(connection.dialect.name, metadata.tables[table], kind, [row]))
        return
    for _, alike in itertools.groupby(rows, lambda row: tuple(sorted(row))):
        connection.execute(statement(connection.dialect.name, metadata.tables[table], kind, list(alike)))


def _check_key(table: sa.Table, row: Mapping[str, Any]) -> None:
    if not row.get("key"):
        raise ValueError(f"a row for {table.name} has no key; without one it might be written twice")


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether nobody else empties the file at `path` meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def kept_file(url: str) -> Path:
    """Where rows for `url` wait: beside an SQLite file, else below `.daedap`, a file a database."""
    parsed = sa.engine.make_url(url)
    if is_sqlite(parsed) and parsed.database not in (None, "", ":memory:"):
        return Path(f"{parsed.database}.kept")
    name = hashlib.sha256(f"{parsed.host}:{parsed.port}/{parsed.database}".encode()).hexdigest()[:12]
    return BUILT / f"{name}.kept"


@lru_cache(maxsize=16)
def open_outbox(url: str) -> Outbox:
    """This process's outbox for `url`."""
    return Outbox(url)
