"""OWPML, the XML of Hangul's documents, to blocks; HWPX files hold it, HWP 5 files are converted to it.

Read: paragraphs with their automatic numbers, tables with merged cells, captions, text boxes, footnotes.
Left out: running heads and feet, page numbers, hidden comments, memos, deleted text, tables of contents.
Names follow KS X 6101.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from retrieval.ingest.blocks import Block
from retrieval.ingest.flow import MAX_HEADING, SENTENCE_END, FlowCell, FlowTable, Item, Paragraph, flow_blocks
from retrieval.ingest.numbering import Level, Lists

HEADING_STYLE = re.compile(r"^(?:개요|제목|outline|heading)\s*(\d{1,2})$", re.I)
CONTENTS_STYLE = re.compile(r"^(?:차례|목차|toc)(?:\s|$)", re.I)
TITLE_STYLE = re.compile(r"^(?:제목|title)$", re.I)
SPACES = {"tab": "\t", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " ", "hyphen": "-"}
COUNTED = frozenset(("TABLE", "PICTURE", "EQUATION"))
MAX_LEVEL = 7
WHITE = frozenset(("none", "#FFFFFF", "#FFFFFFFF", "", None))


def owpml_blocks(header, sections: Sequence) -> list[Block]:
    """The blocks of a document out of the roots of `header.xml` and of its sections."""
    reader = _Reader(_Header(header))
    items: list[Item] = []
    for section in sections:
        reader.outline = next((s.get("outlineShapeIDRef") for s in section.iter("{*}secPr")), None)
        items += reader.items(section)
    return flow_blocks(items)


class _Letters(NamedTuple):
    size: float = 10.0
    bold: bool = False


class _Form(NamedTuple):
    """A paragraph shape's heading: `kind` is NONE, OUTLINE, NUMBER or BULLET; `level` from 0."""

    kind: str = "NONE"
    list_id: str = ""
    level: int = 0


class _Style(NamedTuple):
    level: int = 0
    is_contents: bool = False


class _Header:
    """The styles, letters, paragraph shapes, fills and numberings that paragraphs refer to by id."""

    def __init__(self, root) -> None:
        self.letters = {e.get("id"): _letters(e) for e in root.iter("{*}charPr")}
        self.forms = {e.get("id"): _form(e) for e in root.iter("{*}paraPr")}
        self.styles = {e.get("id"): _style(e) for e in root.iter("{*}style")}
        self.filled = {e.get("id") for e in root.iter("{*}borderFill") if _is_filled(e)}
        self.numberings = {e.get("id"): _levels(e) for e in root.iter("{*}numbering")}


class _Reader:
    """One pass over the sections; lists are counted as they come."""

    def __init__(self, header: _Header) -> None:
        self._header = header
        self._lists = Lists()
        self.outline: str | None = None
        self._contents_field: str | None = None

    def items(self, parent) -> list[Item]:
        """What the paragraphs directly below `parent` hold, in order."""
        return [item for p in parent.iterfind("{*}p") if not self._is_contents(p) for item in self._paragraph(p)]

    def _is_contents(self, p) -> bool:
        """Whether the paragraph belongs to a field that Hangul fills with a table of contents."""
        if self._header.styles.get(p.get("styleIDRef"), _Style()).level:
            self._contents_field = None  # a heading is no entry: the field's end is missing
        inside = self._contents_field is not None
        for field in p.iter("{*}fieldBegin", "{*}fieldEnd"):
            if _name(field) == "fieldBegin" and field.get("type") == "TABLEOFCONTENTS":
                self._contents_field, inside = field.get("id"), True
            elif _name(field) == "fieldEnd" and field.get("beginIDRef") == self._contents_field:
                self._contents_field = None
        return inside

    def _paragraph(self, p) -> Iterator[Item]:
        texts: list[str] = []
        sizes: dict[float, int] = {}
        bold = True
        objects: list[Item] = []
        for run in p.iterfind("{*}run"):
            letters = self._header.letters.get(run.get("charPrIDRef"), _Letters())
            text = "".join(_run_text(run))
            if text.strip():
                sizes[letters.size] = sizes.get(letters.size, 0) + len(text)
                bold = bold and letters.bold
            texts.append(text)
            objects += self._objects(run)
        text = _plain("".join(texts)).strip()
        style = self._header.styles.get(p.get("styleIDRef"), _Style())
        if text and not style.is_contents:
            yield self._labelled(p, style, Paragraph(text, 0, max(sizes, key=sizes.__getitem__), bold))
        yield from objects

    def _labelled(self, p, style: _Style, paragraph: Paragraph) -> Paragraph:
        """The paragraph with its number before it, and with the level its style or outline gives it."""
        form = self._header.forms.get(p.get("paraPrIDRef"), _Form())
        levels = self._header.numberings.get((self.outline or "") if form.kind == "OUTLINE" else form.list_id, [])
        text = paragraph.text
        if form.kind in ("OUTLINE", "NUMBER") and form.level < len(levels):
            label = self._lists.label((form.kind, form.list_id), levels, form.level)
            text = f"{label} {text}" if label else text
        level = style.level or (form.level + 2 if form.kind == "OUTLINE" else 0)
        is_heading = level <= MAX_LEVEL and len(text) <= MAX_HEADING and not SENTENCE_END.search(text)
        return paragraph._replace(text=text, level=level if is_heading else 0)

    def _objects(self, parent) -> Iterator[Item]:
        """Tables, text boxes and notes that hang on a run."""
        for child in parent.iterchildren():
            name = _name(child)
            if name == "tbl":
                yield from self._captions(child)
                yield self._table(child)
            elif name == "ctrl":
                for note in (*child.iterfind("{*}footNote"), *child.iterfind("{*}endNote")):
                    yield from self._lists_below(note)
            elif name == "drawText":
                yield from self._lists_below(child)
            elif name == "equation":
                yield from (Paragraph(" ".join(script.text.split())) for script in child.iterfind("{*}script") if script.text)
            elif name == "switch":
                yield from self._objects(_chosen(child))
            elif name not in ("t", "secPr", "caption"):
                yield from self._objects(child)
                yield from self._captions(child)

    def _captions(self, element) -> Iterator[Item]:
        for caption in element.iterfind("{*}caption"):
            yield from self._lists_below(caption)

    def _lists_below(self, element) -> Iterator[Item]:
        for sub_list in element.iterfind("{*}subList"):
            yield from self.items(sub_list)

    def _table(self, table) -> FlowTable:
        cells: list[FlowCell] = []
        for r, tr in enumerate(table.iterfind("{*}tr")):
            for c, tc in enumerate(tr.iterfind("{*}tc")):
                address, span = tc.find("{*}cellAddr"), tc.find("{*}cellSpan")
                items = list(self._lists_below(tc))
                marked = tc.get("header") in ("1", "true") or tc.get("borderFillIDRef") in self._header.filled
                row, column = _number(address, "rowAddr", r), _number(address, "colAddr", c)
                cells.append(
                    FlowCell(row, column, items, _number(span, "rowSpan", 1) or 1, _number(span, "colSpan", 1) or 1, marked)
                )
        return FlowTable(cells)


def _plain(text: str) -> str:
    """The text in NFC, without the symbols of private fonts (arrows and ticks, mostly)."""
    return "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Co")


def _run_text(run) -> Iterator[str]:
    """The visible characters of a run, without those of its objects."""
    for child in run.iterchildren():
        name = _name(child)
        if name == "t":
            yield from _t_text(child)
        elif name == "ctrl":
            yield from (n.get("num") or "" for n in child.iterfind("{*}autoNum") if n.get("numType") in COUNTED)
        elif name == "dutmal":
            yield from (main.text or "" for main in child.iterfind("{*}mainText"))
        elif name == "compose":
            yield child.get("composeText") or ""


def _t_text(t) -> Iterator[str]:
    yield t.text or ""
    deleted = False
    for child in t.iterchildren():
        name = _name(child)
        deleted = name == "deleteBegin" or (deleted and name != "deleteEnd")
        yield SPACES.get(name, "")
        if not deleted:
            yield child.tail or ""


def _letters(element) -> _Letters:
    bold = element.find("{*}bold")
    return _Letters(_number(element, "height", 1000) / 100, bold is not None)


def _form(element) -> _Form:
    heading = element.find("{*}heading")
    if heading is None:
        return _Form()
    return _Form(heading.get("type") or "NONE", heading.get("idRef") or "", _number(heading, "level", 0))


def _style(element) -> _Style:
    names = (element.get("name") or "", element.get("engName") or "")
    found = next(filter(None, map(HEADING_STYLE.match, names)), None)
    level = int(found[1]) + 1 if found else 1 if any(map(TITLE_STYLE.match, names)) else 0
    return _Style(level, any(map(CONTENTS_STYLE.match, names)))


def _is_filled(element) -> bool:
    return any(brush.get("faceColor") not in WHITE for brush in element.iter("{*}winBrush")) or any(
        True for _ in element.iter("{*}gradation")
    )


def _levels(element) -> list[Level]:
    heads = sorted(element.iterfind("{*}paraHead"), key=lambda head: _number(head, "level", 1))
    return [Level(_template(head), head.get("numFormat") or "DIGIT", _number(head, "start", 1)) for head in heads]


def _template(head) -> str:
    """`^1.` as `%1.`; `^n` stands for the numbers of all levels down to this one, `^N` for the same and a dot."""
    path = ".".join(f"%{level}" for level in range(1, _number(head, "level", 1) + 1))
    text = re.sub(r"\^(\d)", r"%\1", head.text or "")
    return text.replace("^n", path).replace("^N", path + ".")


def _chosen(switch):
    """The branch of a choice that needs nothing particular."""
    default = switch.find("{*}default")
    return default if default is not None else next(iter(switch), switch)


def _name(element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _number(element, name: str, otherwise: int) -> int:
    value = "" if element is None else element.get(name) or ""
    return int(value) if value.isdigit() else otherwise
