"""How sure a candidate of the manuals is, out of all evidence, against there being no answer in them.

A conditional logit (McFadden 1974) with an outside option: each candidate scores `weights · features`, "no
answer" scores `null_weights · null_features`, and the softmax over all of them gives the probabilities.
The weights lie in `decision.json` beside this module; `benchmarks/cascade/learn.py` learns them on development
data. Whether the likeliest is said, or an FAQ entry in its place, decides `bot.choice`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.evidence import FEATURES, NULL_FEATURES, Candidate
from bot.logit import check_names, in_order, read_weights, shares

DECISION_FILE = Path(__file__).with_name("decision.json")
FORMAT_VERSION = 2


@dataclass(frozen=True)
class Decision:
    """Weights by the order of FEATURES and NULL_FEATURES."""

    weights: np.ndarray
    null_weights: np.ndarray
    reader: str = ""
    """Which reader the weights were learnt with."""

    def log_odds(self, features: np.ndarray, null_features: np.ndarray) -> np.ndarray:
        """(n,) ln of how much likelier than no answer each of the candidates `features` (n, f) is."""
        return features @ self.weights - float(null_features @ self.null_weights)

    def probabilities(self, features: np.ndarray, null_features: np.ndarray) -> np.ndarray:
        """(n,) that each of the candidates `features` (n, f) holds the answer; with none there it is missing from their sum."""
        return shares(self.log_odds(features, null_features)) if len(features) else np.zeros(0)

    def save(self, file: Path = DECISION_FILE) -> None:
        document: dict[str, Any] = {
            "format_version": FORMAT_VERSION,
            "reader": self.reader,
            "weights": _named(FEATURES, self.weights),
            "null_weights": _named(NULL_FEATURES, self.null_weights),
        }
        file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, file: Path = DECISION_FILE) -> Decision:
        """ValueError where the file was learnt for other features."""
        document = read_weights(file, FORMAT_VERSION)
        for name, names in (("weights", FEATURES), ("null_weights", NULL_FEATURES)):
            check_names(f"{name} of {file}", document[name], names)
        return cls(in_order(document["weights"], FEATURES), in_order(document["null_weights"], NULL_FEATURES), document["reader"])


@lru_cache(maxsize=1)
def default_decision() -> Decision:
    """The decision that ships."""
    return Decision.load()


def likeliest(candidates: Sequence[Candidate], chances: np.ndarray) -> tuple[Candidate, float]:
    """The likeliest of `candidates` and the probability that what it says answers; `chances` (n,) are their own.

    Candidates that point at the same words say the same: their probabilities count together. Of the items
    of one list that say the same the first is taken, which in a statute is the rule.
    """
    said = [_said(candidate) for candidate in candidates]
    totals = {one: sum(chance for chance, other in zip(chances, said) if other == one) for one in set(said)}
    place = max(range(len(said)), key=lambda i: (totals[said[i]], chances[i]))
    return _first_of_list(candidates, said, place), float(totals[said[place]])


def _first_of_list(candidates: Sequence[Candidate], said: Sequence[str], place: int) -> Candidate:
    chosen = candidates[place]
    alike = [
        one
        for one, words in zip(candidates, said)
        if words == said[place] and one.unit.leads and _announced(one) == _announced(chosen)
    ]
    return min(alike, key=lambda one: one.reading.place(one.unit.start, one.unit.end), default=chosen)


def _announced(candidate: Candidate) -> list[tuple[int, int]]:
    """Where what announces the candidate stands in its document."""
    return [candidate.reading.place(start, end) for start, end in candidate.unit.leads]


def _said(candidate: Candidate) -> str:
    """The words pointed at, white space aside, with the document's id: what two candidates share that say the same."""
    text = "".join(candidate.reading.text[candidate.span.start : candidate.span.end].split())
    return f"{candidate.reading.passage.document_id} {text}"


def _named(names: Sequence[str], values: np.ndarray) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values)}
