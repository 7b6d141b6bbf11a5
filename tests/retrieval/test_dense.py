"""One contract for every dense backend: equality with brute force."""

import numpy as np
import pytest

from retrieval.dense import FaissExact


def unit(n, d, seed):
    vectors = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("backend", [FaissExact])
class TestDenseBackend:
    def test_search_equals_brute_force(self, backend):
        vectors, queries = unit(200, 32, 0), unit(7, 32, 1)
        scores, places = backend.build(vectors).search(queries, 10)
        exact = queries @ vectors.T
        np.testing.assert_array_equal(places, np.argsort(-exact, axis=1)[:, :10])
        np.testing.assert_allclose(scores, -np.sort(-exact, axis=1)[:, :10], atol=1e-6)

    def test_scores_of_places(self, backend):
        vectors, query = unit(50, 16, 2), unit(1, 16, 3)[0]
        np.testing.assert_allclose(
            backend.build(vectors).scores(query, np.array([4, 0, 49])), vectors[[4, 0, 49]] @ query, atol=1e-6
        )

    def test_k_larger_than_the_index_is_padded(self, backend):
        scores, places = backend.build(unit(3, 8, 4)).search(unit(1, 8, 5), 5)
        assert sorted(places[0][:3]) == [0, 1, 2] and places[0][3:].tolist() == [-1, -1]
        assert np.isneginf(scores[0][3:]).all()

    def test_an_empty_index(self, backend):
        index = backend.build(np.zeros((0, 8), np.float32))
        assert index.search(unit(1, 8, 6), 2)[1].tolist() == [[-1, -1]]
        assert index.scores(unit(1, 8, 6)[0], np.zeros(0, np.int64)).shape == (0,)

    def test_another_dimension_is_refused(self, backend):
        with pytest.raises(ValueError, match="index has 8 dimensions, query has 4"):
            backend.build(unit(3, 8, 7)).search(unit(1, 4, 8), 1)

    def test_save_and_load_give_the_same(self, backend, tmp_path):
        index, queries = backend.build(unit(20, 8, 9)), unit(2, 8, 10)
        index.save(tmp_path / "벡터.faiss")
        for one, other in zip(index.search(queries, 5), backend.load(tmp_path / "벡터.faiss").search(queries, 5)):
            np.testing.assert_array_equal(one, other)
