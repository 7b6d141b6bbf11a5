"""Which span of a unit answers, out of the reader's best ones: the quantity asked for, in the column asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.evidence import Span
from bot.quantity import whole_quantity
from bot.question import Question
from mrc.reader import UnitSpan
from nlu.sentences import SEPARATOR, Cell, Unit, UnitKind, cells
from retrieval.ngrams import code_terms
from retrieval.readings import content_words

NOWHERE = -20.0
"""The score of a unit that the reader was not shown."""
_LISTED = re.compile(r"(.*)\((.*)\)")


def point(question: Question, text: str, unit: Unit, spans: Sequence[UnitSpan]) -> Span:
    """The span of `unit` (in the reading's `text`) that answers best; the whole unit where the reader has none.

    A span without the quantity asked for gives way to one with it, a span in another column to one in the
    column that the question names, and one over several cells to one in a single cell. The score stays that
    of the reader's best span in the unit.
    """
    best = spans[0].score if spans else NOWHERE
    row = cells(text[unit.start : unit.end]) if unit.kind is UnitKind.ROW else []
    named = _named_cell(question, text, unit, row)
    places = [named] if named else _places(question, text, unit, row)
    inside = [span for span in spans if any(start <= span.start and span.end <= end for start, end in places)]
    fitting = inside
    if question.quantity:
        fitting = [span for span in inside if question.quantity.search(text[span.start : span.end])]
        matches = (question.quantity.search(text, *place) for place in places)
        if not fitting and (found := next(filter(None, matches), None)):
            return Span(*whole_quantity(text, found.start(), found.end()), best)
    chosen = (fitting or inside)[:1]
    if chosen:
        return Span(*whole_quantity(text, chosen[0].start, chosen[0].end), best)
    if spans and row and not named:
        return Span(*_in_one_cell(unit, row, spans[0]), best)
    return Span(*(named or (unit.start, unit.end)), best)


def _places(question: Question, text: str, unit: Unit, row: Sequence[Cell]) -> list[tuple[int, int]]:
    """Where an answer may stand: in a cell's content or in a heading that was not said, anywhere where there is no row."""
    if not row:
        return [(unit.start, unit.end)]
    contents = [(unit.start + cell.value, unit.start + cell.end) for cell in row]
    headings = [(unit.start + cell.start, unit.start + cell.heading_end) for cell in row if cell.heading_end > cell.start]
    return contents + [(start, end) for start, end in headings if text[start:end] not in question.text]


def _in_one_cell(unit: Unit, row: Sequence[Cell], span: UnitSpan) -> tuple[int, int]:
    """What a span over several cells holds of the one it holds most of; the whole content of the next one after a heading."""
    contents = [(unit.start + cell.value, unit.start + cell.end) for cell in row]
    held = [min(end, span.end) - max(start, span.start) for start, end in contents]
    start, end = contents[held.index(max(held))]
    return (max(start, span.start), min(end, span.end)) if max(held) > 0 else (start, end)


def _named_cell(question: Question, text: str, unit: Unit, row: Sequence[Cell]) -> tuple[int, int] | None:
    """`[start, end)` of the content of the one cell whose heading the question names more than the others.

    Among cells named alike the one with the quantity asked for counts; where none is named, the only one that has it.
    """
    columns = [column for cell in row[1:] if cell.heading_end > cell.start for column in _columns(text, unit, cell)]
    places = [(start, end) for _, start, end in columns]
    headings = [_heading_keys(heading) for heading, _, _ in columns]
    said = question.codes | _heading_keys(question.text)
    if len(columns) < 2:
        return places[0] if headings and headings[0] & said else None
    common = frozenset.intersection(*headings)
    holds = [bool(question.quantity and question.quantity.search(text, *place)) for place in places]
    counts = [(len((keys - common) & said), has, -len((keys - common) - said)) for keys, has in zip(headings, holds)]
    best = max(counts)
    if best[0] == 0:
        return places[holds.index(True)] if sum(holds) == 1 else None
    return places[counts.index(best)] if counts.count(best) == 1 else None


def _columns(text: str, unit: Unit, cell: Cell) -> list[tuple[str, int, int]]:
    """The cell as heading and `[start, end)` of its content; as several where both list as many things.

    사용 시간(RV-5 / RV-7 Pro): 120분 / 190분 are 사용 시간 RV-5: 120분 and 사용 시간 RV-7 Pro: 190분.
    """
    heading = text[unit.start + cell.start : unit.start + cell.heading_end]
    start, end = unit.start + cell.value, unit.start + cell.end
    listed = _LISTED.fullmatch(heading)
    names = listed[2].split(SEPARATOR) if listed else []
    contents = text[start:end].split(SEPARATOR)
    if len(names) < 2 or len(names) != len(contents):
        return [(heading, start, end)]
    found = []
    for name, content in zip(names, contents):
        found.append((f"{listed[1]} {name}", start, start + len(content)))
        start += len(content) + len(SEPARATOR)
    return found


@lru_cache(maxsize=5_000)
def _heading_keys(heading: str) -> frozenset[str]:
    return frozenset(word.key for word in content_words(heading)) | frozenset(code_terms(heading))
