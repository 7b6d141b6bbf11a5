"""Hearing an agent while the customer types: fetches in a thread of its own, for as long as a human has the conversation."""

from __future__ import annotations

import threading
from collections.abc import Callable

from bot.message import Message
from bot.rest_client import BotAwayError, RestClient

PAUSE_S = 1.5


class Listener:
    """Gives what agents say to `hear`; begins with `listen`, ends with `stop`."""

    def __init__(self, client: RestClient, hear: Callable[[tuple[Message, ...]], None], pause_s: float = PAUSE_S) -> None:
        self._client = client
        self._hear = hear
        self._pause_s = pause_s
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def listen(self) -> None:
        """Begin, where a human has the conversation and nobody listens yet."""
        if self._client.in_handover and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=self._pause_s)

    def _run(self) -> None:
        while self._client.in_handover and not self._stopped.is_set():
            try:
                said = self._client.fetch()
            except BotAwayError:  # asked again after the pause
                said = ()
            if said:
                self._hear(said)
            self._stopped.wait(self._pause_s)
