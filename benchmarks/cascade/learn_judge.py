"""Learns what `bot.faq_judge` weighs, from FAQs of other trades: `bot/faq_judge.json`.

    python benchmarks/cascade/learn_judge.py pairs --out DIR [--without FOLD] --similarity DIR --reviews FILE --kinds FILE
    python benchmarks/cascade/learn_judge.py weights --models DIR0 DIR1 --folds 0 1

`pairs` trains the encoder of messages (`nlu.transfer.multitask`): reviews, kinds of utterance, and pairs of a question with
an entry of `data/training/faq_fit.jsonl` that answers it or is near (what search finds), beside duplicate
questions (Question_pair, paraKQC). `weights` fits the logistic model on trades that the pair model of `--models` has not seen.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bot.faq_judge import FEATURES, FORMAT_VERSION, WEIGHTS_FILE, FaqFit, FaqJudge, said
from bot.question import Question
from bot.settings import ROOT, stay_offline
from nlu.message_pairs import NO, TASK, YES, MessagePairs
from nlu.morphemes import analyze
from nlu.sentence_vectors import load_vectors
from nlu.vectors import StaticVectors
from retrieval.coverage import content_keys
from retrieval.documents import FaqEntry
from retrieval.index import FaqHit, Index

TRAINING = ROOT / "data" / "training" / "faq_fit.jsonl"
FOLDS = 5
HITS = 3
RANDOM_SHARE = 0.3
"""Of the questions that also get an entry drawn at random, so that what is far stays far."""
DUPLICATES = 4_000
L2 = 0.02
ALWAYS_NO = frozenset({"later", "quantity_missing", "code_missing", "product_other", "nouns_unlike", "nouns_absent"})
"""Features that can only speak against an entry; the others, `fact` and `words` aside, only for it."""
EITHER = frozenset({"fact", "words"})
LOWEST = {"confidence": 0.5, "code_found": 1.4}
HIGHEST = {"product_other": -1.5}
"""These FAQs are never asked about other trades and name few codes and products: what search's confidence, a code found and
another product count at least was chosen on the development questions (tests/data)."""


class Asked(NamedTuple):
    """A question to a trade's FAQ; `id` is the entry that answers it, None where none does."""

    question: str
    id: str | None


class Trade(NamedTuple):
    name: str
    entries: tuple[FaqEntry, ...]
    asked: tuple[Asked, ...]


def read_trades(file: Path = TRAINING) -> list[Trade]:
    """The FAQs of the file, in the order of their names."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        rows[row["trade"]].append(row)
    return [Trade(name, *_trade(own)) for name, own in sorted(rows.items())]


def _trade(rows: Sequence[dict[str, Any]]) -> tuple[tuple[FaqEntry, ...], tuple[Asked, ...]]:
    entries = tuple(
        FaqEntry(row["id"], row["category"], row["product"], row["question"], tuple(row["phrasings"]), row["answer"])
        for row in rows
    )
    asked = [Asked(question, row["id"]) for row in rows for question in row["asked"]]
    near = [Asked(question, None) for row in rows for question in row["near"]]
    return entries, tuple(asked + near)


def held_out(trades: Sequence[Trade], fold: int | None) -> set[str]:
    """The names of the trades in this fold."""
    return set() if fold is None else {trade.name for trade in trades[fold::FOLDS]}


def found(trade: Trade, vectors: StaticVectors) -> tuple[Index, list[tuple[Asked, list[FaqHit]]]]:
    """The trade's index, and what search finds for each of its questions."""
    index = Index.build(trade.entries, (), (), vectors)
    return index, [(asked, index.search_faq(asked.question, k=HITS)) for asked in trade.asked]


def learn_pairs(options: argparse.Namespace) -> None:
    """Train the encoder of messages with the task of pairs; the trades of `--without` validate."""
    import torch

    from nlu.transfer.examples import Columns, TextExample
    from nlu.transfer.multitask import MultitaskConfig, TaskRows, read_task, train

    torch.set_num_threads(1)
    trades, vectors, rng = read_trades(), load_vectors(None), np.random.default_rng(0)
    held = held_out(trades, options.without)
    everything = [entry for trade in trades for entry in trade.entries]
    training: list[TextExample] = []
    validation: list[TextExample] = []
    for trade in trades:
        by_id = {entry.id: entry for entry in trade.entries}
        for asked, hits in found(trade, vectors)[1]:
            entries = [hit.entry for hit in hits]
            if asked.id is not None and asked.id not in [entry.id for entry in entries]:
                entries.append(by_id[asked.id])
            for entry in entries:
                is_answer = entry.id == asked.id
                copies = 2 if is_answer and trade.name not in held else 1  # an answer is rarer than what is near
                for _ in range(copies):
                    shuffled = entry if trade.name in held else replace(entry, phrasings=tuple(rng.permutation(entry.phrasings)))
                    row = TextExample(asked.question, YES if is_answer else NO, said(shuffled))
                    (validation if trade.name in held else training).append(row)
            if trade.name not in held and rng.random() < RANDOM_SHARE:
                other = everything[int(rng.integers(len(everything)))]
                if other.id != asked.id:
                    training.append(TextExample(asked.question, NO, said(other)))
        if trade.name not in held:
            training += [
                TextExample(question, YES, said(entry)) for entry in trade.entries for question in plainly_asked(entry, rng)
            ]
    training += [TextExample(*row) for row in duplicates(options.similarity, rng)]
    reviews = read_task("reviews", options.reviews, Columns("document", "label"), options.splits / "nsmc_train.json", 1_000)
    kinds = read_task("kinds", options.kinds, Columns("1", "0"), options.splits / "3i4k_train_val.json", 1_000)
    pairs = TaskRows(TASK, tuple(training), tuple(validation or training[:500]), 0.58)
    tasks = [replace(reviews, share=0.27), replace(kinds, share=0.15), pairs]
    config = MultitaskConfig(steps=options.steps, max_minutes=options.minutes)
    print(json.dumps(train(options.encoder, tasks, options.out, config)))


def plainly_asked(entry: FaqEntry, rng: np.random.Generator) -> list[str]:
    """The entry's own questions as customers type them, and its content words alone.

    Without these the model learns that questions in the entry's words are the ones it does not answer, since so are those
    that were written to be near.
    """
    said_plainly = [question.rstrip("?. ") for question in entry.questions]
    words = [" ".join(morpheme.form for morpheme in analyze(question) if morpheme.is_content) for question in entry.questions]
    return [*said_plainly, *(str(text) for text in rng.choice(words, min(2, len(words)), replace=False) if len(text) > 1)]


def duplicates(folder: Path, rng: np.random.Generator) -> list[tuple[str, str, str]]:
    """`(question, yes or no, question)`: duplicate questions and others, paraphrases and others."""
    from retrieval.training.groups import read_parakqc
    from retrieval.training.sources import is_parakqc_test

    with (folder / "question_pair_train.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))[:DUPLICATES]
    pairs = [(row["question1"], YES if row["is_duplicate"] == "1" else NO, row["question2"]) for row in rows]
    groups = [group for group in read_parakqc(folder / "parakqc_even_groups.tsv") if not is_parakqc_test(group)]
    for group in groups:
        for _ in range(5):
            a, b = rng.choice(len(group.texts), 2, replace=False)
            pairs.append((group.texts[a], YES, group.texts[b]))
            other = groups[int(rng.integers(len(groups)))]
            if other is not group:
                pairs.append((group.texts[a], NO, other.texts[int(rng.integers(len(other.texts)))]))
    return pairs


def learn_weights(options: argparse.Namespace) -> None:
    """Fit the logistic model on the trades that each pair model has not seen, and write it."""
    trades, vectors = read_trades(), load_vectors(None)
    rows: list[np.ndarray] = []
    right: list[bool] = []
    questions: list[tuple[str, bool]] = []
    for folder, fold in zip(options.models, options.folds):
        pairs = MessagePairs.load(folder)
        for trade in trades:
            if trade.name in held_out(trades, fold):
                index, asked = found(trade, vectors)
                products = {key for entry in trade.entries for key in content_keys(entry.product or "")}
                judge = FaqJudge(index, products, FaqFit(dict.fromkeys(FEATURES, 0.0), 0.0), pairs)
                for one, hits in asked:
                    rows.extend(judge.features(Question.of(one.question, vectors), hits))
                    right.extend(hit.entry.id == one.id for hit in hits)
                    questions.extend([(one.question, one.id is not None)] * len(hits))
                logging.info("%s: %d questions", trade.name, len(asked))
    features, labels = np.array(rows), np.array(right, float)
    weights, bias = fit_logistic(features, labels)
    fit = FaqFit(dict(zip(FEATURES, weights.round(4).tolist())), round(float(bias), 4))
    report = judged(fit.probabilities(features), labels, questions)
    report["search alone"] = judged(1 / (1 + np.exp(-features[:, 0])), labels, questions)
    document = {"format_version": FORMAT_VERSION, "weights": fit.weights, "bias": fit.bias, "report": report}
    options.out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(document, indent=1, ensure_ascii=False))


def fit_logistic(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (f,) and bias by maximum likelihood with L2 over standardized features, signs as `ALWAYS_NO` says."""
    from scipy.optimize import minimize

    scale = np.maximum(features.std(0), 1e-6)
    x = features / scale

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ parameters[:-1] + parameters[-1]
        error = (1 / (1 + np.exp(-z)) - labels) / len(labels)
        value = (np.logaddexp(0, z) - labels * z).mean() + L2 / 2 * parameters[:-1] @ parameters[:-1]
        return value, np.append(x.T @ error + L2 * parameters[:-1], error.sum())

    bounds, start = [], []
    for name, own in zip(FEATURES, scale):
        least = None if name in EITHER or name in ALWAYS_NO else own * LOWEST.get(name, 0.0)
        most = own * HIGHEST.get(name, 0.0) if name in ALWAYS_NO else None
        bounds.append((least, most))
        start.append(least or most or 0.0)
    best = minimize(loss, np.array([*start, 0.0]), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    return best[:-1] / scale, float(best[-1])


def judged(probabilities: np.ndarray, labels: np.ndarray, questions: Sequence[tuple[str, bool]]) -> dict[str, Any]:
    """Of the answerable questions those answered rightly and from another entry, where so many near ones are answered."""
    best: dict[tuple[str, bool], int] = {}
    for place, question in enumerate(questions):
        if question not in best or probabilities[place] > probabilities[best[question]]:
            best[question] = place
    places = np.array(list(best.values()))
    has = np.array([answerable for _, answerable in best])
    said_, right = probabilities[places], labels[places] > 0
    table = {}
    for share in (0.05, 0.1, 0.2):
        bound = float(np.quantile(said_[~has], 1 - share))
        table[f"near ones answered {share:.2f}"] = {
            "at": round(bound, 3),
            "right": round(float((right & has & (said_ >= bound)).sum() / has.sum()), 3),
            "another entry": round(float((~right & has & (said_ >= bound)).sum() / has.sum()), 3),
        }
    return {"questions": len(best), "answerable": int(has.sum()), **table}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    pairs = verbs.add_parser("pairs", help="train the encoder of messages")
    pairs.add_argument("--encoder", type=Path, default=ROOT / "data/models/encoder")
    pairs.add_argument("--similarity", type=Path, required=True, help="folder with question_pair_train.csv and paraKQC")
    pairs.add_argument("--reviews", type=Path, required=True, help="nsmc_train.tsv")
    pairs.add_argument("--kinds", type=Path, required=True, help="3i4k_train_val.txt")
    pairs.add_argument("--splits", type=Path, default=ROOT / ".daedap/splits")
    pairs.add_argument("--without", type=int, help="leave out this fold of the trades, for `weights`")
    pairs.add_argument("--steps", type=int, default=2_100)
    pairs.add_argument("--minutes", type=float)
    pairs.add_argument("--out", type=Path, required=True)
    weights = verbs.add_parser("weights", help="fit the logistic model")
    weights.add_argument("--models", type=Path, nargs="+", required=True)
    weights.add_argument("--folds", type=int, nargs="+", required=True)
    weights.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    stay_offline()
    (learn_pairs if options.verb == "pairs" else learn_weights)(options)


if __name__ == "__main__":
    main()
