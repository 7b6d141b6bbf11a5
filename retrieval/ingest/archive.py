"""Office files as ZIP archives of XML, read without trusting what they say of themselves.

Refused with a reason: broken archives, encrypted members, contents that grow beyond the limits when
unpacked (zip bombs), and XML with a document type, which office programs never write and entity bombs need.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from retrieval.ingest.problems import UnreadableFileError

MAX_ENTRIES = 20_000
MAX_XML_BYTES = 64 << 20
"""All XML parts of a file together, unpacked."""
MAX_BYTES = 512 << 20
"""All parts of a file together, unpacked."""
CHUNK = 1 << 16
_DOCUMENT_TYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.I)
_XML_NAME = re.compile(r"\.(xml|rels|hpf|rdf)$", re.I)


def open_archive(path: Path) -> zipfile.ZipFile:
    """The archive, its members' sizes compared with the limits. UnreadableFileError where it is not to be read."""
    try:
        archive = zipfile.ZipFile(path)
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise UnreadableFileError("파일이 깨졌어요. 원래 프로그램에서 다시 저장해 주세요.") from None
    try:
        _check(members)
    except UnreadableFileError:
        archive.close()
        raise
    return archive


def _check(members: list[zipfile.ZipInfo]) -> None:
    xml = sum(member.file_size for member in members if _XML_NAME.search(member.filename))
    methods = {member.compress_type for member in members}
    if (
        len(members) > MAX_ENTRIES
        or xml > MAX_XML_BYTES
        or sum(member.file_size for member in members) > MAX_BYTES
        or methods - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    ):
        raise too_large()
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFileError("암호가 걸린 파일이에요. 암호를 풀어서 넣어 주세요.")


def check_archive(path: Path) -> None:
    """UnreadableFileError where a library should not be let at the file: `open_archive`, and every XML part looked at."""
    with open_archive(path) as archive:
        for member in archive.infolist():
            if _XML_NAME.search(member.filename):
                _refuse_document_type(read_part(archive, member.filename, 1 << 12))


def read_part(archive: zipfile.ZipFile, name: str, at_most: int | None = None) -> bytes:
    """A member's bytes, or its first ones. KeyError where there is none of that name."""
    limit = at_most or MAX_XML_BYTES
    data = bytearray()
    try:
        with archive.open(name) as member:
            while len(data) <= limit and (chunk := member.read(min(CHUNK, limit + 1))):
                data += chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise UnreadableFileError(f"파일이 깨졌어요({name}, {type(error).__name__}).") from None
    if at_most is None and len(data) > limit:
        raise too_large()
    return bytes(data[:limit])


def parse_xml(data: bytes):
    """The root element. Entities are not resolved, nothing is fetched."""
    from lxml import etree

    _refuse_document_type(data[: 1 << 12])
    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise UnreadableFileError(f"파일 안의 XML이 깨졌어요({error.msg[:80] if error.msg else ''}).") from None


def _refuse_document_type(head: bytes) -> None:
    if _DOCUMENT_TYPE.search(head.replace(b"\x00", b"")):
        raise UnreadableFileError("파일 안의 XML에 문서 형식 선언(DOCTYPE)이 있어서 안전하지 않아요. 읽지 않았어요.")


def too_large() -> UnreadableFileError:
    return UnreadableFileError("압축을 풀면 너무 커지는 파일이에요(압축 폭탄일 수 있어요). 읽지 않았어요.")
