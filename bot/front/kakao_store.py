"""What KakaoTalk's customers have not got yet: their open turns, finished answers, and rests of long ones.

One SQLite file, so that a restart loses nothing. A turn is kept with what the customer said only until it is
answered. Rows go through these states:

    open      asked, not answered yet
    ready     there to be shown, at the customer's next message at the latest
    showing   being handed out; a restart makes it ready again
    shown     handed out, kept for a while so that nothing is taken twice
    rest      the end of a long answer, shown when it is asked for
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from bot.channels.kakao_speech import Speech
from bot.masking import mask

DAY_S = 86_400
ABOUT_CHARACTERS = 30
SCHEMA = """
CREATE TABLE IF NOT EXISTS said (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, state TEXT NOT NULL, key TEXT UNIQUE,
    at REAL NOT NULL, text TEXT, about TEXT NOT NULL DEFAULT '', base TEXT, speech TEXT,
    callback_url TEXT, callback_by REAL);
CREATE INDEX IF NOT EXISTS by_user ON said (user, state);
CREATE INDEX IF NOT EXISTS by_age ON said (at);
"""


class OpenTurn(NamedTuple):
    """A turn that was asked when the last front ended; `callback_by` is None where no callback is promised."""

    id: int
    user: str
    text: str
    base: str | None
    callback_url: str | None
    callback_by: float | None


class Ready(NamedTuple):
    """Something to show; `about` is what the customer had asked, cut short, for those that come late."""

    id: int
    speech: Speech
    about: str


class KakaoStore:
    """The rows in the file at `path`; to be used from one thread."""

    def __init__(self, path: Path | str, keep_days: int = 7, clock: Callable[[], float] = time.time) -> None:
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._keep_s = keep_days * DAY_S
        self._clock = clock
        self._purged_at = float("-inf")
        self._db = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)

    def ask(self, user: str, text: str, base: str | None) -> int:
        """The number of a new turn of `user`, who said `text`."""
        self._purge()
        text = text.encode("utf-8", "replace").decode()
        query = "INSERT INTO said (user, state, at, text, about, base) VALUES (?, 'open', ?, ?, ?, ?)"
        row = (user, self._clock(), text, _about(text), base)
        return self._db.execute(query, row).lastrowid

    def promise(self, turn: int, callback_url: str, within_s: float) -> None:
        """Note that the answer of `turn` is to go to the callback address, in `within_s` seconds."""
        query = "UPDATE said SET callback_url = ?, callback_by = ? WHERE id = ?"
        self._db.execute(query, (callback_url, self._clock() + within_s, turn))

    def answer(self, turn: int, speech: Speech) -> None:
        """Keep the answer of `turn`; what the customer said is forgotten but for its beginning."""
        query = "UPDATE said SET state = 'ready', at = ?, text = NULL, speech = ? WHERE id = ? AND state = 'open'"
        self._db.execute(query, (self._clock(), _dumped(speech), turn))

    def tell(self, user: str, key: str, speech: Speech, at: float | None = None) -> bool:
        """Keep something that is no answer to be shown to `user`; False where `key` was kept before."""
        query = "INSERT OR IGNORE INTO said (user, state, key, at, speech) VALUES (?, 'ready', ?, ?, ?)"
        return self._db.execute(query, (user, key, self._clock() if at is None else at, _dumped(speech))).rowcount == 1

    def take(self, user: str, but: Iterable[int] = ()) -> list[Ready]:
        """All that is there for `user` but the answers of turns `but`, in the order it came; it counts as being shown."""
        left = set(but)
        query = "SELECT id, speech, about FROM said WHERE user = ? AND state = 'ready' ORDER BY at, id"
        found = [Ready(id, _loaded(speech), about) for id, speech, about in self._db.execute(query, (user,)) if id not in left]
        self._set("showing", [ready.id for ready in found])
        return found

    def shown(self, ids: Iterable[int]) -> None:
        """What was taken has reached the customer."""
        ids = list(ids)
        self._set("shown", ids)
        self._db.executemany("UPDATE said SET speech = NULL, callback_url = NULL WHERE id = ?", [(id,) for id in ids])

    def give_back(self, ids: Iterable[int]) -> None:
        """What was taken has not reached the customer; no callback is promised for it any more."""
        ids = list(ids)
        self._set("ready", ids)
        self._db.executemany("UPDATE said SET callback_url = NULL, callback_by = NULL WHERE id = ?", [(id,) for id in ids])

    def keep_rest(self, user: str, rest: Speech) -> int:
        """The number under which the end of a long answer is kept."""
        query = "INSERT INTO said (user, state, at, speech) VALUES (?, 'rest', ?, ?)"
        return self._db.execute(query, (user, self._clock(), _dumped(rest))).lastrowid

    def rest(self, user: str, number: int | None) -> tuple[int, Speech] | None:
        """The rest with this number, without one the newest that was not read; None where there is none.

        One that was read can be asked for again by its number, since a click may be sent twice.
        """
        query = "SELECT id, speech FROM said WHERE user = ? AND state = 'rest' AND (id = ? OR (? IS NULL AND key IS NULL))"
        found = self._db.execute(query + " ORDER BY id DESC LIMIT 1", (user, number, number)).fetchone()
        return None if found is None else (found[0], _loaded(found[1]))

    def read(self, number: int) -> None:
        """Note that a rest was shown."""
        self._db.execute("UPDATE said SET key = 'read-' || id WHERE id = ? AND state = 'rest'", (number,))

    def recover(self) -> list[OpenTurn]:
        """After a restart: what was being shown is ready again; the turns that nobody works on any more, oldest first."""
        self._db.execute("UPDATE said SET state = 'ready' WHERE state = 'showing'")
        self._db.execute("UPDATE said SET callback_url = NULL, callback_by = NULL WHERE state = 'ready'")
        query = "SELECT id, user, text, base, callback_url, callback_by FROM said WHERE state = 'open' ORDER BY id"
        return [OpenTurn(*row) for row in self._db.execute(query)]

    def waiting(self, user: str) -> int:
        """How many turns of `user` are open."""
        return self._db.execute("SELECT COUNT(*) FROM said WHERE user = ? AND state = 'open'", (user,)).fetchone()[0]

    def close(self) -> None:
        self._db.close()

    def _set(self, state: str, ids: list[int]) -> None:
        if not ids:
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany("UPDATE said SET state = ? WHERE id = ?", [(state, id) for id in ids])
        finally:
            self._db.execute("COMMIT")

    def _purge(self) -> None:
        now = self._clock()
        if now - self._purged_at > DAY_S / 24:
            self._purged_at = now
            self._db.execute("DELETE FROM said WHERE at < ?", (now - self._keep_s,))


def _about(text: str) -> str:
    """The beginning of what was said, numbers of persons masked; nothing of a pressed button."""
    if text.startswith("/"):
        return ""
    text = " ".join(mask(text).split())
    return text if len(text) <= ABOUT_CHARACTERS else text[:ABOUT_CHARACTERS] + "…"


def _dumped(speech: Speech) -> str:
    return json.dumps(speech.to_json(), ensure_ascii=False)


def _loaded(text: str) -> Speech:
    return Speech.from_json(json.loads(text))
