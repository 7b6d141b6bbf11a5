"""Bytes of Korean text files to text."""

from __future__ import annotations

import unicodedata

from retrieval.ingest.problems import UnreadableFileError

BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decode(data: bytes) -> str:
    """Text of `data`: by its BOM, else as UTF-8, else as CP949 (Excel's choice on Korean Windows); in NFC."""
    encodings = [name for bom, name in BOMS if data.startswith(bom)] or ["utf-8", "cp949"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return unicodedata.normalize("NFC", text).replace("\x00", "")
    raise UnreadableFileError("글자 인코딩을 알 수 없어요. UTF-8이나 CP949(EUC-KR)로 저장해 주세요.")
