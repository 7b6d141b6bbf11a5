"""Terms for lexical search: content morphemes, and letter trigrams for what Kiwi cannot know.

Trigrams of jamo over the text without spaces let "셰탁기", "반뿜" and any spacing still meet their
entry: 셰탁기 shares ㅌㅏㄱ, ㅏㄱㄱ, ㄱㄱㅣ with 세탁기.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlu.morphemes import Morpheme
from nlu.normalize import normalize

N = 3
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")


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
    letters = jamo(plain)
    return [letters[i : i + N] for i in range(len(letters) - N + 1)]


def morpheme_terms(morphemes: Sequence[Morpheme]) -> list[str]:
    """`form/tag` of the content morphemes, Latin letters in lower case, irregular tags folded."""
    return [f"{m.form.lower()}/{m.tag.partition('-')[0]}" for m in morphemes if m.is_content]
