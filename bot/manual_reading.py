"""From a question to candidates in the manuals: passages found, ranked again by their units, read, weighed."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.evidence import (
    FEATURES,
    NULL_FEATURES,
    Candidate,
    Coverage,
    Nearness,
    WordSpace,
    coverage,
    features,
    null_features,
    share,
)
from bot.pointing import point
from bot.question import Question
from bot.set_aside import is_of_another_case

if TYPE_CHECKING:
    from mrc.reader import Reader
    from retrieval.index import Index, PassageHit
    from retrieval.readings import Reading

FOUND = 40
"""How many passages are looked at."""
READ = 4
"""How many of them are read."""
SPANS = 6
UNIT_SHARE, QUANTITY_SHARE = 12.0, 1.5
"""What a unit's share of the question's words, and a quantity of the kind asked for, count beside the search score."""


@dataclass(frozen=True)
class Gathered:
    """All candidates of one question, in no order, and what speaks against any of them."""

    question: Question
    candidates: list[Candidate]
    null_features: np.ndarray

    @property
    def names_sibling(self) -> bool:
        """Whether the question is about a kind of product that the company has not."""
        return bool(self.null_features[NULL_FEATURES.index("sibling")])

    @property
    def features(self) -> np.ndarray:
        """(candidates, features)."""
        return np.array([candidate.features for candidate in self.candidates]).reshape(len(self.candidates), len(FEATURES))


class ManualReading:
    """Gathers candidates from one index with one reader; safe to share between threads."""

    def __init__(self, index: Index, reader: Reader, passages: int = READ) -> None:
        self.index = index
        self.reader = reader
        self.passages = passages
        self.space = WordSpace(index)

    def over(self, index: Index) -> ManualReading:
        """The same over another version of the index that has the same documents and products."""
        renewed = copy(self)
        renewed.index = index
        return renewed

    def gather(self, asked: str | Question, document_id: str | None = None, query: str | None = None) -> Gathered:
        """Candidates for what is `asked`, from all documents or from one; searched with `query` where it is another."""
        question = Question.of(asked, self.index.vectors) if isinstance(asked, str) else asked
        hits = self._found(query or question.text, document_id)
        readings = [self.index.reading(hit.passage) for hit in hits]
        near = Nearness.of(question, readings, self.space)
        covers = [coverage(question, near, self.space, reading) for reading in readings]
        against = null_features(question, hits, covers, self.space)
        order = self._order(question, hits, readings, covers)
        hits, readings, covers = ([one[i] for i in order] for one in (hits, readings, covers))
        spans = self._spans(question, readings)
        candidates = features(question, hits, readings, covers, spans, self.space)
        candidates = [one for one in candidates if not is_of_another_case(question, one.text, one.span.start - one.unit.start)]
        return Gathered(question, candidates, against)

    def _found(self, text: str, document_id: str | None) -> list[PassageHit]:
        if document_id is None:
            return self.index.search_passages(text, k=FOUND)
        hits = self.index.search_passages(text, k=max(len(self.index.passages), 1))
        return [hit for hit in hits if hit.passage.document_id == document_id][:FOUND]

    def _order(
        self, question: Question, hits: Sequence[PassageHit], readings: Sequence[Reading], covers: Sequence[Coverage]
    ) -> list[int]:
        """Places of the passages to read, the likeliest first."""
        scores = []
        for hit, reading, cover in zip(hits, readings, covers):
            shares = share(question, np.maximum(cover.led, cover.heading[:, None])) * UNIT_SHARE
            if question.quantity:
                texts = (reading.text[unit.start : unit.end] for unit in reading.units)
                shares += QUANTITY_SHARE * np.array([bool(question.quantity.search(text)) for text in texts])
            scores.append(hit.score + shares.max(initial=0.0))
        return sorted(range(len(hits)), key=lambda i: -scores[i])[: self.passages]

    def _spans(self, question: Question, readings: Sequence[Reading]):
        """The span pointed at in each unit of each passage."""
        texts = [reading.text for reading in readings]
        units = [[(unit.start, unit.end) for unit in reading.units] for reading in readings]
        found = self.reader.read_units(question.text, texts, units, SPANS, cuts=[reading.pieces for reading in readings])
        return [
            [point(question, reading.text, unit, spans) for unit, spans in zip(reading.units, of)]
            for reading, of in zip(readings, found)
        ]
