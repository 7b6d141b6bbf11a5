import numpy as np
import pytest

from retrieval.calibration import Calibration
from retrieval.fusion import CHANNELS, FAQ_CHANNELS, Ranking, best, default_ranking


@pytest.mark.parametrize("k, expected", [(1, [3]), (3, [3, 0, 2]), (9, [3, 0, 2, 1]), (0, [])])
def test_best_takes_the_earlier_of_equal_scores(k, expected):
    assert best(np.array([2.0, 1.0, 2.0, 5.0]), k).tolist() == expected


def test_best_equals_a_stable_sort():
    scores = np.random.default_rng(0).integers(0, 20, 300).astype(np.float32)
    assert best(scores, 40).tolist() == np.argsort(-scores, kind="stable")[:40].tolist()


def test_confidence_by_hand():
    calibration = Calibration(("fused", "a"), (1.0, 2.0), -3.0)
    fused, channels = np.array([1.0, 1.0 + np.log(3)]), np.array([[0.0], [0.5]])
    in_scope = 1 / (1 + np.exp(-(1.0 + np.log(3) + 1.0 - 3.0)))
    np.testing.assert_allclose(calibration.confidences(fused, channels), [in_scope / 4, in_scope * 3 / 4])
    assert calibration.confidences(np.zeros(0), np.zeros((0, 1))).tolist() == []


def test_calibration_comes_back_from_json():
    calibration = Calibration(("fused", "a"), (1.0, 2.0), -3.0)
    assert Calibration.from_json(calibration.to_json()) == calibration


def test_calibration_refuses_other_features():
    with pytest.raises(ValueError, match="2 features"):
        Calibration(("fused", "a"), (1.0, 2.0), 0.0).in_scope(np.zeros(3))


def test_the_shipped_ranking_has_a_weight_for_each_channel():
    ranking = default_ranking()
    assert ranking.faq_weights.shape == (len(FAQ_CHANNELS),) and ranking.passage_weights.shape == (len(CHANNELS),)
    assert ranking.calibration.names == ("fused", *FAQ_CHANNELS)


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="passage weights"):
        Ranking(np.ones(9), np.array([1.0, -1.0, 1.0]), Calibration((), (), 0.0))
