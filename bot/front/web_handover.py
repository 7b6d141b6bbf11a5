"""Agents and the widget: what agents say comes into the conversation, and one that is deleted leaves the queue.

What was said is posted under a client id of its own and marked afterwards, so that a front that ends in between
posts it again without the customer seeing it twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.channels.web import SENDER_PREFIX, rasa_sender
from bot.front.chat import Chat
from bot.handover import texts

if TYPE_CHECKING:
    from bot.handover.queue import Handovers

logger = logging.getLogger(__name__)

PAUSE_S = 1.0
PAUSE_AWAY_S = 10.0
"""After a failure, a database that is away for one."""
CLIENT_ID = "agent:{id}"
"""No device can give such an id (`bot.channels.web.CLIENT_ID`)."""


class WebHandover:
    """The widget's side of the hand-overs; does nothing where nobody is configured to come."""

    def __init__(self, chat: Chat, find: Callable[[], Handovers | None], pause_s: float = PAUSE_S) -> None:
        self._chat = chat
        self.find = find
        self._pause_s = pause_s
        self._task: asyncio.Task | None = None

    async def start(self) -> None:
        """Ask again those whose answer was lost, a human's customers left out, and begin to bring what agents say."""
        self._chat.recover(except_for=await self._with_humans())
        self._task = asyncio.create_task(self._run())

    async def finish(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def leave(self, key: str) -> None:
        """The customer deleted the conversation: no agent waits for him."""

        def work() -> None:
            handovers = self.find()
            there = None if handovers is None else handovers.of(rasa_sender(key))
            if there is not None:
                handovers.leave(there.id, texts.ENDED)

        try:
            await asyncio.to_thread(work)
        except Exception:  # the conversation is forgotten all the same; the agent sees that nobody answers
            logger.exception("a customer could not be taken out of the queue")

    async def bring(self) -> int | None:
        """How many messages were brought in one round; None where nobody is configured to come."""
        handovers = await asyncio.to_thread(self.find)
        if handovers is None:
            return None
        deliveries = handovers.deliveries
        waiting = await asyncio.to_thread(deliveries.undelivered, SENDER_PREFIX)
        for one in waiting:
            key = self._chat.kept.key_of_sender(one.recipient.removeprefix(SENDER_PREFIX))
            if key is not None:  # else it was deleted
                self._chat.post(key, one.message.replace(client_id=CLIENT_ID.format(id=one.id)))
            await asyncio.to_thread(deliveries.mark_delivered, one.id)
        return len(waiting)

    async def _run(self) -> None:
        while True:
            try:
                if await self.bring() is None:
                    return
                pause_s = self._pause_s
            except Exception as error:  # the next round tries again
                logger.error("what agents say could not be brought: %s", error)
                pause_s = PAUSE_AWAY_S
            await asyncio.sleep(pause_s)

    async def _with_humans(self) -> frozenset[str]:
        """The senders that a human has."""

        def work() -> frozenset[str]:
            handovers = self.find()
            return frozenset() if handovers is None else handovers.senders()

        try:
            return await asyncio.to_thread(work)
        except Exception as error:
            logger.error("the queue could not be read: %s", error)
            return frozenset()
