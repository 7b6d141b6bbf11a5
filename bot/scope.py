"""Whether the FAQ speaks of what is asked at all: the third decision, offer the nearest questions or say "not here".

Search's own confidences say how near the nearest entries are. What else tells: whether any of them, read together
with the question, answers it or holds what is asked for (`nlu.message_pairs`, read by `bot.faq_judge` anyway), nouns that
stand nowhere in the FAQ, and another product. A logistic model weighs them; its weights (`scope.json`) are learnt from
invented companies and questions of other trades by `benchmarks/search/learn_scope.py`. `faq_offer` of `bot.settings` is the
threshold.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.faq_judge import FEATURES as HIT_FEATURES
from bot.faq_judge import Judged, log_odds
from bot.logit import check_names, in_order, read_weights
from bot.question import Question, sibling_words
from retrieval.coverage import folded

if TYPE_CHECKING:
    from retrieval.index import FaqHit, Index

SCOPE_FILE = Path(__file__).with_name("scope.json")
FORMAT_VERSION = 1
FEATURES = ("search", "answers", "holds", "absent", "other_product", "sibling", "words")
"""Log-odds of search's confidences in the hits together; the highest log-odds that one of them answers, and that one holds what
is asked for; the share of the question's nouns that stand nowhere in the FAQ; whether the first hit is of another product;
whether a kind of product is named that the company has not; ln(1 + words)."""


USUALLY_IN_SCOPE = 0.88
"""So many of the questions that customers ask of an FAQ are taken to be in its scope where a confidence is stated. The
weights are learnt with as many questions out of scope as in it; over the questions in scope the confidence's ECE with this
share is 0.039 on companies left out and 0.041 on the development questions, 0.089 and 0.086 with one half."""


@dataclass(frozen=True)
class ScopeFit:
    """A logistic model over `FEATURES`."""

    weights: Mapping[str, float]
    bias: float

    def __post_init__(self) -> None:
        check_names("weights", self.weights, FEATURES)

    @classmethod
    def load(cls, file: Path = SCOPE_FILE) -> ScopeFit:
        document = read_weights(file, FORMAT_VERSION)
        return cls(document["weights"], document["bias"])

    def to_json(self) -> dict[str, Any]:
        return {"format_version": FORMAT_VERSION, "weights": dict(self.weights), "bias": self.bias}

    def probability(self, features: np.ndarray) -> float:
        """For `features (f,)` in the order of `FEATURES`."""
        total = self.bias + float(features @ in_order(self.weights, FEATURES))
        return 1 / (1 + math.exp(-min(max(total, -30.0), 30.0)))


class Scope:
    """Tells what one index's FAQ speaks of; safe to share between threads."""

    def __init__(self, index: Index, products: Collection[str], fit: ScopeFit | None = None) -> None:
        """`products` are the words (`form/tag`) of the company's products."""
        self._index = index
        self._products = frozenset(products)
        self._fit = fit or default_scope()

    def probability(self, question: Question, hits: Sequence[FaqHit], judged: Judged) -> float:
        """How likely the FAQ speaks of what is asked; `judged` is what `FaqJudge` saw in `hits`. 0 where nothing was found."""
        return self._fit.probability(self.features(question, hits, judged)) if hits else 0.0

    @staticmethod
    def confidence(in_scope: float, hits: Sequence[FaqHit]) -> float:
        """How likely the first of `hits` is the right one: that the FAQ has it, times search's that it is the first then."""
        together = sum(hit.confidence for hit in hits)
        if not hits or together <= 0:
            return 0.0
        usual = log_odds(in_scope) + log_odds(USUALLY_IN_SCOPE)
        return min(hits[0].confidence / together, 1.0) / (1 + math.exp(-usual))

    def features(self, question: Question, hits: Sequence[FaqHit], judged: Judged) -> np.ndarray:
        """(f,) in the order of `FEATURES`; there must be a hit."""
        seen = dict(zip(HIT_FEATURES, judged.features.T))
        live = self._index.faq.searcher.is_live
        known = {word for word in question.words if live(folded(word))}
        own = not self._products.isdisjoint(question.words)
        siblings = [] if own else sibling_words(question, self._products, known, self._index.vectors)
        return np.array(
            [
                log_odds(float(sum(hit.confidence for hit in hits))),
                float(seen["answers"].max()),
                float(seen["holds"].max()),
                float(seen["nouns_absent"][0]),
                float(seen["product_other"][0]),
                float(bool(siblings)),
                math.log1p(len(question.words)),
            ]
        )


@lru_cache(maxsize=1)
def default_scope() -> ScopeFit:
    """The weights that ship."""
    return ScopeFit.load()
