"""FAQ tables, CSV or XLSX, to entries.

Columns: id, category, product, question, phrasings (separated by |), answer, link, valid_from, valid_to,
audience; the Korean headings below are understood too, and others can be named. Rows are counted as a
spreadsheet does. A row without a question or answer in words is named and left out, and so is one that
repeats another. A row without id gets one made of its question, so that it stays the same between builds.
Where an id or a question comes again with another answer, both are kept under different ids, and named.
"""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from retrieval.documents import Audience, FaqEntry
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
    "valid_from": ("valid_from", "시작일", "유효 시작일", "게시 시작일"),
    "valid_to": ("valid_to", "종료일", "유효 종료일", "게시 종료일"),
    "audience": ("audience", "대상", "공개 범위", "공개범위"),
}
AUDIENCES = {
    Audience.PUBLIC: ("", "public", "공개", "고객", "전체", "외부"),
    Audience.INTERNAL: ("internal", "내부", "직원", "사내", "비공개"),
}
SUFFIXES = (".csv", ".tsv", ".xlsx", ".xlsm")
MAX_FIELD_CHARACTERS = 10_000_000


def read_faq(paths: Iterable[str | Path], columns: Mapping[str, str] | None = None) -> tuple[list[FaqEntry], list[Problem]]:
    """The entries of all files in order, and what could not be read.

    `columns` names the files' own headings: `{"question": "문의 내용"}`. ValueError for a column that is none.
    """
    check_columns(columns or {})
    taken = _Taken()
    for path in map(Path, paths):
        try:
            rows = list(_rows(path))
            found = _columns(rows, columns or {})
        except UnreadableFileError as error:
            taken.problems.append(Problem(path.name, None, str(error)))
            continue
        for number, cells in rows[1:]:
            if any(cells):
                _read_row(path.name, number, {name: cells[at] if at < len(cells) else "" for name, at in found.items()}, taken)
    return taken.entries, taken.problems


@dataclass
class _Taken:
    """What was read so far, and where each id and each question stood first."""

    entries: list[FaqEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ids: dict[str, tuple[FaqEntry, str]] = field(default_factory=dict)
    questions: dict[str, tuple[FaqEntry, str]] = field(default_factory=dict)
    pairs: dict[tuple[str, str], str] = field(default_factory=dict)


def _read_row(file: str, number: int, row: dict[str, str], taken: _Taken) -> None:
    """Takes the row's entry, or says why not."""

    def tell(reason: str) -> None:
        taken.problems.append(Problem(file, number, reason))

    try:
        entry = entry_of(row)
    except ValueError as error:
        tell(f"{error} 그래서 이 행은 넣지 않았어요.")
        return
    where = f"{file} {number}행"
    before, place = taken.ids.get(entry.id) or taken.questions.get(entry.question) or (None, "")
    same = taken.pairs.get((entry.question, entry.answer))
    if same and entry.id in taken.ids:
        tell(f"{same}과 질문도 답변도 같아서 이 행은 넣지 않았어요.")
        return
    if entry.id in taken.ids:
        other = _free_id(entry, taken.ids)
        repeated = "질문" if before.question == entry.question else f"id '{entry.id}'"
        tell(f"{repeated}이(가) {place}과 같은데 내용이 달라요. 둘 다 넣고 이 행의 id는 '{other}'(으)로 했어요.")
        entry = replace(entry, id=other)
    elif before is not None and not same:
        tell(f"질문이 {place}과 같은데 답변이 달라요. 둘 다 넣었어요(id '{before.id}', '{entry.id}').")
    taken.ids[entry.id] = (entry, where)
    taken.questions.setdefault(entry.question, (entry, where))
    taken.pairs.setdefault((entry.question, entry.answer), where)
    taken.entries.append(entry)


def entry_of(row: Mapping[str, str]) -> FaqEntry:
    """The entry with these fields, as a table writes them. ValueError says, in Korean, what is wrong with one."""
    question, answer = row.get("question", ""), row.get("answer", "")
    if not question:
        raise ValueError("질문이 비어 있어요.")
    if not answer:
        raise ValueError("답변이 비어 있어요.")
    if not any(character.isalnum() for character in question):
        raise ValueError(f"질문 '{question[:20]}'에 글자가 없어서 찾을 수 없어요.")
    phrasings = [p.strip() for p in row.get("phrasings", "").split("|")]
    first, last = (_day(name, row.get(name, "")) for name in ("valid_from", "valid_to"))
    if first and last and last < first:
        raise ValueError(f"종료일 {last}이(가) 시작일 {first}보다 빨라요.")
    return FaqEntry(
        id=row.get("id") or made_id(question),
        category=row.get("category", ""),
        product=row.get("product") or None,
        question=question,
        phrasings=tuple(dict.fromkeys(p for p in phrasings if p and p != question)),
        answer=answer,
        link=row.get("link") or None,
        valid_from=first,
        valid_to=last,
        audience=_audience(row.get("audience", "")),
    )


def made_id(text: str) -> str:
    """The id of an entry that has none: made of its question."""
    return "faq-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _free_id(entry: FaqEntry, taken: Mapping[str, object]) -> str:
    """Another id for an entry whose own is taken, the same in every build."""
    if entry.id == made_id(entry.question):
        found = made_id(f"{entry.question}\n{entry.answer}")
        if found not in taken:
            return found
    return next(found for n in range(2, len(taken) + 3) if (found := f"{entry.id}-{n}") not in taken)


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    digits = text.split(" ")[0].split("T")[0].strip(".").replace(".", "-").replace("/", "-")
    for form in ("%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.strptime(digits, form).date()
        except ValueError:
            continue
    label = {"valid_from": "시작일", "valid_to": "종료일"}[name]
    raise ValueError(f"{label} '{text[:30]}'을(를) 날짜로 읽을 수 없어요(예: 2026-03-01).")


def _audience(text: str) -> Audience:
    for audience, spellings in AUDIENCES.items():
        if text.lower() in spellings:
            return audience
    raise ValueError(f"공개 범위 '{text[:30]}'은(는) public(공개)이나 internal(내부)이어야 해요.")


def check_columns(columns: Mapping[str, str]) -> None:
    """ValueError where a key of `columns` is no column of an FAQ."""
    for name in columns:
        if name not in COLUMNS:
            raise ValueError(f"'{name}'이라는 항목은 없어요. 쓸 수 있는 항목: {', '.join(COLUMNS)}")


def _columns(rows: list[tuple[int, list[str]]], own: Mapping[str, str]) -> dict[str, int]:
    """Column number of each known heading in the first row; `own` headings come before the usual ones."""
    if not rows:
        raise UnreadableFileError("빈 파일이에요. 첫 행에 question과 answer 열이 있어야 해요.")
    headings = [cell.strip().lower() for cell in rows[0][1]]
    there = (", ".join(heading for heading in headings if heading) or "없음")[:200]
    columns = {}
    for name, spellings in COLUMNS.items():
        if name in own:
            heading = unicodedata.normalize("NFC", own[name]).strip().lower()
            if heading not in headings:
                raise UnreadableFileError(f"'{own[name]}' 열이 없어요. 지금 있는 열: {there}")
            columns[name] = headings.index(heading)
        elif found := [headings.index(spelling) for spelling in spellings if spelling in headings]:
            columns[name] = found[0]
    missing = [name for name in ("question", "answer") if name not in columns]
    if missing:
        example = " ".join(f"--column {name}=열이름" for name in missing)
        raise UnreadableFileError(
            f"{', '.join(missing)} 열이 없어요. 지금 있는 열: {there}. 다른 이름의 열이면 알려 주세요: {example}"
        )
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
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == value.time().min else value.isoformat(" ")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
