"""PDF files to blocks, through pypdfium2.

Headings by the file's bookmarks, or where it has none by their letter size; tables by their ruled
lines, or by their alignment. Running heads and feet, page numbers and tables of contents are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from retrieval.ingest.blocks import ENUMERATION, Block, Converted, fold, heading, paragraph
from retrieval.ingest.flow import HEADING_RATIO, MAX_HEADING, levels_of_ranks
from retrieval.ingest.page_furniture import PAGE_NUMBER, Edge, contents, running
from retrieval.ingest.pdf_columns import with_tables
from retrieval.ingest.pdf_page import Item, Line, Table, join_lines, page_items
from retrieval.ingest.problems import UnreadableFileError
from retrieval.ingest.tables import Cell, table_blocks

FULL_LINE = 0.88
"""A line that ends before this share of the text's width ends its paragraph."""
COLUMN_LINES, COLUMN_SHARE = 5, 0.8
"""So many lines in each half, and this share of all lines inside one, make a page of two columns."""
HEADING_NUMBER = re.compile(r"^(?:제?\d+(?:\.\d+)*[장절조편관]?[.)]?|[IVX]+\.)")
EDGE_LINES = 2
"""So many of a page's highest and lowest lines may be running ones."""
LOCKED = "암호가 걸린 PDF예요. 암호를 풀어서 넣어 주세요."
BROKEN = "PDF를 읽을 수 없어요. 파일이 깨진 것 같아요."
SCANNED = "글자가 없는 PDF예요(스캔한 그림으로 보여요). 글자 인식(OCR)을 거친 파일을 넣어 주세요."


def read_pdf(path: Path) -> Converted:
    """The blocks of the file with their pages, and the title out of its properties."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise UnreadableFileError(LOCKED if "password" in str(error).lower() else BROKEN) from None
    try:
        pages, broken = _pages(document)
        title = fold(unicodedata.normalize("NFC", document.get_metadata_dict().get("Title", "")))
        bookmarks = _bookmarks(document, title)
    finally:
        document.close()
    if not any(isinstance(item, Table) or item.text for page in pages for item in page):
        raise UnreadableFileError(BROKEN if len(broken) == len(pages) else SCANNED)
    empty = [number for number, page in enumerate(pages, 1) if not page and number not in broken]
    warnings = [f"글자가 없는 쪽이 있어요({_some(empty)}쪽). 그 쪽은 빠졌어요."] if empty else []
    warnings += [f"깨진 쪽이 있어요({_some(broken)}쪽). 그 쪽은 빠졌어요."] if broken else []
    kept = [with_tables(page) for page in _without_contents(_without_running(pages))]
    return Converted(_blocks(kept, bookmarks), title or None, pages=len(pages), warnings=tuple(warnings))


def _pages(document) -> tuple[list[list[Item]], list[int]]:
    """The items of every page, and the numbers of pages that cannot be read."""
    import pypdfium2

    pages: list[list[Item]] = []
    broken: list[int] = []
    for i in range(len(document)):
        try:
            page = document[i]
            pages.append(page_items(page))
            page.close()
        except pypdfium2.PdfiumError:
            pages.append([])
            broken.append(i + 1)
    return pages, broken


def _bookmarks(document, title: str) -> dict[tuple[str, int | None], int]:
    """The levels of headings that the file's bookmarks name, by their text and their page (None where it is unknown)."""
    found: dict[tuple[str, int | None], int] = {}
    for mark in document.get_toc():
        target = mark.get_dest()
        page = target.get_index() if target is not None else None
        found[_heading_key(mark.get_title()), None if page is None else page + 1] = mark.level + 2
    return found | {(_heading_key(title), None): 1} if found and title else found


def _heading_key(text: str) -> str:
    """The heading without spaces and without its number, which a bookmark may lack."""
    squeezed = "".join(unicodedata.normalize("NFC", text).split())
    return HEADING_NUMBER.sub("", squeezed) or squeezed


def _some(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:20]))


def _without_running(pages: Sequence[Sequence[Item]]) -> list[list[Item]]:
    """The pages without heads and feet that come again and again, and without page numbers; headings stay."""
    body, _ = _sizes([item for page in pages for item in page if isinstance(item, Line)])
    edges = [[line for line in _edge(page) if line.size <= body * HEADING_RATIO] for page in pages]
    flags = running([[Edge(line.text, line.top) for line in lines] for lines in edges])
    kept = []
    for page, lines, found in zip(pages, edges, flags):
        outer = {id(line) for line, is_running in zip(lines, found) if is_running or PAGE_NUMBER.match(line.text)}
        kept.append([item for item in page if id(item) not in outer])
    return kept


def _edge(page: Sequence[Item]) -> list[Line]:
    """The highest and the lowest lines of a page."""
    lines = sorted((item for item in page if isinstance(item, Line)), key=lambda line: -line.top)
    return lines[:EDGE_LINES] + lines[max(EDGE_LINES, len(lines) - EDGE_LINES) :]


def _without_contents(pages: Sequence[Sequence[Item]]) -> list[list[Item]]:
    items = [item for page in pages for item in page]
    lines = [item.text if isinstance(item, Line) else "" for item in items]
    left_out = {id(item) for item, is_contents in zip(items, contents(lines, len(pages))) if is_contents}
    return [[item for item in page if id(item) not in left_out] for page in pages]


def _blocks(pages: Sequence[Sequence[Item]], bookmarks: dict[tuple[str, int | None], int]) -> list[Block]:
    lines = [item for page in pages for item in page if isinstance(item, Line)]
    rights = {id(line): right for page in pages for line, right in _rights(page, _usual_right(lines))}
    levels = _marked_levels(pages, bookmarks) if bookmarks else _levels(lines)
    blocks: list[Block] = []
    gathered: list[str] = []
    gathered_page = 1
    above: Table | None = None
    for number, page in enumerate(pages, 1):
        for item in page:
            level = levels.get(id(item), 0)
            if isinstance(item, Table) or level or ENUMERATION.match(item.text):
                blocks.extend(paragraph(join_lines(gathered), gathered_page))
                gathered = []
            if isinstance(item, Table):
                above = _continued(item, above) if above is not None and item is page[0] else item
                blocks.extend(table_blocks(above.cells, number, above.has_headings))
                continue
            above = None
            if level:
                blocks.append(heading(item.text, level, number))
                continue
            gathered_page = gathered_page if gathered else number
            gathered.append(item.text)
            if item.right - item.left < (rights[id(item)] - item.left) * FULL_LINE:
                blocks.extend(paragraph(join_lines(gathered), gathered_page))
                gathered = []
    return blocks + paragraph(join_lines(gathered), gathered_page)


def _usual_right(lines: Sequence[Line]) -> float:
    return sorted(line.right for line in lines)[int(len(lines) * 0.95)] if lines else 0.0


def _rights(page: Sequence[Item], usual: float) -> list[tuple[Line, float]]:
    """Each line with where a full one ends: at the column's right edge on a page of two columns."""
    lines = [item for item in page if isinstance(item, Line)]
    middle = (min(line.left for line in lines) + max(line.right for line in lines)) / 2 if lines else 0.0
    halves = (
        [line for line in lines if line.right <= middle + line.size],
        [line for line in lines if line.left >= middle - line.size],
    )
    if min(map(len, halves)) < COLUMN_LINES or sum(map(len, halves)) < COLUMN_SHARE * len(lines):
        return [(line, usual) for line in lines]
    edge = _usual_right(halves[0])
    return [(line, edge if line.right <= middle + line.size else usual) for line in lines]


def _continued(table: Table, above: Table) -> Table:
    """The table, below the headings of the one that ends the page before where it goes on."""
    first = [cell for cell in above.cells if cell.row == 0]
    own = [cell for cell in table.cells if cell.row == 0]
    if not above.has_headings:
        return table
    if [(c.column, c.columns) for c in first] != [(c.column, c.columns) for c in own] or any(c.rows > 1 for c in first):
        return table
    if [c.text for c in first] == [c.text for c in own]:
        return table
    moved = [Cell(c.row + 1, c.column, c.blocks, c.rows, c.columns, c.marked) for c in table.cells]
    return Table([*first, *moved], table.top)


def _marked_levels(pages: Sequence[Sequence[Item]], bookmarks: dict[tuple[str, int | None], int]) -> dict[int, int]:
    """The levels of the lines that bookmarks name, by the lines' identity."""
    levels = {}
    for number, page in enumerate(pages, 1):
        for item in page:
            if isinstance(item, Line) and len(item.text) <= 2 * MAX_HEADING:
                key = _heading_key(item.text)
                levels[id(item)] = bookmarks.get((key, number)) or bookmarks.get((key, None)) or 0
    return levels


def _levels(lines: Sequence[Line]) -> dict[int, int]:
    """The headings' levels by their letters' size, by the lines' identity."""
    _, larger = _sizes(lines)
    return levels_of_ranks(
        {id(line): larger.index(line.size) for line in lines if line.size in larger and len(line.text) <= MAX_HEADING}
    )


def _sizes(lines: Sequence[Line]) -> tuple[float, list[float]]:
    """The letters' usual size, and those that make headings, the largest first."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 10.0
    return body, sorted((size for size in sizes if size > body * HEADING_RATIO), reverse=True)
