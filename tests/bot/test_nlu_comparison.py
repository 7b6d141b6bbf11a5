"""A comparison goes on where it stopped; noisy copies are added."""

import json
import time

import numpy as np
import pytest

from bot import nlu_comparison
from nlu.intent_models import Augmented

LEARNT = []


class FirstWord:
    """Knows the labels of the first words it saw."""

    def __init__(self):
        self.labels, self.known = [], {}

    def fit(self, texts, labels):
        LEARNT.append(list(zip(texts, labels)))
        self.labels = sorted(set(labels))
        self.known = {text.split()[0]: label for text, label in zip(texts, labels)}

    def probabilities(self, texts):
        rows = np.full((len(texts), len(self.labels)), 0.1)
        for row, text in zip(rows, texts):
            row[self.labels.index(self.known[text.split()[0]])] = 0.9
        return rows / rows.sum(1, keepdims=True)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    LEARNT.clear()
    words = {"ask": "배송", "out_of_scope": "날씨", "greet": "안녕"}
    blocks = []
    for intent, word in words.items():
        lines = "".join(f"    - {word} {'가나다라마바사아자차'[i] * (i + 2)} {i}\n" for i in range(10))
        blocks.append(f"- intent: {intent}\n  examples: |\n{lines}")
    (tmp_path / "nlu.yml").write_text("nlu:\n" + "".join(blocks), encoding="utf-8")
    monkeypatch.setattr(nlu_comparison, "candidates", lambda: {"first-word": FirstWord})
    return tmp_path


def test_what_is_kept_is_not_learnt_again(folder, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    nlu_comparison._learn("first-word", folder, kept, time.time() - 1)
    assert LEARNT == [] and not (kept / "learnt-5.json").exists()
    nlu_comparison._learn("first-word", folder, kept, None)
    assert len(LEARNT) == 5
    (kept / "learnt-5.json").unlink()
    (kept / "fold-3.pickle").unlink()
    nlu_comparison._learn("first-word", folder, kept, None)
    assert len(LEARNT) == 6
    learnt = json.loads((kept / "learnt-5.json").read_text(encoding="utf-8"))
    assert (learnt["macro_f1"], learnt["accuracy"], learnt["out_of_scope_auroc"]) == (1.0, 1.0, 1.0)
    assert len([name for name in learnt["predicted"] if name]) == 30


def test_a_slow_classifier_is_measured_on_the_first_folds(folder, tmp_path):
    nlu_comparison._learn("first-word", folder, tmp_path, None, folds=2)
    assert len(LEARNT) == 2
    learnt = json.loads((tmp_path / "learnt-2.json").read_text(encoding="utf-8"))
    assert (learnt["accuracy"], len(learnt["predicted"])) == (1.0, 30)
    assert {len([name for name in learnt["predicted"] if name])} <= set(range(11, 14))


def row(name, predicted, ms):
    right = sum(a == b for a, b in zip(predicted, "aaaaaaaaaa")) / sum(map(bool, predicted))
    return nlu_comparison.Compared(name, 5, right, right, None, 1.0, 1.0, ms, 1.0, predicted=tuple(predicted))


def test_the_fastest_that_is_not_worse_is_recommended_over_what_both_predicted():
    rows = [row("best", "aaaaaaaaaa", 3.0), row("part", ["a"] * 4 + ["b"] + [""] * 5, 2.0), row("worse", "bbbbbbbbaa", 1.0)]
    best, part, worse = nlu_comparison.judged(rows, "aaaaaaaaaa")
    assert (best.p, part.p, worse.p) == (1.0, 1.0, 2 * 0.5**8)  # none of 1 and none of 8 differing the other way
    assert [one.recommended for one in (best, part, worse)] == [False, True, False]


def test_another_state_of_the_examples_is_told_from_this(folder):
    examples = nlu_comparison.read_examples(folder)
    assert nlu_comparison._state_of(examples) == nlu_comparison._state_of(examples)
    assert nlu_comparison._state_of(examples) != nlu_comparison._state_of(examples[1:])


def test_an_unknown_classifier_is_refused(folder):
    with pytest.raises(ValueError, match="first-word 가운데"):
        nlu_comparison.compare(folder, ["diet"])


def test_noisy_copies_of_a_share_are_learnt_beside_the_messages():
    LEARNT.clear()
    texts, labels = [f"배송 언제 도착하는지 궁금해요 {i}" for i in range(10)], ["ask"] * 9 + ["greet"]
    Augmented(FirstWord(), copies=0.5).fit(texts, labels)
    [learnt] = LEARNT
    assert learnt[:10] == list(zip(texts, labels))
    assert len(learnt) == 15
    assert len(set(learnt) - set(zip(texts, labels))) >= 3
