"""Lexical search: BM25 (bm25s, Lucene's variant) over any kind of term.

Scores are divided by a power of the most that the query could score, so that they compare between
queries: Lucene's BM25 of a term never exceeds its idf, and a term that the index does not know
counts with the idf of a term of no document. With the power 1 they would be shares, and a
long-winded question would score little whatever it matches; with 0 every word more would count.
"""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

K1, B = 1.2, 0.6
"""Lucene writes 1.2 and 0.75; questions differ little in length."""
MASS_POWER = 0.25
TYPICAL_MASS = 25.0
"""A query of about five words of an FAQ; such a query's score is its share."""
FILES = ("params.index.json", "vocab.index.json", "data.csc.index.npy", "indices.csc.index.npy", "indptr.csc.index.npy")


def _bm25s():
    """The module bm25s, kept from importing JAX, which it only needs for a top-k we do not call (1 s)."""
    if "bm25s" not in sys.modules and "jax" not in sys.modules:
        sys.modules["jax"] = None  # type: ignore[assignment]
        try:
            import bm25s
        finally:
            del sys.modules["jax"]
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG
    return bm25s


class LexicalIndex:
    """BM25 over lists of terms; safe to search from several threads."""

    def __init__(self, model, size: int) -> None:
        self._model = model
        self.size = size
        if model is not None:
            df = np.diff(model.scores["indptr"])[: len(model.vocab_dict)]
            self._idf = np.log(1 + (size - df + 0.5) / (df + 0.5))
            self._id_of = {term: i for term, i in model.vocab_dict.items() if term}

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]]) -> LexicalIndex:
        """An index of `texts`, each a list of terms; texts without a term score 0."""
        if not any(texts):
            return cls(None, len(texts))
        model = _bm25s().BM25(k1=K1, b=B, method="lucene", backend="numpy")
        model.index([list(text) for text in texts], show_progress=False)
        return cls(model, len(texts))

    @property
    def terms(self) -> Iterable[str]:
        return () if self._model is None else self._id_of.keys()

    def scores(self, terms: Iterable[str]) -> np.ndarray:
        """(size,) float32, from 0: each text's BM25 over the distinct `terms`, divided as the module says."""
        terms = list(dict.fromkeys(terms))
        if self._model is None or not terms:
            return np.zeros(self.size, np.float32)
        ids = np.array([self._id_of[term] for term in terms if term in self._id_of], np.int64)
        if not len(ids):
            return np.zeros(self.size, np.float32)
        mass = self._idf[ids].sum() + (len(terms) - len(ids)) * math.log(1 + (self.size + 0.5) / 0.5)
        divisor = mass**MASS_POWER * TYPICAL_MASS ** (1 - MASS_POWER)
        return (self._model.get_scores_from_ids(ids) / divisor).astype(np.float32)

    def save(self, folder: Path) -> list[Path]:
        """Writes the index; returns the files, none for an index without terms."""
        if self._model is None:
            return []
        self._model.save(folder, show_progress=False)
        return [folder / name for name in FILES]

    @classmethod
    def load(cls, folder: Path, size: int) -> LexicalIndex:
        if not (folder / FILES[0]).exists():
            return cls(None, size)
        return cls(_bm25s().BM25.load(folder, load_corpus=False, show_progress=False), size)
