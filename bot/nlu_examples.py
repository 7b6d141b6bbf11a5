"""The example messages of `data/rasa`, read with their lines and checked before anything learns from them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Example(NamedTuple):
    """An example message, its intent, and where it stands."""

    text: str
    intent: str
    file: str
    line: int


NAMELESS = "(이름 없음)"

_INTENT = re.compile(r"^\s*-\s+intent:\s*(?P<name>\S*)\s*$")
_EXAMPLE = re.compile(r"^\s+-\s+(?P<text>.*\S)\s*$")


def read_examples(folder: Path) -> list[Example]:
    """The examples of all `.yml` files below `folder`, in order of file and line."""
    found: list[Example] = []
    for path in sorted(folder.rglob("*.yml")):
        intent = None
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        for number, line in enumerate(lines, start=1):
            begins = _INTENT.match(line)
            if begins:
                intent = begins["name"] if _begins_block(lines, number) else None
            elif re.match(r"^\S", line):
                intent = None
            elif intent is not None and (example := _EXAMPLE.match(line)):
                found.append(Example(example["text"], intent, path.name, number))
    return found


def problems(folder: Path, known_intents: Iterable[str]) -> list[str]:
    """What is wrong with the files below `folder`, a Korean sentence each, with file and line."""
    known = set(known_intents)
    told: list[str] = []
    first: dict[str, Example] = {}
    for example in read_examples(folder):
        where = f"{example.file} {example.line}행"
        before = first.setdefault(" ".join(example.text.lower().split()), example)
        if before.intent != example.intent:
            place = f"{before.file} {before.line}행의 {before.intent}"
            told.append(
                f"{where}: 같은 예문 '{example.text}' — {example.intent}에도 있고 {place}에도 있어요. 한쪽에서 지워 주세요."
            )
    for path in sorted(folder.rglob("*.yml")):
        told += _problems_of_blocks(path, known)
    return told


def _problems_of_blocks(path: Path, known: set[str]) -> list[str]:
    told: list[str] = []
    block: tuple[str, int, int] | None = None  # name, line, examples

    def close() -> None:
        if block and block[2] == 0:
            told.append(
                f"{path.name} {block[1]}행: 예문이 없는 의도예요: {block[0] or '(이름 없음)'}. 예문을 적거나 지워 주세요."
            )

    lines = path.read_text(encoding="utf-8-sig").splitlines()
    for number, line in enumerate(lines, start=1):
        begins = _INTENT.match(line)
        if begins and _begins_block(lines, number):
            close()
            block = (begins["name"], number, 0)
            if begins["name"] not in known:
                name = begins["name"] or "(이름 없음)"
                told.append(
                    f"{path.name} {number}행: domain.yml에 없는 의도예요: {name}. 이름을 고치거나 domain.yml에 적어 주세요."
                )
        elif block and _EXAMPLE.match(line):
            block = (block[0], block[1], block[2] + 1)
    close()
    return told


def _begins_block(lines: list[str], number: int) -> bool:
    """Whether line `number` (from 1), which names an intent, begins examples: it stands below `nlu:`, a rule's step does not."""
    sections = (line for line in reversed(lines[: number - 1]) if re.match(r"^[A-Za-z]", line))
    return next(sections, "").startswith("nlu:")


def intents_of(domain: Path) -> list[str]:
    """The intents that `domain.yml` names."""
    import ruamel.yaml

    document = ruamel.yaml.YAML(typ="safe").load(domain.read_text(encoding="utf-8"))
    return [next(iter(one)) if isinstance(one, dict) else one for one in document.get("intents") or ()]
