"""Word files (.docx) to blocks, through python-docx. Headers, footers, contents and text boxes are left out."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

from retrieval.ingest.blocks import Block, Converted, heading, paragraph, table
from retrieval.ingest.problems import UnreadableFileError

HEADING_STYLE = re.compile(r"^(?:heading|제목)\s*(\d)$", re.I)


def read_word(path: Path) -> Converted:
    """The blocks of the file, and the title out of its properties."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(str(path))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UnreadableFileError(
            f"워드 파일을 읽을 수 없어요({type(error).__name__}). 깨졌거나 암호가 걸렸거나 옛 .doc 형식일 수 있어요."
        ) from None
    blocks: list[Block] = []
    numbers: Counter[int] = Counter()
    for part in document.iter_inner_content():
        if hasattr(part, "rows"):
            blocks.extend(table([_cells(row) for row in part.rows]))
        else:
            blocks.extend(_paragraph(part, numbers))
    properties = document.core_properties
    return Converted(blocks, title=_nfc(properties.title or "").strip() or None)


def _paragraph(part, numbers: Counter[int]) -> list[Block]:
    style = (part.style.name if part.style is not None else "") or ""
    text = _nfc(part.text).strip()
    if not text or style.lower().startswith(("toc", "목차")):
        return []
    if style in ("Title", "제목"):
        return [heading(text, 1)]
    if found := HEADING_STYLE.match(style):
        return [heading(text, int(found[1]) + 1)]
    if style.startswith(("List Number", "목록 번호")):
        properties = part._p.pPr.numPr if part._p.pPr is not None else None
        number_id = properties.numId.val if properties is not None and properties.numId is not None else -1
        numbers[number_id] += 1
        text = f"{numbers[number_id]}. {text}"
    return paragraph(text)


def _cells(row) -> list[str]:
    """The cells' text; a merged cell comes once for each column it covers."""
    return [_nfc(cell.text) for cell in row.cells]


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
