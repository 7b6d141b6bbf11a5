"""How good predictions are: accuracy and macro F1 of labels, Pearson and Spearman of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def classification_metrics(gold: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    """`accuracy` and `macro_f1`, the mean F1 of the labels that occur, each in percent."""
    gold, predicted = np.asarray(gold), np.asarray(predicted)
    scores = []
    for label in sorted({*gold.tolist(), *predicted.tolist()}):
        right = int(((gold == label) & (predicted == label)).sum())
        scores.append(2 * right / (int((gold == label).sum()) + int((predicted == label).sum())))
    return {"accuracy": round(100 * float((gold == predicted).mean()), 2), "macro_f1": round(100 * float(np.mean(scores)), 2)}


def regression_metrics(gold: Sequence[float], predicted: Sequence[float]) -> dict[str, float]:
    """`spearman` (ties share their mean rank) and `pearson`, each times 100; 0 where all predictions are equal."""
    gold, predicted = np.asarray(gold, float), np.asarray(predicted, float)
    return {"spearman": _correlation(_ranks(gold), _ranks(predicted)), "pearson": _correlation(gold, predicted)}


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return round(100 * float(a @ b) / norm, 2) if norm else 0.0


def _ranks(values: Sequence[float]) -> np.ndarray:
    _, inverse, counts = np.unique(np.asarray(values, float), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
