"""Words written as they sound: 반뿜 for 반품, 셰탁기 for 세탁기, 필타 for 필터, 씨서도 for 씻어도.

A word of the query that Kiwi's model does not know, and that sounds like a noun of the index, brings
that noun in as one more term. For reading, words that make no sense as they stand are mended in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from nlu.morphemes import Morpheme, analyze
from nlu.normalize import normalize
from nlu.vectors import StaticVectors
from retrieval.dictionary import Dictionary
from retrieval.linked_sounds import unlinked
from retrieval.ngrams import ALIKE, jamo

LONGEST = 8
NOUNS = ("NNG", "NNP")
STRANGE = ("NNG", "NNP", "NNB", "IC")
"""What Kiwi takes the beginning of a word for that it does not know."""
FOREIGN = str.maketrans("ㅏㅗ", "ㅓㅓ")
"""Vowels that foreign words are spelt with in two ways: 필타 and 필터, 콤프 and 컴프."""
SPELT_OTHERWISE, ALIKE_FROM = 3, 0.2
"""A known word of so many syllables that only these vowels tell from a noun of the index means it, where their vectors have
such a cosine: 에어콘 and 에어컨 0.23, 데이타 and 데이터 0.35, but 총서기 and 청소기 0.06."""
_PARTICLE = re.compile(r"(?:[은는이가을를에로도의만과와]|에서|으로|이랑|랑|까지|부터|하고|에는|에도|로는)?\W*")
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
        mended = re.sub(r"\S+", lambda word: self._mended_word(word.group()), mended)
        return text if mended == normal else mended

    def _mended_word(self, word: str) -> str:
        """`word`, or what it is a slip of, where it makes no sense as it stands."""
        morphemes = analyze(word)
        if morphemes and (noun := self._spelt_otherwise(morphemes[0])):
            return noun + word[len(morphemes[0].form) :]
        if not morphemes or morphemes[0].tag not in STRANGE or any(len(m.form) > 1 and self._knows(m) for m in morphemes):
            return word
        slip = None if self._is_sense(*morphemes) else next(self._slips(word), None) or self._foreign(word)
        if slip is None:
            return unlinked(word, self._is_live) or word
        return word[: slip[0]] + slip[2].rpartition("/")[0] + word[slip[1] :]

    def _spelt_otherwise(self, morpheme: Morpheme) -> str | None:
        """The noun of the index that a known noun is another spelling of (에어콘: 에어컨)."""
        form = morpheme.form
        term = f"{form}/{morpheme.tag}"
        if morpheme.tag not in NOUNS or len(form) < SPELT_OTHERWISE or term not in self._vectors or self._stands(form):
            return None
        for noun in sorted(self._by_foreign_vowels.get(jamo(form).translate(FOREIGN), ())):
            one, other = self._vectors.encode_morphemes([[term], [noun]])
            if self._is_live(noun) and float(one @ other) >= ALIKE_FROM:
                return noun.rpartition("/")[0]
        return None

    def _stands(self, form: str) -> bool:
        return any(self._is_live(f"{form}/{tag}") for tag in NOUNS)

    def _is_sense(self, first: Morpheme, *rest: Morpheme) -> bool:
        """Whether a word is a bound noun, or a known noun with its particles (창에)."""
        ends = all(morpheme.tag.startswith(("J", "VCP", "E")) for morpheme in rest)
        return first.tag == "NNB" or (self._knows(first) and bool(rest) and ends)

    def _knows(self, morpheme: Morpheme) -> bool:
        term = f"{morpheme.form}/{morpheme.tag.partition('-')[0]}"
        return morpheme.is_content and (term in self._vectors or self._is_live(term))

    def _foreign(self, word: str) -> tuple[int, int, str] | None:
        """`(start, end, form/tag)` of the longest beginning, before a particle, that is a noun but for `FOREIGN` vowels."""
        for length in range(min(len(word), LONGEST), 1, -1):
            if self._is_word(word[:length]):
                break
            same = self._by_foreign_vowels.get(jamo(word[:length]).translate(FOREIGN), ())
            nouns = [noun for noun in same if self._is_live(noun)]
            if nouns and _PARTICLE.fullmatch(word, length):
                return 0, length, min(nouns)
        return None

    @cached_property
    def _by_foreign_vowels(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for noun in (noun for part in self._parts for nouns in part.values() for noun in nouns):
            found.setdefault(jamo(noun.rpartition("/")[0]).translate(FOREIGN), set()).add(noun)
        return found

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
        if self._stands(form):
            return True
        return any(f"{form}/{tag}" in self._vectors for tag in (*NOUNS, "MAG", "VV", "VA"))


def _sound(form: str) -> str:
    return jamo(form).translate(ALIKE)
