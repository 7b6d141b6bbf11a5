"""Who answers: an FAQ entry, a sentence of the manuals, or nobody; one probability over all of them.

An FAQ entry near to what only a manual says is the commonest wrong answer, and each side's own certainty does not tell.
So what search found in the FAQ and what was read in the manuals stand side by side in one conditional logit
(McFadden 1974), with "nobody" as the outside option. A sentence counts by the evidence gathered for it
(`bot.decision`) and by whether it holds what is asked for, read together with the question (`nlu.message_pairs`); an entry by
what `bot.faq_judge` sees in it. The weights lie in `choice.json` beside this module; they are learnt from invented
companies with an FAQ, manuals and questions of every kind (`benchmarks/cascade/learn_choice.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.decision import likeliest
from bot.faq_judge import FEATURES as FAQ_FEATURES
from bot.faq_judge import Judged, Pairs, weighed
from bot.logit import check_names, in_order, read_weights, shares
from nlu.message_pairs import default_pairs

if TYPE_CHECKING:
    from bot.decision import Decision
    from bot.evidence import Candidate
    from bot.manual_reading import Gathered
    from nlu.sentences import Unit
    from retrieval.readings import Reading

CHOICE_FILE = Path(__file__).with_name("choice.json")
FORMAT_VERSION = 1
SAID_BY_EVIDENCE = ("quantity_missing", "code_missing", "product_other", "search_lead")
MANUAL_FEATURES = ("bias", "evidence", "holds", "fact", "sibling", "row_of_other", *SAID_BY_EVIDENCE)
"""One; log-odds of the evidence against there being no answer; log-odds that the sentence holds what is asked for; whether a fact
is asked for; whether the question is about a kind of product that the company has not, or the row is called by
something else; and some of what `bot.evidence` sees, which counts more beside an entry than among sentences."""
CANDIDATES = 5
"""So many of the likeliest sentences are read together with the question."""
HEADING_CHARACTERS, LEAD_CHARACTERS, UNIT_CHARACTERS = 50, 60, 170
"""So much of each is read together with the question: the end of what comes before, the beginning of the sentence."""
SIBLING_COVERAGE = 0.6
"""A question about another kind of product (냉장고 beside 세탁기) speaks against what holds less than this share of its words."""
EVIDENCE_BOUND = 10.0


@dataclass(frozen=True)
class Weighed:
    """`faq` (n,) that each hit answers, alone (n,) or beside the manuals; the likeliest sentence and how likely it is."""

    faq: np.ndarray
    best: tuple[Candidate, float] | None


@dataclass(frozen=True)
class Choice:
    """Weights by name, and from which probability on the manuals answer, or are shown as related."""

    faq_weights: Mapping[str, float]
    manual_weights: Mapping[str, float]
    answer_at: float
    related_at: float

    def __post_init__(self) -> None:
        check_names("faq weights", self.faq_weights, ("bias", *FAQ_FEATURES))
        check_names("manual weights", self.manual_weights, MANUAL_FEATURES)

    @classmethod
    def load(cls, file: Path = CHOICE_FILE) -> Choice:
        document = read_weights(file, FORMAT_VERSION)
        return cls(document["faq_weights"], document["manual_weights"], document["answer_at"], document["related_at"])

    def weigh(self, judged: Judged, gathered: Gathered, decision: Decision, pairs: Pairs | None = None) -> Weighed:
        """What is likeliest; hits in the question's own words are as likely as search is sure at least."""
        chosen, features = manual_features(gathered, decision, pairs or default_pairs())
        faq, manual = self.probabilities(judged.features, features)
        return Weighed(np.maximum(faq, judged.at_least), likeliest(chosen, manual) if chosen else None)

    def probabilities(self, faq: np.ndarray, manual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`(n,)` and `(m,)` for the features `(n, f)` of hits and `(m, g)` of sentences; what is missing from 1 is nobody's."""
        chances = shares(
            np.concatenate([weighed(faq, self.faq_weights), manual @ in_order(self.manual_weights, MANUAL_FEATURES)])
        )
        return chances[: len(faq)], chances[len(faq) :]


def manual_features(gathered: Gathered, decision: Decision, pairs: Pairs) -> tuple[list[Candidate], np.ndarray]:
    """The likeliest candidates by their evidence, and their `(m, g)` features in the order of MANUAL_FEATURES."""
    evidence = decision.log_odds(gathered.features, gathered.null_features)
    chosen = [int(i) for i in np.argsort(-evidence, kind="stable")[:CANDIDATES]]
    candidates = [gathered.candidates[i] for i in chosen]
    holds = pairs.scores(gathered.question.text, [read_together(one.reading, one.unit) for one in candidates]).holds
    rows = [
        (
            1.0,
            float(np.clip(evidence[place], -EVIDENCE_BOUND, EVIDENCE_BOUND)),
            float(own),
            float(gathered.question.wants_fact),
            float(gathered.names_sibling and one.feature("soft_context") < SIBLING_COVERAGE),
            float(bool(one.feature("row_of_other"))),
            *(one.feature(name) for name in SAID_BY_EVIDENCE),
        )
        for place, one, own in zip(chosen, candidates, holds)
    ]
    return candidates, np.array(rows).reshape(len(rows), len(MANUAL_FEATURES))


def read_together(reading: Reading, unit: Unit) -> str:
    """What of a unit of a passage is read together with a question."""
    return unit_text(heading_of(reading.passage.title, reading.passage.section), reading.text, unit)


def heading_of(title: str, section: str) -> str:
    """What a passage stands under: its document's title and its innermost heading."""
    return " > ".join(filter(None, (title, section.rpartition(" > ")[2])))


def unit_text(heading: str, text: str, unit: Unit) -> str:
    """What of a sentence, list item or row of `text` is read together with a question: with its heading and what announces it."""
    led = [_one_line(text[start:end])[-LEAD_CHARACTERS:] for start, end in unit.leads[-1:]]
    said = _one_line(text[unit.start : unit.end])[:UNIT_CHARACTERS]
    return " — ".join((_one_line(heading)[-HEADING_CHARACTERS:], *led, said))


def _one_line(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=1)
def default_choice() -> Choice:
    """The choice that ships."""
    return Choice.load()
