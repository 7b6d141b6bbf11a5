"""Tables of `|` and line breaks as the rows that `retrieval.ingest` makes of a document's tables, and those rows' cells.

    항목 | E-17 | E-20          항목: 무게 / E-17: 18.5kg / E-20: 21kg
    무게 | 18.5kg | 21kg

So a reader is trained and measured on tables in the form in which it meets them when it serves; and none of its
answers runs from one cell into the next.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import numpy as np

from nlu.sentences import SEPARATOR, cells, is_row
from nlu.tokenizer import Encoding

CELL = " | "


class Kept(NamedTuple):
    """Characters `[start, end)` of the first text, which stand at `to` in the second."""

    start: int
    end: int
    to: int


class Rewritten(NamedTuple):
    """The text with its tables as rows, and where each piece of the first text went."""

    text: str
    kept: list[Kept]

    def place(self, start: int, end: int) -> int | None:
        """Where `[start, end)` of the first text begins now; None where it did not stay in one piece."""
        return next((piece.to + start - piece.start for piece in self.kept if piece.start <= start and end <= piece.end), None)


def tables_as_rows(text: str) -> Rewritten:
    """`text` with every table (two or more lines of cells under one another, headings first) as rows."""
    lines: list[tuple[int, str]] = []
    at = 0
    for line in text.split("\n"):
        lines.append((at, line))
        at += len(line) + 1
    out = _Writer()
    for is_table, of in groupby(lines, lambda line: CELL in line[1]):
        block = list(of)
        if is_table and len(block) > 1:
            _write_rows(block, out)
        else:
            start, last = block[0][0], block[-1]
            out.line([(text[start : last[0] + len(last[1])], start)])
    return Rewritten("\n".join(out.lines), out.kept)


def _write_rows(block: list[tuple[int, str]], out: _Writer) -> None:
    headings = [heading for heading, _ in _cells(*block[0])]
    for start, line in block[1:]:
        pieces: list[tuple[str, int | None]] = []
        for number, (cell, at) in enumerate(_cells(start, line)):
            if cell:
                heading = headings[number] if number < len(headings) else ""
                pieces += [(SEPARATOR if pieces else "", None), (f"{heading}: " if heading else "", None), (cell, at)]
        out.line(pieces)


def _cells(start: int, line: str) -> list[tuple[str, int]]:
    """Each cell without spaces around it, and where it begins."""
    found = []
    for cell in line.split(CELL):
        found.append((cell.strip(), start + len(cell) - len(cell.lstrip())))
        start += len(cell) + len(CELL)
    return found


def cell_borders(text: str, encoding: Encoding) -> np.ndarray | None:
    """`(tokens,)`, whether a token stands between two cells of a row or between a heading and its content.

    None where `text` has no row.
    """
    if SEPARATOR not in text:
        return None
    found = np.zeros(len(encoding), bool)
    at = 0
    for line in text.split("\n"):
        if is_row(line):
            of = cells(line)
            ends = [(cell.heading_end, cell.value) for cell in of] + [(a.end, b.start) for a, b in zip(of, of[1:])]
            for start, end in ends:
                first, last = np.searchsorted(encoding.starts, (at + start, at + end))
                found[first:last] = True
        at += len(line) + 1
    return found if found.any() else None


class _Writer:
    """Lines of the second text."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.kept: list[Kept] = []
        self._at = 0

    def line(self, pieces: list[tuple[str, int | None]]) -> None:
        """Add a line of pieces; those with a place in the first text are noted."""
        at = self._at
        for piece, start in pieces:
            if start is not None:
                self.kept.append(Kept(start, start + len(piece), at))
            at += len(piece)
        self.lines.append("".join(piece for piece, _ in pieces))
        self._at = at + 1
