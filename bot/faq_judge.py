"""Whether an FAQ entry answers the question: the probability by which it is answered from it.

Search tells how near an entry is. The nearest one often does not answer all the same: it tells how long where the
question is how much, or speaks of another product or code. So a second model looks at the best hits: how sure search
is, what the encoder of messages makes of question and entry read together (`nlu.message_pairs`), whether the
answer holds a quantity of the kind asked for, the codes and the nouns. Its weights are learnt from FAQs of other
trades with questions that an entry answers and near ones that none answers (`benchmarks/cascade/learn_judge.py`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bot.document_names import squeeze
from bot.evidence import heading_words
from bot.quantity import lacks
from bot.question import Question
from nlu.message_pairs import default_pairs
from retrieval.coverage import NOUNS, CoverageOf, content_keys
from retrieval.documents import FaqEntry
from retrieval.ngrams import ASKING, code_terms

if TYPE_CHECKING:
    from retrieval.index import FaqHit, Index

WEIGHTS_FILE = Path(__file__).with_name("faq_judge.json")
FORMAT_VERSION = 1
FEATURES = (
    "confidence",
    "answers",
    "answers_lead",
    "later",
    "quantity_missing",
    "quantity_found",
    "code_missing",
    "code_found",
    "product_other",
    "nouns_near",
    "nouns_unlike",
    "nouns_absent",
    "fact",
    "words",
)
"""Log-odds of search's confidence; log-odds of the pair, and how far they lead the best other hit's; whether it is not
search's first hit; a quantity asked for that the answer lacks or holds; codes of the question that it lacks or
holds; another product; how near the question's nouns are to it, the part of the noun least near, the share of nouns
that stand nowhere in the FAQ; whether a fact is asked for; ln(1 + words)."""
ANSWER_CHARACTERS = 160
"""Of an answer so much is read together with the question."""
LOG_ODDS_BOUND = 9.0

Live = Callable[[str], bool]


class Pairs(Protocol):
    """What scores a question and texts read together."""

    def scores(self, message: str, texts: Sequence[str]) -> np.ndarray:
        """`(n,)` log-odds that each of `texts` answers `message`."""


@dataclass(frozen=True)
class FaqFit:
    """A logistic model over `FEATURES`."""

    weights: Mapping[str, float]
    bias: float

    def __post_init__(self) -> None:
        if set(self.weights) != set(FEATURES):
            raise ValueError(f"weights are of {sorted(set(self.weights) ^ set(FEATURES))}, they must be of {', '.join(FEATURES)}")

    @classmethod
    def load(cls, file: Path = WEIGHTS_FILE) -> FaqFit:
        document = json.loads(file.read_text(encoding="utf-8"))
        if document["format_version"] != FORMAT_VERSION:
            raise ValueError(f"{file} has format {document['format_version']}, this version reads {FORMAT_VERSION}")
        return cls(document["weights"], document["bias"])

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """`(n,)` for `features (n, f)` in the order of `FEATURES`."""
        weights = np.array([self.weights[name] for name in FEATURES])
        return 1 / (1 + np.exp(-(features @ weights + self.bias)))


class FaqJudge:
    """Looks at the hits of one index; safe to share between threads."""

    def __init__(self, index: Index, products: Collection[str], fit: FaqFit | None = None, pairs: Pairs | None = None) -> None:
        """`products` are the words (`form/tag`) of the company's products."""
        self._products = frozenset(products)
        self._coverage = CoverageOf(index.vectors)
        self._is_live: Live = index.faq.searcher.is_live
        self._fit = fit or default_fit()
        self._pairs = pairs or default_pairs()

    def probabilities(self, question: Question, hits: Sequence[FaqHit]) -> np.ndarray:
        """`(n,)` how likely each of `hits` answers the question.

        Where the question says the same content words as the entry's own question or phrasing, search is believed.
        """
        if not hits:
            return np.zeros(0)
        chances = self._fit.probabilities(self.features(question, hits))
        verbatim = [says_the_same(question.text, hit.matched) for hit in hits]
        return np.where(verbatim, np.maximum(chances, [hit.confidence for hit in hits]), chances)

    def features(self, question: Question, hits: Sequence[FaqHit]) -> np.ndarray:
        """`(n, f)` in the order of `FEATURES`; `hits` as search gave them, best first."""
        scores = self._pairs.scores(question.text, [said(hit.entry) for hit in hits])
        rows = []
        for place, hit in enumerate(hits):
            others = np.delete(scores, place)
            lead = float(np.clip(scores[place] - others.max(), -5, 5)) if len(others) else 0.0
            own = (log_odds(float(hit.confidence)), float(scores[place]), lead, float(place > 0))
            rows.append((*own, *self._of_entry(question, hit.entry)))
        return np.array(rows).reshape(len(hits), len(FEATURES))

    def _of_entry(self, question: Question, entry: FaqEntry) -> tuple[float, ...]:
        missing = lacks(question.quantity, entry.answer)
        codes = question.codes & frozenset(code_terms("\n".join((*entry.questions, entry.answer))))
        asked = self._products.intersection(question.words)
        own = self._products.intersection(heading_words(entry.product or "", ""))
        nouns = [word for word in question.words if word.rsplit("/", 1)[1] in NOUNS]
        near = self._coverage(nouns, "\n".join((*entry.questions, entry.answer)), self._is_live)
        return (
            float(missing),
            float(question.quantity is not None and not missing),
            float(bool(question.codes) and not codes),
            float(bool(codes)),
            float(bool(asked and own and not asked & own)),
            near.near if nouns else 0.5,
            near.unlike,
            near.absent,
            float(question.wants_fact),
            math.log1p(len(question.words)),
        )


def said(entry: FaqEntry) -> str:
    """What of an entry is read together with a question: its question, a phrasing, the beginning of its answer."""
    return f"{' / '.join(entry.questions[:2])} — {entry.answer[:ANSWER_CHARACTERS]}"


def says_the_same(one: str, other: str) -> bool:
    """Whether the content words of each stand in the other, however they are spaced and cut; no where there are none."""
    words, texts = [_forms(one), _forms(other)], [squeeze(one), squeeze(other)]
    return all(words) and all(form in texts[1] for form in words[0]) and all(form in texts[0] for form in words[1])


def _forms(text: str) -> list[str]:
    """The forms of the content words of `text` without those that only ask."""
    return [key.rsplit("/", 1)[0].lower() for key in content_keys(text) if key not in ASKING]


def log_odds(probability: float) -> float:
    """ln(p / (1 - p)), within bounds."""
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    return max(-LOG_ODDS_BOUND, min(LOG_ODDS_BOUND, math.log(bounded / (1 - bounded))))


@lru_cache(maxsize=1)
def default_fit() -> FaqFit:
    """The weights that ship."""
    return FaqFit.load()
