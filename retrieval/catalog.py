"""The entries of an index as they stand, read without loading what searching takes, and written as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from nlu.whole_file import write_whole
from retrieval.documents import FaqEntry
from retrieval.ingest.faq import COLUMNS
from retrieval.manifest import Manifest
from retrieval.pending import FaqEdit
from retrieval.store import IndexStore


def live_entries(folder: str | Path) -> Iterator[FaqEntry]:
    """The entries of the current version in `folder`. FileNotFoundError, IndexDamagedError."""
    store = IndexStore(folder)
    manifest: Manifest = store.manifest()
    yield from FaqEdit(store, manifest).entries()


def write_faq(file: Path, entries: Iterable[FaqEntry]) -> int:
    """Writes the entries as CSV (UTF-8 with the mark that spreadsheets look for) or XLSX; returns how many.

    `read_faq` gives the same entries again. ValueError for another suffix.
    """
    rows = [list(entry_row(entry).values()) for entry in entries]
    if file.suffix.lower() == ".csv":
        write_whole(file, lambda out: out.write(_csv(rows)))
    elif file.suffix.lower() == ".xlsx":
        write_whole(file, lambda out: out.write(_xlsx(rows)))
    else:
        raise ValueError(f"{file.name}: .csv나 .xlsx로 끝나는 이름이어야 해요.")
    return len(rows)


def entry_row(entry: FaqEntry) -> dict[str, str]:
    """The entry's fields as an FAQ table writes them."""
    fields = {**entry.to_json(), "phrasings": "|".join(entry.phrasings)}
    return {name: str(fields[name] or "") for name in COLUMNS}


def _csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([list(COLUMNS), *rows])
    return out.getvalue().encode("utf-8-sig", "replace")


def _xlsx(rows: list[list[str]]) -> bytes:
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("FAQ")
    for row in [list(COLUMNS), *rows]:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", text))
            cell.data_type = "s"  # text that begins with = is no formula
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
