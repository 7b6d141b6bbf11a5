"""HWPX files (Hangul since 2014) to blocks: a ZIP archive of OWPML."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath

from retrieval.ingest.archive import open_archive, parse_xml, read_part
from retrieval.ingest.blocks import Converted
from retrieval.ingest.owpml import owpml_blocks
from retrieval.ingest.problems import UnreadableFileError

SECTION = re.compile(r"^Contents/section(\d+)\.xml$", re.I)


def read_hwpx(path: Path) -> Converted:
    """The blocks of the file, and the title out of its properties."""
    with open_archive(path) as archive:
        names = set(archive.namelist())
        if _is_encrypted(archive, names):
            raise UnreadableFileError("암호가 걸린 한글 문서예요. 한글에서 암호를 풀고 저장해서 넣어 주세요.")
        package = parse_xml(read_part(archive, "Contents/content.hpf")) if "Contents/content.hpf" in names else None
        parts = _section_names(package, names)
        if not parts or "Contents/header.xml" not in names:
            raise UnreadableFileError("한글 문서(HWPX)의 본문이 없어요. 파일이 깨진 것 같아요.")
        header = parse_xml(read_part(archive, "Contents/header.xml"))
        sections = [parse_xml(read_part(archive, name)) for name in parts]
    return Converted(owpml_blocks(header, sections), title=_title(package))


def _is_encrypted(archive: zipfile.ZipFile, names: set[str]) -> bool:
    return "META-INF/manifest.xml" in names and b"encryption-data" in read_part(archive, "META-INF/manifest.xml")


def _section_names(package, names: set[str]) -> list[str]:
    """The sections in the order of the package's spine, else of their numbers."""
    numbered = sorted((name for name in names if SECTION.match(name)), key=lambda name: int(SECTION.match(name)[1]))
    if package is None:
        return numbered
    files = {item.get("id"): item.get("href") or "" for item in package.iter("{*}item")}
    spine = [files.get(reference.get("idref"), "") for reference in package.iter("{*}itemref")]
    places = [next((n for n in (href, f"Contents/{PurePosixPath(href).name}") if n in names), "") for href in spine]
    ordered = list(dict.fromkeys(name for name in places if SECTION.match(name)))
    return ordered if len(ordered) == len(numbered) else numbered


def _title(package) -> str | None:
    found = package.find(".//{*}title") if package is not None else None
    return unicodedata.normalize("NFC", found.text).strip() or None if found is not None and found.text else None
