"""The widget's conversations: messages with ids of the server, kept so that none is lost or shown twice.

One SQLite file. A conversation is reached by a token that only the customer's device has; here stands its
hash, so that the file gives nobody a way in. Personal numbers of customers are masked before they are
written. Ids rise by one within a conversation and are never given again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from bot.masking import mask
from bot.message import Message, Sender

TOKEN_BYTES = 24
MAX_TOKEN_CHARACTERS = 64
DAY_S = 86_400
THUMBS = ("up", "down")
SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (key TEXT PRIMARY KEY, last_id INTEGER NOT NULL, seen_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    key TEXT NOT NULL REFERENCES conversations(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, client_id TEXT, sender TEXT NOT NULL, said_at REAL NOT NULL, thumb TEXT, document TEXT NOT NULL,
    PRIMARY KEY (key, id));
CREATE UNIQUE INDEX IF NOT EXISTS one_of_a_device ON messages (key, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_seen ON conversations (seen_at);
CREATE INDEX IF NOT EXISTS by_thumb ON messages (said_at) WHERE thumb IS NOT NULL;
"""


class UnknownConversationError(LookupError):
    """There is no such conversation, or it was ended."""


class Rated(NamedTuple):
    """An answer that a customer rated, and the question before it."""

    said_at: float
    thumb: str
    question: str
    answer: Message


class Exchange(NamedTuple):
    """An answer, the question before it, its thumb, and whether nothing has been said since."""

    question: str
    answer: Message
    thumb: str | None
    is_last: bool


class Conversations:
    """The conversations in the file at `path`; to be used from one thread."""

    def __init__(
        self, path: Path | str, keep_days: int = 30, keep_messages: int = 400, clock: Callable[[], float] = time.time
    ) -> None:
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._keep_s = keep_days * DAY_S
        self._keep_messages = keep_messages
        self._clock = clock
        self._db = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;" + SCHEMA)

    def begin(self) -> str:
        """The token of a new conversation; those long unused are forgotten."""
        self._db.execute("DELETE FROM conversations WHERE seen_at < ?", (self._clock() - self._keep_s,))
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._db.execute("INSERT INTO conversations VALUES (?, 0, ?)", (key_of(token), self._clock()))
        return token

    def open(self, token: str) -> str:
        """The key of the conversation with this token. UnknownConversationError where there is none."""
        key = key_of(token)
        if not self._db.execute("UPDATE conversations SET seen_at = ? WHERE key = ?", (self._clock(), key)).rowcount:
            raise UnknownConversationError("unknown conversation")
        return key

    def key_of_sender(self, beginning: str) -> str | None:
        """The key that begins so (see `bot.channels.web.rasa_sender`); None for a conversation that was ended."""
        query = "SELECT key FROM conversations WHERE key >= ? AND key < ? LIMIT 1"
        row = self._db.execute(query, (beginning, beginning + "g")).fetchone()  # keys are hexadecimal
        return None if row is None else row[0]

    def add(self, key: str, message: Message) -> tuple[Message, bool]:
        """The message with its id, and whether it is new: one with a client id that is there already is not."""
        if message.sender is Sender.CUSTOMER:
            message = message.replace(text=mask(message.text))
        self._db.execute("BEGIN IMMEDIATE")
        try:
            there = self._with_client_id(key, message.client_id)
            if there is not None:
                return there, False
            raised = self._db.execute("UPDATE conversations SET last_id = last_id + 1 WHERE key = ?", (key,)).rowcount
            if not raised:
                raise UnknownConversationError("unknown conversation")
            [(number,)] = self._db.execute("SELECT last_id FROM conversations WHERE key = ?", (key,))
            message = message.replace(id=number)
            document = json.dumps(message.to_json(), ensure_ascii=False).encode("utf-8", "replace").decode()
            row = (key, number, message.client_id, message.sender.value, self._clock(), None, document)
            self._db.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._db.execute("DELETE FROM messages WHERE key = ? AND id <= ?", (key, number - self._keep_messages))
            return message, True
        finally:
            self._db.execute("COMMIT")

    def after(self, key: str, number: int) -> list[dict]:
        """The messages behind the one with id `number`, in order, as a device gets them, with its own thumbs."""
        rows = self._db.execute("SELECT document, thumb FROM messages WHERE key = ? AND id > ? ORDER BY id", (key, number))
        return [json.loads(document) | ({"thumb": thumb} if thumb else {}) for document, thumb in rows]

    def rate(self, key: str, number: int, thumb: str | None) -> bool:
        """Whether there was such an answer to rate; None takes a thumb back. ValueError for another thumb."""
        if thumb is not None and thumb not in THUMBS:
            raise ValueError(f"thumb is {thumb!r}; it must be one of {', '.join(THUMBS)} or null")
        query = "UPDATE messages SET thumb = ? WHERE key = ? AND id = ? AND sender != 'customer'"
        return self._db.execute(query, (thumb, key, number)).rowcount == 1

    def exchange(self, key: str, number: int) -> Exchange | None:
        """The answer with id `number`, None where there is none to rate."""
        query = """SELECT m.document, m.thumb, (SELECT q.document FROM messages q WHERE q.key = m.key AND q.id < m.id
                   AND q.sender = 'customer' ORDER BY q.id DESC LIMIT 1), c.last_id
                   FROM messages m JOIN conversations c ON c.key = m.key WHERE m.key = ? AND m.id = ? AND m.sender != 'customer'"""
        row = self._db.execute(query, (key, number)).fetchone()
        if row is None:
            return None
        answer, thumb, question, last = row
        asked = json.loads(question)["text"] if question else ""
        return Exchange(asked, Message.from_json(json.loads(answer)), thumb, last == number)

    def rated(self, limit: int = 100) -> list[Rated]:
        """Answers with thumbs, newest first."""
        query = """SELECT m.said_at, m.thumb, m.document, (SELECT q.document FROM messages q WHERE q.key = m.key AND q.id < m.id
                   AND q.sender = 'customer' ORDER BY q.id DESC LIMIT 1)
                   FROM messages m WHERE m.thumb IS NOT NULL ORDER BY m.said_at DESC LIMIT ?"""
        return [
            Rated(at, thumb, json.loads(question)["text"] if question else "", Message.from_json(json.loads(answer)))
            for at, thumb, answer, question in self._db.execute(query, (limit,))
        ]

    def end(self, key: str) -> None:
        """Forget the conversation and all that was said in it."""
        self._db.execute("DELETE FROM conversations WHERE key = ?", (key,))

    def left_open(self) -> Sequence[str]:
        """Keys of conversations whose last message is a customer's: an answer was under way when the front ended."""
        query = """SELECT c.key FROM conversations c JOIN messages m ON m.key = c.key AND m.id = c.last_id
                   WHERE m.sender = 'customer'"""
        return [key for (key,) in self._db.execute(query)]

    def close(self) -> None:
        self._db.close()

    def _with_client_id(self, key: str, client_id: str | None) -> Message | None:
        if client_id is None:
            return None
        query = "SELECT document FROM messages WHERE key = ? AND client_id = ?"
        row = self._db.execute(query, (key, client_id)).fetchone()
        return None if row is None else Message.from_json(json.loads(row[0]))


def key_of(token: str) -> str:
    """What a token is kept as."""
    return hashlib.sha256(token[:MAX_TOKEN_CHARACTERS].encode("utf-8", "replace")).hexdigest()
