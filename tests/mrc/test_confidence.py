import numpy as np
import pytest

from mrc.confidence import UNCALIBRATED, Calibration, fit, threshold_for_precision


def test_the_fit_recovers_the_weights_that_made_the_data():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20_000, 5))
    chance = 1 / (1 + np.exp(-(2 * features[:, 0] - features[:, 3] + 0.5)))
    calibration = fit(features, rng.random(20_000) < chance, l2=0.01)
    np.testing.assert_allclose(np.array(calibration.weights) / calibration.scale, [2, 0, 0, -1, 0], atol=0.12)
    assert calibration.confidence([0, 0, 0, 0, 0]) == pytest.approx(1 / (1 + np.exp(-0.5)), abs=0.02)


def test_json_gives_the_same_confidence_back():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(50, 5))
    calibration = fit(features, features[:, 0] > 0)
    again = Calibration.from_json(calibration.to_json())
    assert again.confidence(features[0]) == calibration.confidence(features[0])


def test_other_features_are_refused():
    document = {**UNCALIBRATED.to_json(), "features": ["score"]}
    with pytest.raises(ValueError, match="fitted on"):
        Calibration.from_json(document)


def test_one_outcome_leaves_it_uncalibrated():
    assert fit(np.ones((3, 5)), np.ones(3)) is UNCALIBRATED
    assert UNCALIBRATED.confidence((0.0, 9, 9, 9, 9)) == 0.5


def test_threshold_by_hand():
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    right = np.array([True, True, False, True])
    assert threshold_for_precision(confidence, right, 1.0) == 0.8
    assert threshold_for_precision(confidence, right, 0.75) == 0.6
    assert threshold_for_precision(np.array([0.9]), np.array([False]), 0.5) == 1.0


def test_ties_are_answered_together():
    assert threshold_for_precision(np.array([0.9, 0.9]), np.array([True, False]), 0.9) == 1.0
