"""A customer's message made ready for searching, or the reason why it cannot be searched with.

Markup is dropped, spaces are folded, NFD and full-width letters are made uniform, Korean that was typed with the
keyboard in Latin letters (dkssud) is read as what it says. Emoji alone, lone
jamo (ㅋㅋㅋ), control characters, far too long and foreign text are told apart, so that each gets a
reply of its own.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from typing import NamedTuple

from nlu.keyboard import from_latin_layout
from nlu.normalize import normalize


class Unusable(Enum):
    """Why a message cannot be searched with."""

    EMPTY = "empty"
    NO_WORDS = "no_words"
    JAMO = "jamo"
    TOO_LONG = "too_long"
    FOREIGN = "foreign"


class CustomerMessage(NamedTuple):
    """`text` is clean; `unusable` says why it should not be searched with, or is None."""

    text: str
    unusable: Unusable | None = None


_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|</?[a-zA-Z!][^<>]*>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&(?:nbsp|lt|gt|amp|quot|#\d{1,6});")
_SPACES = re.compile(r"\s+")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str, max_characters: int) -> CustomerMessage:
    """The message in `text`; what is longer than `max_characters` is cut and marked as too long."""
    too_long = len(text) > max_characters
    text = normalize(_SURROGATE.sub(" ", text[: 4 * max_characters])).text
    text = _ENTITY.sub(" ", _TAG.sub(" ", text))
    text = _SPACES.sub(" ", text).strip()
    if too_long:
        return CustomerMessage(text[:max_characters], Unusable.TOO_LONG)
    text = from_latin_layout(text) or text
    return CustomerMessage(text, _why_unusable(text))


def _why_unusable(text: str) -> Unusable | None:
    if not text:
        return Unusable.EMPTY
    letters = [character for character in text if unicodedata.category(character)[0] in "LN"]
    if not letters:
        return Unusable.NO_WORDS
    if all(_is_jamo(character) for character in letters):
        return Unusable.JAMO
    has_hangul = any("가" <= character <= "힣" for character in letters)
    if not has_hangul and len(_LATIN_WORD.findall(text)) >= 3:
        return Unusable.FOREIGN
    if not has_hangul and not any(character.isascii() for character in letters):
        return Unusable.FOREIGN
    return None


def _is_jamo(character: str) -> bool:
    code = ord(character)
    return 0x3131 <= code <= 0x318E or 0x1100 <= code <= 0x11FF
