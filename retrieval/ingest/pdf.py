"""PDF files to blocks, through pypdfium2.

Lines are found by where the characters stand; headings by the file's bookmarks, or where it has
none by their letter size; tables by their ruled lines. Running heads and page numbers are left out.
Unruled tables come out as plain lines.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from nlu.morphemes import kiwi
from retrieval.ingest.blocks import ENUMERATION, Block, Converted, fold, heading, paragraph, table
from retrieval.ingest.problems import UnreadableFileError

HEADING_RATIO = 1.12
"""A line with letters this much larger than the document's usual ones is a heading."""
FULL_LINE = 0.88
"""A line that ends before this share of the text's width ends its paragraph."""
THIN = 2.0
"""Points: a path no thicker than this is a ruled line."""
PAGE_NUMBER = re.compile(r"^\W*(\d{1,4}|page\s*\d{1,4}|\d{1,4}\s*(쪽|페이지|page)|\d{1,4}\s*/\s*\d{1,4})\W*$", re.I)


class Character(NamedTuple):
    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float


class Line(NamedTuple):
    text: str
    left: float
    right: float
    top: float
    size: float


class Grid(NamedTuple):
    """A ruled table: its column and row borders, rows from the top down."""

    columns: list[float]
    rows: list[float]

    def cell_of(self, character: Character) -> tuple[int, int] | None:
        x, y = (character.left + character.right) / 2, (character.bottom + character.top) / 2
        column = sum(x >= border for border in self.columns) - 1
        line = sum(y <= border for border in self.rows) - 1
        inside = 0 <= column < len(self.columns) - 1 and 0 <= line < len(self.rows) - 1
        return (line, column) if inside else None


class Table(NamedTuple):
    cells: list[list[str]]
    top: float


Item = Line | Table


def read_pdf(path: Path) -> Converted:
    """The blocks of the file with their pages, and the title out of its properties."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = "암호가 걸린 PDF예요. 암호를 풀어서 넣어 주세요."
        broken = "PDF를 읽을 수 없어요. 파일이 깨진 것 같아요."
        raise UnreadableFileError(locked if "password" in str(error).lower() else broken) from None
    try:
        pages = [_items(document[i]) for i in range(len(document))]
        title = fold(unicodedata.normalize("NFC", document.get_metadata_dict().get("Title", "")))
        bookmarks = {fold(unicodedata.normalize("NFC", mark.get_title())): mark.level + 2 for mark in document.get_toc()}
        bookmarks = bookmarks | {title: 1} if bookmarks and title else bookmarks
    finally:
        document.close()
    if not any(isinstance(item, Table) or item.text for page in pages for item in page):
        raise UnreadableFileError("글자가 없는 PDF예요(스캔한 그림으로 보여요). 글자 인식(OCR)을 거친 파일을 넣어 주세요.")
    empty = [number for number, page in enumerate(pages, 1) if not page]
    warnings = (f"글자가 없는 쪽이 있어요({', '.join(map(str, empty[:20]))}쪽). 그 쪽은 빠졌어요.",) if empty else ()
    return Converted(_blocks(_without_running(pages), bookmarks), title or None, pages=len(pages), warnings=warnings)


def _items(page) -> list[Item]:
    """The lines and tables of a page, from the top down."""
    characters = _characters(page)
    grids = _grids(page)
    cells: list[dict[tuple[int, int], list[Character]]] = [{} for _ in grids]
    loose: list[Character] = []
    for character in characters:
        for grid, found in zip(grids, cells):
            if (at := grid.cell_of(character)) is not None:
                found.setdefault(at, []).append(character)
                break
        else:
            loose.append(character)
    items: list[Item] = [line for line in _lines(loose) if line.text]
    for grid, found in zip(grids, cells):
        if found:
            size = range(len(grid.rows) - 1), range(len(grid.columns) - 1)
            texts = [[join_lines([line.text for line in _lines(found.get((r, c), []))]) for c in size[1]] for r in size[0]]
            items = [*items, Table(texts, grid.rows[0])]
    return sorted(items, key=lambda item: -item.top) if grids else items


def _characters(page) -> list[Character]:
    from pypdfium2 import raw

    text_page = page.get_textpage()
    box = [ctypes.c_double() for _ in range(4)]
    found = []
    for i in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, i)
        left, right, bottom, top = box
        raw.FPDFText_GetCharBox(text_page, i, left, right, bottom, top)
        text = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
        found.append(Character(text, left.value, bottom.value, right.value, top.value, raw.FPDFText_GetFontSize(text_page, i)))
    text_page.close()
    return found


def _lines(characters: list[Character]) -> list[Line]:
    """Lines, in the file's order; PDFium puts a line end between them."""
    lines: list[Line] = []
    current: list[Character] = []
    for character in [*characters, Character("\n", 0, 0, 0, 0, 0)]:
        visible = [c for c in current if not c.text.isspace()]
        dropped = bool(visible) and not character.text.isspace() and character.top < visible[-1].bottom - 1
        if character.text in "\r\n" or dropped:
            if visible:
                text = unicodedata.normalize("NFC", "".join(c.text for c in current))
                size = Counter(round(c.size * 2) / 2 for c in visible).most_common(1)[0][0]
                lines.append(
                    Line(
                        fold(text), min(c.left for c in visible), max(c.right for c in visible), max(c.top for c in visible), size
                    )
                )
            current = []
        if character.text not in "\r\n":
            current.append(character)
    return lines


def _grids(page) -> list[Grid]:
    """Tables drawn with ruled lines: groups of lines that touch, with at least two columns and two rows."""
    from pypdfium2 import raw

    segments: list[tuple[float, float, float, float]] = []
    for shape in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = shape.get_bounds()
        if min(right - left, top - bottom) <= THIN < max(right - left, top - bottom):
            segments.append((left, bottom, right, top))
    groups: list[list[tuple[float, float, float, float]]] = []
    for segment in segments:
        touching = [group for group in groups if any(_touch(segment, other) for other in group)]
        groups = [group for group in groups if group not in touching] + [[segment, *(s for g in touching for s in g)]]
    grids = []
    for group in groups:
        columns = _distinct([(left + right) / 2 for left, bottom, right, top in group if top - bottom > right - left])
        rows = _distinct([(bottom + top) / 2 for left, bottom, right, top in group if right - left >= top - bottom])
        if len(columns) >= 3 and len(rows) >= 2:
            grids.append(Grid(columns, rows[::-1]))
    return grids


def _touch(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] <= b[2] + THIN and b[0] <= a[2] + THIN and a[1] <= b[3] + THIN and b[1] <= a[3] + THIN


def _distinct(values: list[float]) -> list[float]:
    """The values in rising order, those nearer than 3 points to the one before left out."""
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > 3:
            kept.append(value)
    return kept


def _without_running(pages: list[list[Item]]) -> list[list[Item]]:
    """The pages without heads and feet that come again and again, and without page numbers."""
    edges: Counter[str] = Counter()
    for page in pages:
        edges.update({_mask(item.text) for item in _edge(page)})
    often = {text for text, count in edges.items() if count >= max(2, len(pages) / 2)}
    kept = []
    for page in pages:
        outer = [item for item in _edge(page) if _mask(item.text) in often or PAGE_NUMBER.match(item.text)]
        kept.append([item for item in page if not any(item is line for line in outer)])
    return kept


def _edge(page: list[Item]) -> list[Line]:
    """The two highest and the two lowest lines of a page."""
    lines = sorted((item for item in page if isinstance(item, Line)), key=lambda line: -line.top)
    return lines[:2] + lines[max(2, len(lines) - 2) :]


def _mask(text: str) -> str:
    return re.sub(r"\d+", "#", text)


def _blocks(pages: list[list[Item]], bookmarks: dict[str, int]) -> list[Block]:
    lines = [item for page in pages for item in page if isinstance(item, Line)]
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 10.0
    larger = sorted((size for size in sizes if size > body * HEADING_RATIO), reverse=True)
    right = sorted(line.right for line in lines)[int(len(lines) * 0.95)] if lines else 0.0

    def level_of(line: Line) -> int:
        if bookmarks:
            return bookmarks.get(line.text, 0)
        return larger.index(line.size) + 1 if line.size in larger and len(line.text) <= 80 else 0

    blocks: list[Block] = []
    gathered: list[str] = []
    gathered_page = 1
    head: list[str] | None = None
    for number, page in enumerate(pages, 1):
        for item in page:
            level = 0 if isinstance(item, Table) else level_of(item)
            if isinstance(item, Table) or level or ENUMERATION.match(item.text):
                blocks.extend(paragraph(join_lines(gathered), gathered_page))
                gathered = []
            if isinstance(item, Table):
                continued = head is not None and item is page[0] and len(item.cells[0]) == len(head)
                cells = item.cells[1:] if continued and item.cells[0] == head else item.cells
                blocks.extend(table([head, *cells] if continued else cells, number))
                head = head if continued else item.cells[0]
            elif level:
                blocks.append(heading(item.text, level, number))
            else:
                gathered_page = gathered_page if gathered else number
                gathered.append(item.text)
                if item.right - item.left < (right - item.left) * FULL_LINE:
                    blocks.extend(paragraph(join_lines(gathered), gathered_page))
                    gathered = []
            if not isinstance(item, Table):
                head = None
    return blocks + paragraph(join_lines(gathered), gathered_page)


def join_lines(lines: list[str]) -> str:
    """One text out of the lines of a paragraph; Kiwi says where a line end was a space."""
    lines = [line for line in lines if line]
    return kiwi().glue(lines) if len(lines) > 1 else "".join(lines)
