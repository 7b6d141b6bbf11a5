"""The engines of dense search that FAISS gives, each a `DenseBackend` (`retrieval.dense`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.dense_config import DenseConfig, Engine

RECONSTRUCTED_AT_ONCE = 50_000
MAX_GPU_K = 2_048
FEWEST_SAMPLED = 16


class FaissEngine:
    """What the engines of FAISS have in common."""

    engine: Engine

    def __init__(self, index) -> None:
        self._index = index
        self.size: int = index.ntotal
        self.dimension: int = index.d

    @classmethod
    def build(cls, vectors: np.ndarray, config: DenseConfig | None = None):
        """An index of `vectors` (n, d) float32."""
        return cls.from_chunks([vectors], config)

    @classmethod
    def from_chunks(cls, chunks: list[np.ndarray], config: DenseConfig | None = None):
        """An index of the vectors of all `chunks`, at least one; the list is emptied on the way."""
        size, dimension = sum(len(chunk) for chunk in chunks), chunks[0].shape[1]
        index = cls._empty(size, dimension, config or DenseConfig(), chunks)
        while chunks:
            index.add(np.ascontiguousarray(chunks.pop(0), np.float32))
        return cls(index)

    @property
    def faiss_index(self):
        """The index below, for measuring."""
        return self._index

    @staticmethod
    def _empty(size: int, dimension: int, config: DenseConfig, chunks: Sequence[np.ndarray]):
        raise NotImplementedError

    def _parameters(self, selector):
        import faiss

        return faiss.SearchParameters(sel=selector)

    def search(self, queries: np.ndarray, k: int, hidden: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        self._check(queries)
        if not self.size:
            return _nothing(len(queries), k)
        queries = np.ascontiguousarray(queries, np.float32)
        if hidden is None:
            return self._searched(queries, k)
        import faiss

        shown = faiss.IDSelectorBitmap(np.packbits(~hidden, bitorder="little"))
        return ranked(*self._index.search(queries, max(k, 1), params=self._parameters(shown)), k)

    def _searched(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        return ranked(*self._index.search(queries, self.asked_for(k)), k)

    def asked_for(self, k: int) -> int:
        """How many hits the index below must give for `k` different ones."""
        return max(k, 1)

    def scores(self, query: np.ndarray, places: np.ndarray) -> np.ndarray:
        self._check(query[None])
        if not len(places):
            return np.zeros(0, np.float32)
        return np.einsum("ij,j->i", self.vectors(places), query)  # BLAS would wake its threads for so little

    def _check(self, queries: np.ndarray) -> None:
        if queries.shape[1] != self.dimension:
            raise ValueError(f"index has {self.dimension} dimensions, query has {queries.shape[1]}")

    def vectors(self, places: np.ndarray) -> np.ndarray:
        if not len(places):
            return np.zeros((0, self.dimension), np.float32)
        return self._index.reconstruct_batch(np.ascontiguousarray(places, np.int64))

    def save(self, file: Path) -> None:
        import faiss

        faiss.write_index(self._index, str(file))

    @classmethod
    def load(cls, file: Path):
        """The engine of this kind that was saved to `file`."""
        import faiss

        return cls(faiss.read_index(str(file)))


class FaissExact(FaissEngine):
    """`DenseBackend` over `faiss.IndexFlatIP`."""

    engine = Engine.EXACT

    @staticmethod
    def _empty(size: int, dimension: int, config: DenseConfig, chunks: Sequence[np.ndarray]):
        import faiss

        return faiss.IndexFlatIP(dimension)


class FaissHnsw(FaissEngine):
    """`DenseBackend` over `faiss.IndexHNSWFlat`."""

    engine = Engine.HNSW

    @staticmethod
    def _empty(size: int, dimension: int, config: DenseConfig, chunks: Sequence[np.ndarray]):
        import faiss

        index = faiss.IndexHNSWFlat(dimension, config.hnsw_links, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = config.hnsw_build, config.hnsw_search
        return index

    def _parameters(self, selector):
        import faiss

        return faiss.SearchParametersHNSW(sel=selector, efSearch=self._index.hnsw.efSearch)


class FaissIvf(FaissEngine):
    """`DenseBackend` over `faiss.IndexIVFFlat`."""

    engine = Engine.IVF

    @staticmethod
    def _empty(size: int, dimension: int, config: DenseConfig, chunks: Sequence[np.ndarray]):
        import faiss

        lists = max(1, min(int(config.ivf_lists_per_root * size**0.5), size // 39))
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, lists, faiss.METRIC_INNER_PRODUCT)
        index.nprobe = max(1, round(config.ivf_probed * lists))
        index.train(sampled(chunks, 64 * lists))
        index.make_direct_map()
        return index

    def _parameters(self, selector):
        import faiss

        return faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nprobe)


def sampled(chunks: Sequence[np.ndarray], count: int) -> np.ndarray:
    """About `count` vectors of all `chunks` for training, evenly; those there are again, or noise, where these are few."""
    size, dimension = sum(len(chunk) for chunk in chunks), chunks[0].shape[1]
    step = max(1, size // count)
    sample = np.concatenate([chunk[::step] for chunk in chunks])
    if not len(sample):
        sample = np.zeros((1, dimension))
    return np.ascontiguousarray(np.resize(sample, (max(len(sample), FEWEST_SAMPLED), dimension)), np.float32)


class FaissGpu:
    """`DenseBackend` that looks through all vectors on a CUDA device; built and kept on disk as the other engines.

    What is hidden is left out after the search; where that leaves too little, the CPU's index is asked.
    """

    def __init__(self, backend: FaissEngine) -> None:
        import faiss

        self._backend = backend
        self.engine, self.size, self.dimension = backend.engine, backend.size, backend.dimension
        self._resources = faiss.StandardGpuResources()
        flat = faiss.IndexFlatIP(self.dimension)
        for start in range(0, self.size, RECONSTRUCTED_AT_ONCE):
            flat.add(backend.vectors(np.arange(start, min(start + RECONSTRUCTED_AT_ONCE, self.size))))
        self._index = faiss.index_cpu_to_gpu(self._resources, 0, flat)

    def search(self, queries: np.ndarray, k: int, hidden: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        wanted = k + (0 if hidden is None else min(int(hidden.sum()), MAX_GPU_K))
        if not self.size or wanted > MAX_GPU_K or queries.shape[1] != self.dimension:
            return self._backend.search(queries, k, hidden)
        scores, places = self._index.search(np.ascontiguousarray(queries, np.float32), wanted)
        if hidden is not None:
            places[hidden[np.maximum(places, 0)]] = -1
        scores[places < 0] = -np.inf
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(scores, order, 1), np.take_along_axis(places, order, 1)

    def scores(self, query: np.ndarray, places: np.ndarray) -> np.ndarray:
        return self._backend.scores(query, places)

    def vectors(self, places: np.ndarray) -> np.ndarray:
        return self._backend.vectors(places)

    def save(self, file: Path) -> None:
        self._backend.save(file)


def ranked(scores: np.ndarray, places: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `k` of what FAISS found, with -inf where it found nothing."""
    scores[places < 0] = -np.inf
    return scores[:, :k], places[:, :k]


def _nothing(rows: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full((rows, k), -np.inf, np.float32), np.full((rows, k), -1, np.int64)
