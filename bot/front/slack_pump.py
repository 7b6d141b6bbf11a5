"""Work that is claimed piece by piece from a shared file, done a few pieces at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

Piece = TypeVar("Piece")
PAUSE_S = 0.5
"""After so long without being woken it looks for what other processes left, and what is due."""
PAUSE_FAILED_S = 3.0
ENDING_S = 5.0


class Pump(Generic[Piece]):
    """Calls `claim` (in a thread) and `work` for each piece it gives, `at_once` at a time."""

    def __init__(
        self, name: str, claim: Callable[[], Piece | None], work: Callable[[Piece], Awaitable[None]], at_once: int
    ) -> None:
        self.name = name
        self._claim = claim
        self._work = work
        self._at_once = at_once
        self._woken = asyncio.Event()
        self._tasks: set[asyncio.Task] = set()
        self._loop: asyncio.Task | None = None
        self._is_ending = False

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Look now: something was put there."""
        self._woken.set()

    async def stop(self) -> None:
        """Claim nothing more, and let what is under way end for a few seconds."""
        self._is_ending = True
        self._woken.set()
        if self._loop is not None:
            await self._loop  # not cancelled: wait_for of Python 3.10 loses a cancellation that meets a wake-up
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=ENDING_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def drain(self) -> int:
        """Do all that can be done now, one piece after another; how much that was."""
        done = 0
        while (piece := await asyncio.to_thread(self._claim)) is not None:
            await self._work(piece)
            done += 1
        return done

    async def _run(self) -> None:
        while not self._is_ending:
            self._woken.clear()
            try:
                piece = await asyncio.to_thread(self._claim) if len(self._tasks) < self._at_once else None
            except Exception:
                logger.exception("%s: nothing could be claimed", self.name)
                await self._pause(PAUSE_FAILED_S)
                continue
            if piece is None:
                await self._pause(PAUSE_S)
                continue
            task = asyncio.create_task(self._do(piece))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    async def _do(self, piece: Piece) -> None:
        try:
            await self._work(piece)
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("%s: a piece of work failed", self.name)

    def _done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        self._woken.set()

    async def _pause(self, seconds: float) -> None:
        if self._is_ending:
            return
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except asyncio.TimeoutError:
            pass
