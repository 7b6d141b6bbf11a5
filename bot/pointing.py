"""Which span of a unit answers, out of the reader's best ones: the quantity asked for, in the column asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bot.evidence import Span
from bot.quantity import whole_quantity
from bot.question import Question
from mrc.reader import UnitSpan
from nlu.sentences import Cell, Unit, UnitKind, cells
from retrieval.ngrams import code_terms
from retrieval.readings import content_words

NOWHERE = -20.0
"""The score of a unit that the reader was not shown."""


def point(question: Question, text: str, unit: Unit, spans: Sequence[UnitSpan]) -> Span:
    """The span of `unit` (in the reading's `text`) that answers best; the whole unit where the reader has none.

    A span without the quantity asked for gives way to one with it, and a span in another column to one in
    the column that the question names. The score stays that of the reader's best span in the unit.
    """
    best = spans[0].score if spans else NOWHERE
    within = _named_cell(question, text, unit) or (unit.start, unit.end)
    inside = [span for span in spans if within[0] <= span.start and span.end <= within[1]]
    fitting = inside
    if question.quantity:
        fitting = [span for span in inside if question.quantity.search(text[span.start : span.end])]
        if not fitting and (found := question.quantity.search(text, *within)):
            return Span(*whole_quantity(text, found.start(), found.end()), best)
    chosen = (fitting or inside)[:1]
    if chosen:
        return Span(*whole_quantity(text, chosen[0].start, chosen[0].end), best)
    return Span(*within, best)


def _named_cell(question: Question, text: str, unit: Unit) -> tuple[int, int] | None:
    """`[start, end)` of the content of the one cell whose heading the question names more than the others."""
    if unit.kind is not UnitKind.ROW:
        return None
    row = text[unit.start : unit.end]
    columns = [cell for cell in cells(row)[1:] if cell.heading_end > cell.start]
    headings = [_heading_keys(row[cell.start : cell.heading_end]) for cell in columns]
    if len(columns) < 2:
        return None
    said = question.codes.union(question.words)
    common = frozenset.intersection(*headings)
    counts = [(len((keys - common) & said), -len((keys - common) - said)) for keys in headings]
    best = max(counts)
    if best[0] == 0 or counts.count(best) > 1:
        return None
    cell: Cell = columns[counts.index(best)]
    return unit.start + cell.value, unit.start + cell.end


@lru_cache(maxsize=5_000)
def _heading_keys(heading: str) -> frozenset[str]:
    return frozenset(word.key for word in content_words(heading)) | frozenset(code_terms(heading))
