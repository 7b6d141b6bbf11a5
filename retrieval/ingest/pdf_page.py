"""A PDF page's characters and lines, and what stands in its ruled tables, by where PDFium says it stands.

Coordinates are points from the lower left corner. Lines keep the file's order.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nlu.morphemes import kiwi
from retrieval.ingest.blocks import fold, paragraph
from retrieval.ingest.pdf_rules import Grid, ruled_grids
from retrieval.ingest.tables import Cell

BOLD = 600
"""Letters of this weight are bold."""
SEGMENT_GAP = 1.2
"""A gap this many letters wide parts a line into segments."""


class Character(NamedTuple):
    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool = False


class Segment(NamedTuple):
    """A piece of a line between wide gaps."""

    text: str
    left: float
    right: float


class Line(NamedTuple):
    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    segments: tuple[Segment, ...] = ()
    bold: bool = False


class Table(NamedTuple):
    cells: list[Cell]
    top: float
    has_headings: bool = True


Item = Line | Table


def page_items(page) -> list[Item]:
    """The lines and ruled tables of a page; from the top down where it has tables, else in the file's order."""
    grids = ruled_grids(page)
    inside: list[list[Character]] = [[] for _ in grids]
    loose: list[Character] = []
    for character in _characters(page):
        x, y = (character.left + character.right) / 2, (character.bottom + character.top) / 2
        found = next((i for i, grid in enumerate(grids) if grid.covers(x, y)), None)
        (loose if found is None else inside[found]).append(character)
    items: list[Item] = [line for line in lines_of(loose) if line.text]
    items += [Table(_cells(grid, characters), grid.rows[0]) for grid, characters in zip(grids, inside) if characters]
    return sorted(items, key=lambda item: -item.top) if grids else items


def _cells(grid: Grid, characters: Sequence[Character]) -> list[Cell]:
    """The cells of a ruled table with what stands in them."""
    texts: dict[int, list[Character]] = {}
    at = None
    for character in characters:
        if not character.text.isspace():
            at = grid.field((character.left + character.right) / 2, (character.bottom + character.top) / 2)
        if at is not None:
            texts.setdefault(at, []).append(character)
    cells = []
    for number, place in grid.places().items():
        text = join_lines([line.text for line in lines_of(texts.get(number, []))])
        cells.append(Cell(place.row, place.column, paragraph(text), place.rows, place.columns, place.is_filled))
    return cells


def _characters(page) -> list[Character]:
    from pypdfium2 import raw

    text_page = page.get_textpage()
    box = [ctypes.c_double() for _ in range(4)]
    left, right, bottom, top = box
    found = []
    for i in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, i)
        raw.FPDFText_GetCharBox(text_page, i, left, right, bottom, top)
        text = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
        size, bold = raw.FPDFText_GetFontSize(text_page, i), raw.FPDFText_GetFontWeight(text_page, i) >= BOLD
        found.append(Character(text, left.value, bottom.value, right.value, top.value, size, bold))
    text_page.close()
    return found


def lines_of(characters: Sequence[Character]) -> list[Line]:
    """Lines, in the file's order; PDFium puts a line end between them."""
    lines: list[Line] = []
    current: list[Character] = []
    bottom = math.inf
    for character in [*characters, Character("\n", 0, 0, 0, 0, 0)]:
        is_space = character.text.isspace()
        dropped = not is_space and character.top < bottom - 1 < math.inf
        if character.text in "\r\n" or dropped:
            if visible := [c for c in current if not c.text.isspace()]:
                lines.append(_line(current, visible))
            current, bottom = [], math.inf
        if character.text not in "\r\n":
            current.append(character)
            bottom = bottom if is_space else min(bottom, character.bottom)
    return lines


def _line(characters: Sequence[Character], visible: Sequence[Character]) -> Line:
    size = Counter(round(c.size * 2) / 2 for c in visible).most_common(1)[0][0]
    return Line(
        _text(characters),
        min(c.left for c in visible),
        max(c.right for c in visible),
        min(c.bottom for c in visible),
        max(c.top for c in visible),
        size,
        tuple(_segments(characters, size)),
        all(c.bold for c in visible),
    )


def _segments(characters: Sequence[Character], size: float) -> Iterator[Segment]:
    piece: list[Character] = []
    right = 0.0
    for character in characters:
        if not character.text.isspace() and character.right > character.left:
            if piece and not right - size <= character.left <= right + size * SEGMENT_GAP:
                yield _segment(piece)
                piece = []
            right = character.right
        if piece or not character.text.isspace():
            piece.append(character)
    if piece:
        yield _segment(piece)


def _segment(characters: Sequence[Character]) -> Segment:
    visible = [c for c in characters if not c.text.isspace()]
    return Segment(_text(characters), min(c.left for c in visible), max(c.right for c in visible))


def _text(characters: Sequence[Character]) -> str:
    return fold(unicodedata.normalize("NFC", "".join(c.text for c in characters)))


def join_lines(lines: Sequence[str]) -> str:
    """One text out of the lines of a paragraph; Kiwi says where a line end was a space."""
    lines = [line for line in lines if line]
    return kiwi().glue(lines) if len(lines) > 1 else "".join(lines)
