"""A searchable list of texts in three channels: BM25 over morphemes, BM25 over letter trigrams, dense."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.morphemes import Morpheme, analyze
from nlu.vectors import StaticVectors
from retrieval.dense import DenseBackend, FaissExact
from retrieval.fusion import best
from retrieval.lexical import LexicalIndex
from retrieval.ngrams import code_terms, jamo_trigrams, morpheme_terms
from retrieval.slips import Lexicon

MAX_QUERY_CHARACTERS = 1_000
"""What a longer query says after this is not looked at."""
CANDIDATES = 100
"""How many texts each channel may bring in."""
SCORED_WHOLE = 500
"""Collections of up to this many texts are scored whole."""


@dataclass(frozen=True)
class Query:
    """A text cut once for all channels; `vector` (d,) float32 of unit length, or zeros."""

    terms: list[str]
    trigrams: list[str]
    vector: np.ndarray

    @classmethod
    def of(cls, text: str, vectors: StaticVectors, lexicon: Lexicon | None = None) -> Query:
        text = text[:MAX_QUERY_CHARACTERS]
        morphemes = analyze(text)
        meant = lexicon.meant(text) if lexicon else []
        terms = [*meant, *morpheme_terms(morphemes), *code_terms(text)]
        return cls(terms, jamo_trigrams(text), _vector(morphemes, vectors, meant))


def _vector(morphemes: Sequence[Morpheme], vectors: StaticVectors, meant: Sequence[str] = ()) -> np.ndarray:
    return vectors.encode_morphemes([[*meant, *(f"{m.form}/{m.tag}" for m in morphemes if m.is_content)]])[0]


class ScoredTexts:
    """All lexical scores of one query, and dense ones where they are asked for."""

    def __init__(self, collection: Collection, query: Query) -> None:
        self._collection = collection
        self._query = query
        self._lexical = collection.lexical.scores(query.terms)
        self._ngrams = collection.ngrams.scores(query.trigrams)

    def candidates(self, k: int = CANDIDATES) -> np.ndarray:
        """Places, ascending, of the best `k` texts of each channel together."""
        if self._collection.size <= SCORED_WHOLE:
            return np.arange(self._collection.size)
        near = self._collection.dense.search(self._query.vector[None], k)[1][0]
        return np.unique(np.concatenate([best(self._lexical, k), best(self._ngrams, k), near[near >= 0]]))

    def at(self, places: np.ndarray) -> np.ndarray:
        """(n, 3) float32 scores of the texts at `places`: lexical, ngrams, dense; a negative cosine counts as 0."""
        dense = np.maximum(self._collection.dense.scores(self._query.vector, places), 0)
        return np.column_stack([self._lexical[places], self._ngrams[places], dense]).astype(np.float32)


class Collection:
    """Texts by their place from 0; safe to search from several threads."""

    def __init__(self, lexical: LexicalIndex, ngrams: LexicalIndex, dense: DenseBackend) -> None:
        self.lexical = lexical
        self.ngrams = ngrams
        self.dense = dense
        self.size = dense.size

    @classmethod
    def build(cls, texts: Sequence[str], vectors: StaticVectors, progress: Callable[[], None] | None = None) -> Collection:
        """A collection of `texts`; `progress` is called after each text."""
        terms: list[list[str]] = []
        encoded = np.zeros((len(texts), vectors.dimension), np.float32)
        for i, text in enumerate(texts):
            morphemes = analyze(text)
            terms.append(morpheme_terms(morphemes) + code_terms(text))
            encoded[i] = _vector(morphemes, vectors)
            if progress:
                progress()
        trigrams = [jamo_trigrams(text) for text in texts]
        return cls(LexicalIndex.build(terms), LexicalIndex.build(trigrams), FaissExact.build(encoded))

    @property
    def terms(self) -> Iterable[str]:
        """All morpheme terms of the texts."""
        return self.lexical.terms

    def score(self, query: Query) -> ScoredTexts:
        return ScoredTexts(self, query)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.lexical.save(folder / "morphemes")
        self.ngrams.save(folder / "trigrams")
        self.dense.save(folder / "dense.faiss")

    @classmethod
    def load(cls, folder: Path) -> Collection:
        dense = FaissExact.load(folder / "dense.faiss")
        return cls(LexicalIndex.load(folder / "morphemes", dense.size), LexicalIndex.load(folder / "trigrams", dense.size), dense)
