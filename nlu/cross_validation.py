"""Cross-validation of intent classifiers in which no near-duplicate of a test message is trained on.

Two classifiers are compared on the same folds by the exact McNemar test (Dietterich 1998, Neural
Computation 10): over the messages that one gets right and the other wrong.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from nlu.near_duplicates import near_duplicate_groups

FOLDS = 5
OUT_OF_SCOPE = "out_of_scope"


class IntentModel(Protocol):
    """What is compared: learns from texts, gives probabilities over `labels`."""

    labels: list[str]

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None: ...

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """`(n, k)`, rows add up to 1."""


class Mistake(NamedTuple):
    text: str
    intent: str
    predicted: str


@dataclass(frozen=True)
class CrossValidation:
    """Held-out predictions, and what learning and predicting took.

    The scores are over the messages of the folds that were measured; `predicted` is empty for another.
    `train_s` is the median of a fold's learning, `ms_a_message` the median of single predictions in the last fold.
    """

    macro_f1: float
    accuracy: float
    out_of_scope_auroc: float | None
    train_s: float
    ms_a_message: float
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    mistakes: tuple[Mistake, ...]


def stratified_folds(texts: Sequence[str], labels: Sequence[str], folds: int = FOLDS) -> np.ndarray:
    """The fold of each message `(n,)`: near-duplicates together, each label spread over all folds."""
    groups = near_duplicate_groups(texts)
    sizes = Counter(groups.tolist())
    label_of = {group: labels[at] for at, group in reversed(list(enumerate(groups.tolist())))}
    loads: dict[str, list[int]] = {label: [0] * folds for label in set(labels)}
    order = np.random.default_rng(0).permutation(sorted(sizes))
    fold_of: dict[int, int] = {}
    for group in sorted(order.tolist(), key=lambda group: -sizes[group]):
        load = loads[label_of[group]]
        fold_of[group] = load.index(min(load))
        load[fold_of[group]] += sizes[group]
    return np.array([fold_of[group] for group in groups.tolist()])


class HeldOut(NamedTuple):
    """One fold: which messages, their probabilities `(m, k)` over the labels in order, and what it took."""

    outside: np.ndarray
    probabilities: np.ndarray
    train_s: float
    latencies_ms: tuple[float, ...]


def cross_validate(
    make: Callable[[], IntentModel], texts: Sequence[str], labels: Sequence[str], fold: np.ndarray, timed: int = 50
) -> CrossValidation:
    """Scores of the models that `make` makes, over the folds of `stratified_folds`."""
    return joined([held_out(make, texts, labels, fold, number, timed) for number in sorted(set(fold.tolist()))], texts, labels)


def held_out(
    make: Callable[[], IntentModel], texts: Sequence[str], labels: Sequence[str], fold: np.ndarray, number: int, timed: int = 50
) -> HeldOut:
    """Fold `number` predicted by a model that learnt from the others; `timed` messages are also predicted one by one."""
    names = sorted(set(labels))
    inside, outside = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
    model = make()
    started = time.perf_counter()
    model.fit([texts[i] for i in inside], [labels[i] for i in inside])
    train_s = time.perf_counter() - started
    probabilities = np.zeros((len(outside), len(names)))
    probabilities[:, [names.index(label) for label in model.labels]] = model.probabilities([texts[i] for i in outside])
    latencies = []
    for i in outside[:timed]:
        started = time.perf_counter()
        model.probabilities([texts[i]])
        latencies.append(1000 * (time.perf_counter() - started))
    return HeldOut(outside, probabilities, train_s, tuple(latencies))


def joined(folds: Sequence[HeldOut], texts: Sequence[str], labels: Sequence[str]) -> CrossValidation:
    """The scores of these folds together."""
    names = sorted(set(labels))
    outside = np.concatenate([one.outside for one in folds])
    probabilities = np.concatenate([one.probabilities for one in folds])
    gold = [labels[i] for i in outside]
    found = [names[i] for i in probabilities.argmax(axis=1)]
    predicted = [""] * len(texts)
    for i, name in zip(outside.tolist(), found):
        predicted[i] = name
    latencies = folds[-1].latencies_ms
    return CrossValidation(
        macro_f1(gold, found),
        float(np.mean([a == b for a, b in zip(gold, found)])),
        auroc([label == OUT_OF_SCOPE for label in gold], probabilities[:, names.index(OUT_OF_SCOPE)])
        if OUT_OF_SCOPE in names
        else None,
        statistics.median(one.train_s for one in folds),
        statistics.median(latencies[5:] or latencies),
        tuple(labels),
        tuple(predicted),
        tuple(Mistake(t, a, b) for t, a, b in zip(texts, labels, predicted) if b and a != b),
    )


def macro_f1(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """The mean F1 over the labels that stand in `gold`."""
    scores = []
    for label in sorted(set(gold)):
        hits = sum(g == p == label for g, p in zip(gold, predicted))
        scores.append(2 * hits / (list(gold).count(label) + list(predicted).count(label)))
    return statistics.fmean(scores)


def auroc(positive: Sequence[bool], scores: Sequence[float]) -> float:
    """The probability that a positive scores above a negative, ties counted half; nan where one kind is missing."""
    wanted, values = np.asarray(positive, bool), np.asarray(scores, float)
    p, n = int(wanted.sum()), int((~wanted).sum())
    if not p or not n:
        return float("nan")
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[at]
    return float((ranks[wanted].sum() - p * (p + 1) / 2) / (p * n))


def mcnemar_p(gold: Sequence[str], a: Sequence[str], b: Sequence[str]) -> float:
    """Two-sided exact p that `a` and `b` are equally often right."""
    from scipy.stats import binom

    only_a = sum(x == g != y for g, x, y in zip(gold, a, b))
    only_b = sum(y == g != x for g, x, y in zip(gold, a, b))
    n = only_a + only_b
    return 1.0 if n == 0 else float(min(1.0, 2 * binom.cdf(min(only_a, only_b), n, 0.5)))


class CurvePoint(NamedTuple):
    """F1 of an intent on held-out messages, learnt from so many examples of it."""

    examples: int
    f1: float


def learning_curve(
    make: Callable[[], IntentModel],
    texts: Sequence[str],
    labels: Sequence[str],
    fold: np.ndarray,
    shares: Sequence[float] = (0.25, 0.5, 1.0),
) -> dict[str, list[CurvePoint]]:
    """A point a share for each label: F1 on fold 0, learnt from growing shares of each label's other messages."""
    rng = np.random.default_rng(0)
    inside, outside = np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)
    curves: dict[str, list[CurvePoint]] = {label: [] for label in sorted(set(labels))}
    ranks: dict[int, int] = {}
    for label in curves:
        ranks |= {int(i): rank for rank, i in enumerate(rng.permutation([i for i in inside if labels[i] == label]))}
    sizes = Counter(labels[i] for i in inside)
    for share in shares:
        kept = [int(i) for i in inside if ranks[int(i)] < max(2, share * sizes[labels[i]])]
        learnt = Counter(labels[i] for i in kept)
        model = make()
        model.fit([texts[i] for i in kept], [labels[i] for i in kept])
        rows = model.probabilities([texts[i] for i in outside])
        predicted = [model.labels[i] for i in rows.argmax(axis=1)]
        gold = [labels[i] for i in outside]
        for label, curve in curves.items():
            hits = sum(g == p == label for g, p in zip(gold, predicted))
            f1 = 2 * hits / max(1, gold.count(label) + predicted.count(label))
            curve.append(CurvePoint(learnt[label], round(f1, 3)))
    return curves
