"""Confidence: the probability that a hit is right, by logistic regression over what the channels say.

Features of a hit: its fused score, its lead over the best other hit (negative for all but the
first), and each channel's score. The coefficients are fitted on leave-one-phrasing-out of FAQs
against small talk, questions of other trades and questions whose entry was taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Calibration:
    """`1 / (1 + exp(-(intercept + features · coefficients)))`; `names` says what the features are."""

    names: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def __post_init__(self) -> None:
        if len(self.names) != len(self.coefficients):
            raise ValueError(f"{len(self.names)} feature names, {len(self.coefficients)} coefficients")

    def confidence(self, features: np.ndarray) -> np.ndarray:
        """(n,) probabilities for `features` (n, len(names))."""
        if features.shape[1] != len(self.names):
            raise ValueError(f"calibration has {len(self.names)} features, got {features.shape[1]}")
        return 1 / (1 + np.exp(-np.clip(features @ np.array(self.coefficients) + self.intercept, -30, 30)))

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Calibration:
        coefficients = document["coefficients"]
        return cls(tuple(coefficients), tuple(coefficients.values()), document["intercept"])

    def to_json(self) -> dict[str, Any]:
        return {"coefficients": dict(zip(self.names, self.coefficients)), "intercept": self.intercept}


def hit_features(fused: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """(n, 2 + c) features of all candidates: fused score, lead, and `channels` (n, c)."""
    if not len(fused):
        return np.zeros((0, 2 + channels.shape[1]), np.float32)
    first = int(np.argmax(fused))
    lead = fused - fused[first]
    others = np.delete(fused, first)
    lead[first] = fused[first] - (others.max() if len(others) else 0.0)
    return np.column_stack([fused, lead, channels])
