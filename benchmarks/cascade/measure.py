"""How the cascade answers questions that stand in no file it was built from.

    python benchmarks/cascade/measure.py --faq tests/data/faq_queries.csv \
        --manuals tests/data/manual_questions.jsonl --nothing tests/data/out_of_scope.csv --out results.json
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from pathlib import Path
from statistics import median

from bot.answer import Answer, Kind
from bot.cascade import Cascade
from bot.settings import Settings, stay_offline
from mrc.metrics import f1


def main() -> None:
    options = _options()
    stay_offline()
    cascade = Cascade.load(Settings.load(index=options.index), journal=False)
    latencies: list[float] = []

    def ask(question: str) -> Answer:
        answer = cascade.answer(question)
        latencies.append(answer.latency_ms)
        if options.verbose:
            where = answer.source.document if answer.source else "-"
            print(f"{answer.kind.value:8}{answer.confidence:.2f} {where:16} {question}  =>  {answer.answer[:60]!r}")
        return answer

    ask("시작")
    latencies.clear()
    results = {
        "faq": judge_faq(ask, _rows(options.faq)),
        "manuals": judge_manuals(ask, [json.loads(line) for line in options.manuals.read_text("utf-8").splitlines() if line]),
        "nothing": dict(Counter(ask(row["question"]).kind.value for row in _rows(options.nothing))),
    }
    latencies.sort()
    results["latency_ms_p50"] = round(median(latencies), 1)
    results["latency_ms_p95"] = round(latencies[int(0.95 * (len(latencies) - 1))], 1)
    text = json.dumps(results, ensure_ascii=False, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def judge_faq(ask, rows: list[dict[str, str]]) -> dict[str, int]:
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


def judge_manuals(ask, rows: list[dict]) -> dict[str, int]:
    """Counts of questions whose document and answers are known; right is a character F1 of 0.5 or more."""
    counts: Counter[str] = Counter(n=len(rows))
    for row in rows:
        answer = ask(row["question"])
        near = f1(answer.answer, row["answers"])
        if answer.kind is Kind.MANUAL:
            counts["answered_right" if near >= 0.5 else "answered_wrong"] += 1
        elif answer.kind is Kind.CLARIFY and answer.source:
            held = any(gold in (answer.evidence or "") for gold in row["answers"])
            counts["related_holds_answer" if held else "related_other"] += 1
        else:
            counts[answer.kind.value] += 1
    return dict(counts)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faq", type=Path, default=Path("tests/data/faq_queries.csv"))
    parser.add_argument("--manuals", type=Path, default=Path("tests/data/manual_questions.jsonl"))
    parser.add_argument("--nothing", type=Path, default=Path("tests/data/out_of_scope.csv"))
    parser.add_argument("--index", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
