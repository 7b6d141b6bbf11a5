"""Words written as they sound: 반뿜 for 반품, 셰탁기 for 세탁기.

A word of the query that Kiwi's model does not know, and that sounds like a noun of the index, brings
that noun in as one more term.
"""

from __future__ import annotations

from collections.abc import Iterable

from nlu.normalize import normalize
from nlu.vectors import StaticVectors
from retrieval.ngrams import ALIKE, jamo

LONGEST = 8


class Lexicon:
    """The nouns of an index by their sound."""

    def __init__(self, terms: Iterable[str], vectors: StaticVectors) -> None:
        nouns = sorted(term for term in terms if term.endswith(("/NNG", "/NNP")) and len(term) >= 6)
        self._nouns = {_sound(term.rpartition("/")[0]): term for term in reversed(nouns)}
        self._forms = {term.rpartition("/")[0] for term in nouns}
        self._vectors = vectors

    def meant(self, text: str) -> list[str]:
        """`form/tag` of the nouns that words of `text` sound like, the longest at the beginning of each word."""
        found = []
        for word in normalize(text).text.split():
            for length in range(min(len(word), LONGEST), 1, -1):
                if self._is_word(word[:length]):
                    break
                if noun := self._nouns.get(_sound(word[:length])):
                    found.append(noun)
                    break
        return found

    def _is_word(self, form: str) -> bool:
        return form in self._forms or any(f"{form}/{tag}" in self._vectors for tag in ("NNG", "NNP", "MAG", "VV", "VA"))


def _sound(form: str) -> str:
    return jamo(form).translate(ALIKE)
