"""Verbs written as their syllables are linked in speech: 씨서도 for 씻어도, 이버도 for 입어도.

A final consonant before a vowel is spoken at the beginning of the next syllable, and hurried customers write it there.
Only regular stems are told, and only those that stand in the index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from nlu.morphemes import analyze
from retrieval.ngrams import FINALS, INITIALS

_FIRST, _SYLLABLES = 0xAC00, 11_172
_SILENT = INITIALS.index("ㅇ")
_PER_INITIAL = _SYLLABLES // len(INITIALS)
_WORD = re.compile(r"[가-힣]{2,}")
STEMS = ("VV", "VV-R", "VA", "VA-R")
_LINKED = frozenset("아어았었으은을")
"""What an ending that links begins with."""


def unlinked(word: str, is_live: Callable[[str], bool]) -> str | None:
    """`word` with the consonant back where its verb has it; None where it is no such word.

    `is_live` tells whether a term (`form/tag`) stands in the index: the verb must.
    """
    found = _moved(word) if _WORD.match(word) else ()
    return next((other for other in found if _is_live_verb(other, is_live)), None)


def _is_live_verb(word: str, is_live: Callable[[str], bool]) -> bool:
    stem, *endings = analyze(word)
    ends = bool(endings) and all(one.tag.startswith(("E", "JX", "SF")) for one in endings)
    return ends and stem.tag in STEMS and is_live(f"{stem.form}/{stem.tag.partition('-')[0]}")


def _moved(word: str) -> Iterator[str]:
    """The word with the beginning of one of its first syllables as the final consonant of the one before."""
    for place in range(min(len(_WORD.match(word).group()) - 1, 2)):
        open_syllable, linked = (ord(syllable) - _FIRST for syllable in word[place : place + 2])
        initial, rest = divmod(linked, _PER_INITIAL)
        consonant = INITIALS[initial]
        if open_syllable % len(FINALS) or initial == _SILENT or consonant not in FINALS:
            continue
        closed = chr(_FIRST + open_syllable + FINALS.index(consonant))
        vowel = chr(_FIRST + _SILENT * _PER_INITIAL + rest)
        if vowel in _LINKED:
            yield word[:place] + closed + vowel + word[place + 2 :]
