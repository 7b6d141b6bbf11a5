"""Word files (.docx), through python-docx's package, styles and numbering; the body is walked here.

Read: paragraphs with their automatic numbers, tables with merged cells, content controls, text boxes,
footnotes. Left out: headers, footers, tables of contents, deleted text, comments, field codes.
"""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

from retrieval.ingest.archive import check_archive, parse_xml
from retrieval.ingest.blocks import Converted
from retrieval.ingest.flow import FlowCell, FlowTable, Item, Paragraph, flow_blocks
from retrieval.ingest.numbering import Lists
from retrieval.ingest.problems import UnreadableFileError
from retrieval.ingest.word_styles import Style, Styles, W, numbered_lists, outline_level, points, switch, value_of

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
WRAPPERS = {W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
LEFT_OUT = {W + name for name in ("del", "moveFrom", "instrText", "delText", "rt", "pPr", "rPr", "sdtPr")}
FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
WHITE = frozenset(("auto", "FFFFFF", "ffffff", None))


def read_word(path: Path) -> Converted:
    """The blocks of the file, and the title out of its properties."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    check_archive(path)
    try:
        document = docx.Document(str(path))
        body = document.element.body
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, AttributeError, SyntaxError) as error:
        raise UnreadableFileError(f"워드 파일이 깨졌어요({type(error).__name__}). 워드에서 다시 저장해 주세요.") from None
    items = list(_Reader(document).items(body))
    return Converted(flow_blocks(items), title=_nfc(document.core_properties.title or "").strip() or None)


class _Reader:
    """One pass over a document; lists are counted as they come."""

    def __init__(self, document) -> None:
        self._styles = Styles(document.part.styles.element)
        self._numbering = numbered_lists(document)
        self._lists = Lists()
        self._started: set[str] = set()
        self._footnotes = _footnotes(document)

    def items(self, parent) -> Iterator[Item]:
        """The paragraphs and tables below `parent`, in order."""
        contents_depth = 0
        for child in _unwrapped(parent):
            if child.tag == W + "tbl":
                yield self._table(child)
                continue
            if contents_depth and self._style_of(child).level:
                contents_depth = 0  # a heading is no entry: the field's end is missing
            was_inside = contents_depth > 0
            contents_depth = _contents_depth(child, contents_depth)
            if not was_inside and contents_depth == 0:
                yield from self._paragraph(child)
            elif was_inside and contents_depth == 0:
                yield from self._boxes(child)

    def _paragraph(self, element) -> Iterator[Item]:
        properties = element.find(W + "pPr")
        style = self._style_of(element)
        text = _nfc("".join(_texts(element))).strip()
        if text and not style.is_contents:
            level = style.level
            outline = properties.find(W + "outlineLvl") if properties is not None else None
            if outline is not None and not level:
                level = outline_level(outline)
            label = self._label(properties, style)
            size, bold = self._letters(element, style)
            yield Paragraph(f"{label} {text}" if label else text, level, size, bold)
        yield from self._boxes(element)
        for reference in element.iter(W + "footnoteReference"):
            if note := self._footnotes.get(reference.get(W + "id")):
                yield Paragraph(note, size=self._styles.size)

    def _style_of(self, element) -> Style:
        return self._styles[value_of(element.find(f"{W}pPr/{W}pStyle"))]

    def _boxes(self, element) -> Iterator[Item]:
        """What stands in text boxes that are anchored in the paragraph."""
        for box in element.iter(W + "txbxContent"):
            around = list(box.iterancestors(W + "txbxContent", MC + "Fallback", W + "p"))
            chosen = next((a for a in around if a.tag != W + "p"), None)
            first = next(a for a in around if a.tag == W + "p")
            if first is element and (chosen is None or chosen.tag != MC + "Fallback"):
                yield from self.items(box)

    def _label(self, properties, style: Style) -> str:
        """The paragraph's automatic number; none for bullets."""
        own = properties.find(W + "numPr") if properties is not None else None
        list_id, level = style.list_id, style.list_level
        if own is not None:
            list_id = value_of(own.find(W + "numId")) or list_id
            level = int(value_of(own.find(W + "ilvl")) or level)
        found = self._numbering.get(list_id or "")
        if not found or not 0 <= level < len(found.levels) or found.levels[level].form in ("bullet", "none"):
            return ""
        if list_id not in self._started and found.restarts:
            self._lists.restart(found.abstract)
        self._started.add(list_id or "")
        return self._lists.label(found.abstract, found.levels, level)

    def _letters(self, element, style: Style) -> tuple[float, bool]:
        """The size of most of the paragraph's letters, and whether all of them are bold."""
        sizes: dict[float, int] = {}
        bold = True
        for run in element.iter(W + "r"):
            length = sum(len(t.text or "") for t in run.iterfind(W + "t"))
            if not length:
                continue
            properties = run.find(W + "rPr")
            size = points(properties.find(W + "sz")) if properties is not None else None
            size = size or style.size or self._styles.size
            sizes[size] = sizes.get(size, 0) + length
            own = switch(properties.find(W + "b")) if properties is not None else None
            bold = bold and bool(style.bold if own is None else own)
        return (max(sizes, key=sizes.__getitem__), bold) if sizes else (self._styles.size, False)

    def _table(self, element) -> FlowTable:
        cells: list[FlowCell] = []
        above: dict[int, int] = {}
        for r, tr in enumerate(child for child in _unwrapped(element) if child.tag == W + "tr"):
            before = tr.find(f"{W}trPr/{W}gridBefore")
            column = int(value_of(before) or 0)
            is_heading = switch(tr.find(f"{W}trPr/{W}tblHeader")) is True
            here: dict[int, int] = {}
            for tc in (child for child in _unwrapped(tr) if child.tag == W + "tc"):
                columns = max(int(value_of(tc.find(f"{W}tcPr/{W}gridSpan")) or 1), 1)
                merge = tc.find(f"{W}tcPr/{W}vMerge")
                if merge is not None and merge.get(W + "val") != "restart" and column in above:
                    at = above[column]
                    cells[at] = cells[at]._replace(rows=r - cells[at].row + 1)
                else:
                    shade = tc.find(f"{W}tcPr/{W}shd")
                    marked = is_heading or (shade is not None and shade.get(W + "fill") not in WHITE)
                    at = len(cells)
                    cells.append(FlowCell(r, column, list(self.items(tc)), 1, columns, marked))
                here[column] = at
                column += columns
            above = here
        return FlowTable(cells)


def _footnotes(document) -> dict[str, str]:
    """The footnotes' texts by their ids."""
    related = [r for r in document.part.rels.values() if r.reltype == FOOTNOTES and not r.is_external]
    if not related:
        return {}
    root = parse_xml(related[0].target_part.blob)
    return {note.get(W + "id"): _nfc("".join(_texts(note))).strip() for note in root.iterfind(W + "footnote")}


def _unwrapped(parent) -> Iterator:
    """The paragraphs, tables, rows or cells below `parent`, wherever wrappers hold them; galleries of contents left out."""
    for child in parent.iterchildren():
        if child.tag == W + "sdt":
            gallery = child.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
            if gallery is not None and "contents" in (value_of(gallery) or "").lower():
                continue
        if child.tag in WRAPPERS:
            yield from _unwrapped(child)
        elif child.tag in (W + "p", W + "tbl", W + "tr", W + "tc"):
            yield child


def _texts(element) -> Iterator[str]:
    """The visible characters of a paragraph, without those of its text boxes."""
    for child in element.iterchildren():
        if child.tag == W + "t":
            yield child.text or ""
        elif child.tag == W + "tab":
            yield "\t"
        elif child.tag in (W + "br", W + "cr"):
            yield "\n"
        elif child.tag == W + "noBreakHyphen":
            yield "-"
        elif child.tag not in LEFT_OUT and child.tag not in (W + "txbxContent", MC + "Fallback"):
            yield from _texts(child)


def _contents_depth(element, depth: int) -> int:
    """How many fields are open after the paragraph, counted from where a table of contents (TOC) begins; 0 outside one."""
    for child in element.iter(W + "fldChar", W + "instrText"):
        if child.tag == W + "instrText":
            depth = 1 if depth == 0 and (child.text or "").strip().upper().startswith("TOC") else depth
        elif depth:
            kind = child.get(W + "fldCharType")
            depth += (kind == "begin") - (kind == "end")
    return depth


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
