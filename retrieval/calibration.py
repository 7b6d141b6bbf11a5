"""Confidence: the probability that an FAQ entry is what the customer asks for.

It is P(the FAQ has it) · P(the first hit is right | the FAQ has it), two logistic regressions over
`FEATURES` of the query and its first hit (Platt 1999 with more than one score). What is left of the
first goes to the other hits in proportion to the softmax of their fused scores, so that the
confidences of all hits together are the probability that the FAQ has an answer. Both are fitted by
`retrieval.training.ranking`, on phrasings taken out of FAQs and on questions that no entry answers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

CHANNELS = ("lexical", "ngrams", "dense")
FAQ_CHANNELS = tuple(f"{part}_{channel}" for part in ("question", "entry", "answer") for channel in CHANNELS)
"""`question`: the best of an entry's question and phrasings; `entry`: all its text at once; `answer`: its answer."""
FEATURES = ("fused", "lead", "share", *FAQ_CHANNELS, "covered", "near", "unlike", "absent", "rarest", "length")
"""The first hit's fused score, how far it leads the second, its share of the softmax, its channels; what
share of the query's content words stands in it (`covered`) or is near a word of it (`near`), the part of the
word least near (`unlike`); the share of nouns that stand nowhere in the FAQ (`absent`) and the document
frequency of the rarest of these, as idf / 10 (`rarest`); and ln(1 + content words)."""
AGAINST = ("unlike", "absent", "rarest")
"""Features of which a larger value can only make less sure; of the others, `length` aside, only surer."""
SIGNED = ("length",)
"""Features that may speak either way."""


class Decision(str, Enum):
    """What to do with a query: answer it from the FAQ, offer the nearest questions, or say it is not here."""

    ANSWER = "answer"
    OFFER = "offer"
    NOT_HERE = "not_here"


class Coverage(NamedTuple):
    """How much of the query the first hit speaks of, see `FEATURES`; `words` is the number of its content words."""

    covered: float
    near: float
    unlike: float
    words: int
    absent: float = 0.0
    rarest: float = 0.0


@dataclass(frozen=True)
class Logistic:
    """`1 / (1 + exp(-(intercept + features · coefficients)))` over the named features."""

    names: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def __post_init__(self) -> None:
        if len(self.names) != len(self.coefficients):
            raise ValueError(f"{len(self.names)} feature names, {len(self.coefficients)} coefficients")
        if unknown := set(self.names) - set(FEATURES):
            raise ValueError(f"unknown features {sorted(unknown)}; known are {', '.join(FEATURES)}")

    def probability(self, features: dict[str, float]) -> float:
        total = self.intercept + sum(c * features[name] for name, c in zip(self.names, self.coefficients))
        return 1 / (1 + math.exp(-min(max(total, -30.0), 30.0)))

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Logistic:
        coefficients = document["coefficients"]
        return cls(tuple(coefficients), tuple(coefficients.values()), document["intercept"])

    def to_json(self) -> dict[str, Any]:
        return {"coefficients": dict(zip(self.names, self.coefficients)), "intercept": self.intercept}


@dataclass(frozen=True)
class Calibration:
    """`scope`: does the FAQ have it; `first`: is the first hit the right one, if it has."""

    scope: Logistic
    first: Logistic

    def confidences(self, fused: np.ndarray, channels: np.ndarray, coverage: Coverage) -> np.ndarray:
        """(n,) probabilities of all candidates, the highest fused score's the highest; at most 1 together."""
        if not len(fused):
            return np.zeros(0)
        shares = softmax(fused)
        top = int(np.argmax(fused))
        features = features_of(fused, channels, coverage)
        scope, first = self.scope.probability(features), self.first.probability(features)
        others = 1.0 - shares[top]
        confidences = scope * (1 - first) * (shares / others if others > 1e-9 else np.zeros(len(fused)))
        confidences = np.minimum(confidences, scope * first)
        confidences[top] = scope * first
        return confidences

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Calibration:
        return cls(Logistic.from_json(document["scope"]), Logistic.from_json(document["first"]))

    def to_json(self) -> dict[str, Any]:
        return {"scope": self.scope.to_json(), "first": self.first.to_json()}


def features_of(fused: np.ndarray, channels: np.ndarray, coverage: Coverage) -> dict[str, float]:
    """The `FEATURES` of the candidate with the highest fused score; there must be one."""
    top = int(np.argmax(fused))
    second = float(np.partition(fused, -2)[-2]) if len(fused) > 1 else 0.0
    values = (
        float(fused[top]),
        float(fused[top]) - second,
        float(softmax(fused)[top]),
        *map(float, channels[top]),
        coverage.covered,
        coverage.near,
        coverage.unlike,
        coverage.absent,
        coverage.rarest,
        math.log1p(coverage.words),
    )
    return dict(zip(FEATURES, values))


def softmax(scores: np.ndarray) -> np.ndarray:
    """exp(scores) over their sum."""
    shares = np.exp(scores - scores.max())
    return shares / shares.sum()
