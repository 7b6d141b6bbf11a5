"""Numbers that a word processor counts and draws itself: `1.`, `가)`, `①`, `제2조`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

SYLLABLES = "가나다라마바사아자차카타파하"
JAMO = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
CIRCLED = "".join(map(chr, [*range(0x2460, 0x2474), *range(0x3251, 0x3260)]))
CIRCLED_SYLLABLES = "".join(chr(0x326E + i) for i in range(14))
CIRCLED_JAMO = "".join(chr(0x3260 + i) for i in range(14))
LATIN = "abcdefghijklmnopqrstuvwxyz"
CIRCLED_LATIN = "".join(chr(0x24D0 + i) for i in range(26))
_TABLES = {
    "ganada": SYLLABLES, "hangul_syllable": SYLLABLES, "chosung": JAMO, "hangul_jamo": JAMO,
    "decimalenclosedcircle": CIRCLED, "circled_digit": CIRCLED, "circled_hangul_syllable": CIRCLED_SYLLABLES,
    "circled_hangul_jamo": CIRCLED_JAMO, "lowerletter": LATIN, "latin_small": LATIN, "upperletter": LATIN.upper(),
    "latin_capital": LATIN.upper(), "circled_latin_small": CIRCLED_LATIN,
}  # fmt: skip
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_KOREAN = "영일이삼사오육칠팔구"
_HANJA = "〇一二三四五六七八九"


class Level(NamedTuple):
    """How a list's level is numbered: `text` holds `%1` for the number of level 1, and so on."""

    text: str
    form: str
    start: int = 1


class Lists:
    """The lists of one document, counted as it is read."""

    def __init__(self) -> None:
        self._counts: dict[object, list[int]] = {}

    def restart(self, key: object) -> None:
        """The list begins anew."""
        self._counts.pop(key, None)

    def label(self, key: object, levels: Sequence[Level], at: int) -> str:
        """What stands before the next paragraph of list `key` on level `at` (from 0), without a space behind."""
        counts = self._counts.setdefault(key, [])
        del counts[at + 1 :]
        while len(counts) < at:
            counts.append(levels[len(counts)].start)
        if len(counts) == at:
            counts.append(levels[at].start - 1)
        counts[at] += 1
        return re.sub(r"%(\d)", lambda found: self._number(levels, counts, int(found[1]) - 1), levels[at].text).strip()

    @staticmethod
    def _number(levels: Sequence[Level], counts: Sequence[int], at: int) -> str:
        return ordinal(counts[at], levels[at].form) if at < len(counts) else ""


def ordinal(number: int, form: str) -> str:
    """`number` as Word's or HWPX's form of numbers writes it: `ordinal(3, "ganada") == "다"`; digits where it is unknown."""
    form = form.lower()
    if table := _TABLES.get(form):
        return table[number - 1] if 0 < number <= len(table) else str(number)
    if "roman" in form:
        roman = _roman(number)
        return roman.upper() if form in ("upperroman", "roman_capital") else roman
    if form in ("koreancounting", "koreandigital", "koreanlegal", "hangul_phonetic"):
        return _spoken(number, _KOREAN, "십")
    if form.startswith("ideograph"):
        return _spoken(number, _HANJA, "十")
    return f"{number:02d}" if form == "decimalzero" else str(number)


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        while number >= value:
            text, number = text + letters, number - value
    return text


def _spoken(number: int, digits: str, ten: str) -> str:
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    return (digits[tens] if tens > 1 else "") + (ten if tens else "") + (digits[ones] if ones else "")
