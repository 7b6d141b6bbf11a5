"""Dense search: inner products over unit vectors, exact, through FAISS.

`DenseBackend` is all that the index asks of an engine, so that another one can take its place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np


class DenseBackend(Protocol):
    """Vectors (n, d) float32 of unit length, by their place from 0."""

    size: int
    dimension: int

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Scores (n, k) float32, descending, and places (n, k); short rows padded with -inf and -1."""

    def scores(self, query: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Inner products of `query` (d,) with the vectors at `places`."""

    def save(self, file: Path) -> None: ...


class FaissExact:
    """`DenseBackend` over `faiss.IndexFlatIP`."""

    def __init__(self, index) -> None:
        self._index = index
        self.size: int = index.ntotal
        self.dimension: int = index.d

    @classmethod
    def build(cls, vectors: np.ndarray) -> FaissExact:
        """An index of `vectors` (n, d) float32."""
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        if queries.shape[1] != self.dimension:
            raise ValueError(f"index has {self.dimension} dimensions, query has {queries.shape[1]}")
        scores, places = self._index.search(np.ascontiguousarray(queries, np.float32), max(k, 1))
        scores[places < 0] = -np.inf
        return scores[:, :k], places[:, :k]

    def scores(self, query: np.ndarray, places: np.ndarray) -> np.ndarray:
        if not len(places):
            return np.zeros(0, np.float32)
        return self._index.reconstruct_batch(np.ascontiguousarray(places, np.int64)) @ query

    def save(self, file: Path) -> None:
        import faiss

        faiss.write_index(self._index, str(file))

    @classmethod
    def load(cls, file: Path) -> FaissExact:
        import faiss

        return cls(faiss.read_index(str(file)))
