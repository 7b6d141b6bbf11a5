"""What a text is made of for a reader: sentences, list items and table rows, each with what it hangs on.

A line end always ends a unit. A table row (`부품: 배수 필터 / 가격: 12,000원`) and a list item are one
unit each; all other lines are split by Kiwi. An item is led by the sentence that announces its list
(`다음 경우에는 …:`), and an item of an item by both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from nlu.morphemes import sentence_spans

SEPARATOR = " / "
"""What stands between the cells of a row."""
ITEM = re.compile(r"\s*(?:(?P<paragraph>[①-⑳㉑-㉟])|(?P<number>\d{1,2}(?:의\d+)?)[.)]\s|(?P<letter>[가-하])[.)]\s|(?P<bullet>[-•·▪◦*])\s)")
_DEPTHS = {"paragraph": 1, "number": 2, "letter": 3, "bullet": 4}
_ANNOUNCES = re.compile(r"(?:다음|아래)[과의]\s|(?P<next>(?:다음|아래)\s(?![날달주번해]))|각\s?[호목]|[:：]\s*$")
_FOLLOWS = re.compile(r"(?:다만|이 경우|이때|그러나|또한)[, ]")
"""A sentence that begins so is led by the one before it."""
SHORT = 25
"""A shorter line is one sentence."""
_IS_END = re.compile(r"(?:[.!?…。][\"'”’)\]>]*|[가-힣][\"'”’]*)$")
"""How a sentence may end where Kiwi ends one; not with a bracket alone, as in `…를 말한다) 이내에`."""
_ENDS = re.compile(r"(?:[다요오음함됨]|시오|까)[.!?]?[\"'”’)]*\s*$")
_STEP = re.compile(r"(?:니다|시오|세요|어요|아요|해요)[.!]?[\"'”’)]*\s*$")


class UnitKind(Enum):
    SENTENCE = "sentence"
    ITEM = "item"
    ROW = "row"


class Unit(NamedTuple):
    """`[start, end)` of a text; `leads` are the spans that announce it, the outermost first."""

    start: int
    end: int
    kind: UnitKind
    leads: tuple[tuple[int, int], ...] = ()


class Cell(NamedTuple):
    """A table row's cell: `[start, heading_end)` is its column's heading (empty where it has none), `[value, end)` its content."""

    start: int
    heading_end: int
    value: int
    end: int


class _Line(NamedTuple):
    start: int
    end: int
    depth: int


def units(text: str) -> list[Unit]:
    """The units of one section in order, white space around them left out."""
    found: list[Unit] = []
    above: list[tuple[int, tuple[int, int]]] = []
    for line in _lines(text):
        is_row_line = is_row(text[line.start : line.end])
        while above and above[-1][0] >= max(line.depth, 1):
            above.pop()
        leads = tuple(span for _, span in above) if line.depth or is_row_line else ()
        parts = list(_parts(text, line, leads))
        found += parts
        if is_row_line:
            continue
        announcement = _announcement(text, parts)
        if line.depth == 0 and (announcement or _ENDS.search(text[line.start : line.end])):
            above = []
        if announcement:
            above.append((line.depth, announcement))
    return found


def _announcement(text: str, parts: Sequence[Unit]) -> tuple[int, int] | None:
    """The span of the line's sentence that announces a list; None where none does."""
    sentences = [span for part in parts for span in _sentences(text, part.start, part.end)]
    return next((span for span in sentences if _announces(text[span[0] : span[1]])), None)


def _announces(sentence: str) -> bool:
    """다음 경우에는, 다음과 같다, 각 호의; not 결제한 다음 날 or 끈 다음."""
    for found in _ANNOUNCES.finditer(sentence):
        before = sentence[: found.start()].rstrip()[-1:]
        if not (found.group("next") and "가" <= before <= "힣" and (ord(before) - 0xAC00) % 28 == 4):
            return True
    return False


def _lines(text: str) -> Iterator[_Line]:
    at = 0
    for line in text.splitlines(keepends=True):
        start, end = at + len(line) - len(line.lstrip()), at + len(line.rstrip())
        at += len(line)
        if end > start:
            yield _Line(start, end, depth(text[start:end]))


def depth(line: str) -> int:
    """How deep a list item stands: ① 1, `1.` 2, `가.` 3, a bullet 4; 0 for what is no item."""
    found = ITEM.match(line)
    return _DEPTHS[found.lastgroup] if found else 0


def _parts(text: str, line: _Line, leads: tuple[tuple[int, int], ...]) -> Iterator[Unit]:
    body = text[line.start : line.end]
    if is_row(body):
        yield Unit(line.start, line.end, UnitKind.ROW, leads)
    elif line.depth > 1:
        yield Unit(line.start, line.end, UnitKind.ITEM, leads)
    else:
        kind = UnitKind.ITEM if line.depth else UnitKind.SENTENCE
        before: tuple[int, int] | None = None
        for span in _sentences(text, line.start, line.end):
            follows = before is not None and _FOLLOWS.match(text, *span)
            yield Unit(*span, kind, (*leads, before) if follows else leads)
            before = span


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    if end - start < SHORT:
        return [(start, end)]
    found: list[tuple[int, int]] = []
    for a, b in sentence_spans(text[start:end]):
        if found and not _IS_END.search(text, *found[-1]):
            found[-1] = (found[-1][0], start + b)
        else:
            found.append((start + a, start + b))
    return found or [(start, end)]


def is_row(line: str) -> bool:
    """Whether a line is a table's row as ingestion writes it."""
    return SEPARATOR in line and ": " in line.split(SEPARATOR)[0] and len(cells(line)) > 1


def cells(row: str) -> list[Cell]:
    """The cells of a row; a slash inside brackets or inside a cell's content ends none."""
    pieces: list[tuple[int, int]] = []
    at = 0
    for part in _closed_parts(row):
        start, end = at, at + len(part)
        at = end + len(SEPARATOR)
        if pieces and not _heading(part):
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    found = []
    for start, end in pieces:
        heading = _heading(row[start:end])
        value = start + len(heading) + 2 if heading else start
        found.append(Cell(start, start + len(heading), value, end))
    return found


def _heading(part: str) -> str:
    """What stands before the first colon outside brackets; empty where there is none."""
    open_brackets = 0
    for i, character in enumerate(part):
        open_brackets += (character in "(（[") - (character in ")）]")
        if character == ":" and part[i + 1 : i + 2] == " " and open_brackets <= 0:
            return part[:i]
    return ""


def _closed_parts(row: str) -> Iterator[str]:
    """The row cut at its slashes outside brackets."""
    part = ""
    for piece in row.split(SEPARATOR):
        part = f"{part}{SEPARATOR}{piece}" if part else piece
        if part.count("(") <= part.count(")"):
            yield part
            part = ""
    if part:
        yield part


@lru_cache(maxsize=256)
def _units(text: str) -> tuple[Unit, ...]:
    return tuple(units(text))


def unit_around(text: str, start: int, end: int) -> tuple[int, int]:
    """`[start, end)` of the unit or units of `text` that hold the span, of the span itself where there are none."""
    held = [unit for unit in _units(text) if unit.start < end and start < unit.end]
    return (min(start, held[0].start), max(end, held[-1].end)) if held else (start, end)


def steps_around(text: str, all_units: Sequence[Unit], unit: Unit) -> tuple[int, int] | None:
    """`[start, end)` of the numbered steps that `unit` is one of; None where it is no step of two or more."""
    if not _is_step(text, unit):
        return None
    here = next(i for i, one in enumerate(all_units) if one.start == unit.start)
    first = last = here
    while first and _is_step(text, all_units[first - 1]) and _number(text, all_units[first - 1]) == _number(text, all_units[first]) - 1:
        first -= 1
    while (
        last + 1 < len(all_units)
        and _is_step(text, all_units[last + 1])
        and _number(text, all_units[last + 1]) == _number(text, all_units[last]) + 1
    ):
        last += 1
    return (all_units[first].start, all_units[last].end) if last > first else None


def _is_step(text: str, unit: Unit) -> bool:
    return unit.kind is UnitKind.ITEM and _number(text, unit) > 0 and bool(_STEP.search(text[unit.start : unit.end]))


def _number(text: str, unit: Unit) -> int:
    found = ITEM.match(text, unit.start, unit.end)
    number = found.group("number") if found else None
    return int(number) if number and number.isdigit() else 0
