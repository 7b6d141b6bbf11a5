"""What an extractor finds."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """An entity at `[start, end)` of the text; `value` is normalized."""

    kind: str
    start: int
    end: int
    value: str


def without_overlaps(found: list[Found]) -> list[Found]:
    """Those of `found` that overlap none before them in the list, in order of their place."""
    kept: list[Found] = []
    for one in found:
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
