import numpy as np
import pytest

from nlu.cross_validation import auroc, cross_validate, learning_curve, macro_f1, mcnemar_p, stratified_folds

TEXTS = [f"{word} {i}번째 {word}" for word in ("배송", "환불", "날씨") for i in range(12)]
LABELS = [label for label in ("ship", "refund", "out_of_scope") for _ in range(12)]


class FirstWord:
    """Knows the labels of the first words it saw, unless it is told to be blind."""

    def __init__(self, blind=False):
        self.labels, self.known, self.blind = [], {}, blind

    def fit(self, texts, labels):
        self.labels = sorted(set(labels))
        self.known = {text.split()[0]: label for text, label in zip(texts, labels)}

    def probabilities(self, texts):
        rows = np.full((len(texts), len(self.labels)), 0.1)
        for row, text in zip(rows, texts):
            row[0 if self.blind else self.labels.index(self.known[text.split()[0]])] = 0.8
        return rows / rows.sum(1, keepdims=True)


def test_macro_f1_by_hand():
    # greet: tp 1, fp 1, fn 0 -> 2/3; ask: tp 1, fp 0, fn 1 -> 2/3; human: 0
    assert macro_f1(["greet", "ask", "ask", "human"], ["greet", "ask", "greet", "x"]) == pytest.approx(4 / 9)


def test_auroc_by_hand():
    assert auroc([True, False], [0.9, 0.1]) == 1.0
    assert auroc([True, False, False, True], [0.5, 0.5, 0.2, 0.1]) == pytest.approx(1.5 / 4)
    assert np.isnan(auroc([True], [0.5]))


def test_auroc_is_scikit_learns():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(1)
    scores, positive = rng.integers(0, 8, 200) / 8, rng.random(200) < 0.4
    assert auroc(positive, scores) == pytest.approx(roc_auc_score(positive, scores))


def test_mcnemar_by_hand():
    gold = ["x"] * 10
    a, b = ["x"] * 10, ["x"] * 4 + ["y"] * 6
    assert mcnemar_p(gold, a, b) == pytest.approx(2 * 0.5**6)  # six to nothing
    assert mcnemar_p(gold, a, a) == 1.0


def test_folds_keep_near_duplicates_together_and_spread_labels():
    texts = ["배송 언제 와요", "배송 언제 와요?", *TEXTS]
    fold = stratified_folds(texts, ["ship", "ship", *LABELS], folds=3)
    assert fold[0] == fold[1]
    assert {(label, f) for label, f in zip(["ship", "ship", *LABELS], fold.tolist())} == {
        (label, f) for label in set(LABELS) for f in range(3)
    }


def test_a_knowing_model_is_scored_one_and_a_blind_one_is_told_its_mistakes():
    fold = np.arange(len(TEXTS)) % 3
    good = cross_validate(FirstWord, TEXTS, LABELS, fold)
    assert (good.macro_f1, good.accuracy, good.out_of_scope_auroc, good.mistakes) == (1.0, 1.0, 1.0, ())
    bad = cross_validate(lambda: FirstWord(blind=True), TEXTS, LABELS, fold)
    assert bad.accuracy == pytest.approx(1 / 3)
    assert {m.predicted for m in bad.mistakes} == {"out_of_scope"}


def test_a_learning_curve_has_a_point_a_share():
    curves = learning_curve(FirstWord, TEXTS, LABELS, np.arange(len(TEXTS)) % 3, shares=(0.5, 1.0))
    assert curves == {label: [(4, 1.0), (8, 1.0)] for label in set(LABELS)}
