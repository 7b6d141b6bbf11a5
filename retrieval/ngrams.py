"""Terms for lexical search: content morphemes, and letter trigrams for what Kiwi cannot know.

Trigrams of jamo over the text without spaces let slips and any spacing still meet their entry.
Letters that sound alike count as one (plain, tense and aspirated consonants; ㅐ and ㅔ; ㅙ, ㅚ and ㅞ),
so that 셰탁기 is 세탁기 and 반뿜 is 반품, while 필타 still shares two of three trigrams with 필터.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.morphemes import Morpheme
from nlu.normalize import normalize

N = 3
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
ALIKE = str.maketrans(
    "ㄲㅋㄳㄸㅌㅃㅍㅄㅆㅉㅊㅐㅒㅖㅙㅞㄵㄶㄺㄻㄼㄽㄾㄿㅀ",
    "ㄱㄱㄱㄷㄷㅂㅂㅂㅅㅈㅈㅔㅔㅔㅚㅚㄴㄴㄱㅁㄹㄹㄹㅂㄹ",
)
ASKING = frozenset(
    """
    알리/VV 알/VV 알아보/VV 가르치/VV 묻/VV 여쭈/VV 궁금/XR 궁금하/VA 질문/NNG 문의/NNG 싶/VX 하/VV 되/VV 있/VV 있/VA 없/VA
    어떡하/VV 어떻/VA 어떻게/MAG 어찌/MAG 좀/MAG 혹시/MAG 그냥/MAG 그런데/MAJ 근데/MAJ 그리고/MAJ 무엇/NP 뭐/NP 저/NP 제/NP 나/NP
    내/NP 우리/NP 저희/NP 이거/NP 그거/NP 저거/NP 거/NNB 것/NNB 수/NNB 때/NNG 경우/NNG 이/MM 그/MM 저/MM
    """.split()
)
"""Morphemes that ask rather than say what about; they are no terms where others are left."""
CODE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*")


def jamo(text: str) -> str:
    """`text` with each Hangul syllable written as its letters: 닭 -> ㄷㅏㄺ."""
    letters: list[str] = []
    for character in text:
        code = ord(character) - 0xAC00
        if 0 <= code < 11_172:
            letters += INITIALS[code // 588], VOWELS[code // 28 % 21], FINALS[code % 28]
        else:
            letters.append(character)
    return "".join(letters)


def jamo_trigrams(text: str) -> list[str]:
    """Trigrams of the text's letters and digits, lower case, without spaces and punctuation."""
    plain = "".join(c for c in normalize(text).text.lower() if c.isalnum())
    letters = jamo(plain).translate(ALIKE)
    return [letters[i : i + N] for i in range(len(letters) - N + 1)]


def morpheme_terms(morphemes: Sequence[Morpheme]) -> list[str]:
    """`form/tag` of the content morphemes, Latin letters in lower case, irregular tags folded."""
    terms = [f"{m.form.lower()}/{m.tag.partition('-')[0]}" for m in morphemes if m.is_content]
    return [term for term in terms if term not in ASKING] or terms


def code_terms(text: str) -> list[str]:
    """Codes and model names in one piece, which Kiwi takes apart: E05 -> code/e05, RV-7 -> code/rv7."""
    return ["code/" + re.sub(r"\W|_", "", found).lower() for found in CODE.findall(normalize(text).text)]
