"""How sure the reader may be: a logistic regression from what it saw to the chance of being right.

Platt's scaling (1999) over several features, fitted by Newton's method on validation questions of
which some have no answer in what was read (Kamath et al. 2020, arXiv:2006.09462). Plain numpy; saved
as JSON beside the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

FEATURES = ("score", "margin", "log_probability", "match_share", "answer_tokens")
"""Span score above null; margin to the next other span (at most 10); log-probability of the span among
its window's; share of the question's content tokens in the window; tokens of the answer."""


@dataclass(frozen=True)
class Calibration:
    """`confidence = sigmoid(bias + Σ weight · (feature − mean) / scale)`."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def __post_init__(self) -> None:
        for name in ("mean", "scale", "weights"):
            if len(getattr(self, name)) != len(FEATURES):
                raise ValueError(
                    f"calibration has {len(getattr(self, name))} values of {name}, there are {len(FEATURES)} features"
                )

    def confidence(self, features: Sequence[float]) -> float:
        """The chance, in (0, 1), that an answer with these features is right."""
        standard = (np.asarray(features, float) - self.mean) / self.scale
        return float(_sigmoid(np.dot(standard, self.weights) + self.bias))

    def to_json(self) -> dict[str, Any]:
        return {"features": list(FEATURES), **asdict(self)}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Calibration:
        """Raises ValueError where it was fitted on other features."""
        if tuple(document["features"]) != FEATURES:
            raise ValueError(f"calibration was fitted on {document['features']}, this daedap computes {list(FEATURES)}")
        return cls(*(tuple(document[name]) for name in ("mean", "scale", "weights")), bias=document["bias"])


UNCALIBRATED = Calibration((0.0,) * 5, (1.0,) * 5, (1.0, 0.0, 0.0, 0.0, 0.0), 0.0)
"""For a model that was never calibrated: the sigmoid of the score alone."""


def fit(features: np.ndarray, is_right: np.ndarray, *, l2: float = 1.0, iterations: int = 50) -> Calibration:
    """Fit on `features (n, 5)` and `is_right (n,)`; with one outcome only it stays uncalibrated."""
    features, target = np.asarray(features, float), np.asarray(is_right, float)
    if len(target) == 0 or target.min() == target.max():
        return UNCALIBRATED
    mean, scale = features.mean(0), features.std(0)
    scale[scale < 1e-9] = 1.0
    design = np.column_stack([(features - mean) / scale, np.ones(len(target))])
    penalty = l2 * np.diag([1.0] * features.shape[1] + [0.0])
    weights = np.zeros(design.shape[1])
    for _ in range(iterations):
        predicted = _sigmoid(design @ weights)
        gradient = design.T @ (predicted - target) + penalty @ weights
        hessian = (design.T * (predicted * (1 - predicted))) @ design + penalty + 1e-9 * np.eye(len(weights))
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return Calibration(tuple(map(float, mean)), tuple(map(float, scale)), tuple(map(float, weights[:-1])), float(weights[-1]))


def threshold_for_precision(confidence: np.ndarray, is_right: np.ndarray, precision: float) -> float:
    """The lowest threshold from which on the answers given are right in at least `precision` of cases; 1.0 if none is."""
    order = np.argsort(-np.asarray(confidence), kind="stable")
    ordered = np.asarray(confidence)[order]
    precisions = np.cumsum(np.asarray(is_right, float)[order]) / np.arange(1, len(order) + 1)
    last_of_tie = np.append(ordered[:-1] != ordered[1:], True) if len(ordered) else np.zeros(0, bool)
    good = np.flatnonzero((precisions >= precision) & last_of_tie)
    return float(ordered[good[-1]]) if len(good) else 1.0


def _sigmoid(x: np.ndarray | float) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -35.0, 35.0)))
