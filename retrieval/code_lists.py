"""Lists of 4-bit codes, each vector in several of them: the engine of large segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retrieval.dense_config import DenseConfig, Engine
from retrieval.engines import FaissEngine, ranked, sampled

USUAL_K = 10
COPIES, LISTS_CONSIDERED = 4, 12
"""Each vector stands in so many lists, of so many nearest ones."""
AT_LEAST_COMPARED, HIDDEN_MARGIN = 2, 2
"""Twice as many vectors are compared as are wanted, and twice as many wanted as the part that is hidden asks for."""
KMEANS_ROUNDS, KMEANS_SAMPLE = 8, 40
"""Of lists of codes: rounds of k-means, and vectors a list."""
CODED_CENTRES_FROM = 1_024
"""From so many lists on, those to look into are found by codes as well, and by so many of these compared themselves:"""
CENTRES_COMPARED = 1.5
ONE_QUERY = 11
"""FAISS's way of searching lists of codes that takes one query least time (`IndexIVFFastScan.implem`)."""
ALONG = 1.0
"""How much more an error counts along the errors of a vector's other lists than across them."""
ASSIGNED_AT_ONCE = 2_000


class FaissCodes(FaissEngine):
    """`DenseBackend` over lists of 4-bit codes; the vectors whose codes are nearest are then compared themselves.

    `faiss.IndexIVFPQFastScan` (a code for two dimensions of what the list's centre leaves over, sums in registers: André
    et al. 2017, "Accelerated Nearest Neighbor Search with Quick ADC") with the vectors beside it
    (`faiss.IndexRefineFlat`). Each vector stands in four lists, chosen so that their centres err in different directions
    (`own_lists`): a query that misses one finds another, and a twentieth as many lists need be looked into. Where there
    are many lists, those to look into are found by codes of their centres.
    """

    engine = Engine.CODES

    def __init__(self, index) -> None:
        import faiss

        super().__init__(index)
        self._flat = faiss.downcast_index(index.refine_index)

    @classmethod
    def from_chunks(cls, chunks: list[np.ndarray], config: DenseConfig | None = None) -> FaissCodes:
        import faiss

        config = config or DenseConfig()
        size, dimension = sum(len(chunk) for chunk in chunks), chunks[0].shape[1]
        count = max(1, min(int(config.codes_lists * size**0.8), size // 39))
        centres = faiss.IndexFlatIP(dimension)
        lists = _trained(centres, count, chunks)
        flat = faiss.IndexFlatIP(dimension)
        while chunks:
            chunk = np.ascontiguousarray(chunks.pop(0), np.float32)
            flat.add(chunk)
            for start in range(0, len(chunk), ASSIGNED_AT_ONCE):
                _add(lists, centres, chunk[start : start + ASSIGNED_AT_ONCE], flat.ntotal - len(chunk) + start)
        return cls(_assembled(lists, centres, flat, config))

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
        return ranked(*self._flat.search(queries, max(k, 1), params=faiss.SearchParameters(sel=selector)), k)

    def _searched(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        import faiss

        copies = self.asked_for(k)
        if k == USUAL_K:
            return _each_once(*self._index.search(queries, copies), k)
        compared = max(self._index.k_factor * COPIES * USUAL_K / copies, AT_LEAST_COMPARED)
        parameters = faiss.IndexRefineSearchParameters(k_factor=compared)
        return _each_once(*self._index.search(queries, copies, params=parameters), k)

    def asked_for(self, k: int) -> int:
        return COPIES * max(k, 1)

    def vectors(self, places: np.ndarray) -> np.ndarray:
        if not len(places):
            return super().vectors(places)
        return self._flat.reconstruct_batch(np.ascontiguousarray(places, np.int64))


def own_lists(vectors: np.ndarray, centres: np.ndarray, nearest: np.ndarray) -> list[np.ndarray]:
    """In which of the lists `nearest` (n, c), nearest first, the `vectors` (n, d) are to stand: up to `COPIES` arrays (n,) int64.

    The first is the nearest; each other one's centre is near, and its error not along the errors of those chosen before
    (Sun et al. 2023, "SOAR: Improved Indexing for Approximate Nearest Neighbor Search", equation 5, for one more list).
    """
    errors = vectors[:, None] - centres[nearest]
    loss = np.einsum("ncd,ncd->nc", errors, errors)
    directions = errors / np.maximum(np.sqrt(loss)[:, :, None], np.finfo(np.float32).tiny)
    rows, column = np.arange(len(vectors)), np.zeros(len(vectors), np.int64)
    chosen = []
    for _ in range(min(COPIES, nearest.shape[1])):
        chosen.append(np.ascontiguousarray(nearest[rows, column]))
        loss += ALONG * np.einsum("ncd,nd->nc", errors, directions[rows, column]) ** 2
        loss[rows, column] = np.inf
        column = loss.argmin(axis=1)
    return chosen


def _trained(centres, count: int, chunks: Sequence[np.ndarray]):
    """`count` empty lists of codes (`faiss.IndexIVFPQ`), trained; their centres stand in `centres`."""
    import faiss

    lists = faiss.IndexIVFPQ(centres, centres.d, count, _codes(centres.d), 4, faiss.METRIC_INNER_PRODUCT)
    lists.cp.niter, lists.cp.spherical, lists.cp.max_points_per_centroid = KMEANS_ROUNDS, True, KMEANS_SAMPLE
    lists.cp.min_points_per_centroid = lists.pq.cp.min_points_per_centroid = 1
    lists.train(sampled(chunks, KMEANS_SAMPLE * count))
    return lists


def _add(lists, centres, vectors: np.ndarray, start: int) -> None:
    """Puts `vectors` (n, d), whose places begin at `start`, into their lists."""
    import faiss

    nearest = centres.search(vectors, min(LISTS_CONSIDERED, lists.nlist))[1]
    places = np.arange(start, start + len(vectors))
    for own in own_lists(vectors, centres.reconstruct_n(0, centres.ntotal), nearest):
        lists.add_core(len(vectors), faiss.swig_ptr(vectors), faiss.swig_ptr(places), faiss.swig_ptr(own), None)


def _assembled(lists, centres, flat, config: DenseConfig):
    """The index as it is searched: `lists` packed for registers, their `centres` found by codes, and the vectors in `flat`."""
    import faiss

    packed = faiss.IndexIVFPQFastScan(lists)
    packed.quantizer, packed.own_fields = _coded(centres), True
    packed.quantizer.this.disown()
    packed.nprobe, packed.implem = min(config.codes_probed, lists.nlist), ONE_QUERY
    packed.ntotal = 0  # FAISS refines empty indexes only; it is told the vectors, not their copies
    index = faiss.IndexRefineFlat(packed)
    index.own_fields = True
    packed.this.disown()
    index.refine_index, index.own_refine_index = flat, True
    flat.this.disown()
    packed.ntotal = index.ntotal = flat.ntotal
    index.k_factor = max(config.codes_compared / (COPIES * USUAL_K), 1)
    return index


def _coded(centres):
    """What finds the nearest of `centres`: where these are many, codes of two dimensions, then the centres themselves."""
    import faiss

    if centres.ntotal < CODED_CENTRES_FROM:
        return centres
    vectors = centres.reconstruct_n(0, centres.ntotal)
    coded = faiss.IndexPQFastScan(centres.d, _codes(centres.d), 4, faiss.METRIC_INNER_PRODUCT)
    coded.train(vectors)
    index = faiss.IndexRefineFlat(coded)
    index.own_fields = True
    coded.this.disown()
    index.add(vectors)
    index.k_factor = CENTRES_COMPARED
    return index


def _codes(dimension: int) -> int:
    """How many codes a vector has: one for two dimensions where that comes out even."""
    return dimension // 2 if dimension % 2 == 0 else dimension


def _each_once(scores: np.ndarray, places: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `k` different places of each row with their scores, padded with -inf and -1."""
    once, scored = [], []
    for found, values in zip(places.tolist(), scores.tolist()):
        score_of = dict(zip(found, values))  # a vector's copies have the same score
        score_of.pop(-1, None)
        missing = max(k - len(score_of), 0)
        once.append([*score_of, *[-1] * missing][:k])
        scored.append([*score_of.values(), *[-np.inf] * missing][:k])
    return np.array(scored, np.float32).reshape(-1, k), np.array(once, np.int64).reshape(-1, k)
