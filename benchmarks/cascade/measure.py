"""How the cascade answers questions that stand in no file it was built from.

    python benchmarks/cascade/measure.py --out benchmarks/cascade/results.json
    python benchmarks/cascade/measure.py --only manuals --manuals tests/data/heldout_manual_questions.jsonl

The second form prints the table of right, wrong and silent for any file of questions to the manuals.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bot.answer import Answer, Kind
from bot.cascade import Cascade
from bot.settings import ROOT, Settings, stay_offline
from nlu.morphemes import analyze

PARTS = ("faq", "manuals", "nothing")
PARAPHRASED = 0.75
"""From this share of the gold answer's content words on, with all its numbers, an FAQ answer says the same."""

Ask = Callable[[str], Answer]


def main() -> None:
    options = _options()
    stay_offline()
    cascade = Cascade.load(Settings.load(index=options.index, reader=options.reader), journal=False)
    cascade.reader.warm_up()
    latencies: list[float] = []

    def ask(question: str) -> Answer:
        answer = cascade.answer(question)
        latencies.append(answer.latency_ms)
        return answer

    results: dict[str, object] = {}
    if "faq" in options.only:
        results["faq"] = judge_faq(ask, _rows(options.faq))
    if "manuals" in options.only:
        rows = [json.loads(line) for line in options.manuals.read_text("utf-8").splitlines() if line]
        results["manuals"] = judge_manuals(ask, rows, verbose=options.verbose)
        print(table(results["manuals"]), file=sys.stderr)
    if "nothing" in options.only:
        answers = [ask(row["question"]) for row in _rows(options.nothing)]
        results["nothing"] = dict(Counter("related" if _is_related(one) else one.kind.value for one in answers))
    latencies.sort()
    results["latency_ms_p50"] = round(median(latencies), 1)
    results["latency_ms_p95"] = round(latencies[int(0.95 * (len(latencies) - 1))], 1)
    text = json.dumps(results, ensure_ascii=False, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def judge_faq(ask: Ask, rows: Sequence[dict[str, str]]) -> dict[str, int]:
    """Counts of questions whose FAQ entry is known: answered from it, offered, or otherwise."""
    counts: Counter[str] = Counter(n=len(rows))
    for row in rows:
        answer = ask(row["question"])
        if answer.kind is Kind.FAQ:
            counts["answered_right" if answer.source.document == row["id"] else "answered_from_another_entry"] += 1
        elif answer.kind is Kind.CLARIFY:
            counts["offered" if row["id"] in [c.id for c in answer.offers] else "offered_others"] += 1
        else:
            counts[answer.kind.value] += 1
    return dict(counts)


OUTCOMES = ("manual_right", "manual_wrong", "faq_right", "faq_wrong", "related_right", "related_other", "silent")


def judge_manuals(ask: Ask, rows: Sequence[dict], *, verbose: bool = False) -> dict[str, object]:
    """Outcomes of answerable questions (with gold `answers` and `document`) and of unanswerable ones, and their shares.

    An answer is right when a gold answer stands in what is shown of the right document, when the FAQ's answer says it, or
    when it is of an entry that answers the question (`entries`, where the row has them). Any answer to a question with
    neither is wrong. What is only offered or shown as related is silence.
    """
    counts = {name: Counter(dict.fromkeys(OUTCOMES, 0)) for name in ("answerable", "unanswerable")}
    for row in rows:
        answer = ask(row["question"])
        outcome = outcome_of(answer, row)
        counts["answerable" if row["answers"] or row.get("entries") else "unanswerable"][outcome] += 1
        if verbose:
            where = answer.source.document if answer.source else "-"
            shown = answer.evidence if answer.evidence and answer.kind is not Kind.FAQ else answer.answer
            gold = row["answers"][0] if row["answers"] else "-"
            print(f"{outcome:14}{answer.confidence:.2f} {where:14} {row['question']} => [{gold}] {answer.answer!r} | {shown}")
    answerable, unanswerable = (sum(counts[name].values()) for name in ("answerable", "unanswerable"))
    right = sum(counts["answerable"][name] for name in ("manual_right", "faq_right"))
    wrong = sum(of[name] for of in counts.values() for name in ("manual_wrong", "faq_wrong"))
    wrong += sum(counts["unanswerable"][name] for name in ("manual_right", "faq_right"))
    return {
        "n": len(rows),
        **{name: dict(of) for name, of in counts.items()},
        "answered_rightly_of_answerable": round(right / max(1, answerable), 4),
        "answered_wrongly_of_all": round(wrong / max(1, answerable + unanswerable), 4),
    }


def outcome_of(answer: Answer, row: dict) -> str:
    """One of OUTCOMES."""
    if answer.kind is Kind.FAQ:
        held = answer.source.document in row.get("entries", ()) or any(says(answer.answer, gold) for gold in row["answers"])
        return "faq_right" if held else "faq_wrong"
    shown = _folded(f"{answer.answer} {answer.evidence or ''}")
    own = answer.source is not None and answer.source.document == row["document"]
    held = own and any(_folded(gold) in shown for gold in row["answers"])
    if answer.kind is Kind.MANUAL:
        return "manual_right" if held else "manual_wrong"
    if _is_related(answer):
        return "related_right" if held else "related_other"
    return "silent"


def says(text: str, gold: str) -> bool:
    """Whether `text` says what `gold` says: word for word, or all its numbers and most of its content words."""
    if _folded(gold) in _folded(text):
        return True
    said = {morpheme.form for morpheme in analyze(text)}
    wanted = [morpheme for morpheme in analyze(gold) if morpheme.is_content]
    numbers = {morpheme.form for morpheme in wanted if morpheme.tag == "SN"}
    shared = sum(morpheme.form in said for morpheme in wanted)
    return bool(wanted) and numbers <= said and shared / len(wanted) >= PARAPHRASED


def table(results: dict) -> str:
    """The outcomes as lines of text."""
    lines = [f"{'':14}" + "".join(f"{name:>15}" for name in OUTCOMES)]
    lines += [
        f"{name:14}" + "".join(f"{results[name][outcome]:15}" for outcome in OUTCOMES) for name in ("answerable", "unanswerable")
    ]
    right, wrong = results["answered_rightly_of_answerable"], results["answered_wrongly_of_all"]
    return "\n".join([*lines, f"answered rightly, of the answerable: {right:.1%}; answered wrongly, of all: {wrong:.1%}"])


def _is_related(answer: Answer) -> bool:
    return answer.kind is Kind.CLARIFY and answer.source is not None


def _folded(text: str) -> str:
    return "".join(text.split()).lower()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faq", type=Path, default=ROOT / "tests/data/faq_queries.csv")
    parser.add_argument("--manuals", type=Path, default=ROOT / "tests/data/manual_questions.jsonl")
    parser.add_argument("--nothing", type=Path, default=ROOT / "tests/data/out_of_scope.csv")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--reader", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
