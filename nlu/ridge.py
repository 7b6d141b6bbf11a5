"""A linear classifier by ridge regression onto ±1, with calibrated probabilities.

The least-squares classifier (Rifkin, Yeo & Poggio 2003) solved in its dual form: one Cholesky
factor of an n×n matrix for all labels, a second or two for some thousand messages whatever the number
of features. Scores are made probabilities by softmax(scale · score + offset), the scale and offsets
fitted on scores of held-out folds, in which near-duplicates stay together (`nlu.near_duplicates`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.sparse

Features = scipy.sparse.csr_matrix
CALIBRATION_FOLDS = 4
MIN_CALIBRATION = 20
"""With fewer examples the scale is not fitted."""
DEFAULT_SCALE = 4.0
FULL_COLUMN = 0.25
"""A column with a value in a larger share of the rows is multiplied densely, which is many times faster."""


class Ridge:
    """`labels` in order, `coefficients (d, k)`, `intercepts (k,)`; made by `fit` or `load`."""

    def __init__(self, labels: Sequence[str], coefficients: np.ndarray, intercepts: np.ndarray) -> None:
        self.labels = list(labels)
        self.coefficients = np.ascontiguousarray(coefficients, np.float32)
        self.intercepts = np.asarray(intercepts, np.float32)

    @classmethod
    def fit(
        cls, features: Features, labels: Sequence[str], groups: Sequence[int] | None = None, alpha: float = 0.3
    ) -> Ridge:
        """Learn from one row a message; `alpha` is the strength of the regularization.

        `groups` keep rows together when the probabilities are calibrated. ValueError for fewer than two labels.
        """
        names = sorted(set(labels))
        if len(names) < 2:
            raise ValueError(f"{len(names)} label(s) given, at least 2 are needed to tell them apart")
        gold = np.array([names.index(label) for label in labels])
        targets = np.where(gold[:, None] == np.arange(len(names)), 1.0, -1.0)
        products = _products(features)
        groups = np.arange(len(gold)) if groups is None else np.asarray(groups)
        scale, offsets = DEFAULT_SCALE, np.zeros(len(names))
        if len(gold) >= MIN_CALIBRATION:
            scale, offsets = calibrate(_held_out_scores(products, targets, groups, alpha), gold)
        duals, bias = _solve(products, targets, alpha)
        coefficients = features.T @ duals
        return cls(names, scale * np.asarray(coefficients), scale * bias + offsets)

    @property
    def dimension(self) -> int:
        return self.coefficients.shape[0]

    def scores(self, features: Features) -> np.ndarray:
        """`(n, k)` float32 logits."""
        return np.asarray(features @ self.coefficients) + self.intercepts

    def probabilities(self, features: Features) -> np.ndarray:
        """`(n, k)` float32, rows add up to 1."""
        return softmax(self.scores(features))

    def save(self, path: Path) -> None:
        np.savez_compressed(
            path, labels=np.array(self.labels), coefficients=self.coefficients.astype(np.float16), intercepts=self.intercepts
        )

    @classmethod
    def load(cls, path: Path) -> Ridge:
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["labels"].tolist(), arrays["coefficients"], arrays["intercepts"])


def _products(features: Features) -> np.ndarray:
    """`(n, n)` float64: each row's product with each other, those of full columns (an encoder's) by dense algebra."""
    columns = scipy.sparse.csc_matrix(features)
    full = np.diff(columns.indptr) > FULL_COLUMN * columns.shape[0]
    dense, rare = columns[:, full].toarray().astype(np.float64), columns[:, ~full].tocsr()
    return np.asarray((rare @ rare.T).todense(), np.float64) + dense @ dense.T


def _solve(products: np.ndarray, targets: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Dual coefficients `(n, k)` and the bias `(k,)`, which is the mean of the targets."""
    bias = targets.mean(axis=0)
    factor = scipy.linalg.cho_factor(products + alpha * np.eye(len(products)), lower=True, overwrite_a=True)
    return scipy.linalg.cho_solve(factor, targets - bias), bias


def _held_out_scores(products: np.ndarray, targets: np.ndarray, groups: np.ndarray, alpha: float) -> np.ndarray:
    fold = fold_of_groups(groups, CALIBRATION_FOLDS)
    scores = np.zeros_like(targets)
    for number in range(CALIBRATION_FOLDS):
        inside, outside = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if not len(inside) or not len(outside):
            continue
        duals, bias = _solve(products[np.ix_(inside, inside)], targets[inside], alpha)
        scores[outside] = products[np.ix_(outside, inside)] @ duals + bias
    return scores


def fold_of_groups(groups: np.ndarray, folds: int, seed: int = 0) -> np.ndarray:
    """The fold of each row; rows of one group share it."""
    names, at = np.unique(groups, return_inverse=True)
    return np.random.default_rng(seed).permutation(len(names))[at] % folds


def calibrate(scores: np.ndarray, gold: np.ndarray, steps: int = 300) -> tuple[float, np.ndarray]:
    """`(scale, offsets (k,))` of softmax(scale · scores + offsets) that make `gold` likeliest.

    Offsets are drawn towards 0 as by one more example each.
    """
    import scipy.optimize

    n, k = scores.shape
    onehot = np.eye(k)[gold]

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        scale, offsets = np.exp(parameters[0]), parameters[1:]
        probabilities = softmax(scale * scores + offsets)
        value = -np.log(np.maximum(probabilities[np.arange(n), gold], 1e-12)).sum() + 0.5 * (offsets**2).sum()
        slope = probabilities - onehot
        return value, np.concatenate([[scale * (slope * scores).sum()], slope.sum(axis=0) + offsets])

    start = np.concatenate([[np.log(DEFAULT_SCALE)], np.zeros(k)])
    found = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return float(np.exp(found.x[0])), found.x[1:]


def softmax(scores: np.ndarray) -> np.ndarray:
    """Row-wise softmax of `scores (n, k)`."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
