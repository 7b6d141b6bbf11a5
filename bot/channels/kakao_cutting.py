"""Texts made to fit KakaoTalk's limits: counted as Kakao's servers may count them, cut where a reader would pause.

Kakao counts "characters" and does not say which. Here a character outside the Basic Multilingual Plane (an
emoji) counts twice, as it does in Java; so no way of counting finds a text too long.
"""

from __future__ import annotations

import re
import unicodedata

SENTENCE_END = re.compile(r"\n+|(?:(?<![\d.])\.|[!?…。])[\"'”’)\]>]*(?=\s)")
"""A line's end, or a mark that ends a sentence before a space; the point of `1. ` and `3.5` does not."""
ELLIPSIS = "…"
_DROPPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_JOINING = ("Mn", "Me", "Mc")
_ZERO_WIDTH_JOINER = "\u200d"
_LONGEST_CLUSTER = 40


def length(text: str) -> int:
    """The number of UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def sendable(text: str) -> str:
    """`text` without what JSON or a phone cannot take: control characters, halves of characters."""
    return _SURROGATE.sub("\ufffd", _DROPPED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def shortened(text: str, limit: int) -> str:
    """`text` on one line, or as much of it as `limit` allows with … behind it."""
    text = " ".join(sendable(text).split())
    if length(text) <= limit:
        return text
    return text[: _hard_end(text, limit - length(ELLIPSIS))].rstrip() + ELLIPSIS


def cut(text: str, limit: int) -> tuple[str, str]:
    """A beginning of `text` of at most `limit`, and the rest; together they are `text` but for white space between.

    The cut is behind the last sentence that fits, else at the last space, else within the word.
    """
    text = text.strip()
    if length(text) <= limit:
        return text, ""
    end = _hard_end(text, limit)
    ends = [found.end() for found in SENTENCE_END.finditer(text, 0, end + 1) if found.end() <= end]
    if ends:
        end = ends[-1]
    elif not text[end].isspace() and (space := _last_space(text, end)):
        end = space
    return text[:end].rstrip(), text[end:].lstrip()


def _last_space(text: str, end: int) -> int:
    """Where the last white space before `end` stands; 0 where there is none."""
    return next((at for at in range(end - 1, 0, -1) if text[at].isspace()), 0)


def _hard_end(text: str, limit: int) -> int:
    """The longest beginning of at most `limit` that ends between two characters as they are seen; at least 1."""
    end = min(len(text), limit)
    while length(text[:end]) > limit:
        end -= max(1, (length(text[:end]) - limit) // 2)
    at = end
    while 0 < at < len(text) and end - at < _LONGEST_CLUSTER and _joins(text, at):
        at -= 1
    return max(1, end if at == 0 or end - at >= _LONGEST_CLUSTER else at)


def _joins(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it."""
    character = text[at]
    return (
        unicodedata.category(character) in _JOINING
        or character == _ZERO_WIDTH_JOINER
        or text[at - 1] == _ZERO_WIDTH_JOINER
        or "\u1160" <= character <= "\u11ff"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
