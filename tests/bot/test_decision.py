import json

import numpy as np
import pytest

from bot.decision import DECISION_FILE, Decision, likeliest
from bot.evidence import FEATURES, NULL_FEATURES


def decision(**weights: float) -> Decision:
    return Decision(
        np.array([weights.get(name, 0.0) for name in FEATURES]),
        np.array([weights.get(name, 0.0) for name in NULL_FEATURES]),
        "r",
    )


def features(*readers: float) -> np.ndarray:
    return np.array([[value if name == "reader" else 0.0 for name in FEATURES] for value in readers])


def test_probabilities_by_hand():
    null = np.array([1.0 if name == "bias" else 0.0 for name in NULL_FEATURES])
    found = decision(reader=np.log(2), bias=np.log(3)).probabilities(features(1.0, 2.0), null)
    np.testing.assert_allclose(found, [2 / 9, 4 / 9])
    assert len(decision().probabilities(features(), null)) == 0


class Said:
    """A candidate as far as the decision looks at it."""

    def __init__(self, document, word, value, at=0, leads=()):
        passage = type("P", (), {"document_id": document})
        self.reading = type("R", (), {"text": word, "passage": passage, "place": lambda start, end: (start, end)})
        self.span = type("S", (), {"start": 0, "end": len(word)})
        self.unit = type("U", (), {"start": at, "end": at + 1, "leads": leads})
        self.features = features(value)[0]


def best(*candidates):
    matrix = np.array([one.features for one in candidates])
    return likeliest(candidates, decision(reader=1.0).probabilities(matrix, np.zeros(len(NULL_FEATURES))))


def test_candidates_that_say_the_same_count_together():
    a, b, c = Said("d", "7일", np.log(2)), Said("d", "7 일", np.log(2)), Said("d", "3일", np.log(3))
    found, probability = best(c, a, b)
    assert found is a
    assert probability == pytest.approx(4 / 8)
    assert best(c, a, Said("e", "7일", np.log(2)))[0] is c


def test_of_the_items_of_a_list_that_say_the_same_the_first_is_taken():
    lead = ((0, 5),)
    first, third = Said("d", "7일", 0.0, 10, lead), Said("d", "7일", 1.0, 30, lead)
    other = Said("d", "7일", 0.0, 3, ((1, 2),))
    assert best(third, other, first)[0] is first


def test_log_odds_are_against_there_being_no_answer():
    null = np.array([1.0 if name == "bias" else 0.0 for name in NULL_FEATURES])
    np.testing.assert_allclose(decision(reader=2.0, bias=0.5).log_odds(features(1.0, -1.0), null), [1.5, -2.5])


def test_what_is_saved_is_what_is_loaded(tmp_path):
    file = tmp_path / "decision.json"
    made = decision(reader=1.5, bias=-2.0)
    made.save(file)
    kept = Decision.load(file)
    np.testing.assert_allclose(kept.weights, made.weights)
    np.testing.assert_allclose(kept.null_weights, made.null_weights)
    assert kept.reader == "r"


def test_weights_of_other_features_are_refused(tmp_path):
    document = json.loads(DECISION_FILE.read_text(encoding="utf-8"))
    document["weights"].pop("reader")
    file = tmp_path / "decision.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ValueError, match="weights"):
        Decision.load(file)
    file.write_text(json.dumps({**document, "format_version": 99}), encoding="utf-8")
    with pytest.raises(ValueError, match="format 99"):
        Decision.load(file)
