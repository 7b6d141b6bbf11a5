"""Disappointments in a row: unknown questions, thumbs down, what was refused. From the second on a human is offered first.

A sure answer that the customer does not refuse ends the row. Who has been offered a human starts a new one.
"""

from __future__ import annotations

from typing import NamedTuple

OFFER_AT = 2


class Mood(NamedTuple):
    """How many disappointments stand in a row now, and whether a human is offered before anything else."""

    disappointments: int
    offers_human: bool


def disappointed(before: int) -> Mood:
    """The mood after one more disappointment."""
    count = before + 1
    return Mood(0, True) if count >= OFFER_AT else Mood(count, False)


def went_on(before: int, *, was_answered: bool) -> int:
    """The disappointments that still count when the customer asks something new."""
    return 0 if was_answered else before
