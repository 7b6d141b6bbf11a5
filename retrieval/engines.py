"""The engines of dense search that FAISS gives, each a `DenseBackend` (`retrieval.dense`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.dense_config import DenseConfig, Engine

RECONSTRUCTED_AT_ONCE = 50_000
MAX_GPU_K = 2_048
USUAL_K = 10
AT_LEAST_COMPARED, HIDDEN_MARGIN = 2, 2
"""Twice as many vectors are compared as are wanted, and twice as many wanted as the part that is hidden asks for."""
FEWEST_SAMPLED = 16
KMEANS_ROUNDS, KMEANS_SAMPLE = 5, 24
"""Of lists of codes: rounds of k-means, and vectors a list."""
DIMENSIONS_A_CODE = 4
CODED_CENTRES_FROM = 1_024
"""From so many lists on, those to look into are found by codes as well."""
ONE_QUERY = 11
"""FAISS's way of searching lists of codes that takes one query least time (`IndexIVFFastScan.implem`)."""


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
            scores, places = self._searched(queries, max(k, 1))
        else:
            import faiss

            shown = faiss.IDSelectorBitmap(np.packbits(~hidden, bitorder="little"))
            scores, places = self._index.search(queries, max(k, 1), params=self._parameters(shown))
        scores[places < 0] = -np.inf
        return scores[:, :k], places[:, :k]

    def _searched(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        return self._index.search(queries, k)

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
        index.train(_sample(chunks, 64 * lists))
        index.make_direct_map()
        return index

    def _parameters(self, selector):
        import faiss

        return faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nprobe)


class FaissCodes(FaissEngine):
    """`DenseBackend` over lists of 4-bit codes; the vectors whose codes are nearest are then compared themselves.

    `faiss.IndexIVFPQFastScan` (a code for four dimensions, sums in registers: André et al. 2017, "Accelerated Nearest
    Neighbor Search with Quick ADC") with the vectors beside it (`faiss.IndexRefineFlat`). The codes are of turned
    vectors (`_turn`). Where there are many lists, those to look into are found by codes of their centres.
    """

    engine = Engine.CODES

    def __init__(self, index) -> None:
        import faiss

        super().__init__(index)
        self._flat = faiss.downcast_index(index.refine_index)

    @classmethod
    def from_chunks(cls, chunks: list[np.ndarray], config: DenseConfig | None = None):
        import faiss

        index = super().from_chunks(chunks, config).faiss_index
        lists = faiss.extract_index_ivf(index.base_index)
        if lists.nlist >= CODED_CENTRES_FROM:
            lists.quantizer = _coded(faiss.downcast_index(lists.quantizer))
            lists.quantizer.this.disown()
        return cls(index)

    @staticmethod
    def _empty(size: int, dimension: int, config: DenseConfig, chunks: Sequence[np.ndarray]):
        import faiss

        count = max(1, min(int(config.codes_lists * size**0.8), size // 39))
        sample = _sample(chunks, KMEANS_SAMPLE * count)
        turn = _turn(sample)
        centres = faiss.IndexFlatIP(turn.d_out)
        lists = faiss.IndexIVFPQFastScan(
            centres, turn.d_out, count, turn.d_out // DIMENSIONS_A_CODE, 4, faiss.METRIC_INNER_PRODUCT
        )
        lists.by_residual = False
        lists.cp.niter, lists.cp.spherical, lists.cp.max_points_per_centroid = KMEANS_ROUNDS, True, KMEANS_SAMPLE
        lists.cp.min_points_per_centroid = lists.pq.cp.min_points_per_centroid = 1
        lists.nprobe, lists.implem = max(1, min(round(config.codes_probed * size**0.25), count)), ONE_QUERY
        turned = faiss.IndexPreTransform(turn, lists)
        turned.train(sample)
        index = faiss.IndexRefineFlat(turned)
        index.k_factor = max(config.codes_compared * size**0.4 / USUAL_K, AT_LEAST_COMPARED)
        for owner, parts in ((lists, [centres]), (turned, [turn, lists]), (index, [turned])):
            owner.own_fields = True
            for part in parts:
                part.this.disown()
        return index

    def search(self, queries: np.ndarray, k: int, hidden: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """As the protocol says. Lists of codes know nothing of what is hidden in FAISS: it is left out afterwards, and
        where that leaves too little, all vectors are looked at."""
        if hidden is None or not self.size:
            return super().search(queries, k)
        self._check(queries)
        import faiss

        queries = np.ascontiguousarray(queries, np.float32)
        shown = self.size - int(hidden.sum())
        scores, places = super().search(queries, min(self.size, HIDDEN_MARGIN * k * self.size // max(shown, 1)))
        order = np.argsort(hidden[places] | (places < 0), axis=1, kind="stable")[:, :k]
        scores, places = np.take_along_axis(scores, order, 1), np.take_along_axis(places, order, 1)
        if places.shape[1] == k and not (hidden[places] | (places < 0)).any():
            return scores, places
        selector = faiss.IDSelectorBitmap(np.packbits(~hidden, bitorder="little"))
        scores, places = self._flat.search(queries, max(k, 1), params=faiss.SearchParameters(sel=selector))
        scores[places < 0] = -np.inf
        return scores[:, :k], places[:, :k]

    def _searched(self, queries: np.ndarray, k: int):
        import faiss

        if k == USUAL_K:
            return self._index.search(queries, k)
        compared = max(self._index.k_factor * USUAL_K / k, AT_LEAST_COMPARED)
        return self._index.search(queries, k, params=faiss.IndexRefineSearchParameters(k_factor=compared))

    def vectors(self, places: np.ndarray) -> np.ndarray:
        if not len(places):
            return super().vectors(places)
        return self._flat.reconstruct_batch(np.ascontiguousarray(places, np.int64))


def _turn(sample: np.ndarray):
    """The `faiss.LinearTransform` to the principal axes of `sample` (n, d), dealt out over the codes.

    Codes of equally much variance keep the order of inner products best: axes are dealt in the order of their variance,
    back and forth, as optimized product quantization allots them (Ge et al. 2013, section 4.2).
    """
    import faiss

    dimension = sample.shape[1]
    codes = -(-dimension // DIMENSIONS_A_CODE)
    axes = np.linalg.eigh(np.cov(sample, rowvar=False).reshape(dimension, dimension))[1][:, ::-1].T
    axes = np.vstack([axes, np.zeros((codes * DIMENSIONS_A_CODE - dimension, dimension))])
    dealt = np.arange(len(axes)).reshape(DIMENSIONS_A_CODE, codes)
    dealt[1::2] = dealt[1::2, ::-1]
    turn = faiss.LinearTransform(dimension, len(axes), False)
    faiss.copy_array_to_vector(np.ascontiguousarray(axes[dealt.T.ravel()], np.float32).ravel(), turn.A)
    turn.is_trained = turn.is_orthonormal = True
    return turn


def _coded(centres):
    """An index of the same vectors by codes of two dimensions."""
    import faiss

    vectors = centres.reconstruct_n(0, centres.ntotal)
    coded = faiss.IndexPQFastScan(centres.d, centres.d // 2, 4, faiss.METRIC_INNER_PRODUCT)
    coded.train(vectors)
    coded.add(vectors)
    return coded


def _sample(chunks: Sequence[np.ndarray], count: int) -> np.ndarray:
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


def _nothing(rows: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full((rows, k), -np.inf, np.float32), np.full((rows, k), -1, np.int64)
