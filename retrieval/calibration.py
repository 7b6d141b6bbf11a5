"""Confidence: the probability that an FAQ entry is what the customer asks for.

It is P(the FAQ has it) · P(this entry | the FAQ has it). The second is the softmax of the fused
scores, whose weights were fitted to that end; the first is a logistic regression over the best
entry's fused score and channel scores, fitted on phrasings taken out of FAQs against small talk,
questions of other trades and questions whose entry was taken out.
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

    def confidences(self, fused: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """(n,) probabilities of all candidates; their sum is the probability that the FAQ has an answer."""
        if not len(fused):
            return np.zeros(0)
        shares = np.exp(fused - fused.max())
        return self.in_scope(best_features(fused, channels)) * shares / shares.sum()

    def in_scope(self, features: np.ndarray) -> float:
        """The probability that the FAQ has an answer, given `best_features`."""
        if features.shape != (len(self.names),):
            raise ValueError(f"calibration has {len(self.names)} features, got {features.shape}")
        return float(1 / (1 + np.exp(-np.clip(features @ np.array(self.coefficients) + self.intercept, -30, 30))))

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Calibration:
        coefficients = document["coefficients"]
        return cls(tuple(coefficients), tuple(coefficients.values()), document["intercept"])

    def to_json(self) -> dict[str, Any]:
        return {"coefficients": dict(zip(self.names, self.coefficients)), "intercept": self.intercept}


def best_features(fused: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """(1 + c,) the best candidate's fused score and channel scores."""
    first = int(np.argmax(fused))
    return np.append(fused[first], channels[first])
