"""How often a number was tried in vain: who guesses at orders is stopped, whichever conversation they do it from."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

LIMIT = 10
WINDOW_S = 3_600.0
MAX_KEYS = 10_000


class Guesses:
    """Wrong guesses by key (an order number, a phone) in the last `window_s` seconds, in this process."""

    def __init__(self, limit: int = LIMIT, window_s: float = WINDOW_S, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.window_s = window_s
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def too_many(self, *keys: str) -> bool:
        """Whether one of `keys` was guessed wrongly `limit` times or more."""
        return any(self.count(key) >= self.limit for key in keys)

    def count(self, key: str) -> int:
        """How often `key` was guessed wrongly."""
        with self._lock:
            return len(self._recent(key))

    def forget(self, key: str) -> None:
        """Count `key` anew."""
        with self._lock:
            self._times.pop(key, None)

    def wrong(self, *keys: str) -> None:
        """Remember a wrong guess; of very many keys the oldest are forgotten."""
        with self._lock:
            for key in keys:
                times = self._recent(key)
                times.append(self._clock())
                self._times[key] = times
                self._times.move_to_end(key)
            while len(self._times) > MAX_KEYS:
                self._times.popitem(last=False)

    def _recent(self, key: str) -> deque[float]:
        times = self._times.get(key, deque())
        while times and self._clock() - times[0] > self.window_s:
            times.popleft()
        return times
