"""What the FAQ alone makes of a question: answer it, offer the nearest questions, or "not here".

For `daedap search faq` and `benchmarks/search`; a turn weighs the manuals too (`bot.cascade`), by the same judge, the same
scope and the same thresholds of `bot.settings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bot.evidence import WordSpace
from bot.faq_judge import FaqJudge
from bot.question import Question
from bot.scope import Scope
from bot.settings import Settings
from retrieval.calibration import Decision

if TYPE_CHECKING:
    from retrieval.index import FaqHit, Index

LOOKED_AT = 5
"""So many of the best hits are read together with the question, as in a turn."""


class FaqDecision(NamedTuple):
    """`chances` (n,) that each of the first hits answers; `in_scope` that the FAQ speaks of it at all; `confidence` that search's
    first hit is the right one."""

    decision: Decision
    chances: np.ndarray
    in_scope: float
    confidence: float


class FaqDecider:
    """Decides over the hits of one index; safe to share between threads."""

    def __init__(self, index: Index, settings: Settings) -> None:
        products = WordSpace(index).products
        self._judge, self._scope = FaqJudge(index, products), Scope(index, products)
        self._vectors = index.vectors
        self._answer, self._offer = settings.faq_answer, settings.faq_offer

    def decide(self, question: str, hits: Sequence[FaqHit]) -> FaqDecision:
        """What to do with `question`, for which search has found `hits`."""
        asked, looked_at = Question.of(question, self._vectors), hits[:LOOKED_AT]
        judged = self._judge.look(asked, looked_at)
        in_scope = self._scope.probability(asked, looked_at, judged)
        confidence = self._scope.confidence(in_scope, looked_at)
        return FaqDecision(self._decision(judged.probabilities, in_scope), judged.probabilities, in_scope, confidence)

    def _decision(self, chances: np.ndarray, in_scope: float) -> Decision:
        if max(chances, default=0.0) >= self._answer:
            return Decision.ANSWER
        return Decision.OFFER if in_scope >= self._offer else Decision.NOT_HERE
