"""Words written as they sound: 반뿜 for 반품, 셰탁기 for 세탁기.

A word of the query that Kiwi's model does not know, and that sounds like a noun of the index, brings
that noun in as one more term.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from nlu.normalize import normalize
from nlu.vectors import StaticVectors
from retrieval.dictionary import Dictionary
from retrieval.ngrams import ALIKE, jamo

LONGEST = 8
NOUNS = ("NNG", "NNP")
_ENDING = re.compile(r"(?:(?<=[나까가죠데지어아해돼되세네])[여염욤]|(?<=[나까죠세네해돼])용)(?=[\s?!.~ㅋㅎㅠ]|$)")
"""되나여, 되나염, 되나용 for 되나요."""

Sounds = dict[str, tuple[str, ...]]


def sounds(terms: Iterable[str]) -> Sounds:
    """The nouns of two syllables and more among `terms` (`form/tag`), by their sound."""
    found: dict[str, list[str]] = {}
    for term in terms:
        if term.endswith(("/NNG", "/NNP")) and len(term) >= 6:
            found.setdefault(_sound(term[:-4]), []).append(term)
    return {sound: tuple(same) for sound, same in found.items()}


class Lexicon:
    """The nouns of an index by their sound; `is_live` tells whether a term still stands in some text.

    `dictionary` holds the company's own words.
    """

    def __init__(
        self,
        parts: Sequence[Sounds],
        vectors: StaticVectors,
        is_live: Callable[[str], bool],
        dictionary: Dictionary | None = None,
    ) -> None:
        self._dictionary = dictionary or Dictionary()
        self._parts = tuple(parts)
        self._vectors = vectors
        self._is_live = is_live

    def meant(self, text: str) -> list[str]:
        """`form/tag` of what the dictionary's words mean, and of the nouns that words of `text` sound like.

        Of the latter, the longest at the beginning of each word.
        """
        nouns = [noun for _, _, noun in self._slips(normalize(text).text)]
        return list(dict.fromkeys([*self._dictionary.meant(text), *nouns]))

    def mended(self, text: str) -> str:
        """`text` with the nouns that its words sound like written in their place, and endings as they are written.

        로봇청소기 필타 되나여 becomes 로봇청소기 필터 되나요. Without such words it stays as it is.
        """
        normal = normalize(text).text
        mended = _ENDING.sub("요", normal)
        for start, end, noun in reversed(list(self._slips(mended))):
            mended = mended[:start] + noun.rpartition("/")[0] + mended[end:]
        return text if mended == normal else mended

    def _slips(self, text: str) -> Iterator[tuple[int, int, str]]:
        """`(start, end, form/tag)` of the longest beginning of each word that sounds like a noun and is no word."""
        for word in re.finditer(r"\S+", text):
            form = word.group()
            for length in range(min(len(form), LONGEST), 1, -1):
                if self._is_word(form[:length]):
                    break
                if noun := self._noun(_sound(form[:length])):
                    yield word.start(), word.start() + length, noun
                    break

    def _noun(self, sound: str) -> str | None:
        return min((term for part in self._parts for term in part.get(sound, ()) if self._is_live(term)), default=None)

    def _is_word(self, form: str) -> bool:
        if any(self._is_live(f"{form}/{tag}") for tag in NOUNS):
            return True
        return any(f"{form}/{tag}" in self._vectors for tag in (*NOUNS, "MAG", "VV", "VA"))


def _sound(form: str) -> str:
    return jamo(form).translate(ALIKE)
