"""How often one user or address may ask: a token bucket each, in bounded memory."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

MAX_KEYS = 20_000


class RateLimit:
    """`per_minute` requests a key, as many at once; the least recently seen keys are forgotten."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic, max_keys: int = MAX_KEYS) -> None:
        if per_minute < 1:
            raise ValueError(f"per_minute is {per_minute}; it must be 1 or more")
        self.per_minute = per_minute
        self._clock = clock
        self._max_keys = max_keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> int:
        """0 where the request may pass, else the seconds after which one may."""
        now = self._clock()
        left, at = self._buckets.pop(key, (float(self.per_minute), now))
        left = min(float(self.per_minute), left + (now - at) * self.per_minute / 60)
        passes = left >= 1
        self._buckets[key] = (left - 1 if passes else left, now)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return 0 if passes else max(1, math.ceil((1 - left) * 60 / self.per_minute))


class OpenCount:
    """How many streams a key has open, and whether one more is allowed."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._open: dict[str, int] = {}

    def enter(self, key: str) -> bool:
        """False where `key` has as many as allowed."""
        if self._open.get(key, 0) >= self.limit:
            return False
        self._open[key] = self._open.get(key, 0) + 1
        return True

    def leave(self, key: str) -> None:
        left = self._open.get(key, 0) - 1
        if left > 0:
            self._open[key] = left
        else:
            self._open.pop(key, None)

    @property
    def total(self) -> int:
        return sum(self._open.values())
