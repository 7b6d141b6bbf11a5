"""How much of a query's content a text speaks of: word by word, the same words or near ones.

A word counts with its inverse document frequency. What is near is said by the cosine of the words'
vectors; a word without a vector is near only to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nlu.morphemes import analyze
from nlu.vectors import StaticVectors
from retrieval.calibration import Coverage
from retrieval.ngrams import ASKING

KEPT_TEXTS = 4096
NOUNS = ("NNG", "NNP", "SL", "XR")
MAX_IDF = 10.0


class _Words(NamedTuple):
    keys: frozenset[str]
    rows: np.ndarray


class CoverageOf:
    """Coverage by texts, whose words are kept for the next query; safe to share between threads."""

    def __init__(self, vectors: StaticVectors) -> None:
        self._vectors = vectors
        self._words = lru_cache(maxsize=KEPT_TEXTS)(self._read)

    def __call__(self, query_keys: Sequence[str], text: str, is_live: Callable[[str], bool] | None = None) -> Coverage:
        """How much of the query's content words (`form/tag`) `text` covers; nothing where there are none.

        `is_live` tells whether a word stands anywhere in the FAQ.
        """
        keys = list(dict.fromkeys(key for key in query_keys if key not in ASKING))
        if not keys:
            return Coverage(0.0, 0.0, 0.0, 0)
        words = self._words(text)
        idfs = [self._vectors.idf(*key.rsplit("/", 1)) for key in keys]
        weights = np.array(idfs, np.float32)
        same = np.array([key in words.keys for key in keys], np.float32)
        near = np.maximum(self._nearest(keys, words.rows), same)
        weights /= weights.sum()
        parts = float(weights @ same), float(weights @ near), float((weights * (1 - near)).max()), len(keys)
        nowhere = [is_live is not None and key.rsplit("/", 1)[1] in NOUNS and not is_live(folded(key)) for key in keys]
        rarest = max((idf for idf, is_absent in zip(idfs, nowhere) if is_absent), default=0.0)
        return Coverage(*parts, float(weights @ np.array(nowhere, np.float32)), min(rarest, MAX_IDF) / 10)

    def _nearest(self, keys: Sequence[str], rows: np.ndarray) -> np.ndarray:
        """(n,) the highest cosine of each key with a word of the text, 0 for those without a vector."""
        found = np.zeros(len(keys), np.float32)
        known = [place for place, key in enumerate(keys) if key in self._vectors]
        if known and len(rows):
            own = self._vectors.word_vectors(self._vectors.rows([keys[place] for place in known]))
            found[known] = np.clip((own @ self._vectors.word_vectors(rows).T).max(1), 0, 1)
        return found

    def _read(self, text: str) -> _Words:
        keys = list(dict.fromkeys(content_keys(text)))
        return _Words(frozenset(keys), self._vectors.rows(keys))


def folded(key: str) -> str:
    """The morpheme as lexical search has it: Latin letters in lower case, irregular tags folded."""
    form, tag = key.rsplit("/", 1)
    return f"{form.lower()}/{tag.partition('-')[0]}"


def content_keys(text: str) -> list[str]:
    """`form/tag` of the content morphemes of `text`, as the vectors know them."""
    return [f"{m.form}/{m.tag}" for m in analyze(text) if m.is_content]
