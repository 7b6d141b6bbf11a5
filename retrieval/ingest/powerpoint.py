"""PowerPoint files (.pptx), through python-pptx: a slide is a section, and its number the page.

Read: titles, texts from the top down, tables, text in groups and diagrams, notes. Left out: slide
numbers, dates and footers, what stands in the same place on slide after slide, hidden slides.
"""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

from retrieval.ingest.archive import check_archive, parse_xml
from retrieval.ingest.blocks import Block, Converted, fold, heading, paragraph
from retrieval.ingest.page_furniture import Edge, running
from retrieval.ingest.problems import UnreadableFileError
from retrieval.ingest.tables import Cell, table_blocks

SLIDE_LEVEL = 2
EMU_A_POINT = 12_700
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
POINT = f"{{{DIAGRAM}}}pt"


def read_powerpoint(path: Path) -> Converted:
    """The blocks of the file with their slides' numbers, and the title out of its first slide or its properties."""
    import pptx
    from pptx.exc import PackageNotFoundError

    check_archive(path)
    try:
        presentation = pptx.Presentation(str(path))
        slides = list(presentation.slides)
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, AttributeError, SyntaxError) as error:
        raise UnreadableFileError(
            f"파워포인트 파일이 깨졌어요({type(error).__name__}). 파워포인트에서 다시 저장해 주세요."
        ) from None
    shapes = [list(_shapes(slide.shapes)) for slide in slides]
    repeated = _repeated(shapes)
    blocks: list[Block] = []
    hidden = []
    for number, slide in enumerate(slides, 1):
        if slide._element.get("show") in ("0", "false"):
            hidden.append(number)
            continue
        blocks += _slide(slide, [s for s in shapes[number - 1] if id(s) not in repeated], number)
    title = _nfc(presentation.core_properties.title or "").strip()
    warnings = (f"숨긴 슬라이드는 넣지 않았어요({', '.join(map(str, hidden[:20]))}쪽).",) if hidden else ()
    first = next((block.text for block in blocks[:1] if block.level == 1), None)
    return Converted(blocks, first or title or None, pages=len(slides), warnings=warnings)


def _slide(slide, shapes: list, number: int) -> list[Block]:
    title = slide.shapes.title
    title_text = fold(_nfc(title.text_frame.text)) if title is not None and title.has_text_frame else ""
    is_cover = number == 1 and title is not None and "CENTER_TITLE" in str(title.placeholder_format.type)
    blocks = [heading(title_text or f"슬라이드 {number}", 1 if is_cover and title_text else SLIDE_LEVEL, number)]
    for shape in shapes:
        if title is None or shape.shape_id != title.shape_id:
            blocks += _shape(shape, number)
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        blocks += _text(notes, number)
    return blocks


def _shape(shape, number: int) -> list[Block]:
    if shape.has_text_frame:
        return _text(shape.text_frame, number)
    if getattr(shape, "has_table", False):
        return _table(shape.table, number)
    blocks: list[Block] = []
    for reference in shape._element.iter(f"{{{DIAGRAM}}}relIds"):
        part = shape.part.related_part(reference.get(RELATION + "dm"))
        for point in parse_xml(part.blob).iter(POINT):
            blocks += paragraph(_nfc("".join(t.text or "" for t in point.iter(TEXT))), number)
    return blocks


def _text(frame, number: int) -> list[Block]:
    return [block for p in frame.paragraphs for block in paragraph(_nfc(p.text.replace("\v", "\n")), number)]


def _table(table, number: int) -> list[Block]:
    cells = []
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row.cells):
            if cell.is_spanned:
                continue
            rows, columns = (cell.span_height, cell.span_width) if cell.is_merge_origin else (1, 1)
            marked = (table.first_row and r == 0) or (table.first_col and c == 0)
            cells.append(Cell(r, c, _text(cell.text_frame, number), rows, columns, marked))
    return table_blocks(cells, number)


def _shapes(shapes) -> Iterator:
    """The shapes from the top down and from left to right, those of groups in their place."""
    from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER

    furniture = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER)
    for shape in sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0)):
        if shape.is_placeholder and shape.placeholder_format.type in furniture:
            continue
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _repeated(slides: list[list]) -> set[int]:
    """Shapes (by identity) whose text stands in the same place on slide after slide; titles are none."""
    lines = [[s for s in shapes if s.has_text_frame and not s.is_placeholder and fold(s.text_frame.text)] for shapes in slides]
    if len(slides) < 3:
        return set()
    pages = [[Edge(fold(_nfc(s.text_frame.text)), (s.top or 0) / EMU_A_POINT) for s in shapes] for shapes in lines]
    flags = running(pages)
    return {id(s) for shapes, found in zip(lines, flags) for s, is_running in zip(shapes, found) if is_running}


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
