"""Confidence by hand, and the three decisions."""

import math

import numpy as np
import pytest

from retrieval.calibration import FAQ_CHANNELS, FEATURES, Calibration, Coverage, Logistic, features_of

FUSED = np.array([1.0, 1.0 + math.log(3), 0.0])
CHANNELS = np.zeros((3, len(FAQ_CHANNELS)))
COVERAGE = Coverage(0.25, 0.5, 0.1, 3, 0.6, 0.9)


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def test_features_of_the_first_hit():
    channels = CHANNELS.copy()
    channels[1, 4] = 0.7
    features = features_of(FUSED, channels, COVERAGE)
    assert tuple(features) == FEATURES
    assert features["fused"] == pytest.approx(1 + math.log(3)) and features["lead"] == pytest.approx(math.log(3))
    assert features["share"] == pytest.approx(3 * math.e / (3 * math.e + math.e + 1))
    assert features["entry_ngrams"] == 0.7 and features["question_lexical"] == 0
    assert (features["covered"], features["near"], features["unlike"]) == (0.25, 0.5, 0.1)
    assert (features["absent"], features["rarest"]) == (0.6, 0.9)
    assert features["length"] == pytest.approx(math.log(4))


def test_a_single_candidate_leads_by_its_whole_score():
    assert features_of(np.array([2.5]), CHANNELS[:1], COVERAGE)["lead"] == 2.5


def test_confidences_by_hand():
    calibration = Calibration(Logistic(("covered",), (4.0,), 0.0), Logistic(("lead",), (1.0,), 0.5))
    scope, first = sigmoid(1.0), sigmoid(math.log(3) + 0.5)
    found = calibration.confidences(FUSED, CHANNELS, COVERAGE)
    others = math.e + 1
    assert found == pytest.approx([scope * (1 - first) * math.e / others, scope * first, scope * (1 - first) / others])
    assert found.sum() == pytest.approx(scope)


def test_no_hit_is_surer_than_the_first():
    calibration = Calibration(Logistic((), (), 3.0), Logistic((), (), -2.0))
    found = calibration.confidences(np.array([1.0, 1.1]), CHANNELS[:2], COVERAGE)
    assert found[1] == found[0] == pytest.approx(sigmoid(3.0) * sigmoid(-2.0))


def test_no_candidates_have_no_confidence():
    calibration = Calibration(Logistic((), (), 0.0), Logistic((), (), 0.0))
    assert calibration.confidences(np.zeros(0), np.zeros((0, 9)), COVERAGE).tolist() == []


def test_calibration_comes_back_from_json():
    made = Calibration(Logistic(("fused", "near"), (1.0, 2.0), -3.0), Logistic(("share",), (7.0,), -3.5))
    assert Calibration.from_json(made.to_json()) == made


def test_other_features_are_refused():
    with pytest.raises(ValueError, match="unknown features \\['mood'\\]"):
        Logistic(("mood",), (1.0,), 0.0)
    with pytest.raises(ValueError, match="2 feature names, 1 coefficients"):
        Logistic(("fused", "lead"), (1.0,), 0.0)
