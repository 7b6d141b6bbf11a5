"""How sure a candidate is: one probability out of all evidence, for every candidate and for there being no answer.

A conditional logit (McFadden 1974) with an outside option: each candidate scores `weights · features`, "no
answer" scores `null_weights · null_features`, and the softmax over all of them gives the probabilities.
The weights and the thresholds lie in `decision.json` beside this module; `benchmarks/cascade/learn.py`
learns them on development data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.evidence import FEATURES, NULL_FEATURES, Candidate

if TYPE_CHECKING:
    from bot.manual_reading import Gathered

DECISION_FILE = Path(__file__).with_name("decision.json")
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Decision:
    """Weights by the order of FEATURES and NULL_FEATURES, and from which probability on something is done."""

    weights: np.ndarray
    null_weights: np.ndarray
    answer_at: float
    """From this probability on a candidate is the answer."""
    related_at: float
    """From this probability on a candidate is shown as related, never as the answer."""
    reader: str = ""
    """Which reader the weights were learnt with."""

    def probabilities(self, features: np.ndarray, null_features: np.ndarray) -> np.ndarray:
        """(n,) that each of the candidates `features` (n, f) holds the answer; with none there it is missing from their sum."""
        if not len(features):
            return np.zeros(0)
        scores = np.append(features @ self.weights, null_features @ self.null_weights)
        shares = np.exp(scores - scores.max())
        return shares[:-1] / shares.sum()

    def best(self, gathered: Gathered) -> tuple[Candidate, float] | None:
        """The likeliest candidate and the probability that what it says answers; None where there is none.

        Candidates that point at the same words say the same: their probabilities count together. Of the items
        of one list that say the same the first is taken, which in a statute is the rule.
        """
        shares = self.probabilities(gathered.features, gathered.null_features)
        if not len(shares):
            return None
        said = [_said(candidate) for candidate in gathered.candidates]
        totals = {one: sum(share for share, other in zip(shares, said) if other == one) for one in set(said)}
        place = max(range(len(said)), key=lambda i: (totals[said[i]], shares[i]))
        return _first_of_list(gathered.candidates, said, place), float(totals[said[place]])

    def save(self, file: Path = DECISION_FILE) -> None:
        document: dict[str, Any] = {
            "format_version": FORMAT_VERSION,
            "reader": self.reader,
            "answer_at": self.answer_at,
            "related_at": self.related_at,
            "weights": _named(FEATURES, self.weights),
            "null_weights": _named(NULL_FEATURES, self.null_weights),
        }
        file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, file: Path = DECISION_FILE) -> Decision:
        """ValueError where the file was learnt for other features."""
        document = json.loads(file.read_text(encoding="utf-8"))
        if document["format_version"] != FORMAT_VERSION:
            raise ValueError(f"{file} has format {document['format_version']}, this version reads {FORMAT_VERSION}")
        for name, names in (("weights", FEATURES), ("null_weights", NULL_FEATURES)):
            if set(document[name]) != set(names):
                raise ValueError(f"{file} has {name} for {sorted(document[name])}, this version computes {sorted(names)}")
        return cls(
            np.array([document["weights"][name] for name in FEATURES]),
            np.array([document["null_weights"][name] for name in NULL_FEATURES]),
            document["answer_at"],
            document["related_at"],
            document["reader"],
        )


@lru_cache(maxsize=1)
def default_decision() -> Decision:
    """The decision that ships."""
    return Decision.load()


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
