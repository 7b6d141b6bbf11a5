"""Whether an FAQ entry answers the question: the probability by which it is answered from it.

Search tells how near an entry is. The nearest one often does not answer all the same: it tells how long where the
question is how much, or speaks of another product or code. So a second model looks at the best hits: how sure search
is, what the encoder of messages makes of question and entry read together (`nlu.message_pairs`), whether the
answer holds a quantity of the kind asked for, the codes and the nouns. What it sees is weighed twice: alone, so that a
sure answer needs no reading (weights in `faq_judge.json`), and beside what the manuals say (`bot.choice`). Both are learnt from
invented companies (`benchmarks/cascade/learn_choice.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from bot.document_names import squeeze
from bot.evidence import heading_words
from bot.logit import check_names, in_order, read_weights, shares
from bot.quantity import lacks
from bot.question import Question, sibling_words
from nlu.message_pairs import default_pairs
from retrieval.coverage import NOUNS, CoverageOf, content_keys, folded
from retrieval.documents import FaqEntry
from retrieval.ngrams import ASKING, code_terms

if TYPE_CHECKING:
    from nlu.message_pairs import PairScores
    from retrieval.index import FaqHit, Index

WEIGHTS_FILE = Path(__file__).with_name("faq_judge.json")
FORMAT_VERSION = 2
FEATURES = (
    "confidence",
    "answers",
    "holds",
    "later",
    "quantity_missing",
    "quantity_found",
    "code_missing",
    "code_found",
    "product_other",
    "product_unsaid",
    "names_missing",
    "nouns_absent",
    "sibling",
)
"""Log-odds of search's confidence; log-odds that the entry answers, read together with the question, and that it holds what is
asked for; whether it is not search's first hit; a quantity asked for that the answer lacks or holds; codes of the
question that the entry lacks, or has (one shared among the hits that do: a model's name, which many have, singles none
out); another product; a product of the entry's where the question names none, nor a code of the entry's; a name that the
question says and the FAQ knows, but not the entry (대전 beside 부산); the share of the question's nouns that stand nowhere in
the FAQ; whether one that stands nowhere is of a kind with the company's products (노트북)."""
ANSWER_CHARACTERS = 160
"""Of an answer so much is read together with the question."""
LOG_ODDS_BOUND = 9.0
NAME_TAG = "/NNP"

Live = Callable[[str], bool]


class Pairs(Protocol):
    """What scores a question and texts read together."""

    def scores(self, message: str, texts: Sequence[str]) -> PairScores:
        """What `message` read together with each of `texts` says."""


class Judged(NamedTuple):
    """What is seen in some hits: `features` (n, f) in the order of FEATURES, how likely each answers as far as the FAQ alone
    tells (n,), and how likely it does at least, whatever a model says (n,)."""

    features: np.ndarray
    probabilities: np.ndarray
    at_least: np.ndarray

    def none(self) -> Judged:
        """The same of no hits."""
        return Judged(self.features[:0], self.probabilities[:0], self.at_least[:0])


@dataclass(frozen=True)
class FaqFit:
    """A conditional logit over the hits and "none of them"; weights of `bias` and FEATURES."""

    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        check_names("weights", self.weights, ("bias", *FEATURES))

    @classmethod
    def load(cls, file: Path = WEIGHTS_FILE) -> FaqFit:
        return cls(read_weights(file, FORMAT_VERSION)["weights"])

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """`(n,)` for `features (n, f)` in the order of FEATURES; what is missing from 1 is that none answers."""
        return shares(weighed(features, self.weights))


def weighed(features: np.ndarray, weights: Mapping[str, float]) -> np.ndarray:
    """`(n,)` bias and weights over `features (n, f)` in the order of FEATURES."""
    return features @ in_order(weights, FEATURES) + weights["bias"]


class FaqJudge:
    """Looks at the hits of one index; safe to share between threads."""

    def __init__(self, index: Index, products: Collection[str], fit: FaqFit | None = None, pairs: Pairs | None = None) -> None:
        """`products` are the words (`form/tag`) of the company's products."""
        self._products = frozenset(products)
        self._coverage = CoverageOf(index.vectors)
        self._vectors = index.vectors
        self._in_manuals = index.readings.word_numbers
        self._is_live: Live = index.faq.searcher.is_live
        self._fit = fit or default_fit()
        self._pairs = pairs or default_pairs()

    def look(self, question: Question, hits: Sequence[FaqHit]) -> Judged:
        """What is seen in `hits`, and how likely each answers the question.

        Where the question says the same content words as the entry's own question or phrasing, search is believed.
        """
        features = self.features(question, hits)
        at_least = np.array([hit.confidence if says_the_same(question.text, hit.matched) else 0.0 for hit in hits])
        return Judged(features, np.maximum(self._fit.probabilities(features), at_least), at_least)

    def features(self, question: Question, hits: Sequence[FaqHit]) -> np.ndarray:
        """`(n, f)` in the order of `FEATURES`; `hits` as search gave them, best first."""
        scores = self._pairs.scores(question.text, [said(hit.entry) for hit in hits])
        nouns = [word for word in question.words if word.rsplit("/", 1)[1] in NOUNS]
        absent = self._coverage(nouns, "", self._is_live).absent
        sibling = self._names_sibling(question)
        have_codes = [bool(question.codes) and not question.codes.isdisjoint(code_terms(_all_of(hit.entry))) for hit in hits]
        rows = [
            (
                log_odds(float(hit.confidence)),
                float(answers),
                float(holds),
                float(place > 0),
                *self._of_entry(question, hit.entry, has_code, sum(have_codes)),
                absent,
                sibling,
            )
            for place, (hit, has_code, answers, holds) in enumerate(zip(hits, have_codes, scores.answers, scores.holds))
        ]
        return np.array(rows).reshape(len(hits), len(FEATURES))

    def _names_sibling(self, question: Question) -> float:
        known = [word for word in question.words if self._is_live(folded(word)) or word in self._in_manuals]
        return float(bool(sibling_words(question, self._products, known, self._vectors)))

    def _of_entry(self, question: Question, entry: FaqEntry, has_code: bool, with_code: int) -> tuple[float, ...]:
        """What is seen in one entry; `with_code` of the hits have a code of the question's."""
        text = _all_of(entry)
        missing = lacks(question.quantity, entry.answer)
        asked = self._products.intersection(question.words)
        own = self._products.intersection(heading_words(entry.product or "", ""))
        names = [word.rsplit("/", 1)[0] for word in question.words if word.endswith(NAME_TAG) and self._is_live(folded(word))]
        return (
            float(missing),
            float(question.quantity is not None and not missing),
            float(bool(question.codes) and not has_code),
            1 / with_code if has_code else 0.0,
            float(bool(asked and own and not asked & own)),
            float(bool(own and not asked and not has_code)),
            float(any(name not in text for name in names)),
        )


def _all_of(entry: FaqEntry) -> str:
    return "\n".join((*entry.questions, entry.answer))


def said(entry: FaqEntry) -> str:
    """What of an entry is read together with a question: its question, a phrasing, the beginning of its answer."""
    return f"{' / '.join(entry.questions[:2])} — {entry.answer[:ANSWER_CHARACTERS]}"


def says_the_same(one: str, other: str) -> bool:
    """Whether the content words of each stand in the other, however they are spaced and cut; no where there are none."""
    words, texts = [_forms(one), _forms(other)], [squeeze(one), squeeze(other)]
    return all(words) and all(form in texts[1] for form in words[0]) and all(form in texts[0] for form in words[1])


@lru_cache(maxsize=20_000)
def _forms(text: str) -> tuple[str, ...]:
    """The forms of the content words of `text` without those that only ask."""
    return tuple(key.rsplit("/", 1)[0].lower() for key in content_keys(text) if key not in ASKING)


def log_odds(probability: float) -> float:
    """ln(p / (1 - p)), within bounds."""
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    return max(-LOG_ODDS_BOUND, min(LOG_ODDS_BOUND, math.log(bounded / (1 - bounded))))


@lru_cache(maxsize=1)
def default_fit() -> FaqFit:
    """The weights that ship."""
    return FaqFit.load()
