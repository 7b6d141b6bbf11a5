"""Styles and numbered lists of Word files, and their attributes' values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from retrieval.ingest.numbering import Level

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HEADING_STYLE = re.compile(r"^(?:heading|제목|개요)\s*(\d)$", re.I)
CONTENTS_STYLE = re.compile(r"^(?:toc|목차|차례|contents)\b", re.I)
TITLE_STYLES = ("title", "제목")
MAX_BASES = 20


class Style(NamedTuple):
    """What a paragraph's style says, with the styles it is based on."""

    level: int = 0
    is_contents: bool = False
    size: float | None = None
    bold: bool | None = None
    list_id: str | None = None
    list_level: int = 0


class Styles:
    """The styles of a document by their ids; None is the default one."""

    def __init__(self, root) -> None:
        self._by_id = {style.get(W + "styleId"): style for style in root.iterfind(W + "style")}
        default = next((s for s in self._by_id.values() if s.get(W + "default") and s.get(W + "type") == "paragraph"), None)
        self._default = default.get(W + "styleId") if default is not None else None
        self._resolved: dict[str | None, Style] = {}
        self.size = points(root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}sz")) or 10.0

    def __getitem__(self, style_id: str | None) -> Style:
        style_id = style_id or self._default
        if style_id not in self._resolved:
            self._resolved[style_id] = self._resolve(style_id)
        return self._resolved[style_id]

    def _resolve(self, style_id: str | None) -> Style:
        found = Style()
        element = self._by_id.get(style_id)
        for _ in range(MAX_BASES):
            if element is None:
                break
            name = value_of(element.find(W + "name")) or ""
            number = HEADING_STYLE.match(name)
            level = int(number[1]) + 1 if number else 1 if name.lower() in TITLE_STYLES else 0
            outline = element.find(f"{W}pPr/{W}outlineLvl")
            list_id = value_of(element.find(f"{W}pPr/{W}numPr/{W}numId"))
            found = Style(
                found.level or level or (outline_level(outline) if outline is not None else 0),
                found.is_contents or CONTENTS_STYLE.match(name) is not None,
                found.size or points(element.find(f"{W}rPr/{W}sz")),
                switch(element.find(f"{W}rPr/{W}b")) if found.bold is None else found.bold,
                found.list_id or list_id,
                found.list_level or int(value_of(element.find(f"{W}pPr/{W}numPr/{W}ilvl")) or 0),
            )
            element = self._by_id.get(value_of(element.find(W + "basedOn")))
        return found


class NumberedList(NamedTuple):
    abstract: str
    levels: Sequence[Level]
    restarts: bool


def numbered_lists(document) -> dict[str, NumberedList]:
    """The lists by their number ids."""
    from docx.opc.constants import RELATIONSHIP_TYPE

    related = [r for r in document.part.rels.values() if r.reltype == RELATIONSHIP_TYPE.NUMBERING]
    if not related:
        return {}
    root = related[0].target_part.element
    abstract = {a.get(W + "abstractNumId"): a for a in root.iterfind(W + "abstractNum")}
    lists = {}
    for num in root.iterfind(W + "num"):
        abstract_id = value_of(num.find(W + "abstractNumId"))
        if abstract_id not in abstract:
            continue
        levels = [_level(level) for level in abstract[abstract_id].iterfind(W + "lvl")]
        restarts = num.find(f"{W}lvlOverride/{W}startOverride") is not None
        lists[num.get(W + "numId")] = NumberedList(abstract_id, levels, restarts)
    return lists


def _level(element) -> Level:
    text = element.find(W + "lvlText")
    form = element.find(W + "numFmt")
    start = value_of(element.find(W + "start")) or "1"
    return Level(value_of(text) or "", value_of(form) or "decimal", int(start) if start.isdigit() else 1)


def outline_level(element) -> int:
    value = value_of(element) or ""
    return int(value) + 2 if value.isdigit() and int(value) < 9 else 0


def value_of(element) -> str | None:
    return None if element is None else element.get(W + "val")


def points(element) -> float | None:
    value = value_of(element) or ""
    return int(value) / 2 if value.isdigit() and int(value) else None


def switch(element) -> bool | None:
    return None if element is None else value_of(element) not in ("0", "false", "off", "none")
