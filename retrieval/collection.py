"""A searchable list of texts in three channels: BM25 over morphemes, BM25 over letter trigrams, dense.

The texts lie in segments that never change (`TextSegment`). A collection is a view over some of them, one
behind the other, without the places that are dead; making one costs little, whatever the segments hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.morphemes import Morpheme, analyze, respaced
from nlu.vectors import StaticVectors
from retrieval.dense import DenseBackend, DenseConfig, Device, build_dense, load_dense
from retrieval.engines import RECONSTRUCTED_AT_ONCE
from retrieval.lexical import LexicalIndex
from retrieval.ngrams import code_terms, jamo_trigrams, morpheme_terms
from retrieval.postings import Postings, PostingsBuilder
from retrieval.slips import Lexicon

MAX_QUERY_CHARACTERS = 1_000
"""What a longer query says after this is not looked at."""
CANDIDATES = 100
"""How many texts each channel may bring in."""
SCORED_WHOLE = 500
"""Collections of up to this many texts are scored whole."""
MORPHEMES, TRIGRAMS, DENSE = "morphemes.arrays", "trigrams.arrays", "dense.faiss"
"""The files of a text segment."""


@dataclass(frozen=True)
class Query:
    """A text cut once for all channels; `vector` (d,) float32 of unit length, or zeros.

    `terms` are what BM25 looks for, `keys` the content morphemes as the vectors know them.
    """

    terms: list[str]
    trigrams: list[str]
    vector: np.ndarray
    keys: list[str]

    @classmethod
    def of(cls, text: str, vectors: StaticVectors, lexicon: Lexicon | None = None) -> Query:
        text = respaced(text[:MAX_QUERY_CHARACTERS])
        morphemes = analyze(text)
        meant = lexicon.meant(text) if lexicon else []
        terms = [*meant, *morpheme_terms(morphemes), *code_terms(text)]
        keys = [*meant, *_keys(morphemes)]
        said = " ".join([text, *(word.rpartition("/")[0] for word in meant)])
        return cls(terms, jamo_trigrams(text), vectors.sentences.encode([said], [keys], query=True)[0], keys)


def _keys(morphemes: Sequence[Morpheme]) -> list[str]:
    return [f"{m.form}/{m.tag}" for m in morphemes if m.is_content]


class TextSegment:
    """Some texts in the three channels, by their place from 0; it never changes."""

    def __init__(self, morphemes: Postings, trigrams: Postings, dense: DenseBackend) -> None:
        self.morphemes = morphemes
        self.trigrams = trigrams
        self.dense = dense
        self.size = dense.size

    @classmethod
    def build(
        cls,
        texts: Iterable[str],
        vectors: StaticVectors,
        progress: Callable[[], None] | None = None,
        config: DenseConfig | None = None,
    ) -> TextSegment:
        """A segment of `texts`; `progress` is called after each text."""
        builder = TextSegmentBuilder(vectors, config)
        for text in texts:
            builder.add(text)
            if progress:
                progress()
        return builder.finish()

    @classmethod
    def join(
        cls, parts: Sequence[TextSegment], kept: Sequence[np.ndarray | None], config: DenseConfig | None = None
    ) -> TextSegment:
        """The texts of all `parts` in order, without those where `kept` (n,) bool is false; None keeps all."""
        chunks = [np.zeros((0, parts[0].dense.dimension), np.float32)]
        for part, keep in zip(parts, kept):
            places = np.arange(part.size) if keep is None else np.flatnonzero(keep)
            for start in range(0, len(places), RECONSTRUCTED_AT_ONCE):
                chunks.append(part.dense.vectors(places[start : start + RECONSTRUCTED_AT_ONCE]))
        return cls(
            Postings.join([part.morphemes for part in parts], kept),
            Postings.join([part.trigrams for part in parts], kept),
            build_dense(chunks, config),
        )

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.morphemes.save(folder / MORPHEMES)
        self.trigrams.save(folder / TRIGRAMS)
        self.dense.save(folder / DENSE)

    @classmethod
    def load(cls, folder: Path, device: Device = Device.CPU) -> TextSegment:
        dense = load_dense(folder / DENSE, device)
        return cls(Postings.load(folder / MORPHEMES), Postings.load(folder / TRIGRAMS), dense)


class TextSegmentBuilder:
    """Takes texts one by one and keeps of each what the channels need."""

    BATCH = 256

    def __init__(self, vectors: StaticVectors, config: DenseConfig | None = None) -> None:
        self._vectors = vectors
        self._config = config
        self._morphemes, self._trigrams = PostingsBuilder(), PostingsBuilder()
        self._chunks = [np.zeros((0, vectors.sentences.dimension), np.float32)]
        self._waiting: list[tuple[str, list[str]]] = []

    def add(self, text: str, morphemes: Sequence[Morpheme] | None = None) -> None:
        """Takes one text; `morphemes` are its morphemes where they are known already."""
        morphemes = analyze(text) if morphemes is None else morphemes
        self._morphemes.add(morpheme_terms(morphemes) + code_terms(text))
        self._trigrams.add(jamo_trigrams(text))
        self._waiting.append((text, _keys(morphemes)))
        if len(self._waiting) == self.BATCH:
            self._encode()

    def finish(self) -> TextSegment:
        self._encode()
        return TextSegment(self._morphemes.finish(), self._trigrams.finish(), build_dense(self._chunks, self._config))

    def _encode(self) -> None:
        if self._waiting:
            texts, keys = zip(*self._waiting)
            self._chunks.append(self._vectors.sentences.encode(texts, keys))
            self._waiting = []


class SegmentedDense:
    """The vectors of several segments, one behind the other."""

    def __init__(self, parts: Sequence[DenseBackend]) -> None:
        self._parts = tuple(parts)
        self._bounds = np.cumsum([0, *(part.size for part in parts)]).tolist()
        self.size = self._bounds[-1]

    def near(self, query: np.ndarray, k: int, hidden: np.ndarray | None = None) -> np.ndarray:
        """Places of the `k` nearest vectors, the nearest first; those `hidden` (size,) bool are left out."""
        scores, places = [np.zeros(0, np.float32)], [np.zeros(0, np.int64)]
        for part, start, end in zip(self._parts, self._bounds, self._bounds[1:]):
            own = None if hidden is None else hidden[start:end]
            found, where = part.search(query[None], k, own if own is not None and own.any() else None)
            there = where[0] >= 0
            scores.append(found[0][there])
            places.append(where[0][there] + start)
        if len(self._parts) == 1:
            return places[1]
        joined, order = np.concatenate(places), np.argsort(-np.concatenate(scores), kind="stable")[:k]
        return joined[order]

    def scores(self, query: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Inner products of `query` (d,) with the vectors at `places`, ascending."""
        cuts = np.searchsorted(places, self._bounds)
        found = [part.scores(query, places[a:b] - at) for part, a, b, at in zip(self._parts, cuts, cuts[1:], self._bounds)]
        return np.concatenate([np.zeros(0, np.float32), *found])


class ScoredTexts:
    """The scores of one query in all channels; `hidden` (size,) bool are never candidates."""

    def __init__(self, collection: Collection, query: Query, hidden: np.ndarray | None = None) -> None:
        self._collection = collection
        self._query = query
        self._hidden = hidden
        self._lexical = collection.lexical.weigh(query.terms)
        self._ngrams = collection.ngrams.weigh(query.trigrams)

    def candidates(self, k: int = CANDIDATES) -> np.ndarray:
        """Places, ascending, of the best `k` texts of each channel together."""
        own = self._collection
        if own.size <= SCORED_WHOLE:
            return np.arange(own.size) if self._hidden is None else np.flatnonzero(~self._hidden)
        lexical = own.lexical.best(self._lexical, k, self._hidden)
        ngrams = own.ngrams.best(self._ngrams, k, self._hidden)
        return np.unique(np.concatenate([lexical, ngrams, own.dense.near(self._query.vector, k, self._hidden)]))

    def at(self, places: np.ndarray) -> np.ndarray:
        """(n, 3) float32 scores of the texts at `places`, ascending: lexical, ngrams, dense; a negative cosine counts as 0."""
        own = self._collection
        dense = np.maximum(own.dense.scores(self._query.vector, places), 0)
        lexical = own.lexical.scores_at(self._lexical, places)
        return np.column_stack([lexical, own.ngrams.scores_at(self._ngrams, places), dense]).astype(np.float32)


class Collection:
    """Texts by their place from 0, through all segments; safe to search from several threads.

    `dead` are the places of texts that were removed.
    """

    def __init__(self, segments: Sequence[TextSegment], dead: np.ndarray | None = None) -> None:
        self.lexical = LexicalIndex([segment.morphemes for segment in segments], dead)
        self.ngrams = LexicalIndex([segment.trigrams for segment in segments], dead)
        self.dense = SegmentedDense([segment.dense for segment in segments])
        self.size = self.dense.size
        self._hidden: np.ndarray | None = None
        if dead is not None and len(dead):
            self._hidden = np.zeros(self.size, bool)
            self._hidden[dead] = True

    @classmethod
    def build(cls, texts: Sequence[str], vectors: StaticVectors, progress: Callable[[], None] | None = None) -> Collection:
        """A collection of `texts`; `progress` is called after each text."""
        return cls([TextSegment.build(texts, vectors, progress)])

    @property
    def terms(self) -> Iterable[str]:
        """All morpheme terms of the texts."""
        return self.lexical.terms

    def score(self, query: Query, hidden: np.ndarray | None = None) -> ScoredTexts:
        """The scores of `query`; `hidden` (size,) bool are texts not to be found, beside the dead ones."""
        return ScoredTexts(self, query, self._hidden if hidden is None else hidden)
