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
import pickle
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from companies import TAUGHT, Company, read_company, read_talk, taught
from reading_pairs import company_pairs, reading_pairs

from bot.faq_judge import said
from bot.settings import ROOT, stay_offline
from nlu.message_pairs import HOLDS, NO, TASK, YES, MessagePairs
from nlu.morphemes import analyze
from nlu.sentence_vectors import load_vectors
from nlu.vectors import StaticVectors
from retrieval.documents import FaqEntry
from retrieval.index import FaqHit, Index

if TYPE_CHECKING:
    from nlu.transfer.examples import TextExample
    from nlu.transfer.multitask import TaskRows

TRAINING = ROOT / "data" / "training" / "faq_fit.jsonl"
PARAPHRASES = ROOT / "data" / "training" / "paraphrases.csv"
FOLDS = 5
HITS = 3
PLAINLY = 4
"""So many of an entry's own questions are asked."""
RANDOM_SHARE = 0.3
"""Of the questions that also get an entry drawn at random, so that what is far stays far."""
DUPLICATES = 4_000
OUTSIDERS = 300
"""So many questions that are nobody's, and so many about other companies' products, are asked of each company."""


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


def index_of(company: Company, vectors: StaticVectors) -> Index:
    """The company's FAQ and manuals as one index."""
    return Index.build(company.entries, company.documents, company.passages, vectors)


def found(trade: Trade, vectors: StaticVectors) -> tuple[Index, list[tuple[Asked, list[FaqHit]]]]:
    """The trade's index, and what search finds for each of its questions."""
    index = Index.build(trade.entries, (), (), vectors)
    return index, [(asked, index.search_faq(asked.question, k=HITS)) for asked in trade.asked]


def learn_pairs(options: argparse.Namespace) -> None:
    """Train the encoder of messages; the trades of `--without` validate."""
    import torch

    from nlu.transfer.multitask import MultitaskConfig, train

    torch.set_num_threads(1)
    if options.rows and options.rows.is_file():
        tasks = pickle.loads(options.rows.read_bytes())
    else:
        tasks = rows_of(options)
        if options.rows:
            options.rows.write_bytes(pickle.dumps(tasks))
    config = MultitaskConfig(
        layers=options.layers, steps=options.steps, max_minutes=options.minutes, learning_rate=options.rate, seed=options.seed
    )
    print(json.dumps(train(options.encoder, tasks, options.out, config)))


def rows_of(options: argparse.Namespace) -> list[TaskRows]:
    """All tasks with their rows."""
    from nlu.transfer.examples import TextExample
    from nlu.transfer.multitask import TaskRows

    trades, vectors, rng = read_trades(), load_vectors(None), np.random.default_rng(0)
    held = held_out(trades, options.without)
    everything = [entry for trade in trades for entry in trade.entries]
    training: list[TextExample] = []
    validation: list[TextExample] = []
    for trade in trades:
        by_id = {entry.id: entry for entry in trade.entries}
        index, asked_and_found = found(trade, vectors)
        for asked, hits in asked_and_found:
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
            training += _asked_plainly(trade.entries, index, rng)
    companies = [(company, index_of(company, vectors)) for company in map(read_company, options.companies)]
    for company, index in companies:
        training += 2 * _of_company(company, index, rng) + _asked_plainly(company.entries, index, rng)
    training += _of_outsiders(companies, talk_of(options), rng)
    training += _asked_plainly(*paraphrases(vectors), rng)
    training += [TextExample(*row) for row in duplicates(options.similarity, rng)]
    pairs = TaskRows(TASK, tuple(training), tuple(validation or training[:500]), 0.58)
    mistaken = MessagePairs.load(options.mistakes_of) if options.mistakes_of else None
    tasks = [pairs, _holding(options.reading, companies, rng, mistaken)]
    if options.reviews:
        tasks += _of_messages(options)
    return tasks


def _of_messages(options: argparse.Namespace) -> list[TaskRows]:
    """Film reviews and kinds of utterance, which intents and sentiment live on."""
    from nlu.transfer.examples import Columns
    from nlu.transfer.multitask import read_task

    reviews = read_task("reviews", options.reviews, Columns("document", "label"), options.splits / "nsmc_train.json", 1_000)
    kinds = read_task("kinds", options.kinds, Columns("1", "0"), options.splits / "3i4k_train_val.json", 1_000)
    return [replace(reviews, share=0.27), replace(kinds, share=0.15)]


def _of_company(company: Company, index: Index, rng: np.random.Generator) -> list[TextExample]:
    """The company's questions with what search finds in its FAQ."""
    from nlu.transfer.examples import TextExample

    by_id = {entry.id: entry for entry in company.entries}
    rows = []
    for asked in company.questions:
        entries = [hit.entry for hit in index.search_faq(asked.question, k=HITS)]
        entries += [by_id[id_] for id_ in sorted(asked.entries) if by_id[id_] not in entries]
        for entry in entries:
            shuffled = replace(entry, phrasings=tuple(rng.permutation(entry.phrasings)))
            rows.append(TextExample(asked.question, YES if entry.id in asked.entries else NO, said(shuffled)))
    return rows


def _asked_plainly(entries: Sequence[FaqEntry], index: Index, rng: np.random.Generator) -> list[TextExample]:
    """Each entry asked in its own questions and in their content words alone, beside what else search finds for them.

    Without these the model learns that questions in the entry's words are the ones it does not answer, since so are those
    that were written to be near. An entry is read without the question that is asked, where it has another.
    """
    from nlu.transfer.examples import TextExample

    rows = []
    for entry in entries:
        for question in rng.permutation(entry.questions)[:PLAINLY]:
            others = [other for other in rng.permutation(entry.questions) if other != question] or [question]
            rest = replace(entry, question=str(others[0]), phrasings=tuple(map(str, others[1:])))
            near = [hit.entry for hit in index.search_faq(str(question), k=HITS) if hit.entry.id != entry.id]
            for text in as_typed(str(question), rng):
                rows.append(TextExample(text, YES, said(rest)))
                rows += [TextExample(text, NO, said(other)) for other in near[:2]]
    return rows


def talk_of(options: argparse.Namespace) -> list[str]:
    """Small talk, odd utterances and questions about anything, which no company answers; half of them (see `learn_scope.py`)."""
    found = read_talk(options.talk, options.kinds, options.similarity / "question_pair_train.csv")
    return [text for texts in found.values() for text in texts if taught(text)]


def _of_outsiders(companies: Sequence[tuple[Company, Index]], talk: Sequence[str], rng: np.random.Generator) -> list[TextExample]:
    """What nobody asks of a company, or asks of another one's product, with the entries that search finds."""
    from nlu.transfer.examples import TextExample

    rows = []
    for company, index in companies:
        others = [question for other, _ in companies if other is not company for question in _of_products(other)]
        asked = [*rng.choice(talk, OUTSIDERS, replace=False), *rng.choice(others, min(OUTSIDERS, len(others)), replace=False)]
        for question in map(str, asked):
            rows += [TextExample(question, NO, said(hit.entry)) for hit in index.search_faq(question, k=2)]
    return rows


def _of_products(company: Company) -> list[str]:
    """The company's questions that are about one of its products."""
    of_product = {entry.id for entry in company.entries if entry.product}
    return [asked.question for asked in company.questions if asked.entries & of_product]


def _holding(
    files: Sequence[Path],
    companies: Sequence[tuple[Company, Index]],
    rng: np.random.Generator,
    mistaken: MessagePairs | None = None,
) -> TaskRows:
    """The task `holds` of these files of questions over passages and of the companies' manuals; one in twenty validates."""
    from nlu.transfer.multitask import TaskRows

    found = [
        *reading_pairs(files, rng),
        *(row for company in companies for row in company_pairs(*company, mistaken) for _ in range(2)),
    ]
    rows = [row for row in found for _ in range(2 if row.label == YES else 1)]
    validates = [crc32(row.text.encode()) % 20 == 0 for row in rows]
    training = tuple(row for row, held in zip(rows, validates) if not held)
    return TaskRows(HOLDS, training, tuple(row for row, held in zip(rows, validates) if held)[:1_500], 0.58)


def as_typed(question: str, rng: np.random.Generator) -> list[str]:
    """The question as customers type it: without its mark, and half the time its content words alone as well."""
    words = " ".join(morpheme.form for morpheme in analyze(question) if morpheme.is_content)
    return [question.rstrip("?. "), *([words] if len(words) > 1 and rng.random() < 0.5 else [])]


def paraphrases(vectors: StaticVectors) -> tuple[tuple[FaqEntry, ...], Index]:
    """The groups of questions of `data/training/paraphrases.csv` as entries without an answer."""
    groups: dict[str, list[str]] = defaultdict(list)
    with PARAPHRASES.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            groups[row["group"]].append(row["question"])
    entries = tuple(FaqEntry(name, "", "", asked[0], tuple(asked[1:]), "") for name, asked in groups.items())
    return entries, Index.build(entries, (), (), vectors)


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
    parser.add_argument("--reviews", type=Path, help="nsmc_train.tsv")
    parser.add_argument("--kinds", type=Path, help="3i4k_train_val.txt")
    parser.add_argument("--reading", type=Path, nargs="+", required=True, help="files of questions over passages")
    parser.add_argument("--companies", nargs="*", default=TAUGHT, help="of data/training/companies, but those of learn_choice.py")
    parser.add_argument("--mistakes-of", type=Path, help="an exported encoder of messages: what it mistakes is taught")
    parser.add_argument("--rows", type=Path, help="file that keeps the rows for the next run")
    parser.add_argument("--splits", type=Path, default=ROOT / ".daedap/splits")
    parser.add_argument("--without", type=int, help="this fold of the trades validates")
    parser.add_argument("--talk", type=Path, help="ChatbotData.csv")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--rate", type=float, default=5e-4, help="highest learning rate")
    parser.add_argument("--steps", type=int, default=2_100)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seed", type=int, default=0, help="runs of several seeds are averaged")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    stay_offline()
    learn_pairs(options)


if __name__ == "__main__":
    main()
