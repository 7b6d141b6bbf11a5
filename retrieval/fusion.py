"""One score out of several channels: a weighted sum of scores that already compare between queries.

The weights are fitted by `daedap train ranking` (`retrieval.training.ranking`) and lie in `ranking.json`
beside this module.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.calibration import CHANNELS, FAQ_CHANNELS, Calibration

RANKING_FILE = Path(__file__).with_name("ranking.json")
FORMAT_VERSION = 2


class Ranking:
    """Weights of the channels, and how sure a score makes."""

    def __init__(self, faq_weights: np.ndarray, passage_weights: np.ndarray, calibration: Calibration) -> None:
        for name, weights, channels in (("faq", faq_weights, FAQ_CHANNELS), ("passage", passage_weights, CHANNELS)):
            if weights.shape != (len(channels),) or (weights < 0).any():
                raise ValueError(f"{name} weights are {weights}; there must be {len(channels)}, none negative")
        self.faq_weights = faq_weights
        self.passage_weights = passage_weights
        self.calibration = calibration

    @classmethod
    def load(cls, file: Path = RANKING_FILE) -> Ranking:
        document = json.loads(file.read_text(encoding="utf-8"))
        if document["format_version"] != FORMAT_VERSION:
            raise ValueError(f"{file} has format {document['format_version']}, this version reads {FORMAT_VERSION}")
        faq, passages = document["faq_weights"], document["passage_weights"]
        return cls(
            np.array([faq[name] for name in FAQ_CHANNELS], np.float32),
            np.array([passages[name] for name in CHANNELS], np.float32),
            Calibration.from_json(document["confidence"]),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "format_version": FORMAT_VERSION,
            "faq_weights": dict(zip(FAQ_CHANNELS, map(_rounded, self.faq_weights))),
            "passage_weights": dict(zip(CHANNELS, map(_rounded, self.passage_weights))),
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
