"""One run that learns weights of the channels and confidence anew: `daedap train ranking`.

What is asked, of which FAQ:

- `paraphrases`: groups of `data/training/paraphrases.csv` as FAQs by trade, an entry of one or two texts, the
  others asked; by vectors that were not trained on these groups (`folds`)
- `taken_out`: an FAQ's own phrasings, each taken out and asked; `wordy`: the same after a sentence of small talk
- `asked`: labelled questions to that FAQ, where given, which count most: they are what customers write
- `entry_out`: some of all these where the entry itself is taken out; `other_trades` and `foreign`: small talk and
  questions of other trades, to groups as FAQs and to the FAQ; `outside`: what is known to be out of its scope

Passage weights are fitted on questions of the reading data over their own texts.
"""

from __future__ import annotations

import csv
import json
import logging
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nlu.vectors import StaticVectors
from retrieval.calibration import Calibration
from retrieval.collection import Collection, Query
from retrieval.coverage import NOUNS, CoverageOf, folded
from retrieval.documents import FaqEntry
from retrieval.fusion import Ranking, default_ranking
from retrieval.training.cases import Case, PseudoFaq, cases_of, first_hit, pseudo_faq, taken_out, wordy
from retrieval.training.groups import Group, read_paraphrases
from retrieval.training.ranking import fit_calibration, fit_weights, recalls, reliability
from retrieval.training.sources import fold_of

logger = logging.getLogger(__name__)

LARGE_TRADES = ("shopping", "appliances")
"""Trades with enough groups to be an FAQ by themselves; the others together are a third."""
SHARES = {
    "paraphrases": 0.03,
    "other_trades": 0.02,
    "taken_out": 0.05,
    "wordy": 0.02,
    "asked": 0.55,
    "entry_out": 0.01,
    "foreign": 0.14,
    "outside": 0.18,
}
"""What part each kind of question has in the fit of the confidence. Groups as FAQs count little: they have no
answers and few words, so that a word which stands nowhere says less there than in an FAQ."""
WEIGHT_SHARES = {"paraphrases": 1.0, "taken_out": 0.6, "wordy": 0.3, "asked": 1.5}
"""What part each kind has in the fit of the weights."""
ENTRY_OUT_SHARE = 0.2
FOREIGN_EACH = 80
FOREIGN_OF_FAQ = 400
LOWEST_WEIGHT = 0.5
"""No channel is left out altogether: what the fit asks may lack the questions that a channel is there for."""
PASSAGE_CHARACTERS = 600


@dataclass(frozen=True)
class Asked:
    """An FAQ with questions that customers asked of it: `(question, id)`, and `outside`, which it cannot answer."""

    entries: tuple[FaqEntry, ...]
    questions: tuple[tuple[str, str], ...] = ()
    outside: tuple[str, ...] = ()


@dataclass
class Material:
    """Cases by kind; those of labelled questions apart, so that the fit can also be judged without them."""

    cases: dict[str, list[Case]] = field(default_factory=lambda: defaultdict(list))
    outside: list[Case] = field(default_factory=list)


def gather(
    paraphrases: Path, asked: Asked, talk: Sequence[str], vectors: StaticVectors, folds: Sequence[StaticVectors]
) -> Material:
    """All cases; `folds[i]` are vectors trained neither on fold i nor on the FAQ, none where `vectors` were on neither."""
    chance = random.Random(0)
    material = Material()
    groups = read_paraphrases(paraphrases)
    for number, own in enumerate(folds or [vectors]):
        part = [group for group in groups if not folds or fold_of(group, len(folds)) == number]
        for faq in trade_faqs(part, talk, chance):
            _sort_in(material, "paraphrases", cases_of(faq, own))
            logger.info("fold %d, %s: %d questions", number, faq.name, len(faq.asked))
    unseen = folds[0] if folds else vectors
    for fold in range(min(3, max((len(e.phrasings) for e in asked.entries), default=0))):
        _sort_in(material, "taken_out", cases_of(taken_out("faq", asked.entries, fold), unseen))
        if talk and fold == 0:
            _sort_in(material, "wordy", cases_of(taken_out("faq", asked.entries, fold, wordy(talk)), unseen))
    places = {entry.id: place for place, entry in enumerate(asked.entries)}
    if asked.entries:
        questions = tuple((question, places[id]) for question, id in asked.questions)
        _sort_in(material, "asked", cases_of(PseudoFaq("faq", asked.entries, questions), vectors))
        others = [text for group in groups if group.topic not in LARGE_TRADES for text in group.texts]
        foreign = chance.sample(others, min(FOREIGN_OF_FAQ, len(others))) + chance.sample(
            list(talk), min(FOREIGN_EACH, len(talk))
        )
        found = cases_of(PseudoFaq("faq", asked.entries, tuple((q, -1) for q in foreign)), vectors)
        material.cases["foreign"] += [case for case in found if says_what_is_absent(case)]
        outside = tuple((question, -1) for question in asked.outside)
        material.outside += cases_of(PseudoFaq("faq", asked.entries, outside), vectors)
    for kind in ("paraphrases", "taken_out", "asked"):
        some = [case for case in material.cases[kind] if len(case.channels) > 1 and chance.random() < ENTRY_OUT_SHARE]
        material.cases["entry_out"] += [case.without_right() for case in some]
    return material


def says_what_is_absent(case: Case) -> bool:
    """Whether a noun of the question stands nowhere in the FAQ: else other trades' questions may as well be this one's."""
    return any(key.endswith(NOUNS) and folded(key) not in case.live for key in case.keys)


def trade_faqs(groups: Sequence[Group], talk: Sequence[str], chance: random.Random) -> list[PseudoFaq]:
    """The groups as FAQs of one trade each, with foreign questions: small talk and those of the other trades."""
    by_trade: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        by_trade[group.topic if group.topic in LARGE_TRADES else "others"].append(group)
    found = []
    for trade, own in by_trade.items():
        others = [text for group in groups if group not in own for text in group.texts]
        foreign = chance.sample(others, min(FOREIGN_EACH, len(others))) + chance.sample(
            list(talk), min(FOREIGN_EACH // 2, len(talk))
        )
        found.append(pseudo_faq(trade, own, foreign, phrasings=chance.choice((0, 1, 2))))
    return found


def learn(material: Material, vectors: StaticVectors, passage_weights: np.ndarray) -> tuple[Ranking, dict[str, Any]]:
    """The ranking, and what it does; the labelled questions are judged by a fit without them, and by halves."""
    coverage_of = CoverageOf(vectors)
    without = {kind: cases for kind, cases in material.cases.items() if kind != "asked"}
    weights, calibration = _fit(without, [], coverage_of)
    report: dict[str, Any] = {
        "without_labelled": _judged(material.cases["asked"], material.outside, weights, calibration, coverage_of)
    }
    halves = [], []
    for half in (0, 1):
        asked, outside = material.cases["asked"][half::2], material.outside[half::2]
        fitted = _fit({**without, "asked": asked}, outside, coverage_of)
        halves[0].append(_judged(material.cases["asked"][1 - half :: 2], material.outside[1 - half :: 2], *fitted, coverage_of))
    report["by_halves"] = halves[0]
    weights, calibration = _fit(material.cases, material.outside, coverage_of)
    report["in_sample"] = {kind: recalls(cases, weights) for kind, cases in material.cases.items() if kind in WEIGHT_SHARES}
    report["in_sample"]["labelled"] = _judged(material.cases["asked"], material.outside, weights, calibration, coverage_of)
    copied = default_ranking().copied_passage_weights
    return Ranking(weights.astype(np.float32), passage_weights.astype(np.float32), calibration, copied), report


def _fit(cases: dict[str, list[Case]], outside: Sequence[Case], coverage_of: CoverageOf) -> tuple[np.ndarray, Calibration]:
    kinds = [kind for kind in WEIGHT_SHARES if cases.get(kind)]
    weights = fit_weights([cases[kind] for kind in kinds], LOWEST_WEIGHT, [WEIGHT_SHARES[kind] for kind in kinds])
    hits = {kind: [first_hit(case, weights, coverage_of) for case in found] for kind, found in cases.items() if found}
    if outside:
        hits["outside"] = [first_hit(case, weights, coverage_of) for case in outside]
    return weights, fit_calibration(hits, SHARES)


def _judged(
    asked: Sequence[Case], outside: Sequence[Case], weights: np.ndarray, calibration: Calibration, coverage_of: CoverageOf
) -> dict[str, Any]:
    """Recall and calibration on labelled questions and those outside, and what a refusal at most 5 % of the former costs."""
    if not asked:
        return {}
    inside = [first_hit(case, weights, coverage_of) for case in asked]
    beyond = [first_hit(case, weights, coverage_of) for case in outside]
    scope = sorted(calibration.scope.probability(hit.features) for hit in inside)
    bound = scope[int(0.05 * len(scope))]
    refused = np.mean([calibration.scope.probability(hit.features) < bound for hit in beyond]) if beyond else 0.0
    return {
        **recalls(asked, weights),
        **{f"calibration_{name}": value for name, value in reliability([*inside, *beyond], calibration).items()},
        "scope_bound_at_5_percent": round(bound, 3),
        "outside_refused_there": round(float(refused), 4),
    }


def _sort_in(material: Material, kind: str, cases: Sequence[Case]) -> None:
    for case in cases:
        material.cases[kind if case.right >= 0 else "other_trades"].append(case)


def passage_cases(files: Sequence[Path], vectors: StaticVectors, limit: int = 1_000) -> list[Case]:
    """At most `limit` questions of each reading file over all their texts, each text with its title."""
    pairs: list[tuple[str, str]] = []
    for file in files:
        own: list[tuple[str, str]] = []
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = "\n".join([row["title"], row.get("section") or "", row["context"]])[:PASSAGE_CHARACTERS]
            asked = row.get("questions") or [{**row, "start": row.get("answer_start", -1)}]
            own += [(question["question"], text) for question in asked if question["start"] >= 0]
        pairs += own[:limit]
    places = {text: place for place, text in enumerate(dict.fromkeys(text for _, text in pairs))}
    collection = Collection.build(list(places), vectors)
    cases = []
    for question, text in pairs:
        scored = collection.score(Query.of(question, vectors))
        candidates = scored.candidates()
        found = np.flatnonzero(candidates == places[text])
        if len(found):
            cases.append(Case(scored.at(candidates), int(found[0])))
    return cases


def read_asked(entries: Sequence[FaqEntry], queries: Path | None, outside: Path | None) -> Asked:
    """Labelled questions of CSV files: `question, id`, and `question`. ValueError for ids the FAQ lacks."""
    questions = [(row["question"], row["id"]) for row in _rows(queries)]
    if unknown := {id for _, id in questions} - {entry.id for entry in entries}:
        raise ValueError(f"{queries}: the FAQ has no entry {', '.join(sorted(unknown)[:5])}")
    return Asked(tuple(entries), tuple(questions), tuple(row["question"] for row in _rows(outside)))


def read_talk(file: Path | None) -> list[str]:
    """The questions (column Q) of a CSV of small talk."""
    return [row["Q"] for row in _rows(file)]


def _rows(file: Path | None) -> list[dict[str, str]]:
    if file is None:
        return []
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
