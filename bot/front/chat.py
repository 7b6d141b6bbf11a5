"""The widget's conversations while they are open: turns under way, and the streams that wait for what is said.

A message is kept before anybody hears of it, and a stream first gives what is kept behind the id it was
asked for, then what comes. So a device that was away loses nothing, and one that sends again doubles nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Collection
from typing import Any, NamedTuple

from bot.channels.web import Inbound, payload_of, rasa_sender
from bot.front import texts
from bot.front.conversations import Conversations, UnknownConversationError
from bot.front.metrics import Metrics
from bot.front.upstream import AwayError, Upstream
from bot.message import Message

logger = logging.getLogger(__name__)

QUEUE_LENGTH = 200
ENDING_S = 5.0


class Event(NamedTuple):
    """`kind` is message, typing, ended, or lagging (ask again); `id` a message's."""

    kind: str
    data: dict[str, Any]
    id: int | None = None


class Chat:
    """All open conversations of this front."""

    def __init__(self, kept: Conversations, upstream: Upstream, metrics: Metrics) -> None:
        self.kept = kept
        self._upstream = upstream
        self._metrics = metrics
        self._listeners: dict[str, set[asyncio.Queue[Event]]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}
        self._tasks: set[asyncio.Task] = set()

    def recover(self, except_for: Collection[str] = ()) -> None:
        """Ask the customers again whose answer was under way when the last front ended; those senders wait for none."""
        for key in self.kept.left_open():
            if rasa_sender(key) not in except_for:
                self.kept.add(key, Message(texts.INTERRUPTED))

    def say(self, key: str, inbound: Inbound) -> tuple[dict[str, Any], bool]:
        """Keep a customer's message and let the bot answer in the background; False where it had come before."""
        message, is_new = self.kept.add(key, inbound.shown)
        if is_new:
            self._publish(key, message)
            self.follow_up(key, inbound.for_rasa)
        return message.to_json(), is_new

    def follow_up(self, key: str, for_rasa: str) -> None:
        """Let the bot answer, in the background, what the customer did without words."""
        task = asyncio.create_task(self._answer(key, for_rasa))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def post(self, key: str, message: Message) -> None:
        """Say `message` in the conversation, whoever says it: the bot or an agent."""
        try:
            kept, is_new = self.kept.add(key, message)
        except UnknownConversationError:
            return  # ended while the answer was under way
        if is_new:
            self._publish(key, kept)

    def end(self, key: str) -> None:
        """Forget the conversation; every device that shows it is told."""
        self.kept.end(key)
        self._tell(key, Event("ended", {}))

    async def events(self, key: str, after: int, heartbeat_s: float) -> AsyncIterator[Event | None]:
        """What is said behind the message `after`, kept first; None after each `heartbeat_s` of silence."""
        queue: asyncio.Queue[Event] = asyncio.Queue(QUEUE_LENGTH)
        self._listeners.setdefault(key, set()).add(queue)
        try:
            for document in self.kept.after(key, after):
                after = document["id"]
                yield Event("message", payload_of(document), after)
            if self._waiting.get(key):
                yield Event("typing", {"on": True})
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), heartbeat_s)
                except asyncio.TimeoutError:
                    yield None
                    continue
                if event.id is not None and event.id <= after:
                    continue
                after = event.id or after
                yield event
                if event.kind in ("ended", "lagging"):
                    return
        finally:
            listeners = self._listeners.get(key, set())
            listeners.discard(queue)
            if not listeners:
                self._listeners.pop(key, None)

    async def finish(self) -> None:
        """Let the turns under way end, for a few seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=ENDING_S)

    async def _answer(self, key: str, text: str) -> None:
        """One turn; those of a conversation follow one another."""
        lock = self._turns.setdefault(key, asyncio.Lock())
        self._waiting[key] = self._waiting.get(key, 0) + 1
        self._tell(key, Event("typing", {"on": True}))
        try:
            async with lock:
                for message in await self._replies(key, text):
                    self.post(key, message)
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self._turns[key]
                self._tell(key, Event("typing", {"on": False}))

    async def _replies(self, key: str, text: str) -> tuple[Message, ...]:
        started = time.perf_counter()
        outcome = "answered"
        try:
            replies = await self._upstream.say(text, rasa_sender(key))
        except AwayError as error:
            logger.error("the bot did not answer: %s", error)
            outcome, replies = "away", (Message(texts.AWAY),)
        except Exception:  # the customer hears of it, the log has the rest
            logger.exception("a turn failed")
            outcome, replies = "failed", (Message(texts.FAILED),)
        self._metrics.turns.labels("web", outcome).inc()
        self._metrics.seconds.labels("turn").observe(time.perf_counter() - started)
        for reply in replies:
            self._metrics.count_answer(reply.answer)
        return replies

    def _publish(self, key: str, message: Message) -> None:
        self._tell(key, Event("message", payload_of(message.to_json()), message.id))

    def _tell(self, key: str, event: Event) -> None:
        for queue in list(self._listeners.get(key, ())):
            if queue.full():  # its device reads no more; it asks again for what it misses
                self._listeners[key].discard(queue)
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(Event("lagging", {}))
            else:
                queue.put_nowait(event)
