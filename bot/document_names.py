"""Documents that a question names: by title or file name, by some of its nouns, or by an abbreviation of its syllables.

전자상거래 등에서의 소비자보호에 관한 법률 is meant by its own name, by 전자상거래법 and by 전상법, 개인정보 보호법 by
개보법, 한빛 세탁기 사용설명서 by 세탁기 설명서, and the only statute of a company by 법 alone (법으로, 법적으로, 법에).
What abbreviates a name is told by its nouns alone: first syllables of them in their order from the first noun on, and
the last noun or its first syllable at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from nlu.morphemes import analyze
from nlu.normalize import normalize
from retrieval.index import Index
from retrieval.readings import content_words

MIN_NAME_CHARACTERS = 4
_TIES = re.compile(
    r"\s*(?:에\s?(?:따르면|의하면|보면|나온|있는|적힌)|에서는?|에는?|상에?|의|대로|으로|적으로|은|는|이|가|을|를)(?=\s|$)"
)
_STATUTE = re.compile(r"(.{2,})(법|법률|시행령|시행규칙|규정|규칙|약관|지침)")
LAWS = frozenset({"법", "법률"})
"""The last nouns of statutes' names; regulations and terms are the company's own."""
MIN_ABBREVIATION, MAX_ABBREVIATION = 3, 8
MAX_NOUNS = 6
"""Of a longer name the first nouns and the last are combined."""


class Named(NamedTuple):
    """The id of the document meant (None where none is named), what else the question says, and the question to read with.

    The question keeps a name spelt out, whose words say what it is about, and loses an abbreviation.
    """

    document_id: str | None
    rest: str
    question: str


class DocumentNames:
    """The names of an index's documents."""

    def __init__(self, index: Index) -> None:
        titles = {(passage.document_id, name) for passage in index.passages for name in (passage.document_id, passage.title)}
        owners: dict[str, set[str]] = {}
        self._nouns: dict[tuple[str, ...], str] = {}
        for id, name in titles:
            nouns = _nouns(name)
            for variant in (squeeze(name), *_variants(nouns)):
                owners.setdefault(variant, set()).add(id)
            if len(nouns) > 1:
                self._nouns[nouns] = id
        kept = [(name, *ids) for name, ids in owners.items() if len(ids) == 1 and len(name) >= MIN_NAME_CHARACTERS]
        self._names = sorted(kept, key=lambda one: (-len(one[0]), one))
        laws = {id for id, name in titles if (own := _nouns(name)) and own[-1] in LAWS}
        self._only_law = laws.pop() if len(laws) == 1 else None

    def find(self, text: str) -> Named:
        """The document named in `text`, by the longest name; none where nothing else is said."""
        for name, id in self._names:
            if found := re.search(r"\W*".join(map(re.escape, name)), text, re.IGNORECASE):
                rest = _without(text, *found.span())
                return Named(id, rest, text) if content_words(rest) else Named(None, text, text)
        for start, end, id in self._abbreviated(text):
            rest = _without(text, start, end)
            if content_words(rest):
                return Named(id, rest, rest)
        if self._only_law and (place := the_law(text)):
            rest = _without(text, *place)
            return Named(self._only_law, rest, rest) if content_words(rest) else Named(None, text, text)
        return Named(None, text, text)

    def _abbreviated(self, text: str) -> Iterator[tuple[int, int, str]]:
        """`(start, end, document)` of the words that abbreviate the name of one document, the longest first."""
        for word in re.finditer(r"[가-힣]+", text):
            for length in range(min(MAX_ABBREVIATION, len(word.group())), MIN_ABBREVIATION - 1, -1):
                meant = {id for nouns, id in self._nouns.items() if abbreviates(word.group()[:length], nouns)}
                if len(meant) == 1:
                    yield word.start(), word.start() + length, meant.pop()


def the_law(text: str) -> tuple[int, int] | None:
    """Where `text` says 법 or 법률 of the law as such; 쓰는 법 is a way to do something."""
    before = ""
    for morpheme in analyze(text):
        if morpheme.form in LAWS and morpheme.tag == "NNG" and before != "ETM":
            return morpheme.start, morpheme.start + len(morpheme.form)
        before = morpheme.tag
    return None


def _without(text: str, start: int, end: int) -> str:
    """The text without the name and what ties it in (에 따르면, 에서는, 상)."""
    tie = _TIES.match(text, end)
    return f"{text[:start]} {text[tie.end() if tie else end :]}".strip()


def abbreviates(word: str, nouns: tuple[str, ...]) -> bool:
    """Whether `word` is made of beginnings of `nouns`, from the first on, and of the last noun or its first syllable."""
    *others, last = nouns
    return any(word.endswith(tail) and _made_of_beginnings(word[: -len(tail)], others, begun=False) for tail in {last, last[0]})


def _made_of_beginnings(word: str, nouns: list[str], *, begun: bool) -> bool:
    if not word:
        return begun
    if not nouns:
        return False
    first, rest = nouns[0], nouns[1:]
    shared = next((n for n, (a, b) in enumerate(zip(first, word)) if a != b), min(len(first), len(word)))
    if any(_made_of_beginnings(word[n:], rest, begun=True) for n in range(shared, 0, -1)):
        return True
    return begun and _made_of_beginnings(word, rest, begun=True)


def _nouns(name: str) -> tuple[str, ...]:
    """The nouns of a name; the kind of statute at its end is one of its own: 보호법 is 보호 and 법."""
    nouns = tuple(m.form for m in analyze(name.replace("-", " ")) if m.tag in ("NNG", "NNP"))
    statute = _STATUTE.fullmatch(nouns[-1]) if nouns else None
    return (*nouns[:-1], *statute.groups()) if statute else nouns


def _variants(nouns: tuple[str, ...]) -> Iterable[str]:
    """Names made of some of the nouns in order, the last among them: 세탁기설명서, 소비자보호법률."""
    if len(nouns) < 2:
        return
    *others, last = nouns
    others = others[: MAX_NOUNS - 1]
    for n in range(1, len(others) + 1):
        for chosen in combinations(others, n):
            yield "".join((*chosen, last))


def squeeze(text: str) -> str:
    """Letters and digits only, lower case."""
    return "".join(character for character in normalize(text).text.lower() if character.isalnum())
