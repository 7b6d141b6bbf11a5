"""Rows to learn from: a text, perhaps a second one, and what is to be predicted. Read from TSV, CSV or JSON lines."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlu.normalize import normalize

logger = logging.getLogger(__name__)

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class TextExample:
    """`label` is a label's name, or a number for regression."""

    text: str
    label: str | float
    pair: str | None = None

    @property
    def group(self) -> str:
        """Equal for rows whose texts are the same but for spaces, so that a split keeps them together."""
        return "\t".join(_SPACES.sub("", normalize(text).text) for text in (self.text, self.pair or ""))


@dataclass(frozen=True)
class Columns:
    """Where a file keeps what: names of its header, or numbers from 0 where it has none."""

    text: str = "text"
    label: str = "label"
    pair: str | None = None
    is_number: bool = False
    """Whether the label is a number to predict."""


def read_examples(path: Path | str, columns: Columns = Columns()) -> list[TextExample]:
    """The rows of a `.tsv`, `.csv` or `.jsonl` file, those without a text left out.

    Raises FileNotFoundError, and ValueError naming the file for one that is not UTF-8, lacks a column,
    holds a label that is no number where one is wanted, or has no row.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: {error}") from error
    examples, without = [], 0
    for number, (text, label, pair) in enumerate(_rows(path, content, columns), 1):
        if not text.strip() or (columns.pair is not None and not pair.strip()):
            without += 1
            continue
        examples.append(TextExample(text, _label(path, number, label, columns), pair if columns.pair is not None else None))
    if without:
        logger.warning("%s: %d rows without a text were left out", path, without)
    if not examples:
        raise ValueError(f"{path} holds no row with a text")
    return examples


def labels_of(examples: Sequence[TextExample]) -> tuple[str, ...]:
    """The different labels, sorted; raises ValueError where there are fewer than two."""
    found = tuple(sorted({str(example.label) for example in examples}))
    if len(found) < 2:
        raise ValueError(f"the rows have {len(found)} label ({', '.join(found)}), at least two are needed")
    return found


def _label(path: Path, number: int, label: str, columns: Columns) -> str | float:
    if not columns.is_number:
        return label
    try:
        return float(label)
    except ValueError:
        raise ValueError(f"{path}, row {number}: {label!r} is no number") from None


def _rows(path: Path, content: str, columns: Columns) -> Iterator[tuple[str, str, str]]:
    names = (columns.text, columns.label, *([columns.pair] if columns.pair is not None else []))
    if path.suffix == ".jsonl":
        records = [json.loads(line) for line in content.splitlines() if line.strip()]
        _check(path, names, records[0] if records else {})
        for record in records:
            values = [str(record.get(name, "")) for name in names]
            yield values[0], values[1], values[2] if len(values) > 2 else ""
        return
    rows = _cells(path, content)
    if all(name.isdigit() for name in names):
        places = [int(name) for name in names]
    else:
        header = next(rows, [])
        _check(path, names, header)
        places = [header.index(name) for name in names]
    for cells in rows:
        values = [cells[place] if place < len(cells) else "" for place in places]
        yield values[0], values[1], values[2] if len(values) > 2 else ""


def _cells(path: Path, content: str) -> Iterator[list[str]]:
    if path.suffix == ".csv":
        yield from csv.reader(io.StringIO(content))
    else:  # tab-separated files of the field know no quotes
        yield from (line.rstrip("\r").split("\t") for line in content.split("\n") if line.strip())


def _check(path: Path, names: Sequence[str], known) -> None:
    missing = [name for name in names if name not in known]
    if missing:
        raise ValueError(f"{path} has no column {', '.join(missing)}; it has {', '.join(map(str, known)) or 'none'}")
