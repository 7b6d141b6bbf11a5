"""Morphemes by Kiwi: the one place that loads it (about 1 s and 490 MB a process).

Offsets are `[start, end)` in the text as given, also where that text was NFD or full-width. A
contraction such as 했 gives two morphemes over the same characters (하 + 었).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from nlu.normalize import normalize

if TYPE_CHECKING:
    from kiwipiepy import Kiwi, Token

MAX_CHUNK_CHARACTERS = 20_000
"""Longer texts are analyzed in pieces cut at line ends, so that memory stays bounded."""

KEPT_CHARACTERS = 400

SYLLABLES, SINGLE_SHARE = 4, 0.8
"""A text of at least so many pieces, of which so many are single syllables, is written syllable by syllable."""

CONTENT_TAGS = frozenset(
    "NNG NNP NNB NR NP VV VV-I VV-R VA VA-I VA-R XR MAG SL SN SH SW W_SERIAL W_EMAIL W_URL W_HASHTAG MM XPN XSN UN".split()
)
"""Tags of the morphemes that carry what a text is about; particles and endings are left out."""


class Morpheme(NamedTuple):
    form: str
    tag: str
    start: int
    end: int
    sentence: int

    @property
    def is_content(self) -> bool:
        return self.tag in CONTENT_TAGS


@lru_cache(maxsize=1)
def kiwi() -> Kiwi:
    """The process's Kiwi, loaded at first use."""
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)


_lock = threading.Lock()


def add_user_words(words: Iterable[tuple[str, str]]) -> int:
    """Teach Kiwi `(form, tag)` words such as product names; returns how many were new."""
    with _lock:
        added = sum(bool(kiwi().add_user_word(form, tag, 3.0)) for form, tag in words)
        _kept_tokens.cache_clear()
        return added


def analyze(text: str) -> list[Morpheme]:
    """Morphemes of `text` in order, with offsets into it; an empty list for blank text."""
    normalized = normalize(text)
    found: list[Morpheme] = []
    for token, at, sentence in _tokens(normalized.text):
        start, end = normalized.original_span(token.start + at, token.end + at)
        found.append(Morpheme(token.form, token.tag, start, end, sentence))
    return found


def respaced(text: str) -> str:
    """`text` with spaces where Kiwi puts them, if it is written syllable by syllable (세 탁 기 필 터); else as it is."""
    pieces = text.split()
    single = sum(len(piece) == 1 and "가" <= piece <= "힣" for piece in pieces)
    if len(pieces) < SYLLABLES or single < SINGLE_SHARE * len(pieces):
        return text
    return kiwi().space(" ".join(pieces), reset_whitespace=True)


def kiwi_tokens(text: str) -> Sequence[Token]:
    """Kiwi's own tokens of `text`; those of a message's length are kept, since a turn looks at its message many times."""
    return _kept_tokens(text) if len(text) <= KEPT_CHARACTERS else kiwi().tokenize(text)


@lru_cache(maxsize=1024)
def _kept_tokens(text: str) -> Sequence[Token]:
    return tuple(kiwi().tokenize(text))


def _tokens(text: str) -> Iterator[tuple]:
    """Kiwi's tokens with the offset of their chunk and a sentence number that runs on."""
    sentence = 0
    for at, chunk in chunks(text):
        last = -1
        for token in kiwi_tokens(chunk):
            last = token.sent_position
            yield token, at, sentence + last
        sentence += last + 1


def chunks(text: str, size: int = MAX_CHUNK_CHARACTERS) -> Iterator[tuple[int, str]]:
    """`(offset, chunk)` of at most `size` characters, cut at a line end or a space where there is one."""
    at = 0
    while at < len(text):
        end = min(at + size, len(text))
        if end < len(text):
            cut = text.rfind("\n", at + 1, end)
            if cut <= at:
                cut = text.rfind(" ", at + 1, end)
            end = cut + 1 if cut > at else end
        yield at, text[at:end]
        at = end


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """`[start, end)` of each sentence of `text`, without the white space around it."""
    spans: list[tuple[int, int]] = []
    for at, chunk in chunks(text):
        for sentence in kiwi().split_into_sents(chunk):
            spans.append((sentence.start + at, sentence.end + at))
    return spans
