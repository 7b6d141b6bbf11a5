"""HWP 5 files (Hangul 2002 and later, binary) to blocks.

`python-hwpx` reads the compound file and converts its records to OWPML; pictures stay untouched.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from retrieval.ingest.archive import CHUNK, MAX_XML_BYTES, parse_xml
from retrieval.ingest.blocks import Converted
from retrieval.ingest.owpml import owpml_blocks
from retrieval.ingest.problems import UnreadableFileError

AS_HWPX = "한글에서 '다른 이름으로 저장 > HWPX'로 저장해서 넣어 주세요."
REASONS = {
    "hwp5-password": "암호가 걸린 한글 문서예요. 한글에서 암호를 풀고 저장해서 넣어 주세요.",
    "hwp5-distribution": "배포용 한글 문서라서 본문이 암호화되어 있어요. 배포용으로 만들기 전의 문서를 넣어 주세요.",
    "hwp5-drm": "DRM으로 보호된 한글 문서예요. 보호를 푼 문서를 넣어 주세요.",
    "hwp5-limit-exceeded": "압축을 풀면 너무 커지는 한글 문서예요. 읽지 않았어요.",
    "hwp5-version-unsupported": f"한글 5.0보다 오래된 형식이에요. {AS_HWPX}",
}
LOST = ("control-tbl", "control-gso", "shape-")
"""Kinds of content that hold text, as the conversion's report names them."""
PARTLY = f"표나 글상자 일부를 읽지 못했어요. 빠진 것 없이 넣으려면 {AS_HWPX}"
BROKEN = f"한글 문서를 읽을 수 없어요. 파일이 깨진 것 같아요. {AS_HWPX}"


def read_hwp(path: Path) -> Converted:
    """The blocks of the file, and the title out of its properties; a warning names what could not be converted."""
    from hwpx.hwp5.docinfo import decode_docinfo
    from hwpx.hwp5.errors import Hwp5Error
    from hwpx.hwp5.header_xml import build_header
    from hwpx.hwp5.reader import read_hwp5
    from hwpx.hwp5.section_xml import ConversionReport, build_section

    _check_size(path)
    try:
        document = read_hwp5(path.read_bytes())
        header = build_header(decode_docinfo(document.docinfo), len(document.sections))
        report = ConversionReport()
        sections = [build_section(section, report) for section in document.sections]
        title = _title(document)
    except Hwp5Error as error:
        raise UnreadableFileError(REASONS.get(error.code, BROKEN)) from None
    blocks = owpml_blocks(parse_xml(header), [parse_xml(section) for section in sections])
    lost = any(kind.startswith(LOST) for kind in report.unconverted)
    return Converted(blocks, title=title, warnings=(PARTLY,) if lost else ())


def _check_size(path: Path) -> None:
    """UnreadableFileError where the file's text grows beyond MAX_XML_BYTES when inflated."""
    import olefile

    left = MAX_XML_BYTES
    try:
        with olefile.OleFileIO(str(path)) as ole:
            for name in ole.listdir():
                if name[0] in ("DocInfo", "BodyText", "ViewText"):
                    left -= _inflated_size(ole.openstream(name), left)
    except OSError:
        raise UnreadableFileError(BROKEN) from None


def _inflated_size(stream, at_most: int) -> int:
    """The stream's size when inflated; a stream that is not compressed counts as none. Refused above `at_most`."""
    inflater = zlib.decompressobj(-15)
    size = 0
    while chunk := stream.read(CHUNK):
        while chunk:
            try:
                size += len(inflater.decompress(chunk, 16 * CHUNK))
            except zlib.error:
                return size
            if size > at_most:
                raise UnreadableFileError(REASONS["hwp5-limit-exceeded"])
            chunk = inflater.unconsumed_tail
    return size


def _title(document) -> str | None:
    from hwpx.hwp5.summary import TITLE, read_summary

    stream = "\x05HwpSummaryInformation"
    if not document.compound.has_stream(stream):
        return None
    return " ".join(str(read_summary(document.compound.read(stream)).get(TITLE) or "").split()) or None
