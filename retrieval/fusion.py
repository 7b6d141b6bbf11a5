"""One score out of several channels: a weighted sum of scores that already compare between queries.

Passages have two sets of weights. A question that copies its passage's words is found by these words, and vectors only
blur which of several like passages it was; one in other words needs the vectors. How high BM25 scores the best passage
tells the two kinds apart, and the weights go from the one set to the other with it (`passage_parts`).

The weights are fitted by `daedap train ranking` (`retrieval.training.ranking`) and lie in `ranking.json`
beside this module.
"""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.calibration import CHANNELS, FAQ_CHANNELS, Calibration

RANKING_FILE = Path(__file__).with_name("ranking.json")
FORMAT_VERSION = 2
COPIED_AT, COPIED_STEEPNESS = 0.25, 40.0
"""The best passage's BM25 score where the two sets of passage weights count the same, and how fast one gives way to the other.
Chosen with `copied_passage_weights` on six sets of questions, see benchmarks/search/README.md."""


class Ranking:
    """Weights of the channels, and how sure a score makes.

    `copied_passage_weights` are for queries in a passage's own words; `passage_weights` without them.
    """

    def __init__(
        self,
        faq_weights: np.ndarray,
        passage_weights: np.ndarray,
        calibration: Calibration,
        copied_passage_weights: np.ndarray | None = None,
    ) -> None:
        copied = passage_weights if copied_passage_weights is None else copied_passage_weights
        for name, weights, channels in (
            ("faq", faq_weights, FAQ_CHANNELS),
            ("passage", passage_weights, CHANNELS),
            ("copied passage", copied, CHANNELS),
        ):
            if weights.shape != (len(channels),) or (weights < 0).any():
                raise ValueError(f"{name} weights are {weights}; there must be {len(channels)}, none negative")
        self.faq_weights = faq_weights
        self.passage_weights = passage_weights
        self.copied_passage_weights = copied
        self.calibration = calibration

    def passage_parts(self, scores: np.ndarray) -> np.ndarray:
        """(n, 3): what each channel gives to the score of each candidate, out of its `scores` (n, 3) in the channels."""
        if not len(scores):
            return scores
        copied = 1 / (1 + math.exp(-COPIED_STEEPNESS * (float(scores[:, 0].max()) - COPIED_AT)))
        return scores * ((1 - copied) * self.passage_weights + copied * self.copied_passage_weights).astype(np.float32)

    @classmethod
    def load(cls, file: Path = RANKING_FILE) -> Ranking:
        document = json.loads(file.read_text(encoding="utf-8"))
        if document["format_version"] != FORMAT_VERSION:
            raise ValueError(f"{file} has format {document['format_version']}, this version reads {FORMAT_VERSION}")
        faq, passages = document["faq_weights"], document["passage_weights"]
        copied = document.get("copied_passage_weights", passages)
        return cls(
            np.array([faq[name] for name in FAQ_CHANNELS], np.float32),
            np.array([passages[name] for name in CHANNELS], np.float32),
            Calibration.from_json(document["confidence"]),
            np.array([copied[name] for name in CHANNELS], np.float32),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "format_version": FORMAT_VERSION,
            "faq_weights": dict(zip(FAQ_CHANNELS, map(_rounded, self.faq_weights))),
            "passage_weights": dict(zip(CHANNELS, map(_rounded, self.passage_weights))),
            "copied_passage_weights": dict(zip(CHANNELS, map(_rounded, self.copied_passage_weights))),
            "confidence": self.calibration.to_json(),
        }


def _rounded(weight: float) -> float:
    return round(float(weight), 4)


@lru_cache(maxsize=1)
def default_ranking() -> Ranking:
    """The ranking that ships."""
    return Ranking.load()


def best(scores: np.ndarray, k: int) -> np.ndarray:
    """Places of the k highest scores, descending; of equal ones the earlier place comes first."""
    k = min(k, len(scores))
    if k <= 0:
        return np.zeros(0, np.int64)
    bound = np.partition(scores, len(scores) - k)[len(scores) - k]
    above, equal = np.flatnonzero(scores > bound), np.flatnonzero(scores == bound)
    places = np.concatenate([above, equal[: k - len(above)]])
    return places[np.lexsort((places, -scores[places]))]
