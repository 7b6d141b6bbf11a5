"""What an extractor finds, and which places of a text are taken already."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import NamedTuple


class Found(NamedTuple):
    """An entity at `[start, end)` of the text; `value` is normalized."""

    kind: str
    start: int
    end: int
    value: str


class Taken:
    """Places of a text, none over another; whether one more is free costs the logarithm of their number."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int]] = []

    def take(self, start: int, end: int) -> bool:
        """Whether `[start, end)` was free; it is taken then."""
        if not self.is_free(start, end):
            return False
        insort(self._spans, (start, end))
        return True

    def is_free(self, start: int, end: int) -> bool:
        """Whether no place that is taken reaches into `[start, end)`."""
        at = bisect_left(self._spans, (end,))
        return at == 0 or self._spans[at - 1][1] <= start


def without_overlaps(found: Iterable[Found]) -> list[Found]:
    """Those of `found` that overlap none before them in the list, in order of their place."""
    taken = Taken()
    return sorted((one for one in found if taken.take(one.start, one.end)), key=lambda one: one.start)


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text`, as long as it is, with spaces at `[start, end)` of each of `spans`.

    >>> blanked("내일 와요", [(0, 2)])
    '   와요'
    """
    characters = list(text)
    for start, end in spans:
        characters[start:end] = " " * (end - start)
    return "".join(characters)
