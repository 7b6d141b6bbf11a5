"""What the cascade gives back, whichever channel asked."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(str, Enum):
    """How a question was answered."""

    FAQ = "faq"
    MANUAL = "manual"
    CLARIFY = "clarify"
    NONE = "none"


@dataclass(frozen=True)
class Source:
    """Where an answer stands; `start, end` are characters of the document's text, None for an FAQ entry.

    For an FAQ entry `document` is its id and `section` its category.
    """

    document: str
    title: str
    section: str | None = None
    page: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Candidate:
    """An FAQ question near to the one asked; `score` is the index's confidence in [0, 1]."""

    id: str
    question: str
    score: float


@dataclass(frozen=True)
class Answer:
    """One answer.

    `answer` is the FAQ entry's answer (faq), the span of the document (manual) or a sentence to the
    user (clarify, none). `evidence` is the question that matched (faq) or the sentence that holds the
    span (manual, and related material of clarify). `candidates` are best first; only those of a
    clarify are meant to be offered.
    """

    question: str
    kind: Kind
    answer: str
    confidence: float
    evidence: str | None = None
    source: Source | None = None
    candidates: tuple[Candidate, ...] = ()
    latency_ms: float = 0.0

    @property
    def offers(self) -> tuple[Candidate, ...]:
        """The candidates a channel should offer as buttons."""
        return self.candidates if self.kind is Kind.CLARIFY else ()

    def to_json(self) -> dict[str, Any]:
        """The document `daedap ask --json` prints."""
        document = dataclasses.asdict(self)
        document["kind"] = self.kind.value
        document["confidence"] = round(self.confidence, 4)
        document["latency_ms"] = round(self.latency_ms, 1)
        document["candidates"] = [dict(c, score=round(c["score"], 4)) for c in document["candidates"]]
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Answer:
        """The answer that `to_json` wrote."""
        source = document.get("source")
        return cls(
            **{
                **document,
                "kind": Kind(document["kind"]),
                "source": Source(**source) if source else None,
                "candidates": tuple(Candidate(**candidate) for candidate in document.get("candidates", ())),
            }
        )
