"""Korean typed with the keyboard switched to Latin letters: dkssud is 안녕.

The two-set layout (KS X 5002). Only text that turns into whole syllables, and holds a pair of letters that English
words do not have, is taken for Korean: asdf is no word in either language, and work would be 재가.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlu.transfer.augmentation import compose, is_syllable

_KEYS = dict(zip("rRseEfaqQtTdwWczxvgkoiOjpuPhynbml", "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ"))
_LATIN = re.compile("[A-Za-z]+")
_ENGLISH_PAIRS = {
    "b": "aeilorsuy", "c": "aehiklortuy", "d": "adegilorsuvwy", "f": "aefilortuy", "g": "aeghilnorsuy", "h": "aeimnortuy",
    "j": "aeiou", "k": "aeilnosuwy", "l": "abcdefgikloprstuvwy", "m": "abeimnopsuy", "n": "acdefgijklnostuvy",
    "p": "aehiloprstuy", "q": "u", "r": "abcdefgiklmnoprstuvy", "s": "acehiklmnopqstuwy", "t": "acehilorstuwy", "v": "aeioy",
    "w": "aehilnorsy", "x": "aceiptuy", "y": "abcdeilmnoprst", "z": "aeiloyz",
}  # fmt: skip
MIN_SYLLABLES = 2


@lru_cache(maxsize=1024)
def from_latin_layout(text: str) -> str | None:
    """What `text` says if its Latin letters were meant as Korean ones; None where they were not, or are of both kinds.

    >>> from_latin_layout("dkssud")
    '안녕'
    """
    runs = _LATIN.findall(text)
    if not runs or any("ㄱ" <= character <= "힣" for character in text) or not any(map(_is_no_english, runs)):
        return None
    syllables = [_syllables(run) for run in runs]
    if any(found is None for found in syllables) or sum(map(len, filter(None, syllables))) < MIN_SYLLABLES:
        return None
    read = iter(syllables)
    return _LATIN.sub(lambda _: next(read) or "", text)


def _is_no_english(run: str) -> bool:
    run = run.lower()
    return any(b not in _ENGLISH_PAIRS[a] for a, b in zip(run, run[1:]) if a in _ENGLISH_PAIRS)


def _syllables(run: str) -> str | None:
    """The whole syllables that the keys of `run` write, None where a letter is left over."""
    written = compose("".join(_KEYS.get(key) or _KEYS[key.lower()] for key in run))
    return written if all(map(is_syllable, written)) else None
