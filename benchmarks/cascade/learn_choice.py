"""Learns who answers, an FAQ entry, the manuals or nobody: `bot/choice.json` and `bot/faq_judge.json`.

    python benchmarks/cascade/learn_choice.py                       learn, report, write
    python benchmarks/cascade/learn_choice.py --dry-run             learn and report only
    python benchmarks/cascade/learn_choice.py --evidence FOLDER     keep what was gathered there (a tenth of a second a question)
    python benchmarks/cascade/learn_choice.py --evidence FOLDER --encoder DIR --dry-run    the same by another encoder of messages

The questions are those of invented companies in `data/training/companies` (each with an FAQ, four manuals and
questions that an entry, only a manual, or nothing answers), and the demo's development questions (`tests/data`). Each is
asked of its company's index, so that its options are what search and reader really find. What is reported is
cross-validated: a company's questions are judged by weights learnt from the other companies. `answer_at` (manuals) and
`faq_answer` (to be written into `bot/settings.py` by hand) are the thresholds at which most of those questions were
answered rightly while at most `--wrong` of all were answered wrongly, `related_at` the lowest at which three in five of
the sentences shown were right. Run it again when the reader, `bot/decision.json` or the encoder of messages changes.
"""

from __future__ import annotations

import argparse
import csv
import json
import pickle
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from companies import read_company, unseen_companies  # noqa: E402
from learn import Gold  # noqa: E402  (benchmarks/cascade/learn.py)

from bot.cascade import Cascade  # noqa: E402
from bot.choice import CHOICE_FILE, MANUAL_FEATURES, Choice, manual_features, read_together  # noqa: E402
from bot.choice import FORMAT_VERSION as CHOICE_FORMAT  # noqa: E402
from bot.faq_judge import FEATURES, WEIGHTS_FILE, FaqFit, FaqJudge  # noqa: E402
from bot.faq_judge import FORMAT_VERSION as JUDGE_FORMAT  # noqa: E402
from bot.faq_judge import said as of_entry  # noqa: E402
from bot.question import Question  # noqa: E402
from bot.settings import ROOT, Settings, stay_offline  # noqa: E402
from mrc.confidence import threshold_for_precision  # noqa: E402
from mrc.reader import Reader  # noqa: E402
from nlu.message_pairs import MessagePairs, default_pairs  # noqa: E402
from retrieval.building import build_index  # noqa: E402
from retrieval.index import Index  # noqa: E402

DEMO = "demo"
FAQ_NAMES = ("bias", *FEATURES)
L2 = 5.0
ALWAYS_NO = (
    "later",
    "quantity_missing",
    "code_missing",
    "product_other",
    "product_unsaid",
    "names_missing",
    "nouns_absent",
    "sibling",
)
ALWAYS_YES = ("confidence", "answers", "holds")
FAQ_BOUNDS = {
    **{name: (None, 0.0) for name in ALWAYS_NO},
    **{name: (0.0, None) for name in ALWAYS_YES},
    "code_found": (3.0, None),
    "product_other": (None, -1.5),
    "names_missing": (None, -2.0),
    "sibling": (None, -2.0),
}
MANUAL_BOUNDS = {
    "evidence": (0.0, None),
    "holds": (0.0, None),
    "search_lead": (0.0, None),
    "sibling": (None, -2.0),
    "row_of_other": (None, -2.0),
    **dict.fromkeys(("quantity_missing", "code_missing", "product_other"), (None, 0.0)),
}
"""Few of the companies' questions name codes, places, other products or a row's neighbour: what these count at least was chosen on
the development questions. The other bounds only say for or against what a feature can speak."""
RELATED_PRECISION = 0.6


@dataclass(frozen=True)
class Example:
    """One question's options: features of the hits (n, f) and of the sentences (m, g), and which are right.

    `said` tells which sentences point at the same words. `judges_manuals` is False where nobody has said whether a sentence
    is right. `message` is read together with `entries` (n,) and `sentences` (m,).
    """

    question: str
    company: str
    kind: str
    faq: np.ndarray
    manual: np.ndarray
    faq_right: np.ndarray
    manual_right: np.ndarray
    said: tuple[str, ...]
    at_least: np.ndarray
    judges_manuals: bool = True
    message: str = ""
    entries: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()

    @property
    def is_answerable(self) -> bool:
        return self.kind != "none"


def main() -> None:
    options = _options()
    stay_offline()
    examples = [one for name in options.companies for one in gathered(name, options.evidence)]
    demo = gathered(DEMO, options.evidence)
    if options.encoder:
        pairs = MessagePairs.load(options.encoder)
        examples, demo = ([rescored(one, pairs) for one in found] for found in (examples, demo))
    folds = leave_one_out(examples)
    best = [best_option(one, faq, manual) for one, (faq, manual) in zip(examples, folds)]
    at = thresholds(best, options.wrong)
    shown = [best_option(one, faq[:0], manual) for one, (faq, manual) in zip(examples, folds)]
    related_at = round(
        threshold_for_precision([one.share for one in shown], [one.is_right for one in shown], RELATED_PRECISION), 3
    )
    report = {
        "AUROC": {"companies": told_apart(examples), "demo": told_apart(demo)},
        "companies, each left out": table(examples, best, at),
        "thresholds, and what is right at them, by the share answered wrongly": {
            str(share): [*found, table(examples, best, found)["right of answerable"]]
            for share, found in ((share, thresholds(best, share)) for share in (0.03, 0.05, 0.08))
        },
    }
    weights = fit(examples + demo)
    choice = Choice(*named(weights), at.manual, related_at)
    chosen = [best_option(one, *choice.probabilities(one.faq, one.manual)) for one in demo]
    report["demo, learnt with"] = table(demo, chosen, at)
    only = fit(examples)
    chosen = [best_option(one, *Choice(*named(only), at.manual, related_at).probabilities(one.faq, one.manual)) for one in demo]
    report["demo, learnt without"] = table(demo, chosen, at)
    alone = fit(examples + demo, with_manuals=False)
    for name, value in (("choice", choice.faq_weights), ("", choice.manual_weights), ("alone", named(alone)[0])):
        print(name, json.dumps(value))
    report["alone"] = {str(at): sure_table(examples, at) for at in (0.8, 0.85, 0.9)}
    print(
        json.dumps(
            {"answer_at": at.manual, "faq_answer": at.faq, "related_at": related_at, **report}, indent=1, ensure_ascii=False
        )
    )
    if not options.dry_run:
        weighed = {"faq_weights": choice.faq_weights, "manual_weights": choice.manual_weights}
        write(
            CHOICE_FILE,
            {"format_version": CHOICE_FORMAT, "answer_at": at.manual, "related_at": related_at, **weighed, "report": report},
        )
        write(WEIGHTS_FILE, {"format_version": JUDGE_FORMAT, "weights": named(alone)[0]})


def gathered(company: str, kept: Path | None) -> list[Example]:
    """The company's examples, from `kept` where they lie there."""
    file = kept / f"{company}.pkl" if kept else None
    if file and file.is_file():
        return pickle.loads(file.read_bytes())
    found = list(demo_examples() if company == DEMO else company_examples(company))
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(found))
    return found


def company_examples(name: str) -> Iterator[Example]:
    company = read_company(name)
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        build_index([company.folder / "faq.csv"], [company.folder / "manuals"], index)
        cascade = unweighed(Settings.load(index=index))
        for row in company.questions:
            kind = "faq" if row.entries else "manual" if row.answers else "none"
            yield example(cascade, name, kind, row.question, row.entries, Gold(row.document, row.answers))


def unweighed(settings: Settings) -> Cascade:
    """A cascade that gathers what the weights are learnt from, and has none itself."""
    index = Index.load(settings.index, settings.vectors)
    nothing = FaqFit(dict.fromkeys(FAQ_NAMES, 0.0))
    choice = Choice(nothing.weights, dict.fromkeys(MANUAL_FEATURES, 0.0), 0.5, 0.5)
    return Cascade(index, Reader.load(settings.reader), settings, judge_of=partial(FaqJudge, fit=nothing), choice=choice)


def demo_examples() -> Iterator[Example]:
    """The development questions; of an FAQ question nobody has said which sentences of the manuals answer it as well."""
    cascade = unweighed(Settings.load())
    data = ROOT / "tests" / "data"
    for file, kind in (("faq_queries.csv", "faq"), ("out_of_scope.csv", "none")):
        with (data / file).open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                yield example(
                    cascade, DEMO, kind, row["question"], {row["id"]} if kind == "faq" else set(), Gold(None, ()), kind != "faq"
                )
    answering = json.loads((data / "manual_questions_second_faq.json").read_text(encoding="utf-8"))
    for file in ("manual_questions.jsonl", "manual_questions_second.jsonl"):
        for line in (data / file).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            entries = set(answering.get(row["question"], ())) | saying(cascade, row)
            kind = "manual" if row["answers"] else "faq" if entries else "none"
            yield example(cascade, DEMO, kind, row["question"], entries, Gold(row["document"], row["answers"]))


def saying(cascade: Cascade, row: Mapping[str, Any]) -> set[str]:
    """The entries found whose answer says what the manual's gold answer says."""
    from measure import says  # benchmarks/cascade/measure.py

    hits = cascade.index.search_faq(row["question"], k=5)
    return {hit.entry.id for hit in hits if any(says(hit.entry.answer, gold) for gold in row["answers"])}


def example(
    cascade: Cascade, company: str, kind: str, question: str, entries: Collection[str], gold: Gold, judges_manuals: bool = True
) -> Example:
    hits = cascade.index.search_faq(question, k=5)
    asked = Question.of(cascade.index.mended(question), cascade.index.vectors)
    judged = cascade._judge.look(asked, hits)
    read = cascade.reading.gather(asked)
    candidates, manual = manual_features(read, cascade.decision, default_pairs())
    manual_right = np.array([bool(gold.answers) and gold.is_held_by(one) for one in candidates], bool)
    said = tuple(
        f"{one.reading.passage.document_id} {''.join(one.reading.text[one.span.start : one.span.end].split())}"
        for one in candidates
    )
    faq_right = np.array([hit.entry.id in entries for hit in hits], bool)
    texts = (
        asked.text,
        tuple(of_entry(hit.entry) for hit in hits),
        tuple(read_together(one.reading, one.unit) for one in candidates),
    )
    features = judged.features, manual, faq_right, manual_right
    return Example(question, company, kind, *features, said, judged.at_least, judges_manuals, *texts)


def rescored(example: Example, pairs: MessagePairs) -> Example:
    """The example with the scores of another encoder of messages."""
    faq, manual = example.faq.copy(), example.manual.copy()
    by_entry, by_sentence = (pairs.scores(example.message, texts) for texts in (example.entries, example.sentences))
    faq[:, FEATURES.index("answers")], faq[:, FEATURES.index("holds")] = by_entry
    manual[:, MANUAL_FEATURES.index("holds")] = by_sentence.holds
    return replace(example, faq=faq, manual=manual)


def told_apart(examples: Sequence[Example]) -> dict[str, float]:
    """How well the encoder's scores alone tell the right entries, and the right sentences, from the others."""
    from sklearn.metrics import roc_auc_score

    judged = [one for one in examples if one.judges_manuals]
    answers = np.concatenate([one.faq[:, FEATURES.index("answers")] for one in examples])
    holds = np.concatenate([one.manual[:, MANUAL_FEATURES.index("holds")] for one in judged])
    faq_right, manual_right = (
        np.concatenate([one.faq_right for one in examples]),
        np.concatenate([one.manual_right for one in judged]),
    )
    return {
        "answers": round(float(roc_auc_score(faq_right, answers)), 3),
        "holds": round(float(roc_auc_score(manual_right, holds)), 3),
    }


def fit(examples: Sequence[Example], *, with_manuals: bool = True) -> np.ndarray:
    """Weights of FAQ_NAMES and MANUAL_FEATURES under which the right options, or nobody where none is, are likeliest.

    A conditional logit with ridge over standardized features (L-BFGS-B), weights within their bounds.
    """
    from scipy.optimize import minimize

    designs, targets, absent = _padded(examples, with_manuals)
    scale = np.maximum(designs[~absent].std(0), 1e-6)
    designs = designs / scale

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = np.where(absent, -np.inf, designs @ weights)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        held = np.maximum((shares * targets).sum(axis=1), 1e-12)
        excess = shares - shares * targets / held[:, None]
        return float(0.5 * L2 * weights @ weights - np.log(held).sum()), L2 * weights + np.einsum("qo,qof->f", excess, designs)

    bounds = [FAQ_BOUNDS.get(name, (None, None)) for name in FAQ_NAMES] + [
        MANUAL_BOUNDS.get(name, (None, None)) for name in MANUAL_FEATURES
    ]
    scaled = [tuple(None if end is None else end * by for end in ends) for ends, by in zip(bounds, scale)]
    start = np.array([low or high or 0.0 for low, high in scaled])
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=scaled, options={"maxiter": 500}).x / scale


def _padded(examples: Sequence[Example], with_manuals: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of nobody, hits and sentences (questions, options, weights), which are right, and which are padding."""
    options = 1 + max(len(one.faq) + len(one.manual) for one in examples)
    designs = np.zeros((len(examples), options, len(FAQ_NAMES) + len(MANUAL_FEATURES)))
    targets, absent = np.zeros((len(examples), options), bool), np.ones((len(examples), options), bool)
    for i, one in enumerate(examples):
        n, m = len(one.faq), len(one.manual) if with_manuals and one.judges_manuals else 0
        designs[i, 1 : n + 1, 0], designs[i, 1 : n + 1, 1 : len(FAQ_NAMES)] = 1.0, one.faq
        designs[i, n + 1 : n + m + 1, len(FAQ_NAMES) :] = one.manual[:m]
        targets[i, 1 : n + 1], targets[i, n + 1 : n + m + 1] = one.faq_right, one.manual_right[:m]
        targets[i, 0] = not targets[i].any()
        absent[i, : n + m + 1] = False
    return designs, targets, absent


def named(weights: np.ndarray) -> tuple[dict[str, float], dict[str, float]]:
    rounded = [round(float(weight), 4) for weight in weights]
    return dict(zip(FAQ_NAMES, rounded)), dict(zip(MANUAL_FEATURES, rounded[len(FAQ_NAMES) :]))


def leave_one_out(examples: Sequence[Example], *, with_manuals: bool = True) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each example's probabilities, by weights learnt from the other companies."""
    found = {}
    for company in dict.fromkeys(one.company for one in examples):
        weights = fit([one for one in examples if one.company != company], with_manuals=with_manuals)
        found[company] = Choice(*named(weights), 0.5, 0.5)
    return [found[one.company].probabilities(one.faq, one.manual if with_manuals else one.manual[:0]) for one in examples]


@dataclass(frozen=True)
class Best:
    share: float
    source: str
    is_right: bool


def best_option(example: Example, faq: np.ndarray, manual: np.ndarray) -> Best:
    """The likeliest option; sentences that point at the same words count together."""
    found = [
        Best(float(max(share, least)), "faq", bool(right))
        for share, least, right in zip(faq, example.at_least, example.faq_right)
    ]
    for words in dict.fromkeys(example.said):
        places = [i for i, said in enumerate(example.said) if said == words]
        chosen = max(places, key=lambda i: manual[i])
        found.append(Best(float(manual[places].sum()), "manual", bool(example.manual_right[chosen])))
    return max(found, key=lambda one: one.share, default=Best(0.0, "faq", False))


class Thresholds(NamedTuple):
    """From which share on a sentence, and an entry, is the answer."""

    manual: float
    faq: float

    def passes(self, option: Best) -> bool:
        return option.share >= (self.manual if option.source == "manual" else self.faq)


def thresholds(best: Sequence[Best], wrong: float) -> Thresholds:
    """Those at which most are answered rightly while at most the share `wrong` is answered wrongly."""
    steps = np.round(np.arange(0.3, 0.96, 0.01), 2)
    counts = {
        source: [(sum(o.is_right for o in passing), sum(not o.is_right for o in passing))
                 for passing in ([o for o in best if o.source == source and o.share >= at] for at in steps)]
        for source in ("manual", "faq")
    }  # fmt: skip
    allowed = [
        (right + also_right, float(manual), float(faq))
        for manual, (right, bad) in zip(steps, counts["manual"])
        for faq, (also_right, also_bad) in zip(steps, counts["faq"])
        if bad + also_bad <= wrong * len(best)
    ]
    return Thresholds(*max(allowed, default=(0, 1.0, 1.0))[1:])


def table(examples: Sequence[Example], best: Sequence[Best], at: Thresholds) -> dict[str, Any]:
    """By kind of question: asked, answered rightly and wrongly by the FAQ and by the manuals; and the shares of all."""
    counts: dict[str, Counter[str]] = {}
    for one, option in zip(examples, best):
        row = counts.setdefault(one.kind, Counter(n=0))
        row["n"] += 1
        if at.passes(option):
            unjudged = option.source == "manual" and not one.judges_manuals
            row[f"{option.source} {'not judged' if unjudged else 'right' if option.is_right else 'wrong'}"] += 1
    right, wrong = (
        sum(row[f"{source} {end}"] for row in counts.values() for source in ("faq", "manual")) for end in ("right", "wrong")
    )
    answerable = sum(one.is_answerable for one in examples)
    shares = {
        "right of answerable": round(right / max(1, answerable), 3),
        "wrong of all": round(wrong / max(1, len(examples)), 3),
    }
    return {kind: dict(row) for kind, row in counts.items()} | shares


def sure_table(examples: Sequence[Example], threshold: float) -> dict[str, Any]:
    """What the FAQ alone would answer from `threshold` on, each company judged by the others."""
    return table(
        examples,
        [best_option_of_faq(one, faq) for one, (faq, _) in zip(examples, leave_one_out(examples, with_manuals=False))],
        Thresholds(1.0, threshold),
    )


def best_option_of_faq(example: Example, faq: np.ndarray) -> Best:
    rows = zip(faq, example.at_least, example.faq_right)
    return max(
        (Best(float(max(share, least)), "faq", bool(right)) for share, least, right in rows),
        key=lambda one: one.share,
        default=Best(0.0, "faq", False),
    )


def write(file: Path, document: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"written: {file}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evidence", type=Path, help="folder in which the options of each company are kept")
    parser.add_argument(
        "--companies", nargs="+", default=unseen_companies(), help="those that the encoder of messages has not seen"
    )
    parser.add_argument("--encoder", type=Path, help="an exported encoder of messages, in place of the one that ships")
    parser.add_argument("--wrong", type=float, default=0.07, help="of all questions at most so many are answered wrongly")
    parser.add_argument("--dry-run", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
