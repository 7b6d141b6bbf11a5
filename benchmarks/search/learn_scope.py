"""Learns whether an FAQ speaks of what is asked at all: `bot/scope.json`.

    python benchmarks/search/learn_scope.py --shared SHARED_DATA

Asked of the FAQs of the invented companies (`data/training/companies`): what an entry answers, in scope; out of it are the
questions of neighbouring trades written for the company, questions about other companies' products, of other
trades (`data/training/faq_fit.jsonl`), and small talk, general and odd questions of the published sets. The model is judged on
companies left out, then on the development questions (tests/data), on which the threshold is chosen.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import pickle
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.cascade.companies import (
    FOLDER,
    QUESTIONS,
    WITHOUT_NEIGHBOURS,
    read_talk,
    taught,
    unseen_companies,
)
from bot.faq_judge import FaqJudge
from bot.question import Question
from bot.scope import FEATURES, SCOPE_FILE, Scope, ScopeFit
from nlu.sentence_vectors import load_vectors
from nlu.vectors import StaticVectors
from nlu.whole_file import write_json
from retrieval.coverage import content_keys
from retrieval.documents import FaqEntry
from retrieval.evaluation import expected_calibration_error
from retrieval.index import Index
from retrieval.ingest import read_faq

ROOT = Path(__file__).resolve().parents[2]
TRAINING, DATA = ROOT / "data" / "training", ROOT / "tests" / "data"
HITS = 5
FAR_TRADES = ("은행 앱", "항공사", "호텔", "통신사", "전기차 충전")
NEIGHBOURS = 12
"""So many of a company's last unanswerable questions are of neighbouring trades."""
EACH = {"other": 40, "far": 60, "talk": 30, "odd": 15, "general": 25}
L2 = 0.003
AGAINST, EITHER = frozenset({"absent", "other_product", "sibling"}), frozenset({"words"})
REFUSED = 0.05


class Row(NamedTuple):
    """A question with its features, search's confidence in its first hit, and whether that is the right one."""

    company: str
    kind: str
    question: str
    features: np.ndarray
    confidence: float
    is_right: bool

    @property
    def first(self) -> float:
        """How likely search holds its first hit for the right one if the FAQ speaks of it at all."""
        return self.confidence * (1 + math.exp(-self.features[0]))


class Asked(NamedTuple):
    kind: str
    question: str
    ids: tuple[str, ...] = ()


def companies() -> dict[str, tuple[list[FaqEntry], list[dict[str, Any]]]]:
    """The FAQ and the questions of each company that the encoder of messages has not seen."""
    found = {}
    for name in sorted(set(unseen_companies()).difference(WITHOUT_NEIGHBOURS)):
        lines = (FOLDER / name / QUESTIONS).read_text(encoding="utf-8").splitlines()
        found[name] = read_faq([FOLDER / name / "faq.csv"])[0], [json.loads(line) for line in lines]
    return found


def outsiders(shared: Path) -> dict[str, list[str]]:
    """Questions that no company answers, by kind."""
    talk = read_talk(
        shared / "dialogue" / "ChatbotData.csv",
        shared / "intents" / "3i4k_train_val.txt",
        shared / "similarity" / "question_pair_train.csv",
    )
    trades = [json.loads(line) for line in (TRAINING / "faq_fit.jsonl").read_text(encoding="utf-8").splitlines()]
    far = [question for row in trades if row["trade"] in FAR_TRADES for question in (*row["asked"], *row["near"])]
    return {"far": far} | {kind: [text for text in texts if not taught(text)] for kind, texts in talk.items()}


def questions_to(name: str, known: dict[str, Any], outside: dict[str, list[str]], chance: random.Random) -> list[Asked]:
    """What is asked of one company; kind `in` is in scope."""
    own = known[name][1]
    inside = [Asked("in", row["question"], tuple(row["entries"])) for row in own if row["entries"]]
    neither = [row["question"] for row in own if not row["entries"] and not row["document"]]
    asked = inside + [Asked("neighbour", question) for question in neither[-NEIGHBOURS:]]
    others = []
    for other, (entries, rows) in known.items():
        of_product = {entry.id for entry in entries if entry.product}
        if other != name:
            others += [row["question"] for row in rows if row["entries"] and row["entries"][0] in of_product]
    pools = {"other": others, **outside}
    return asked + [Asked(kind, q) for kind, n in EACH.items() for q in chance.sample(pools[kind], min(n, len(pools[kind])))]


def rows_of(name: str, entries: Sequence[FaqEntry], asked: Sequence[Asked], vectors: StaticVectors) -> list[Row]:
    """The features of each question that finds anything."""
    index = Index.build(tuple(entries), (), (), vectors)
    products = {key for entry in entries for key in content_keys(entry.product or "")}
    judge, scope = FaqJudge(index, products), Scope(index, products, ScopeFit(dict.fromkeys(FEATURES, 0.0), 0.0))
    rows = []
    for one in asked:
        hits, question = index.search_faq(one.question, HITS), Question.of(one.question, vectors)
        if hits:
            features = scope.features(question, hits, judge.look(question, hits))
            is_right = hits[0].entry.id in one.ids
            rows.append(Row(name, one.kind, one.question, features, float(hits[0].confidence), is_right))
    return rows


def fit(rows: Sequence[Row], names: Sequence[str] = FEATURES) -> ScopeFit:
    """Maximum likelihood with L2 over standardized features; both classes of each company count the same."""
    used = [FEATURES.index(name) for name in names]
    x, y = np.array([row.features for row in rows])[:, used], np.array([row.kind == "in" for row in rows], float)
    keys = [(row.company, row.kind == "in") for row in rows]
    importance = np.array([1 / keys.count(key) for key in keys])
    importance /= importance.sum()
    scale = np.maximum(x.std(0), 1e-6)
    x = x / scale

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ parameters[:-1] + parameters[-1]
        error = importance * (1 / (1 + np.exp(-z)) - y)
        value = (importance * (np.logaddexp(0, z) - y * z)).sum() + L2 / 2 * parameters[:-1] @ parameters[:-1]
        return value, np.append(x.T @ error + L2 * parameters[:-1], error.sum())

    bounds = [(None, 0) if n in AGAINST else (None, None) if n in EITHER else (0, None) for n in names] + [(None, None)]
    best = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    found = dict.fromkeys(FEATURES, 0.0) | dict(zip(names, (best[:-1] / scale).round(4).tolist()))
    return ScopeFit(found, round(float(best[-1]), 4))


def judged(said: np.ndarray, rows: Sequence[Row]) -> dict[str, Any]:
    """How many out-of-scope questions are refused, by kind, where at most one in twenty of the others is."""
    kinds = np.array([row.kind for row in rows])
    bound = float(np.quantile(said[kinds == "in"], REFUSED, method="lower"))
    by_kind = {str(kind): round(float((said[kinds == kind] < bound).mean()), 3) for kind in sorted(set(kinds) - {"in"})}
    refused = round(float((said[kinds != "in"] < bound).mean()), 4)
    return {"n": len(rows), "bound": round(bound, 4), "refused": refused, "by_kind": by_kind}


def calibrated(said: np.ndarray, rows: Sequence[Row]) -> dict[str, Any]:
    """ECE of the confidence that the first hit is right: search's own, and `said` that the FAQ speaks of it times search's
    that it is the first hit then; of the questions in scope, and of all."""
    right, inside = np.array([row.is_right for row in rows], float), np.array([row.kind == "in" for row in rows])
    search = np.array([row.confidence for row in rows])
    ours = said * np.array([min(row.first, 1.0) for row in rows])
    return {
        name: {
            "in scope": round(expected_calibration_error(values[inside], right[inside]), 4),
            "all": round(expected_calibration_error(values, right), 4),
            "mean in scope": [round(float(values[inside].mean()), 3), round(float(right[inside].mean()), 3)],
        }
        for name, values in (("search", search), ("with scope", ours))
    }


def left_out(rows: Sequence[Row], names: Sequence[str] = FEATURES) -> np.ndarray:
    """(n,) probabilities, each by a fit without the question's company."""
    found = {}
    for company in sorted({row.company for row in rows}):
        found[company] = fit([row for row in rows if row.company != company], names)
    return np.array([found[row.company].probability(row.features) for row in rows])


def development(vectors: StaticVectors) -> list[Row]:
    asked = []
    for kind, file in (("in", "faq_queries.csv"), ("out", "out_of_scope.csv")):
        with (DATA / file).open(encoding="utf-8-sig", newline="") as stream:
            asked += [Asked(kind, row["question"], (row.get("id", ""),)) for row in csv.DictReader(stream)]
    return rows_of("development", read_faq([ROOT / "data" / "faq" / "daedap.csv"])[0], asked, vectors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, required=True, help="folder of published sets")
    parser.add_argument("--keep", type=Path, help="keeps what was gathered for the next run")
    parser.add_argument("--out", type=Path, default=SCOPE_FILE)
    options = parser.parse_args()
    if options.keep and options.keep.is_file():
        rows, checked = pickle.loads(options.keep.read_bytes())
    else:
        known, outside, vectors, chance = companies(), outsiders(options.shared), load_vectors(None), random.Random(0)
        rows = [
            row for name in known for row in rows_of(name, known[name][0], questions_to(name, known, outside, chance), vectors)
        ]
        checked = development(vectors)
        if options.keep:
            options.keep.write_bytes(pickle.dumps((rows, checked)))
    found = fit(rows)
    left, here = left_out(rows), np.array([found.probability(row.features) for row in checked])
    report = {
        "companies": len({row.company for row in rows}),
        "companies left out": judged(left, rows),
        "search alone": judged(np.array([row.features[0] for row in rows]), rows),
        "development": judged(here, checked),
        "development, search alone": judged(np.array([row.features[0] for row in checked]), checked),
        "ECE, companies left out": calibrated(left, rows),
        "ECE, development": calibrated(here, checked),
    }
    write_json(options.out, {**found.to_json(), "report": report})
    print(json.dumps({**found.to_json(), "report": report}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
