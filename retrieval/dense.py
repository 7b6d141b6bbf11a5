"""Dense search: inner products over unit vectors, through FAISS.

`DenseBackend` is all that the index asks of an engine, so that another one can take its place; one class of
tests holds for each. Engines: exact (`IndexFlatIP`) for small segments; HNSW (Malkov & Yashunin 2016) for
large ones, or IVF, which is built in less time and found in more. `DenseConfig` says from which size on, and
may name one for all sizes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import numpy as np

logger = logging.getLogger(__name__)

RECONSTRUCTED_AT_ONCE = 50_000
MAX_GPU_K = 2_048


class Engine(str, Enum):
    EXACT = "exact"
    HNSW = "hnsw"
    IVF = "ivf"


class Device(str, Enum):
    CPU = "cpu"
    CUDA = "cuda"


@dataclass(frozen=True)
class DenseConfig:
    """Which engine a segment gets: `engine`, or exact up to `exact_up_to` vectors and HNSW above.

    The recall that the sizes below reach is in `benchmarks/search`.
    """

    engine: Engine | None = None
    exact_up_to: int = 10_000
    hnsw_links: int = 24
    hnsw_build: int = 80
    hnsw_search: int = 128
    """Over 50,000 sentence vectors recall@10 was 0.964 at 64, 0.976 at 96, 0.987 at 128 and 0.995 at 192."""
    ivf_lists_per_root: float = 4.0
    """Lists are this times the root of the number of vectors."""
    ivf_probed: float = 0.16
    """The part of the lists that a search looks into; over the same vectors recall@10 was 0.881 at 0.04, 0.931 at
    0.08, 0.954 at 0.12, 0.967 at 0.16."""

    def __post_init__(self) -> None:
        if self.engine is not None:
            object.__setattr__(self, "engine", Engine(self.engine))
        for name in ("hnsw_links", "hnsw_build", "hnsw_search"):
            if getattr(self, name) < 2:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be 2 or more")
        if not 0 < self.ivf_probed <= 1:
            raise ValueError(f"ivf_probed is {self.ivf_probed}; it must be above 0 and at most 1")

    def engine_for(self, size: int) -> Engine:
        return self.engine or (Engine.EXACT if size <= self.exact_up_to else Engine.HNSW)


class DenseBackend(Protocol):
    """Vectors (n, d) float32 of unit length, by their place from 0."""

    engine: Engine
    size: int
    dimension: int

    def search(self, queries: np.ndarray, k: int, hidden: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Scores (n, k) float32, descending, and places (n, k); short rows padded with -inf and -1.

        Places where `hidden` (size,) bool is true are not found. ValueError for another dimension.
        """

    def scores(self, query: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Inner products of `query` (d,) with the vectors at `places`."""

    def vectors(self, places: np.ndarray) -> np.ndarray:
        """(n, d) float32: the vectors at `places`."""

    def save(self, file: Path) -> None: ...


class _Faiss:
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
            scores, places = self._index.search(queries, max(k, 1))
        else:
            import faiss

            shown = faiss.IDSelectorBitmap(np.packbits(~hidden, bitorder="little"))
            scores, places = self._index.search(queries, max(k, 1), params=self._parameters(shown))
        scores[places < 0] = -np.inf
        return scores[:, :k], places[:, :k]

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
        return load_dense(file)


class FaissExact(_Faiss):
    """`DenseBackend` over `faiss.IndexFlatIP`."""

    engine = Engine.EXACT

    @staticmethod
    def _empty(size: int, dimension: int, config: DenseConfig, chunks: Sequence[np.ndarray]):
        import faiss

        return faiss.IndexFlatIP(dimension)


class FaissHnsw(_Faiss):
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


class FaissIvf(_Faiss):
    """`DenseBackend` over `faiss.IndexIVFFlat`."""

    engine = Engine.IVF

    @staticmethod
    def _empty(size: int, dimension: int, config: DenseConfig, chunks: Sequence[np.ndarray]):
        import faiss

        lists = max(1, min(int(config.ivf_lists_per_root * size**0.5), size // 39))
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, lists, faiss.METRIC_INNER_PRODUCT)
        index.nprobe = max(1, round(config.ivf_probed * lists))
        step = max(1, size // (64 * lists))
        sample = np.concatenate([chunk[::step] for chunk in chunks])
        index.train(np.ascontiguousarray(sample if size else np.zeros((1, dimension)), np.float32))
        index.make_direct_map()
        return index

    def _parameters(self, selector):
        import faiss

        return faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nprobe)


class FaissGpu:
    """`DenseBackend` that looks through all vectors on a CUDA device; built and kept on disk as the other engines.

    What is hidden is left out after the search; where that leaves too little, the CPU's index is asked.
    """

    def __init__(self, backend: _Faiss) -> None:
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


BACKENDS: dict[Engine, type[_Faiss]] = {Engine.EXACT: FaissExact, Engine.HNSW: FaissHnsw, Engine.IVF: FaissIvf}


def build_dense(chunks: list[np.ndarray], config: DenseConfig | None = None) -> _Faiss:
    """The engine that `config` names for the vectors of all `chunks`; the list is emptied on the way."""
    config = config or DenseConfig()
    return BACKENDS[config.engine_for(sum(len(chunk) for chunk in chunks))].from_chunks(chunks, config)


def load_dense(file: Path, device: Device = Device.CPU) -> DenseBackend:
    """The engine that was saved to `file`."""
    import faiss

    index = faiss.read_index(str(file))
    kinds = ((faiss.IndexHNSW, FaissHnsw), (faiss.IndexIVF, FaissIvf))
    backend = next((kind for type_, kind in kinds if isinstance(index, type_)), FaissExact)(index)
    return FaissGpu(backend) if device is Device.CUDA and backend.size else backend


def usable_device(wanted: Device) -> Device:
    """`wanted` where this machine and this FAISS have it, else the CPU; one log line says which."""
    if wanted is Device.CPU:
        return wanted
    import faiss

    if not hasattr(faiss, "StandardGpuResources"):
        logger.warning("vector search runs on the CPU: this FAISS has no CUDA (install the dependency group `gpu`)")
        return Device.CPU
    if not faiss.get_num_gpus():
        logger.warning("vector search runs on the CPU: no CUDA device was found")
        return Device.CPU
    logger.warning("vector search runs on CUDA device 0 of %d", faiss.get_num_gpus())
    return Device.CUDA


def _nothing(rows: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full((rows, k), -np.inf, np.float32), np.full((rows, k), -1, np.int64)
