"""Word files (.docx), through python-docx's package, styles and numbering; the body is walked here.

Read: paragraphs with their automatic numbers, tables with merged cells, content controls, text boxes,
footnotes. Left out: headers, footers, tables of contents, deleted text, comments, field codes.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from retrieval.ingest.archive import check_archive, parse_xml
from retrieval.ingest.blocks import Converted
from retrieval.ingest.flow import FlowCell, FlowTable, Item, Paragraph, flow_blocks
from retrieval.ingest.numbering import Level, Lists
from retrieval.ingest.problems import UnreadableFileError

HEADING_STYLE = re.compile(r"^(?:heading|제목|개요)\s*(\d)$", re.I)
CONTENTS_STYLE = re.compile(r"^(?:toc|목차|차례|contents)\b", re.I)
TITLE_STYLES = ("title", "제목")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
WRAPPERS = {W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
LEFT_OUT = {W + name for name in ("del", "moveFrom", "instrText", "delText", "rt", "pPr", "rPr", "sdtPr")}
FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
WHITE = frozenset(("auto", "FFFFFF", "ffffff", None))
MAX_BASES = 20


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


class _Style(NamedTuple):
    """What a paragraph's style says, with the styles it is based on."""

    level: int = 0
    is_contents: bool = False
    size: float | None = None
    bold: bool | None = None
    list_id: str | None = None
    list_level: int = 0


class _Reader:
    """One pass over a document; lists are counted as they come."""

    def __init__(self, document) -> None:
        styles = document.part.styles.element
        self._by_id = {style.get(W + "styleId"): style for style in styles.iterfind(W + "style")}
        default = next((s for s in self._by_id.values() if s.get(W + "default") and s.get(W + "type") == "paragraph"), None)
        self._default = default.get(W + "styleId") if default is not None else None
        size = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}sz")
        self._size = _points(size) or 10.0
        self._styles: dict[str | None, _Style] = {}
        self._numbering = _numbering(document)
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
            was_inside = contents_depth > 0
            contents_depth = _contents_depth(child, contents_depth)
            if not was_inside and contents_depth == 0:
                yield from self._paragraph(child)
            elif was_inside and contents_depth == 0:
                yield from self._boxes(child)

    def _paragraph(self, element) -> Iterator[Item]:
        properties = element.find(W + "pPr")
        named = properties.find(W + "pStyle") if properties is not None else None
        style = self._style(named.get(W + "val") if named is not None else self._default)
        text = _nfc("".join(_texts(element))).strip()
        if text and not style.is_contents:
            level = style.level
            outline = properties.find(W + "outlineLvl") if properties is not None else None
            if outline is not None and not level:
                level = _outline_level(outline)
            label = self._label(properties, style)
            size, bold = self._letters(element, style)
            yield Paragraph(f"{label} {text}" if label else text, level, size, bold)
        yield from self._boxes(element)
        for reference in element.iter(W + "footnoteReference"):
            if note := self._footnotes.get(reference.get(W + "id")):
                yield Paragraph(note, size=self._size)

    def _boxes(self, element) -> Iterator[Item]:
        """What stands in text boxes that are anchored in the paragraph."""
        for box in element.iter(W + "txbxContent"):
            around = list(box.iterancestors(W + "txbxContent", MC + "Fallback", W + "p"))
            chosen = next((a for a in around if a.tag != W + "p"), None)
            first = next(a for a in around if a.tag == W + "p")
            if first is element and (chosen is None or chosen.tag != MC + "Fallback"):
                yield from self.items(box)

    def _label(self, properties, style: _Style) -> str:
        """The paragraph's automatic number; none for bullets."""
        own = properties.find(W + "numPr") if properties is not None else None
        list_id, level = style.list_id, style.list_level
        if own is not None:
            list_id = _value(own.find(W + "numId")) or list_id
            level = int(_value(own.find(W + "ilvl")) or level)
        found = self._numbering.get(list_id or "")
        if not found or not 0 <= level < len(found.levels) or found.levels[level].form in ("bullet", "none"):
            return ""
        if list_id not in self._started and found.restarts:
            self._lists.restart(found.abstract)
        self._started.add(list_id or "")
        return self._lists.label(found.abstract, found.levels, level)

    def _letters(self, element, style: _Style) -> tuple[float, bool]:
        """The size of most of the paragraph's letters, and whether all of them are bold."""
        sizes: dict[float, int] = {}
        bold = True
        for run in element.iter(W + "r"):
            length = sum(len(t.text or "") for t in run.iterfind(W + "t"))
            if not length:
                continue
            properties = run.find(W + "rPr")
            size = _points(properties.find(W + "sz")) if properties is not None else None
            size = size or style.size or self._size
            sizes[size] = sizes.get(size, 0) + length
            own = _switch(properties.find(W + "b")) if properties is not None else None
            bold = bold and bool(style.bold if own is None else own)
        return (max(sizes, key=sizes.__getitem__), bold) if sizes else (self._size, False)

    def _style(self, style_id: str | None) -> _Style:
        if style_id not in self._styles:
            self._styles[style_id] = self._resolve(style_id)
        return self._styles[style_id]

    def _resolve(self, style_id: str | None) -> _Style:
        found = _Style()
        element = self._by_id.get(style_id)
        for _ in range(MAX_BASES):
            if element is None:
                break
            name = _value(element.find(W + "name")) or ""
            number = HEADING_STYLE.match(name)
            level = int(number[1]) + 1 if number else 1 if name.lower() in TITLE_STYLES else 0
            outline = element.find(f"{W}pPr/{W}outlineLvl")
            list_id = _value(element.find(f"{W}pPr/{W}numPr/{W}numId"))
            found = _Style(
                found.level or level or (_outline_level(outline) if outline is not None else 0),
                found.is_contents or CONTENTS_STYLE.match(name) is not None,
                found.size or _points(element.find(f"{W}rPr/{W}sz")),
                _switch(element.find(f"{W}rPr/{W}b")) if found.bold is None else found.bold,
                found.list_id or list_id,
                found.list_level or int(_value(element.find(f"{W}pPr/{W}numPr/{W}ilvl")) or 0),
            )
            element = self._by_id.get(_value(element.find(W + "basedOn")))
        return found

    def _table(self, element) -> FlowTable:
        cells: list[FlowCell] = []
        above: dict[int, int] = {}
        for r, tr in enumerate(child for child in _unwrapped(element) if child.tag == W + "tr"):
            before = tr.find(f"{W}trPr/{W}gridBefore")
            column = int(_value(before) or 0)
            is_heading = _switch(tr.find(f"{W}trPr/{W}tblHeader")) is True
            here: dict[int, int] = {}
            for tc in (child for child in _unwrapped(tr) if child.tag == W + "tc"):
                columns = max(int(_value(tc.find(f"{W}tcPr/{W}gridSpan")) or 1), 1)
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


class _List(NamedTuple):
    abstract: str
    levels: Sequence[Level]
    restarts: bool


def _numbering(document) -> dict[str, _List]:
    """The lists by their number ids."""
    from docx.opc.constants import RELATIONSHIP_TYPE

    related = [r for r in document.part.rels.values() if r.reltype == RELATIONSHIP_TYPE.NUMBERING]
    if not related:
        return {}
    root = related[0].target_part.element
    abstract = {a.get(W + "abstractNumId"): a for a in root.iterfind(W + "abstractNum")}
    lists = {}
    for num in root.iterfind(W + "num"):
        abstract_id = _value(num.find(W + "abstractNumId"))
        if abstract_id not in abstract:
            continue
        levels = [_level(level) for level in abstract[abstract_id].iterfind(W + "lvl")]
        restarts = num.find(f"{W}lvlOverride/{W}startOverride") is not None
        lists[num.get(W + "numId")] = _List(abstract_id, levels, restarts)
    return lists


def _level(element) -> Level:
    text = element.find(W + "lvlText")
    form = element.find(W + "numFmt")
    start = _value(element.find(W + "start")) or "1"
    return Level(_value(text) or "", _value(form) or "decimal", int(start) if start.isdigit() else 1)


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
            if gallery is not None and "contents" in (_value(gallery) or "").lower():
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


def _outline_level(element) -> int:
    value = _value(element) or ""
    return int(value) + 2 if value.isdigit() and int(value) < 9 else 0


def _value(element) -> str | None:
    return None if element is None else element.get(W + "val")


def _points(element) -> float | None:
    value = _value(element) or ""
    return int(value) / 2 if value.isdigit() and int(value) else None


def _switch(element) -> bool | None:
    return None if element is None else _value(element) not in ("0", "false", "off", "none")


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
