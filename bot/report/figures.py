"""How the bot did in some days, out of the rows of its database.

A conversation is what one customer says with no pause of an hour. Shares are of questions: turns that the cascade
answered, or should have; small talk, forms and what humans answered are no questions.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.storage.tables import feedback, handovers, repair_requests, turns
from bot.storage.turns import TurnKind
from nlu.entities.dates import SEOUL

PAUSE = timedelta(hours=1)
ANSWERED = frozenset({TurnKind.FAQ.value, TurnKind.MANUAL.value})
QUESTIONS = ANSWERED | {TurnKind.CLARIFY.value, TurnKind.NONE.value, TurnKind.AWAY.value, TurnKind.FAILED.value}
SHOWN = 10
HOURS = 24


class TopQuestion(NamedTuple):
    """What was asked most: an FAQ entry or document, and how customers ask it."""

    source: str
    title: str
    asked: int
    example: str
    up: int
    down: int


class SlowTurn(NamedTuple):
    asked_at: datetime
    latency_ms: float
    kind: str
    text: str


class Day(NamedTuple):
    """A day in Seoul."""

    day: date
    conversations: int
    answered: int
    clarified: int
    unanswered: int


@dataclass(frozen=True)
class Figures:
    """From `since` up to `until`, UTC."""

    since: datetime
    until: datetime
    conversations: int = 0
    customers: int = 0
    turns: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    """How many turns of each kind (`bot.storage.turns.TurnKind`)."""
    channels: dict[str, int] = field(default_factory=dict)
    """How many conversations each channel had."""
    handed_over: int = 0
    """Conversations in which a human was asked for."""
    taken: int = 0
    wait_s: float | None = None
    """Until an agent came, median."""
    repairs: int = 0
    up: int = 0
    down: int = 0
    median_ms: float | None = None
    p95_ms: float | None = None
    slowest: tuple[SlowTurn, ...] = ()
    top: tuple[TopQuestion, ...] = ()
    days: tuple[Day, ...] = ()
    hours: tuple[int, ...] = (0,) * HOURS
    """Turns in each hour of the day in Seoul."""

    @property
    def questions(self) -> int:
        return self._count(QUESTIONS)

    @property
    def answered(self) -> float:
        """The share of questions that were answered."""
        return self._share(ANSWERED)

    @property
    def clarified(self) -> float:
        return self._share({TurnKind.CLARIFY.value})

    @property
    def unanswered(self) -> float:
        return self._share({TurnKind.NONE.value})

    @property
    def failed(self) -> float:
        """The share of questions at which the service was away or failed."""
        return self._share({TurnKind.AWAY.value, TurnKind.FAILED.value})

    @property
    def handed_over_share(self) -> float:
        """The share of conversations in which a human was asked for."""
        return self.handed_over / self.conversations if self.conversations else 0.0

    def _count(self, kinds: Iterable[str]) -> int:
        return sum(self.kinds.get(kind, 0) for kind in kinds)

    def _share(self, kinds: Iterable[str]) -> float:
        return self._count(kinds) / self.questions if self.questions else 0.0


def figures(engine: sa.engine.Engine, since: datetime, until: datetime) -> Figures:
    """The figures of `[since, until)`."""
    with engine.connect() as connection:
        query = sa.select(turns).where(turns.c.asked_at >= since, turns.c.asked_at < until)
        rows = connection.execute(query.order_by(turns.c.sender, turns.c.asked_at, turns.c.id)).all()
        rated = connection.execute(
            sa.select(feedback.c.thumb, feedback.c.source).where(feedback.c.given_at >= since, feedback.c.given_at < until)
        ).all()
        waits = connection.execute(
            sa.select(handovers.c.opened_at, handovers.c.taken_at).where(
                handovers.c.opened_at >= since, handovers.c.opened_at < until, handovers.c.taken_at.is_not(None)
            )
        ).all()
        at = repair_requests.c.requested_at
        repairs = connection.execute(sa.select(sa.func.count()).where(at >= since, at < until)).scalar_one()
    talks = conversations(rows)
    latencies = sorted(row.latency_ms for row in rows)
    thumbs = Counter(thumb for thumb, _ in rated)
    return Figures(
        since,
        until,
        conversations=len(talks),
        customers=len({row.sender for row in rows}),
        turns=len(rows),
        kinds=dict(Counter(row.kind for row in rows)),
        channels=dict(Counter(talk[0].channel for talk in talks).most_common()),
        handed_over=sum(any(row.kind == TurnKind.HANDOVER.value for row in talk) for talk in talks),
        taken=len(waits),
        wait_s=statistics.median((taken - opened).total_seconds() for opened, taken in waits) if waits else None,
        repairs=repairs,
        up=thumbs["up"],
        down=thumbs["down"],
        median_ms=statistics.median(latencies) if latencies else None,
        p95_ms=latencies[min(len(latencies) - 1, int(0.95 * len(latencies)))] if latencies else None,
        slowest=_slowest(rows),
        top=_top(rows, rated),
        days=_days(talks, since, until),
        hours=_hours(rows),
    )


def conversations(rows: Iterable[Any]) -> list[list[Any]]:
    """The rows of each conversation; `rows` are sorted by customer and time."""
    talks: list[list[Any]] = []
    for row in rows:
        last = talks[-1][-1] if talks else None
        if last is not None and last.sender == row.sender and row.asked_at - last.asked_at < PAUSE:
            talks[-1].append(row)
        else:
            talks.append([row])
    return talks


def _slowest(rows: Sequence[Any]) -> tuple[SlowTurn, ...]:
    slow = sorted(rows, key=lambda row: -row.latency_ms)[:SHOWN]
    return tuple(SlowTurn(row.asked_at, row.latency_ms, row.kind, row.text) for row in slow)


def _top(rows: Sequence[Any], rated: Sequence[Any]) -> tuple[TopQuestion, ...]:
    """The sources that answered most often. Presses of buttons count, but are no example of how it is asked."""
    of_source: dict[str, list[Any]] = {}
    for row in rows:
        if row.kind in ANSWERED and row.source:
            of_source.setdefault(row.source, []).append(row)
    thumbs = Counter((source, thumb) for thumb, source in rated)
    found = []
    for source, several in sorted(of_source.items(), key=lambda item: (-len(item[1]), item[0]))[:SHOWN]:
        texts = Counter(row.text for row in several if not row.text.startswith("/"))
        example = texts.most_common(1)[0][0] if texts else ""
        up, down = thumbs[source, "up"], thumbs[source, "down"]
        found.append(TopQuestion(source, several[0].source_title or "", len(several), example, up, down))
    return tuple(found)


def _days(talks: Sequence[Sequence[Any]], since: datetime, until: datetime) -> tuple[Day, ...]:
    begun = Counter(_in_seoul(talk[0].asked_at).date() for talk in talks)
    kinds = Counter((_in_seoul(row.asked_at).date(), row.kind) for talk in talks for row in talk)
    first, last = _in_seoul(since).date(), _in_seoul(until - timedelta(microseconds=1)).date()
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return tuple(
        Day(day, begun[day], sum(kinds[day, kind] for kind in ANSWERED), kinds[day, "clarify"], kinds[day, "none"])
        for day in every
    )


def _hours(rows: Iterable[Any]) -> tuple[int, ...]:
    counts = Counter(_in_seoul(row.asked_at).hour for row in rows)
    return tuple(counts[hour] for hour in range(HOURS))


def _in_seoul(at: datetime) -> datetime:
    return (at + SEOUL.utcoffset(at)).replace(tzinfo=None)
