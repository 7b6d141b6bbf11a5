"""Questions over an FAQ with what search makes of them: what ranking and confidence are fitted on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from nlu.vectors import StaticVectors
from retrieval.calibration import Coverage, features_of
from retrieval.collection import Query
from retrieval.coverage import CoverageOf, folded
from retrieval.documents import FaqEntry
from retrieval.faq_search import FaqSearcher, whole_text
from retrieval.training.groups import Group


class Case(NamedTuple):
    """Channel scores (n, c) of one question's candidates; `right` is the row of the right one, -1 for none.

    `keys` are the question's content morphemes, those of them in `live` stand somewhere in the FAQ; `texts` is what
    each candidate says. All three are empty for passages.
    """

    channels: np.ndarray
    right: int
    keys: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    live: frozenset[str] = frozenset()

    def without_right(self) -> Case:
        """The same question where the FAQ does not have the entry."""
        texts = tuple(text for row, text in enumerate(self.texts) if row != self.right)
        return Case(np.delete(self.channels, self.right, axis=0), -1, self.keys, texts, self.live)


@dataclass(frozen=True)
class PseudoFaq:
    """Entries with the questions asked of them: `asked` are (question, place of the right entry), -1 for none."""

    name: str
    entries: tuple[FaqEntry, ...]
    asked: tuple[tuple[str, int], ...]


def pseudo_faq(name: str, groups: Sequence[Group], foreign: Iterable[str], phrasings: int = 1) -> PseudoFaq:
    """Groups as an FAQ: the first text the entry's question, the next `phrasings` its phrasings, the others asked."""
    entries = tuple(FaqEntry(g.name, g.topic, None, g.texts[0], g.texts[1 : 1 + phrasings], "") for g in groups)
    asked = [(text, place) for place, group in enumerate(groups) for text in group.texts[1 + phrasings :]]
    return PseudoFaq(name, entries, (*asked, *((question, -1) for question in foreign)))


def taken_out(name: str, entries: Sequence[FaqEntry], fold: int, change: Callable[[str], str] = str) -> PseudoFaq:
    """An FAQ without the phrasing number `fold` of each entry, which is asked instead, after `change`."""
    kept = tuple(replace(e, phrasings=e.phrasings[:fold] + e.phrasings[fold + 1 :]) for e in entries)
    return PseudoFaq(name, kept, tuple((change(e.phrasings[fold]), i) for i, e in enumerate(entries) if len(e.phrasings) > fold))


def cases_of(faq: PseudoFaq, vectors: StaticVectors) -> list[Case]:
    """A case of each question asked; one whose entry no channel found is left out."""
    searcher = FaqSearcher.build(faq.entries, vectors)
    texts = [whole_text(entry) for entry in faq.entries]
    found = []
    for question, place in faq.asked:
        query = Query.of(question, vectors)
        scores = searcher.score(query)
        rows = np.flatnonzero(scores.places == place)
        if place >= 0 and not len(rows):
            continue
        said = tuple(texts[at] for at in scores.places)
        live = frozenset(filter(searcher.is_live, map(folded, query.keys)))
        found.append(Case(scores.channels, int(rows[0]) if len(rows) else -1, tuple(query.keys), said, live))
    return [case for case in found if len(case.channels)]


class FirstHit(NamedTuple):
    """What the confidence goes by, and how it turned out."""

    features: dict[str, float]
    in_scope: bool
    is_right: bool
    fused: np.ndarray
    channels: np.ndarray
    coverage: Coverage


def first_hit(case: Case, weights: np.ndarray, coverage_of: CoverageOf) -> FirstHit:
    """The case's candidate with the highest fused score."""
    fused = case.channels @ weights
    top = int(np.argmax(fused))
    coverage = coverage_of(case.keys, case.texts[top], case.live.__contains__)
    features = features_of(fused, case.channels, coverage)
    return FirstHit(features, case.right >= 0, top == case.right, fused, case.channels, coverage)


def wordy(talk: Sequence[str], seed: int = 0) -> Callable[[str], str]:
    """What puts a sentence of small talk before a question, as long-winded customers do."""
    chance = random.Random(seed)
    return lambda question: f"{chance.choice(talk)} {question}"
