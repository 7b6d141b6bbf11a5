"""What a file is, told by its first bytes and its parts; the suffix only decides between kinds of text."""

from __future__ import annotations

import re
import zipfile
from enum import Enum
from pathlib import Path

from retrieval.ingest.hwp import AS_HWPX
from retrieval.ingest.problems import UnreadableFileError


class Format(Enum):
    MARKDOWN = "Markdown"
    HTML = "HTML"
    WORD = "Word(docx)"
    PDF = "PDF"
    HWPX = "한글(HWPX)"
    HWP = "한글(HWP)"
    POWERPOINT = "PowerPoint(pptx)"


SUFFIXES = {
    ".md": Format.MARKDOWN, ".markdown": Format.MARKDOWN, ".txt": Format.MARKDOWN, ".html": Format.HTML, ".htm": Format.HTML,
    ".xhtml": Format.HTML, ".docx": Format.WORD, ".docm": Format.WORD, ".pdf": Format.PDF, ".hwpx": Format.HWPX,
    ".hwp": Format.HWP, ".pptx": Format.POWERPOINT, ".pptm": Format.POWERPOINT, ".ppsx": Format.POWERPOINT,
}  # fmt: skip
OLD = {
    ".doc": "옛 워드 형식(.doc)이에요. 워드에서 '다른 이름으로 저장 > Word 문서(.docx)'로 저장해서 넣어 주세요.",
    ".xls": "옛 엑셀 형식(.xls)이에요. FAQ라면 XLSX나 CSV로 저장해서 --faq로 넣어 주세요.",
    ".ppt": "옛 파워포인트 형식(.ppt)이에요. 파워포인트에서 '다른 이름으로 저장 > 프레젠테이션(.pptx)'으로 저장해서 넣어 주세요.",
}
TABLE = "표 파일이에요({}). FAQ라면 --faq로 넣고, 문서라면 PDF나 HTML로 저장해서 넣어 주세요."
PROTECTED = "암호가 걸린 오피스 파일이에요. 암호를 풀고 저장해서 넣어 주세요."
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEAD = 1 << 12
_HTML = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)


def format_of(path: Path) -> Format:
    """The file's format. UnreadableFileError where it is none that is read, saying what to do instead."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise UnreadableFileError("빈 파일이에요.")
    if head.lstrip()[:5] == b"%PDF-" or b"%PDF-" in head[:1024]:
        return Format.PDF
    if head.startswith(OLE):
        return _ole_format(path)
    if head.startswith(b"PK\x03\x04"):
        return _zip_format(path, suffix)
    if head.startswith(b"HWP Document File V"):
        raise UnreadableFileError(f"한글 97 이전 형식(HWP 3)이에요. {AS_HWPX}")
    if head.startswith(b"{\\rtf"):
        raise UnreadableFileError("RTF 파일이에요. 워드에서 '다른 이름으로 저장 > Word 문서(.docx)'로 저장해서 넣어 주세요.")
    return _text_format(head, suffix)


def _text_format(head: bytes, suffix: str) -> Format:
    found = SUFFIXES.get(suffix)
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")) and found is not Format.MARKDOWN and suffix not in (".csv", ".tsv"):
        return Format.HTML
    if found in (Format.MARKDOWN, Format.HTML):
        if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UnreadableFileError("글 파일이 아니에요(0으로 된 글자가 있어요). 확장자를 확인해 주세요.")
        return found
    if suffix in (".csv", ".tsv"):
        raise UnreadableFileError(TABLE.format(suffix))
    if found is not None or suffix in OLD:
        raise UnreadableFileError(f"내용이 {suffix.lstrip('.')} 형식이 아니에요. 파일이 깨졌거나 확장자가 잘못됐어요.")
    known = ", ".join(dict.fromkeys(suffix.lstrip(".") for suffix in SUFFIXES))
    raise UnreadableFileError(f"읽을 수 없는 형식이에요({suffix or '확장자 없음'}). 읽을 수 있는 형식: {known}")


def _ole_format(path: Path) -> Format:
    """What lies in a compound file: HWP 5, an office file with a password, or an old office format."""
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as ole:
            streams = {"/".join(parts).lower() for parts in ole.listdir()}
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise UnreadableFileError(f"파일이 깨졌어요({type(error).__name__}).") from None
    if "fileheader" in streams:
        return Format.HWP
    if "encryptedpackage" in streams:
        raise UnreadableFileError(PROTECTED)
    for name, suffix in (("worddocument", ".doc"), ("workbook", ".xls"), ("book", ".xls"), ("powerpoint document", ".ppt")):
        if name in streams:
            raise UnreadableFileError(OLD[suffix])
    raise UnreadableFileError(OLD.get(path.suffix.lower()) or "읽을 수 없는 형식이에요(OLE 복합 파일).")


def _zip_format(path: Path, suffix: str) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise UnreadableFileError("파일이 깨졌어요. 원래 프로그램에서 다시 저장해 주세요.") from None
    lower = {name.lower() for name in names}
    if "contents/header.xml" in lower or "contents/content.hpf" in lower:
        return Format.HWPX
    if any(name.startswith("ppt/") for name in lower):
        return Format.POWERPOINT
    if any(name.startswith("word/") for name in lower):
        return Format.WORD
    if any(name.startswith("xl/") for name in lower):
        raise UnreadableFileError(TABLE.format("엑셀"))
    if SUFFIXES.get(suffix) in (Format.WORD, Format.HWPX, Format.POWERPOINT):
        raise UnreadableFileError(f"{suffix.lstrip('.')} 파일의 본문이 없어요. 파일이 깨졌거나 확장자가 잘못됐어요.")
    raise UnreadableFileError("압축 파일이에요. 압축을 풀어서 넣어 주세요.")
