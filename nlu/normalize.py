"""Text as customers and documents write it, made uniform without losing the way back.

Composes NFD to NFC (macOS file names, some PDFs), folds full-width ASCII to half-width and turns
control and zero-width characters into spaces. Nothing else changes, so that a span found in the
normalized text can always be pointed at in the original. Repeated spaces, emoji and Hanja stay:
the tokenizer skips or keeps them by itself.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple


class Normalized(NamedTuple):
    """Normalized text with, for each of its characters, `[start, end)` in the original text."""

    text: str
    starts: tuple[int, ...] | None
    ends: tuple[int, ...] | None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """`[start, end)` of the original text for `[start, end)` of the normalized one."""
        if self.starts is None or self.ends is None:
            return start, end
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return at, at
        return self.starts[start], self.ends[end - 1]


_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_INVISIBLE = {code: " " for code in (*range(0x20), *range(0x7F, 0xA1), *range(0x200B, 0x2010), 0x2028, 0x2029, 0xFEFF)}
_INVISIBLE[0x0A] = "\n"
_INVISIBLE[0x0D] = "\n"
_TABLE = _FULL_WIDTH | _INVISIBLE


def normalize(text: str) -> Normalized:
    """The normalized text and the way back to `text`; a string already normal costs one scan."""
    if unicodedata.is_normalized("NFC", text):
        return Normalized(text.translate(_TABLE), None, None)  # every replacement is one character long
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        composed = unicodedata.normalize("NFC", text[start:end]).translate(_TABLE)
        characters.append(composed)
        starts.extend([start] * len(composed))
        ends.extend([end] * len(composed))
    return Normalized("".join(characters), tuple(starts), tuple(ends))


def _clusters(text: str):
    """`[start, end)` of each run that can compose: a starter and what combines with it."""
    start = 0
    for i in range(1, len(text) + 1):
        if i == len(text) or not _combines(text[i]):
            yield start, i
            start = i


def _combines(character: str) -> bool:
    return unicodedata.combining(character) != 0 or 0x1160 <= ord(character) <= 0x11FF
