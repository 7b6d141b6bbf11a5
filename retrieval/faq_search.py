"""Search over FAQ entries: their questions one by one, their whole text, and their answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from nlu.vectors import StaticVectors
from retrieval.collection import Collection, Query
from retrieval.documents import FaqEntry
from retrieval.fusion import CHANNELS, FAQ_CHANNELS


class FaqScores(NamedTuple):
    """Candidates of one query: places of entries (n,), channel scores (n, 9), and each one's best question."""

    places: np.ndarray
    channels: np.ndarray
    questions: np.ndarray


class Hidden(NamedTuple):
    """Masks (n,) bool of what a search must not find: removed, out of date, or not for this audience."""

    entries: np.ndarray
    questions: np.ndarray


class FaqSearcher:
    """`owners` (n_questions,) is the place of each question's entry, ascending."""

    def __init__(self, owners: np.ndarray, questions: Collection, entries: Collection, answers: Collection) -> None:
        self._owners = owners
        self._starts = np.searchsorted(owners, np.arange(entries.size + 1))
        self.questions = questions
        self._entries = entries
        self._answers = answers

    @classmethod
    def build(
        cls, entries: Sequence[FaqEntry], vectors: StaticVectors, progress: Callable[[], None] | None = None
    ) -> FaqSearcher:
        """A searcher over `entries`; `progress` is called after each of `build_steps(entries)` texts."""
        questions = [question for entry in entries for question in entry.questions]
        owners = np.repeat(np.arange(len(entries)), [len(entry.questions) for entry in entries])
        return cls(
            owners,
            Collection.build(questions, vectors, progress),
            Collection.build([whole_text(entry) for entry in entries], vectors, progress),
            Collection.build([entry.answer for entry in entries], vectors, progress),
        )

    @staticmethod
    def build_steps(entries: Sequence[FaqEntry]) -> int:
        return sum(len(entry.questions) + 2 for entry in entries)

    def score(self, query: Query, hidden: Hidden | None = None) -> FaqScores:
        """Scores of the entries that any channel found, without those that are `hidden`."""
        masks = (None, None, None) if hidden is None else (hidden.questions, hidden.entries, hidden.entries)
        parts = (self.questions, self._entries, self._answers)
        questions, entries, answers = (part.score(query, mask) for part, mask in zip(parts, masks))
        owners = self._owners[questions.candidates()]
        places = np.unique(np.concatenate([owners, entries.candidates(), answers.candidates()]))
        if not len(places):
            return FaqScores(places, np.zeros((0, len(FAQ_CHANNELS)), np.float32), places)
        counts = self._starts[places + 1] - self._starts[places]
        firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        of_questions = np.repeat(self._starts[places] - firsts, counts) + np.arange(counts.sum())
        scores = questions.at(of_questions)
        best_scores = np.maximum.reduceat(scores, firsts)
        sums = scores @ np.ones(len(CHANNELS), np.float32)
        matched = of_questions[_first_of_highest(sums, firsts, counts)]
        return FaqScores(places, np.hstack([best_scores, entries.at(places), answers.at(places)]), matched)

    def is_live(self, term: str) -> bool:
        """Whether the morpheme `form/tag` stands in an entry."""
        return self._entries.lexical.frequency(term) > 0

    def question_number(self, question: int) -> int:
        """Which of its entry's questions the question at this place is, from 0."""
        return int(question - self._starts[self._owners[question]])


def _first_of_highest(values: np.ndarray, firsts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Where the highest value of each run stands first; runs begin at `firsts` and have `counts` values."""
    highest = np.repeat(np.maximum.reduceat(values, firsts), counts)
    places = np.flatnonzero(values == highest)
    return places[np.unique(np.repeat(np.arange(len(firsts)), counts)[places], return_index=True)[1]]


def whole_text(entry: FaqEntry) -> str:
    """All that an entry says, as the channel `entry` sees it."""
    return "\n".join([entry.category, entry.product or "", *entry.questions, entry.answer])
