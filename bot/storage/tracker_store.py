"""Rasa's conversations in the bot's database, in Rasa's own form (the table `events` of its SQLTrackerStore).

Named in `endpoints.yml`. Different from Rasa's store in what happens when the database is away: Rasa's waits for it at
the start without end, and in a turn loses what was said. Here a turn goes on with what this process remembers of the
conversation, and the events wait in the outbox. The database is never waited for on the event loop. A conversation
that this process wrote last is not read again: only whether the newest event is still its own.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.settings import Settings
from bot.storage.database import DatabaseAwayError, open_database
from bot.storage.outbox import AWAY_ERRORS, Outbox, open_outbox
from bot.storage.tables import events
from bot.storage.turns import note

REMEMBERED = 500
"""So many conversations are remembered by this process at most."""
REMEMBERED_EVENTS = 20_000
"""And so many events of theirs together."""
TIMEOUT_S = 3.0
WORKERS = 4
LOCK_WAIT_S = 0.02
Result = TypeVar("Result")


class DatabaseTrackerStore(TrackerStore):
    """The conversations in the database that the settings name, or at `database_url`."""

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        database_url: str | None = None,
        outbox: Outbox | None = None,
        **_: Any,
    ) -> None:
        super().__init__(domain, event_broker)
        self.url = database_url or Settings.load().database_url
        self.outbox = outbox or open_outbox(self.url)
        for durable in (True, False):  # an upgrade takes longer than a turn may wait
            try:
                open_database(self.url, durable)
            except AWAY_ERRORS as error:
                self.outbox.failed(error)
        self.outbox.start()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="tracker")
        self._remembered: OrderedDict[str, tuple[DialogueStateTracker, int | None]] = OrderedDict()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation's last session, or None where there is none."""
        tracker, newest = self._remembered.pop(sender_id, (None, None))
        try:
            if newest is not None and await self._run(lambda: _newest(self.url, sender_id)) == newest:
                return tracker
            documents = await self._run(lambda: self._read(sender_id, whole=False))
        except AWAY_ERRORS as error:
            self.outbox.failed(error)
            if tracker is not None:
                return tracker
            documents = self._waiting(sender_id)
        return self._tracker(sender_id, documents)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The conversation with all its sessions."""
        return self._tracker(conversation_id, await self._run(lambda: self._read(conversation_id, whole=True)))

    async def keys(self) -> Iterable[str]:
        """The senders of all conversations."""

        def read() -> list[str]:
            with open_database(self.url).connect() as connection:
                return connection.execute(sa.select(events.c.sender_id).distinct()).scalars().all()

        return await self._run(read)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the events that came since the conversation was read or saved."""
        if self.event_broker is not None:
            await self.stream_events(tracker)
        sender = tracker.sender_id
        stored = await self._stored(tracker)
        documents = [event.as_dict() for event in list(tracker.events)[stored:]]
        if documents:
            note(documents)
            newest = await self._write(sender, [_row(sender, document) for document in documents])
            tracker.daedap_stored = stored + len(documents)
            self._remember(tracker, documents, newest)

    async def _write(self, sender: str, rows: list[dict[str, Any]]) -> int | None:
        """The id of the newest row; None where they are kept to be written later."""
        waiting = self.outbox.is_away or self.outbox.rows.has(events.name, sender)
        if not waiting:
            try:
                return await self._run(lambda: _insert(self.url, sender, rows))
            except AWAY_ERRORS as error:
                self.outbox.failed(error)
        self.outbox.keep(events, *rows, owner=sender)
        return None

    async def _stored(self, tracker: DialogueStateTracker) -> int:
        """How many of the tracker's events are written already; those of a copy are counted."""
        stored = getattr(tracker, "daedap_stored", None)
        if stored is not None:
            return stored
        try:
            return len(await self._run(lambda: self._read(tracker.sender_id, whole=False)))
        except AWAY_ERRORS as error:
            self.outbox.failed(error)
            return len(self._waiting(tracker.sender_id))

    def _remember(self, tracker: DialogueStateTracker, new: list[dict[str, Any]], newest: int | None) -> None:
        """Keep the tracker itself: the next turn of its sender has it for itself alone."""
        is_new_session = any(document["event"] == SessionStarted.type_name for document in new)
        if is_new_session and len(new) < tracker.daedap_stored:
            return  # what was before the session is not to be read again
        self._remembered[tracker.sender_id] = (tracker, newest)
        events_in_all = sum(len(one.events) for one, _ in self._remembered.values())
        while self._remembered and (len(self._remembered) > REMEMBERED or events_in_all > REMEMBERED_EVENTS):
            oldest, _ = self._remembered.popitem(last=False)[1]
            events_in_all -= len(oldest.events)

    def _read(self, sender: str, whole: bool) -> list[dict[str, Any]]:
        """The events of the last session, or of all, those among them that wait in the outbox."""
        waiting = self.outbox.rows.of(events.name, sender)  # before the database: what moves meanwhile is then seen there
        query = sa.select(events.c.key, events.c.data).where(events.c.sender_id == sender)
        if not whole:
            started = sa.select(sa.func.max(events.c.id))
            started = started.where(events.c.sender_id == sender, events.c.type_name == SessionStarted.type_name)
            query = query.where(events.c.id >= sa.func.coalesce(started.scalar_subquery(), 0))
        with open_database(self.url).connect() as connection:
            rows = connection.execute(query.order_by(events.c.id)).all()
        there = {row.key for row in rows}
        documents = [json.loads(row.data) for row in rows]
        documents += [json.loads(row.values["data"]) for row in waiting if row.values["key"] not in there]
        return documents if whole else _last_session(documents)

    def _waiting(self, sender: str) -> list[dict[str, Any]]:
        return _last_session([json.loads(row.values["data"]) for row in self.outbox.rows.of(events.name, sender)])

    def _tracker(self, sender: str, documents: list[dict[str, Any]]) -> DialogueStateTracker | None:
        if not documents:
            return None
        tracker = DialogueStateTracker.from_dict(sender, documents, self.domain.slots)
        tracker.daedap_stored = len(tracker.events)
        return tracker

    async def _run(self, work: Callable[[], Result]) -> Result:
        """`work()` in a thread, for TIMEOUT_S at most. DatabaseAwayError at once where it was away a moment ago."""
        if self.outbox.is_away:
            raise DatabaseAwayError("away a moment ago")
        running = asyncio.get_running_loop().run_in_executor(self._pool, work)
        try:
            return await asyncio.wait_for(running, TIMEOUT_S)
        except asyncio.TimeoutError as error:
            raise DatabaseAwayError(f"no answer for {TIMEOUT_S:.0f} s") from error


class PromptLockStore(InMemoryLockStore):
    """Rasa's lock of a conversation, looked at often: who wrote twice does not wait a second for the second answer."""

    def __init__(self, **_: Any) -> None:
        super().__init__()

    def lock(self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = LOCK_WAIT_S) -> Any:
        """The lock, in the order in which it was asked for."""
        return super().lock(conversation_id, lock_lifetime, min(wait_time_in_seconds, LOCK_WAIT_S))


def _newest(url: str, sender: str) -> int | None:
    with open_database(url, durable=False).connect() as connection:
        return connection.execute(sa.select(sa.func.max(events.c.id)).where(events.c.sender_id == sender)).scalar()


def _insert(url: str, sender: str, rows: list[dict[str, Any]]) -> int | None:
    with open_database(url, durable=False).begin() as connection:
        connection.execute(events.insert(), rows)
        return connection.execute(sa.select(sa.func.max(events.c.id)).where(events.c.sender_id == sender)).scalar()


def _row(sender: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """An event as Rasa's own store writes it, and a key."""
    return {
        "key": uuid.uuid4().hex,
        "sender_id": sender,
        "type_name": document["event"],
        "timestamp": document.get("timestamp"),
        "intent_name": ((document.get("parse_data") or {}).get("intent") or {}).get("name"),
        "action_name": document.get("name"),
        "data": json.dumps(document),
    }


def _last_session(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    starts = [at for at, document in enumerate(documents) if document["event"] == SessionStarted.type_name]
    return documents[starts[-1] :] if starts else documents
