"""FAQ tables, CSV or XLSX, to entries.

Columns: id, category, product, question, phrasings (separated by |), answer, link; the Korean
headings below are understood too. Rows are counted as a spreadsheet does. A row without question or
answer, or with an id that came before, is named and left out; a row without id gets one made of its
question, so that it stays the same between builds.
"""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from retrieval.documents import FaqEntry
from retrieval.ingest.decoding import decode
from retrieval.ingest.problems import Problem, UnreadableFileError

COLUMNS = {
    "id": ("id", "번호", "아이디", "코드"),
    "category": ("category", "분류", "카테고리", "구분"),
    "product": ("product", "제품", "상품", "제품명"),
    "question": ("question", "질문", "문의", "q"),
    "phrasings": ("phrasings", "다른 표현", "유사 질문", "유사질문", "표현"),
    "answer": ("answer", "답변", "답", "a"),
    "link": ("link", "링크", "url", "주소"),
}
SUFFIXES = (".csv", ".tsv", ".xlsx", ".xlsm")
MAX_FIELD_CHARACTERS = 10_000_000


def read_faq(paths: Iterable[str | Path]) -> tuple[list[FaqEntry], list[Problem]]:
    """The entries of all files in order, and what could not be read."""
    entries: list[FaqEntry] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for path in map(Path, paths):
        try:
            rows = list(_rows(path))
            columns = _columns(rows)
        except UnreadableFileError as error:
            problems.append(Problem(path.name, None, str(error)))
            continue
        for number, cells in rows[1:]:
            entry = _entry({name: cells[at] if at < len(cells) else "" for name, at in columns.items()})
            reason = _refusal(entry, cells, seen)
            if reason is None:
                seen[entry.id] = f"{path.name} {number}행"
                entries.append(entry)
            elif reason:
                problems.append(Problem(path.name, number, reason))
    return entries, problems


def _refusal(entry: FaqEntry, cells: list[str], seen: dict[str, str]) -> str | None:
    """Why the row is left out; None if it is kept, "" for an empty row."""
    if not any(cells):
        return ""
    if not entry.question:
        return "질문이 비어 있어서 이 행은 넣지 않았어요."
    if not entry.answer:
        return "답변이 비어 있어서 이 행은 넣지 않았어요."
    if entry.id in seen:
        return f"id '{entry.id}'이(가) {seen[entry.id]}과 겹쳐서 이 행은 넣지 않았어요."
    return None


def _entry(row: dict[str, str]) -> FaqEntry:
    question = row["question"]
    made_id = "faq-" + hashlib.sha256(question.encode("utf-8")).hexdigest()[:12]
    phrasings = [p.strip() for p in row.get("phrasings", "").split("|")]
    return FaqEntry(
        id=row.get("id") or made_id,
        category=row.get("category", ""),
        product=row.get("product") or None,
        question=question,
        phrasings=tuple(dict.fromkeys(p for p in phrasings if p and p != question)),
        answer=row["answer"],
        link=row.get("link") or None,
    )


def _columns(rows: list[tuple[int, list[str]]]) -> dict[str, int]:
    """Column number of each known heading in the first row."""
    if not rows:
        raise UnreadableFileError("빈 파일이에요. 첫 행에 question과 answer 열이 있어야 해요.")
    headings = [cell.strip().lower() for cell in rows[0][1]]
    columns = {}
    for name, spellings in COLUMNS.items():
        found = [headings.index(spelling) for spelling in spellings if spelling in headings]
        if found:
            columns[name] = found[0]
    missing = [name for name in ("question", "answer") if name not in columns]
    if missing:
        there = ", ".join(heading for heading in headings if heading) or "없음"
        raise UnreadableFileError(f"{', '.join(missing)} 열이 없어요. 지금 있는 열: {there[:200]}")
    return columns


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """`(row number, cells)` of the file, cells stripped and in NFC."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UnreadableFileError(f"FAQ로 읽을 수 없는 형식이에요({suffix or '확장자 없음'}). CSV나 XLSX로 저장해 주세요.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"파일을 열 수 없어요({error.strerror}).") from None
    rows = _xlsx_rows(data) if suffix in (".xlsx", ".xlsm") else _csv_rows(data)
    for number, cells in enumerate(rows, 1):
        yield number, [unicodedata.normalize("NFC", cell).strip() for cell in cells]


def _csv_rows(data: bytes) -> list[list[str]]:
    text = decode(data)
    first_line = text.partition("\n")[0]
    delimiter = max(",\t;", key=first_line.count)
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableFileError(f"CSV 형식이 잘못됐어요({error}).") from None


def _xlsx_rows(data: bytes) -> list[list[str]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = [[_cell(value) for value in row] for row in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError) as error:
        raise UnreadableFileError(
            f"엑셀 파일을 읽을 수 없어요({type(error).__name__}). 파일이 깨졌거나 암호가 걸려 있을 수 있어요."
        ) from None
    return rows


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
