"""Learns the weights of `bot/decision.json`, of the evidence in manuals, from development questions.

    python benchmarks/cascade/learn.py                      learn, report, write bot/decision.json
    python benchmarks/cascade/learn.py --dry-run            learn and report only

Three kinds of questions, each with the hits that search really returns: the demo's manual questions
(`tests/data/manual_questions.jsonl`) and its questions that nothing answers (`tests/data/out_of_scope.csv`)
on the demo's index; those of the invented manuals, policies and statutes of
`data/training/manual_reading_validation.jsonl` in a few companies of about forty documents each, a company an
index, filled up with the documents that the reader is trained on; and some of these asked of another company. What is
reported is cross-validated: a question is judged by weights that were learnt without its document. Run it again when
the reader's weights change (about five minutes on two cores), then `learn_choice.py`, which says who answers.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from bot.decision import DECISION_FILE, Decision
from bot.evidence import FEATURES, NULL_FEATURES, Candidate
from bot.manual_reading import ManualReading
from bot.settings import ROOT, Settings, stay_offline
from mrc.confidence import threshold_for_precision
from mrc.reader import Reader
from nlu.sentence_vectors import load_vectors
from retrieval.documents import Document, Passage
from retrieval.index import Index
from retrieval.ingest.blocks import Block, Converted, heading, paragraph, table
from retrieval.ingest.passages import assemble

COMPANIES = 4
ELSEWHERE = 5
"""Of the training questions every one of so many is asked of another company too."""
CELL = " | "
FOLDS = 5
L2 = 1.0
DEMO_WEIGHT = 2.0
WRONG_SHARE, RELATED_PRECISION = 0.05, 0.6


@dataclass(frozen=True)
class Example:
    """One question's evidence; `is_right` (candidates,) which of them hold the answer."""

    question: str
    source: str
    group: str
    is_answerable: bool
    features: np.ndarray
    null_features: np.ndarray
    is_right: np.ndarray
    texts: tuple[str, ...] = ()

    @property
    def weight(self) -> float:
        return DEMO_WEIGHT if self.source == "demo" else 1.0


def main() -> None:
    options = _options()
    stay_offline()
    settings = Settings.load(index=options.index, reader=options.reader)
    reader = Reader.load(settings.reader, threads=1)
    examples = [
        *demo_examples(reader, settings, options),
        *training_examples(reader, options.questions, options.others, options.every),
    ]
    probabilities, right, report = cross_validated(examples)
    answer_at = threshold_for_wrong(probabilities, right, options.wrong)
    related_at = threshold_for_precision(probabilities, right, options.related_precision)
    for source in dict.fromkeys(example.source for example in examples):
        for name, threshold in (("answer", answer_at), ("related", related_at)):
            print(source, name, round(threshold, 3), report(source, threshold))
    weights, null_weights = fit(examples)
    decision = Decision(weights, null_weights, _identity(settings.reader))
    for name, weight in [*zip(FEATURES, weights), *zip(NULL_FEATURES, null_weights)]:
        print(f"  {name:20}{weight:8.2f}")
    if not options.dry_run:
        decision.save(options.out)
        print(f"written: {options.out}")


def demo_examples(reader: Reader, settings: Settings, options: argparse.Namespace) -> Iterator[Example]:
    """The demo's development questions on the demo's index."""
    reading = ManualReading(Index.load(settings.index), reader)
    rows = [json.loads(line) for line in options.manuals.read_text("utf-8").splitlines() if line]
    for row in rows:
        yield example(reading, row["question"], "demo", row["document"] or row["question"], Gold(row["document"], row["answers"]))
    with options.nothing.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield example(reading, row["question"], "out of scope", row["question"], None)


def training_examples(reader: Reader, questions: Path, others: Path, every: int = 1) -> Iterator[Example]:
    """The questions of one file in companies that have the documents of both, and some of them in another company."""
    rows, more = ([json.loads(line) for line in file.read_text("utf-8").splitlines() if line] for file in (questions, others))
    company = {title: i % COMPANIES for i, title in enumerate(_shuffled({row["title"] for row in rows}))}
    company |= {title: i % COMPANIES for i, title in enumerate(_shuffled({row["title"] for row in more} - set(company)))}
    vectors = load_vectors()
    readings = []
    for number in range(COMPANIES):
        documents, passages = _company([row for row in (*rows, *more) if company[row["title"]] == number])
        readings.append(ManualReading(Index.build([], documents, passages, vectors), reader))
    asked = 0
    for row in rows:
        own = company[row["title"]]
        for one in row["questions"][::every]:
            gold = Gold.of(row, one) if one["answer"] else None
            yield example(readings[own], one["question"], "training", row["title"], gold)
            asked += 1
            if asked % ELSEWHERE == 0:
                yield example(readings[(own + 1) % COMPANIES], one["question"], "elsewhere", row["title"], None)


def _shuffled(titles: set[str]) -> list[str]:
    return sorted(titles, key=lambda title: hashlib.sha256(title.encode()).hexdigest())


def _company(rows: Sequence[dict]) -> tuple[list[Document], list[Passage]]:
    """Documents and passages of the rows, a document a title, a section a row."""
    documents, passages = [], []
    for title in sorted({row["title"] for row in rows}):
        blocks = [heading(title, 1)]
        for row in rows:
            if row["title"] == title:
                blocks += [heading(row["section"], 2), *_blocks(row["context"])]
        document, cut = assemble(title, title, Converted(blocks))
        documents.append(document)
        passages += cut
    return documents, passages


def _blocks(context: str) -> Iterator[Block]:
    """The lines of a passage as paragraphs, lines with `|` as tables."""
    for is_table, lines in groupby(context.split("\n"), lambda line: CELL in line):
        if is_table:
            yield from table([line.split(CELL) for line in lines])
        else:
            yield from (block for line in lines for block in paragraph(line))


@dataclass(frozen=True)
class Gold:
    """Where the answer stands: the document, one of its sections, the line there; the last two where they are known."""

    document: str | None
    answers: Sequence[str]
    section: str = ""
    line: str = ""

    @classmethod
    def of(cls, row: dict, question: dict) -> Gold:
        context, start = row["context"], question["start"]
        line = context[context.rfind("\n", 0, start) + 1 :].split("\n")[0]
        return cls(row["title"], [question["answer"]], row["section"], line)

    def is_held_by(self, candidate: Candidate) -> bool:
        """Whether the candidate's unit holds an answer, or most of an answer that is longer than a unit."""
        passage = candidate.reading.passage
        if passage.document_id != self.document or _folded(self.section) not in _folded(passage.section):
            return False
        unit, line = _folded(candidate.text), _folded(self.line)
        if CELL in self.line and _folded(self.line.split(CELL)[0]) not in unit:
            return False
        if line and CELL not in self.line and unit not in line and line not in unit:
            return False
        leads = " ".join(candidate.reading.text[start:end] for start, end in candidate.unit.leads)
        shown = _folded(f"{leads} {candidate.text}")
        answers = [folded for answer in self.answers if (folded := _folded(answer))]
        return any(answer in shown or (unit in answer and 2 * len(unit) >= len(answer)) for answer in answers)


def example(reading: ManualReading, question: str, source: str, group: str, gold: Gold | None) -> Example:
    gathered = reading.gather(reading.index.mended(question))
    is_right = np.array([gold is not None and gold.is_held_by(one) for one in gathered.candidates], bool)
    is_answerable = gold is not None and any(gold.answers)
    texts = tuple(
        f"{one.reading.passage.id} [{one.reading.text[one.span.start : one.span.end]}] {one.text}" for one in gathered.candidates
    )
    return Example(question, source, group, is_answerable, gathered.features, gathered.null_features, is_right, texts)


def fit(examples: Sequence[Example], l2: float = L2) -> tuple[np.ndarray, np.ndarray]:
    """The weights under which the right candidates, or no answer where there is none, are likeliest (L-BFGS, ridge)."""
    from scipy.optimize import minimize

    designs, targets, absent = _padded(examples)
    counts = np.array([one.weight for one in examples])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = np.where(absent, -np.inf, designs @ weights)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        held = np.maximum((shares * targets).sum(axis=1), 1e-12)
        excess = counts[:, None] * (shares - shares * targets / held[:, None])
        gradient = np.einsum("qc,qcf->f", excess, designs)
        return float(0.5 * l2 * weights @ weights - counts @ np.log(held)), l2 * weights + gradient

    start = np.zeros(len(FEATURES) + len(NULL_FEATURES))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return found.x[: len(FEATURES)], found.x[len(FEATURES) :]


def _padded(examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of "no answer" and of the candidates (questions, rows, features), which are right, and which are padding."""
    rows = 1 + max(len(one.features) for one in examples)
    designs = np.zeros((len(examples), rows, len(FEATURES) + len(NULL_FEATURES)))
    targets, absent = np.zeros((len(examples), rows), bool), np.ones((len(examples), rows), bool)
    for i, one in enumerate(examples):
        n = len(one.features)
        designs[i, 0, len(FEATURES) :] = one.null_features
        designs[i, 1 : n + 1, : len(FEATURES)] = one.features
        targets[i, 0], targets[i, 1 : n + 1] = not one.is_right.any(), one.is_right
        absent[i, : n + 1] = False
    return designs, targets, absent


def cross_validated(examples: Sequence[Example]):
    """The best candidate's probability (n,), whether it is right, and a report of a source at a threshold."""
    folds = np.array([int(hashlib.sha256(one.group.encode()).hexdigest(), 16) % FOLDS for one in examples])
    probabilities, right = np.zeros(len(examples)), np.zeros(len(examples), bool)
    for fold in range(FOLDS):
        weights = fit([one for one, at in zip(examples, folds) if at != fold])
        decision = Decision(*weights)
        for i in np.flatnonzero(folds == fold):
            found = decision.probabilities(examples[i].features, examples[i].null_features)
            if len(found):
                best = int(found.argmax())
                probabilities[i], right[i] = found[best], examples[i].is_right[best]

    def report(source: str, threshold: float) -> str:
        rows = [i for i, one in enumerate(examples) if one.source == source]
        given = [i for i in rows if probabilities[i] >= threshold]
        answerable = sum(examples[i].is_answerable for i in rows)
        held = sum(examples[i].is_right.any() for i in rows)
        good = int(sum(right[given])) if given else 0
        return f"n {len(rows)}, answerable {answerable} (held {held}), right {good}, wrong {len(given) - good}, silent {len(rows) - len(given)}"

    return probabilities, right, report


def threshold_for_wrong(probabilities: np.ndarray, right: np.ndarray, share: float) -> float:
    """The lowest threshold from which on at most `share` of all questions are answered wrongly."""
    order = np.argsort(-probabilities, kind="stable")
    wrong = np.cumsum(~right[order])
    allowed = np.flatnonzero(wrong <= share * len(order))
    return float(probabilities[order[allowed[-1]]]) if len(allowed) else 1.0


def _folded(text: str) -> str:
    return "".join(text.split()).lower()


def _identity(folder: Path) -> str:
    """What the reader's weights are told by."""
    return hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()[:16]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manuals", type=Path, default=ROOT / "tests/data/manual_questions.jsonl")
    parser.add_argument("--nothing", type=Path, default=ROOT / "tests/data/out_of_scope.csv")
    parser.add_argument("--questions", type=Path, default=ROOT / "data/training/manual_reading_validation.jsonl")
    parser.add_argument("--others", type=Path, default=ROOT / "data/training/reading_train.jsonl")
    parser.add_argument("--index", type=Path)
    parser.add_argument("--reader", type=Path)
    parser.add_argument("--every", type=int, default=1, help="ask only every so many of a passage's training questions")
    parser.add_argument("--wrong", type=float, default=WRONG_SHARE, help="of all questions at most so many are answered wrongly")
    parser.add_argument("--related-precision", type=float, default=RELATED_PRECISION)
    parser.add_argument("--out", type=Path, default=DECISION_FILE)
    parser.add_argument("--dry-run", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
