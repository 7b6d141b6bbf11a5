"""How many turns are with the bot at once: the others wait here, in the order they came.

The bot shares its processors among all turns it has. Where more come than it can answer, all of them would get slower
together until each is given up; given a few at a time, each is answered, later ones after a wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class BusyError(RuntimeError):
    """A turn's patience ended before its time came."""


class Turnstile:
    """Lets `at_once` turns through at a time; to be used from one event loop."""

    def __init__(self, at_once: int) -> None:
        if at_once < 1:
            raise ValueError(f"at_once is {at_once}; it must be 1 or more")
        self.at_once = at_once
        self.waiting = 0
        """How many turns wait now."""
        self._places: asyncio.Semaphore | None = None

    @asynccontextmanager
    async def turn(self, patience_s: float) -> AsyncIterator[None]:
        """A place for one turn. BusyError where none gets free within `patience_s` seconds."""
        if self._places is None:  # belongs to the loop that first asks
            self._places = asyncio.Semaphore(self.at_once)
        self.waiting += 1
        try:
            await asyncio.wait_for(self._places.acquire(), patience_s)
        except asyncio.TimeoutError as error:
            raise BusyError(f"no place within {patience_s:g} s, {self.waiting - 1} others wait") from error
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._places.release()
