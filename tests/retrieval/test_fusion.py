import json

import numpy as np
import pytest

from retrieval.calibration import CHANNELS, FAQ_CHANNELS, Calibration, Logistic
from retrieval.fusion import Ranking, best, default_ranking

NONE = Calibration(Logistic((), (), 0.0), Logistic((), (), 0.0))


@pytest.mark.parametrize("k, expected", [(1, [3]), (3, [3, 0, 2]), (9, [3, 0, 2, 1]), (0, [])])
def test_best_takes_the_earlier_of_equal_scores(k, expected):
    assert best(np.array([2.0, 1.0, 2.0, 5.0]), k).tolist() == expected


def test_best_equals_a_stable_sort():
    scores = np.random.default_rng(0).integers(0, 20, 300).astype(np.float32)
    assert best(scores, 40).tolist() == np.argsort(-scores, kind="stable")[:40].tolist()


def test_the_shipped_ranking_has_a_weight_for_each_channel():
    ranking = default_ranking()
    assert ranking.faq_weights.shape == (len(FAQ_CHANNELS),) and ranking.passage_weights.shape == (len(CHANNELS),)


def test_a_ranking_comes_back_from_json(tmp_path):
    made = Ranking(np.arange(9, dtype=np.float32), np.array([1.0, 2.0, 0.5], np.float32), NONE)
    (tmp_path / "ranking.json").write_text(json.dumps(made.to_json()), encoding="utf-8")
    loaded = Ranking.load(tmp_path / "ranking.json")
    assert loaded.faq_weights.tolist() == list(range(9)) and loaded.passage_weights.tolist() == [1.0, 2.0, 0.5]
    assert loaded.calibration == NONE


def test_another_format_is_refused(tmp_path):
    (tmp_path / "ranking.json").write_text('{"format_version": 1}', encoding="utf-8")
    with pytest.raises(ValueError, match="format 1, this version reads 2"):
        Ranking.load(tmp_path / "ranking.json")


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="passage weights"):
        Ranking(np.ones(9), np.array([1.0, -1.0, 1.0]), NONE)


def test_a_query_in_a_passages_own_words_goes_by_the_second_set_of_weights():
    ranking = Ranking(np.ones(9, np.float32), np.array([1.0, 1.0, 4.0], np.float32), NONE, np.array([3.0, 2.0, 1.0], np.float32))
    copied = ranking.passage_parts(np.array([[0.9, 0.5, 0.1], [0.2, 0.1, 1.0]], np.float32))
    np.testing.assert_allclose(copied, [[2.7, 1.0, 0.1], [0.6, 0.2, 1.0]], atol=1e-6)
    own_words = ranking.passage_parts(np.array([[0.01, 0.5, 0.1], [0.0, 0.1, 1.0]], np.float32))
    np.testing.assert_allclose(own_words, [[0.01, 0.5, 0.4], [0.0, 0.1, 4.0]], atol=1e-3)
    between = ranking.passage_parts(np.array([[0.25, 1.0, 1.0]], np.float32))
    np.testing.assert_allclose(between, [[0.5, 1.5, 2.5]], atol=1e-6)


def test_without_second_weights_the_first_always_count():
    ranking = Ranking(np.ones(9, np.float32), np.array([1.0, 2.0, 3.0], np.float32), NONE)
    for lexical in (0.0, 0.25, 0.9):
        np.testing.assert_allclose(ranking.passage_parts(np.array([[lexical, 1.0, 1.0]], np.float32)), [[lexical, 2.0, 3.0]])
    assert ranking.passage_parts(np.zeros((0, 3), np.float32)).shape == (0, 3)
