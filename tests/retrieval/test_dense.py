"""One contract for every dense backend: equality with brute force, or stated recall."""

import numpy as np
import pytest

from retrieval.code_lists import own_lists
from retrieval.dense import (
    DenseConfig,
    Device,
    Engine,
    FaissCodes,
    FaissExact,
    FaissGpu,
    FaissHnsw,
    FaissIvf,
    build_dense,
    load_dense,
    usable_device,
)

EVERYTHING = DenseConfig(hnsw_links=16, hnsw_search=400, ivf_probed=1.0, codes_probed=100, codes_compared=100)
"""Settings with which the approximate engines look at so much that they find what brute force finds."""


def has_cuda() -> bool:
    faiss = pytest.importorskip("faiss")
    return hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus() > 0


class OnGpu:
    """`FaissGpu` over an exact index, made as the others are."""

    @staticmethod
    def build(vectors, config=None):
        if not has_cuda():
            pytest.skip("needs faiss-gpu (dependency group gpu) and a CUDA device")
        return FaissGpu(FaissExact.build(vectors, config))

    @staticmethod
    def load(file):
        return load_dense(file, Device.CUDA)


def unit(n, d, seed):
    vectors = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


BACKENDS = [FaissExact, FaissHnsw, FaissIvf, FaissCodes, pytest.param(OnGpu, marks=pytest.mark.gpu, id="FaissGpu")]


@pytest.mark.parametrize("backend", BACKENDS)
class TestDenseBackend:
    def test_search_equals_brute_force(self, backend):
        vectors, queries = unit(200, 32, 0), unit(7, 32, 1)
        scores, places = backend.build(vectors, EVERYTHING).search(queries, 10)
        exact = queries @ vectors.T
        np.testing.assert_array_equal(places, np.argsort(-exact, axis=1)[:, :10])
        np.testing.assert_allclose(scores, -np.sort(-exact, axis=1)[:, :10], atol=1e-6)

    def test_what_is_hidden_is_not_found(self, backend):
        vectors, query = unit(200, 32, 0), unit(1, 32, 1)
        exact = np.argsort(-(query @ vectors.T)[0])
        hidden = np.zeros(200, bool)
        hidden[exact[:150:2]] = True
        places = backend.build(vectors, EVERYTHING).search(query, 10, hidden)[1]
        assert places[0].tolist() == exact[~hidden[exact]][:10].tolist()
        scores, places = backend.build(vectors, EVERYTHING).search(query, 3, np.ones(200, bool))
        assert places.tolist() == [[-1, -1, -1]] and np.isneginf(scores).all()

    def test_scores_of_places(self, backend):
        vectors, query = unit(50, 16, 2), unit(1, 16, 3)[0]
        built = backend.build(vectors)
        np.testing.assert_allclose(built.scores(query, np.array([4, 0, 49])), vectors[[4, 0, 49]] @ query, atol=1e-6)
        np.testing.assert_array_equal(built.vectors(np.array([4, 0, 49])), vectors[[4, 0, 49]])

    def test_k_larger_than_the_index_is_padded(self, backend):
        scores, places = backend.build(unit(3, 8, 4), EVERYTHING).search(unit(1, 8, 5), 5)
        assert sorted(places[0][:3]) == [0, 1, 2] and places[0][3:].tolist() == [-1, -1]
        assert np.isneginf(scores[0][3:]).all()

    def test_an_empty_index(self, backend):
        index = backend.build(np.zeros((0, 8), np.float32))
        assert index.search(unit(1, 8, 6), 2)[1].tolist() == [[-1, -1]]
        assert index.scores(unit(1, 8, 6)[0], np.zeros(0, np.int64)).shape == (0,)

    def test_another_dimension_is_refused(self, backend):
        index = backend.build(unit(3, 8, 7))
        with pytest.raises(ValueError, match="index has 8 dimensions, query has 4"):
            index.search(unit(1, 4, 8), 1)
        with pytest.raises(ValueError, match="index has 8 dimensions, query has 4"):
            index.scores(unit(1, 4, 8)[0], np.array([0]))

    def test_save_and_load_give_the_same(self, backend, tmp_path):
        index, queries = backend.build(unit(90, 8, 9), EVERYTHING), unit(2, 8, 10)
        index.save(tmp_path / "벡터.faiss")
        loaded = backend.load(tmp_path / "벡터.faiss")
        assert (loaded.engine, loaded.size, loaded.dimension) == (index.engine, 90, 8)
        for one, other in zip(index.search(queries, 5), loaded.search(queries, 5)):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(loaded.vectors(np.arange(90)), index.vectors(np.arange(90)))


@pytest.mark.parametrize("backend", [FaissHnsw, FaissIvf, FaissCodes])
def test_recall_of_the_default_settings(backend):
    """Clustered vectors, as sentences are: ten hits of each query against brute force."""
    rng = np.random.default_rng(0)
    centres = unit(60, 48, 1)
    vectors = centres[rng.integers(0, 60, 4_000)] + 0.15 * rng.standard_normal((4_000, 48)).astype(np.float32)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    queries = vectors[:100] + 0.05 * unit(100, 48, 2)
    exact = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    found = backend.build(vectors).search(queries.astype(np.float32), 10)[1]
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact.tolist(), found.tolist())])
    assert recall >= 0.95


@pytest.mark.parametrize("dimension", [8, 7])
def test_many_lists_are_themselves_found_by_codes(dimension, tmp_path):
    import faiss

    vectors, queries = unit(41_000, dimension, 0), unit(50, dimension, 1)
    built = FaissCodes.build(vectors, DenseConfig(codes_lists=1.0, codes_compared=800))
    lists = faiss.extract_index_ivf(built.faiss_index.base_index)
    assert lists.nlist == 1_051 and isinstance(faiss.downcast_index(lists.quantizer), faiss.IndexRefineFlat)
    built.save(tmp_path / "dense.faiss")
    loaded = load_dense(tmp_path / "dense.faiss")
    for one, other in zip(built.search(queries, 10), loaded.search(queries, 10)):
        np.testing.assert_array_equal(one, other)
    exact = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact.tolist(), loaded.search(queries, 10)[1].tolist())]) >= 0.95


def test_a_vector_stands_in_several_lists_and_is_found_once():
    import faiss

    vectors, queries = unit(3_000, 9, 0), unit(20, 9, 1)  # an odd dimension
    built = FaissCodes.build(vectors, DenseConfig(codes_probed=60))
    lists = faiss.extract_index_ivf(built.faiss_index.base_index).invlists
    held = [faiss.rev_swig_ptr(lists.get_ids(i), lists.list_size(i)).copy() for i in range(lists.nlist)]
    assert all(len(set(ids)) == len(ids) for ids in held)
    np.testing.assert_array_equal(np.bincount(np.concatenate(held)), np.full(3_000, 4))
    places = built.search(queries, 10)[1]
    assert all(len(set(row)) == 10 for row in places.tolist())
    np.testing.assert_array_equal(places, np.argsort(-(queries @ vectors.T), axis=1)[:, :10])


def test_further_lists_err_in_another_direction():
    """Of two centres as far from the vector, the one beyond its nearest centre loses to the one across."""
    vector = np.array([[1.0, 0.0]], np.float32)
    centres = np.array([[0.9, 0.0], [0.8, 0.0], [1.0, 0.2]], np.float32)
    assert [own.tolist() for own in own_lists(vector, centres, np.array([[0, 1, 2]]))] == [[0], [2], [1]]


def test_lists_of_codes_fall_back_to_all_vectors_where_most_is_hidden():
    vectors, queries = unit(4_000, 16, 0), unit(5, 16, 1)
    built = FaissCodes.build(vectors, DenseConfig(codes_probed=1, codes_compared=1))
    exact = np.argsort(-(queries @ vectors.T), axis=1)
    hidden = np.ones(4_000, bool)
    hidden[exact[:, -3:]] = False
    scores, places = built.search(queries, 10, hidden)
    shown = [row[~hidden[row]][:10].tolist() for row in exact]
    assert places.tolist() == shown
    np.testing.assert_allclose(scores, np.take_along_axis(queries @ vectors.T, places, 1), atol=1e-6)


@pytest.mark.gpu
def test_a_gpu_finds_what_all_vectors_compared_find_over_lists_of_codes(tmp_path):
    """Within rounding: the GPU looks at all vectors, so its hits are brute force's, and its scores the codes engine's."""
    if not has_cuda():
        pytest.skip("needs faiss-gpu (dependency group gpu) and a CUDA device")
    vectors, queries = unit(20_000, 32, 0), unit(20, 32, 1)
    FaissCodes.build(vectors, EVERYTHING).save(tmp_path / "dense.faiss")
    on_gpu, on_cpu = (load_dense(tmp_path / "dense.faiss", device) for device in (Device.CUDA, Device.CPU))
    assert on_gpu.engine is on_cpu.engine is Engine.CODES
    scores, places = on_gpu.search(queries, 10)
    exact = queries @ vectors.T
    np.testing.assert_array_equal(places, np.argsort(-exact, axis=1)[:, :10])
    np.testing.assert_allclose(scores, on_cpu.search(queries, 10)[0], atol=1e-5)
    np.testing.assert_array_equal(on_gpu.vectors(places[0]), on_cpu.vectors(places[0]))


@pytest.mark.parametrize(
    "config, size, engine",
    [
        (DenseConfig(exact_up_to=10), 10, Engine.EXACT),
        (DenseConfig(exact_up_to=10), 11, Engine.CODES),
        (DenseConfig(engine="hnsw"), 5, Engine.HNSW),
        (DenseConfig(engine="ivf"), 5, Engine.IVF),
        (DenseConfig(engine=Engine.EXACT, exact_up_to=10), 11, Engine.EXACT),
    ],
)
def test_the_engine_is_chosen_by_size_and_can_be_named(config, size, engine):
    built = build_dense([unit(size // 2, 8, 0), unit(size - size // 2, 8, 1)], config)
    assert (built.engine, built.size) == (engine, size)


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="hnsw_search is 0"):
        DenseConfig(hnsw_search=0)
    with pytest.raises(ValueError, match="codes_compared is 0"):
        DenseConfig(codes_compared=0)
    with pytest.raises(ValueError, match="ivf_probed is 2"):
        DenseConfig(ivf_probed=2)
    with pytest.raises(ValueError, match="'milvus' is not a valid Engine"):
        DenseConfig(engine="milvus")


def test_without_a_gpu_the_cpu_is_used_and_one_line_says_so(caplog):
    if has_cuda():
        pytest.skip("a CUDA device is here")
    assert usable_device(Device.CUDA) is Device.CPU
    assert len(caplog.records) == 1 and "runs on the CPU" in caplog.text
    caplog.clear()
    assert usable_device(Device.CPU) is Device.CPU and not caplog.records
