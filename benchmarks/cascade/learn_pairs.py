"""Trains the encoder of messages (`nlu.transfer.multitask`), which reads a question together with what may answer it.

    python benchmarks/cascade/learn_pairs.py --out DIR --similarity DIR --reviews FILE --kinds FILE --reading FILE…

Tasks: film reviews; kinds of utterance; `answers`, pairs of a question with an entry of `data/training/faq_fit.jsonl` and of some
`data/training/companies` that answers it or is near (what search finds), beside duplicate questions (Question_pair,
paraKQC); `holds`, pairs of a question with a sentence that holds its answer or not (`reading_pairs.py`). What is made of its
scores is learnt by `learn_choice.py`, on companies that it has not seen.
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
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from companies import TAUGHT, Company, read_company
from reading_pairs import company_pairs, reading_pairs

from bot.faq_judge import said
from bot.settings import ROOT, stay_offline
from nlu.message_pairs import HOLDS, NO, TASK, YES
from nlu.morphemes import analyze
from nlu.sentence_vectors import load_vectors
from nlu.vectors import StaticVectors
from retrieval.documents import FaqEntry
from retrieval.index import FaqHit, Index

if TYPE_CHECKING:
    from nlu.transfer.examples import TextExample
    from nlu.transfer.multitask import TaskRows

TRAINING = ROOT / "data" / "training" / "faq_fit.jsonl"
FOLDS = 5
HITS = 3
RANDOM_SHARE = 0.3
"""Of the questions that also get an entry drawn at random, so that what is far stays far."""
DUPLICATES = 4_000


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
    companies = [read_company(name) for name in options.companies]
    for company in companies:
        training += 2 * _of_company(company, vectors, rng)
    training += [TextExample(*row) for row in duplicates(options.similarity, rng)]
    reviews = read_task("reviews", options.reviews, Columns("document", "label"), options.splits / "nsmc_train.json", 1_000)
    kinds = read_task("kinds", options.kinds, Columns("1", "0"), options.splits / "3i4k_train_val.json", 1_000)
    pairs = TaskRows(TASK, tuple(training), tuple(validation or training[:500]), 0.58)
    tasks = [replace(reviews, share=0.27), replace(kinds, share=0.15), pairs]
    tasks.append(_holding(options.reading, companies, rng))
    config = MultitaskConfig(steps=options.steps, max_minutes=options.minutes)
    print(json.dumps(train(options.encoder, tasks, options.out, config)))


def _of_company(company: Company, vectors: StaticVectors, rng: np.random.Generator) -> list[TextExample]:
    """The company's questions with what search finds in its FAQ, and its entries plainly asked."""
    from nlu.transfer.examples import TextExample

    index = Index.build(company.entries, (), (), vectors)
    by_id = {entry.id: entry for entry in company.entries}
    rows = []
    for asked in company.questions:
        entries = [hit.entry for hit in index.search_faq(asked.question, k=HITS)]
        entries += [by_id[id_] for id_ in sorted(asked.entries) if by_id[id_] not in entries]
        for entry in entries:
            shuffled = replace(entry, phrasings=tuple(rng.permutation(entry.phrasings)))
            rows.append(TextExample(asked.question, YES if entry.id in asked.entries else NO, said(shuffled)))
    return rows + [TextExample(text, YES, said(entry)) for entry in company.entries for text in plainly_asked(entry, rng)[:2]]


def _holding(files: Sequence[Path], companies: Sequence[Company], rng: np.random.Generator) -> TaskRows:
    """The task `holds` of these files of questions over passages and of the companies' manuals; one in twenty validates."""
    from nlu.transfer.multitask import TaskRows

    found = [*reading_pairs(files, rng), *(row for company in companies for row in company_pairs(company) for _ in range(2))]
    rows = [row for row in found for _ in range(2 if row.label == YES else 1)]
    validates = [crc32(row.text.encode()) % 20 == 0 for row in rows]
    training = tuple(row for row, held in zip(rows, validates) if not held)
    return TaskRows(HOLDS, training, tuple(row for row, held in zip(rows, validates) if held)[:1_500], 0.4)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--encoder", type=Path, default=ROOT / "data/models/encoder")
    parser.add_argument("--similarity", type=Path, required=True, help="folder with question_pair_train.csv and paraKQC")
    parser.add_argument("--reviews", type=Path, required=True, help="nsmc_train.tsv")
    parser.add_argument("--kinds", type=Path, required=True, help="3i4k_train_val.txt")
    parser.add_argument("--reading", type=Path, nargs="+", required=True, help="files of questions over passages")
    parser.add_argument(
        "--companies", nargs="*", default=TAUGHT, help="of data/training/companies, but those of learn_choice.py"
    )
    parser.add_argument("--splits", type=Path, default=ROOT / ".daedap/splits")
    parser.add_argument("--without", type=int, help="this fold of the trades validates")
    parser.add_argument("--steps", type=int, default=2_100)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    stay_offline()
    learn_pairs(options)


if __name__ == "__main__":
    main()
