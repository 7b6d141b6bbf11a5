"""Learns the weights of `bot/decision.json`, of the evidence in manuals, from questions to invented companies.

    python benchmarks/cascade/learn.py                      learn, report, write bot/decision.json
    python benchmarks/cascade/learn.py --dry-run            learn and report only
    python benchmarks/cascade/learn.py --evidence FOLDER    keep what was gathered there

The questions are those of the companies of `data/training/companies` that taught the encoder of messages (`TAUGHT`), which has no
say here; `learn_choice.py`, which does ask the encoder, learns from the others. Each question is asked of its company's
index, so that its candidates are what search and reader really find, right and wrong ones. What is reported is cross-validated
(a company's questions are judged by weights learnt from the other companies), and for the demo's development questions to its
manuals (`tests/data/manual_questions.jsonl` and its second), which nothing is learnt from. Run it again when the reader's weights
or the search change (ten minutes on one core), then `learn_choice.py`, which says who answers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from companies import TAUGHT, read_company  # noqa: E402

from bot.decision import DECISION_FILE, Decision  # noqa: E402
from bot.evidence import FEATURES, NULL_FEATURES, Candidate  # noqa: E402
from bot.manual_reading import ManualReading  # noqa: E402
from bot.settings import ROOT, Settings, stay_offline  # noqa: E402
from mrc.reader import Reader  # noqa: E402
from nlu.sentence_vectors import load_vectors  # noqa: E402
from retrieval.index import Index  # noqa: E402

DEMO = "demo"
DEMO_QUESTIONS = ("manual_questions.jsonl", "manual_questions_second.jsonl")
L2 = 1.0
WRONG_SHARES = (0.03, 0.05, 0.08)


@dataclass(frozen=True)
class Example:
    """One question's evidence; `is_right` (candidates,) which of them hold the answer."""

    question: str
    company: str
    is_answerable: bool
    features: np.ndarray
    null_features: np.ndarray
    is_right: np.ndarray


def main() -> None:
    options = _options()
    stay_offline()
    settings = Settings.load(index=options.index, reader=options.reader)
    reader = Reader.load(settings.reader, threads=1)
    examples = [one for name in options.companies for one in gathered(name, reader, settings, options.evidence)]
    demo = gathered(DEMO, reader, settings, options.evidence)
    weights = fit(examples)
    decision = Decision(*weights, _identity(settings.reader))
    judged = {
        "companies, each left out": (examples, cross_validated(examples)),
        "demo, not learnt from": (demo, best(demo, decision)),
    }
    for name, (asked, (probabilities, right)) in judged.items():
        for share in WRONG_SHARES:
            print(name, f"{share:.0%} wrong at most:", report(asked, probabilities, right, share))
    for name, weight in [*zip(FEATURES, weights[0]), *zip(NULL_FEATURES, weights[1])]:
        print(f"  {name:20}{weight:8.2f}")
    if not options.dry_run:
        decision.save(options.out)
        print(f"written: {options.out}")


def gathered(company: str, reader: Reader, settings: Settings, kept: Path | None) -> list[Example]:
    """The examples of a company, or of the demo, from `kept` where they lie there."""
    file = kept / f"manuals of {company}.pkl" if kept else None
    if file and file.is_file():
        return pickle.loads(file.read_bytes())
    found = list(demo_examples(reader, settings) if company == DEMO else company_examples(company, reader))
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(found))
    return found


def company_examples(name: str, reader: Reader) -> Iterator[Example]:
    company = read_company(name)
    index = Index.build(company.entries, company.documents, company.passages, load_vectors())
    reading = ManualReading(index, reader)
    for asked in company.questions:
        yield example(reading, asked.question, name, Gold(asked.document, asked.answers))


def demo_examples(reader: Reader, settings: Settings) -> Iterator[Example]:
    """The demo's development questions to its manuals, on its index."""
    reading = ManualReading(Index.load(settings.index), reader)
    for file in DEMO_QUESTIONS:
        for line in (ROOT / "tests" / "data" / file).read_text("utf-8").splitlines():
            row = json.loads(line)
            yield example(reading, row["question"], DEMO, Gold(row["document"], row["answers"]))


@dataclass(frozen=True)
class Gold:
    """Where the answer stands: the document, and spans of it; no spans where there is no answer."""

    document: str | None
    answers: Sequence[str]

    def is_held_by(self, candidate: Candidate) -> bool:
        """Whether the candidate's unit holds an answer, or most of an answer that is longer than a unit."""
        if candidate.reading.passage.document_id != self.document:
            return False
        unit = _folded(candidate.text)
        leads = " ".join(candidate.reading.text[start:end] for start, end in candidate.unit.leads)
        shown = _folded(f"{leads} {candidate.text}")
        answers = [folded for answer in self.answers if (folded := _folded(answer))]
        return any(answer in shown or (unit in answer and 2 * len(unit) >= len(answer)) for answer in answers)


def example(reading: ManualReading, question: str, company: str, gold: Gold) -> Example:
    gathered = reading.gather(reading.index.mended(question))
    is_right = np.array([gold.is_held_by(one) for one in gathered.candidates], bool)
    return Example(question, company, bool(gold.answers), gathered.features, gathered.null_features, is_right)


def fit(examples: Sequence[Example], l2: float = L2) -> tuple[np.ndarray, np.ndarray]:
    """The weights under which the right candidates, or no answer where there is none, are likeliest (L-BFGS, ridge)."""
    from scipy.optimize import minimize

    designs, targets, absent = _padded(examples)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = np.where(absent, -np.inf, designs @ weights)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        held = np.maximum((shares * targets).sum(axis=1), 1e-12)
        excess = shares - shares * targets / held[:, None]
        gradient = np.einsum("qc,qcf->f", excess, designs)
        return float(0.5 * l2 * weights @ weights - np.log(held).sum()), l2 * weights + gradient

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


def cross_validated(examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """What `best` says, by weights learnt from the other companies."""
    probabilities, right = np.zeros(len(examples)), np.zeros(len(examples), bool)
    for company in dict.fromkeys(one.company for one in examples):
        own = np.array([one.company == company for one in examples])
        decision = Decision(*fit([one for one in examples if one.company != company]))
        probabilities[own], right[own] = best([one for one in examples if one.company == company], decision)
    return probabilities, right


def best(examples: Sequence[Example], decision: Decision) -> tuple[np.ndarray, np.ndarray]:
    """`(n,)` the likeliest candidate's probability, and whether it is right."""
    probabilities, right = np.zeros(len(examples)), np.zeros(len(examples), bool)
    for i, one in enumerate(examples):
        found = decision.probabilities(one.features, one.null_features)
        if len(found):
            probabilities[i], right[i] = found.max(), one.is_right[found.argmax()]
    return probabilities, right


def report(examples: Sequence[Example], probabilities: np.ndarray, right: np.ndarray, share: float) -> str:
    """Counts at the threshold from which on at most `share` of all are answered wrongly."""
    given = probabilities >= threshold_for_wrong(probabilities, right, share)
    answerable, held = sum(one.is_answerable for one in examples), sum(bool(one.is_right.any()) for one in examples)
    good, silent = int((right & given).sum()), int((~given).sum())
    wrong = len(examples) - good - silent
    return f"n {len(examples)}, answerable {answerable} (held {held}), right {good}, wrong {wrong}, silent {silent}"


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
    parser.add_argument("--companies", nargs="+", default=TAUGHT, help="of data/training/companies")
    parser.add_argument("--evidence", type=Path, help="folder in which what was gathered is kept")
    parser.add_argument("--index", type=Path, help="the demo's")
    parser.add_argument("--reader", type=Path)
    parser.add_argument("--out", type=Path, default=DECISION_FILE)
    parser.add_argument("--dry-run", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
