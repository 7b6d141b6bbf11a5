"""Tables without ruled lines: lines one below another whose pieces stand in the same columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from retrieval.ingest.blocks import paragraph
from retrieval.ingest.pdf_page import Item, Line, Segment, Table, join_lines
from retrieval.ingest.tables import Cell

MIN_ROWS = 3
PROSE_FILL = 0.7
PROSE_LETTERS = 12
"""Columns filled to this share by pieces of this many letters are a page's columns of running text, no table's."""
COLUMN_GAP = 0.8
"""Letters of white space that stand between two columns in every row."""
ROW_DISTANCE = 3.0
"""Letters between two rows' heights at most."""
HEADING_GAP = 1.2
"""How much wider the gap below the headings is than between other rows, where it tells them."""
NUMBERED = 0.6
"""A column with a number in this share of its cells is one of numbers."""
DIGIT = re.compile(r"\d")
MARKER = re.compile(r"^(?:[(\[]?(?:\d{1,3}|[가-하a-zA-Z]|[ivx]+)[.)\]]?|[①-⑳]|[^\w\s]{1,2}|제?\s?\d+[조항호목])$")
"""What stands before a list's items; a column of them makes no table."""


class _Row(NamedTuple):
    """What stands at one height: lines of the page by their places in it."""

    places: list[int]
    segments: list[Segment]
    height: float
    size: float
    bold: bool


def with_tables(items: Sequence[Item]) -> list[Item]:
    """The page's items, lines that make a table by their alignment replaced with it."""
    rows = _rows(items)
    replaced: dict[int, Table | None] = {}
    start = 0
    while start < len(rows):
        end = _end(rows, start)
        if end is None:
            start += 1
            continue
        table = _table(rows[start:end])
        if table is not None:
            places = sorted(place for row in rows[start:end] for place in row.places)
            replaced.update(dict.fromkeys(places, None) | {places[0]: table})
        start = end
    if not replaced:
        return list(items)
    return [item for place, old in enumerate(items) if (item := replaced.get(place, old)) is not None]


def _rows(items: Sequence[Item]) -> list[_Row]:
    """The lines' segments by height, from the top down."""
    lines = sorted(((i, item) for i, item in enumerate(items) if isinstance(item, Line)), key=lambda at: -at[1].top)
    rows: list[_Row] = []
    for place, line in lines:
        height = (line.bottom + line.top) / 2
        if rows and abs(rows[-1].height - height) < line.size * 0.5 and abs(rows[-1].size - line.size) <= 1:
            rows[-1].places.append(place)
            rows[-1].segments.extend(line.segments)
        else:
            rows.append(_Row([place], list(line.segments), height, line.size, line.bold))
    for row in rows:
        row.segments.sort(key=lambda segment: segment.left)
    return rows


def _end(rows: Sequence[_Row], start: int) -> int | None:
    """Where the table ends that begins at `start`; None where none does."""
    if len(rows[start].segments) < 2:
        return None
    end = start + 1
    width = len(_columns(rows[start:end]))
    while end < len(rows):
        before, row = rows[end - 1], rows[end]
        columns = _columns(rows[start : end + 1])
        is_near = before.height - row.height <= ROW_DISTANCE * row.size and abs(before.size - row.size) <= 1
        if not is_near or len(columns) < max(2, width - (width > 3)):
            break
        if len(row.segments) == 1 and row.segments[0].left < columns[1][0] - 1:
            break
        width = max(width, len(columns))
        end += 1
    full = sum(len(row.segments) > 1 for row in rows[start:end])
    return end if full >= MIN_ROWS else None


def _columns(rows: Sequence[_Row]) -> list[tuple[float, float]]:
    """The spans from left to right that the rows' segments cover, those nearer than a column's gap joined."""
    gap = COLUMN_GAP * max(row.size for row in rows)
    spans: list[tuple[float, float]] = []
    for left, right in sorted((s.left, s.right) for row in rows for s in row.segments):
        if spans and left - spans[-1][1] < gap:
            spans[-1] = spans[-1][0], max(spans[-1][1], right)
        else:
            spans.append((left, right))
    return spans


def _table(rows: Sequence[_Row]) -> Table | None:
    columns = _columns(rows)
    placed = [[_column(columns, segment) for segment in row.segments] for row in rows]
    if _is_prose(rows, columns, placed) or _is_list(rows, placed):
        return None
    texts: list[list[list[str]]] = []
    for row, at in zip(rows, placed):
        if not texts or 0 in at:
            texts.append([[] for _ in columns])
        for segment, column in zip(row.segments, at):
            texts[-1][column].append(segment.text)
    if len(texts) < MIN_ROWS:
        return None
    joined = [[join_lines(parts) for parts in line] for line in texts]
    cells = [Cell(r, c, paragraph(text)) for r, line in enumerate(joined) for c, text in enumerate(line)]
    return Table(cells, rows[0].height, _has_headings(rows, joined))


def _has_headings(rows: Sequence[_Row], texts: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is unlike the others: bold, set apart, or in words where a column holds numbers."""
    bold = [row.bold for row in rows]
    gaps = [above.height - below.height for above, below in zip(rows, rows[1:])]
    is_apart = len(gaps) > 1 and gaps[0] > HEADING_GAP * max(gaps[1:])
    numbers = [[DIGIT.search(line[c]) is not None for line in texts] for c in range(len(texts[0]))]
    in_words = any(not column[0] and sum(column[1:]) > NUMBERED * (len(column) - 1) for column in numbers)
    has_number = any(column[0] for column in numbers)
    return (bold[0] and not any(bold[1:])) or is_apart or (in_words and not has_number)


def _column(columns: Sequence[tuple[float, float]], segment: Segment) -> int:
    return next(i for i, (left, right) in enumerate(columns) if left <= segment.left <= right)


def _is_prose(rows: Sequence[_Row], columns: Sequence[tuple[float, float]], placed: Sequence[Sequence[int]]) -> bool:
    """Whether every column is filled as running text fills it."""
    fills: list[list[float]] = [[] for _ in columns]
    letters: list[list[int]] = [[] for _ in columns]
    for row, at in zip(rows, placed):
        for segment, column in zip(row.segments, at):
            left, right = columns[column]
            fills[column].append((segment.right - segment.left) / max(right - left, 1))
            letters[column].append(len(segment.text))
    return all(
        sum(fill) / len(fill) >= PROSE_FILL and sum(count) / len(count) >= PROSE_LETTERS for fill, count in zip(fills, letters)
    )


def _is_list(rows: Sequence[_Row], placed: Sequence[Sequence[int]]) -> bool:
    """Whether the first column holds only what stands before a list's items."""
    first = [segment.text for row, at in zip(rows, placed) for segment, column in zip(row.segments, at) if column == 0]
    return max(max(at) for at in placed) == 1 and all(MARKER.match(text) for text in first)
