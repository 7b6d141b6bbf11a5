"""Sentence vectors adapted to one company's FAQ.

One phrasing of every third entry is held back and asked of the FAQ without it, before and after. What
is trained on are the other questions of each entry together with its answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from nlu.sentence_vectors import MorphemeSums
from nlu.vectors import StaticVectors
from retrieval.collection import Query
from retrieval.documents import FaqEntry
from retrieval.faq_search import FaqSearcher
from retrieval.fusion import default_ranking
from retrieval.training.contrastive import ContrastiveConfig, group_rows, train
from retrieval.training.groups import faq_groups

HELD_EVERY = 3


@dataclass(frozen=True)
class AdaptationResult:
    """Recall at 1 of the whole FAQ search on `n` phrasings held back, before and after."""

    n: int
    before: float
    after: float


class Adapted(NamedTuple):
    vectors: StaticVectors
    result: AdaptationResult

    @property
    def is_better(self) -> bool:
        return self.result.after > self.result.before


def adapt(entries: Sequence[FaqEntry], sentences: StaticVectors, words: StaticVectors, *, steps: int = 120) -> Adapted:
    """`sentences` trained further on `entries`. ValueError where too few entries have other phrasings."""
    kept, held = hold_back(entries)
    groups = faq_groups(kept)
    if len(held) < 5:
        raise ValueError(f"FAQ에 다른 표현(phrasings)이 있는 항목이 {len(held)}개뿐이에요. 남겨 두고 재려면 15개는 있어야 해요.")
    config = ContrastiveConfig(steps=steps, batch=256, learning_rate=1e-3, validate_every=steps)
    rows = group_rows(groups, sentences)
    trained = train(
        sentences, {"faq": rows}, {"faq": 1.0}, rows, config, keep_best=False, source=f"{sentences.config.source}; FAQ"
    )
    scores = [_recall_at_1(kept, held, words, vectors) for vectors in (sentences, trained.vectors)]
    return Adapted(trained.vectors, AdaptationResult(len(held), *scores))


def hold_back(entries: Sequence[FaqEntry]) -> tuple[list[FaqEntry], list[tuple[str, int]]]:
    """The entries without what is held back, and `(phrasing, place of its entry)`: of every third with two or more, the last."""
    kept, held = list(entries), []
    for place in [i for i, e in enumerate(entries) if len(e.phrasings) > 1][::HELD_EVERY]:
        held.append((entries[place].phrasings[-1], place))
        kept[place] = replace(entries[place], phrasings=entries[place].phrasings[:-1])
    return kept, held


def _recall_at_1(
    entries: Sequence[FaqEntry], held: Sequence[tuple[str, int]], words: StaticVectors, sentences: StaticVectors
) -> float:
    words.sentences = MorphemeSums(sentences)
    searcher, weights = FaqSearcher.build(entries, words), default_ranking().faq_weights
    right = 0
    for question, place in held:
        scores = searcher.score(Query.of(question, words))
        right += len(scores.places) > 0 and scores.places[int(np.argmax(scores.channels @ weights))] == place
    return right / len(held)
