"""Search over FAQ entries: their questions one by one, their whole text, and their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nlu.vectors import StaticVectors
from retrieval.collection import Collection, Query
from retrieval.documents import FaqEntry
from retrieval.fusion import CHANNELS, FAQ_CHANNELS

PARTS = ("questions", "entries", "answers")


class FaqScores(NamedTuple):
    """Candidates of one query: places of entries (n,), channel scores (n, 9), and each one's best question."""

    places: np.ndarray
    channels: np.ndarray
    questions: np.ndarray


class FaqSearcher:
    """`owners` (n_questions,) is the place of each question's entry, ascending."""

    def __init__(self, owners: np.ndarray, questions: Collection, entries: Collection, answers: Collection) -> None:
        self._owners = owners
        self._starts = np.searchsorted(owners, np.arange(entries.size + 1))
        self._questions = questions
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
            Collection.build([_whole_text(entry) for entry in entries], vectors, progress),
            Collection.build([entry.answer for entry in entries], vectors, progress),
        )

    @staticmethod
    def build_steps(entries: Sequence[FaqEntry]) -> int:
        return sum(len(entry.questions) + 2 for entry in entries)

    @property
    def terms(self) -> Iterable[str]:
        """All morpheme terms of the entries."""
        return self._entries.terms

    def score(self, query: Query) -> FaqScores:
        """Scores of the entries that any channel found."""
        questions, entries, answers = (part.score(query) for part in (self._questions, self._entries, self._answers))
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
        matched = np.array([of_questions[a + np.argmax(sums[a : a + n])] for a, n in zip(firsts, counts)])
        return FaqScores(places, np.hstack([best_scores, entries.at(places), answers.at(places)]), matched)

    def question_number(self, question: int) -> int:
        """Which of its entry's questions the question at this place is, from 0."""
        return int(question - self._starts[self._owners[question]])

    def save(self, folder: Path) -> None:
        for name, part in zip(PARTS, (self._questions, self._entries, self._answers)):
            part.save(folder / name)

    @classmethod
    def load(cls, folder: Path, entries: Sequence[FaqEntry]) -> FaqSearcher:
        owners = np.repeat(np.arange(len(entries)), [len(entry.questions) for entry in entries])
        return cls(owners, *(Collection.load(folder / name) for name in PARTS))


def _whole_text(entry: FaqEntry) -> str:
    return "\n".join([entry.category, entry.product or "", *entry.questions, entry.answer])
