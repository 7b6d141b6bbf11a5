import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import accuracy_score, f1_score

from nlu.transfer.curve import overfitting_point
from nlu.transfer.metrics import classification_metrics, regression_metrics


def test_metrics_are_those_of_the_libraries():
    rng = np.random.default_rng(0)
    gold, predicted = rng.choice(list("abc"), 60), rng.choice(list("abcd"), 60)
    found = classification_metrics(gold.tolist(), predicted.tolist())
    assert found["accuracy"] == pytest.approx(100 * accuracy_score(gold, predicted), abs=0.006)
    assert found["macro_f1"] == pytest.approx(100 * f1_score(gold, predicted, average="macro"), abs=0.006)
    numbers, guesses = rng.integers(0, 6, 60).astype(float), rng.normal(size=60).round(1)
    scores = regression_metrics(numbers, guesses)
    assert scores["spearman"] == pytest.approx(100 * spearmanr(numbers, guesses)[0], abs=0.006)
    assert scores["pearson"] == pytest.approx(100 * np.corrcoef(numbers, guesses)[0, 1], abs=0.006)
    assert regression_metrics([1.0, 2.0], [3.0, 3.0]) == {"spearman": 0.0, "pearson": 0.0}


@pytest.mark.parametrize(
    ("losses", "step"), [([0.6, 0.4, 0.5], 20), ([0.6, 0.5, 0.4], None), ([0.5, 0.505], None), ([0.5], None), ([], None)]
)
def test_the_overfitting_point(losses, step):
    assert overfitting_point([10, 20, 30][: len(losses)], losses) == step
