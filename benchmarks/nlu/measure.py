"""Cross-validation of the intent classifiers on the shipped examples, and the blind sets as first scored.

    .venv/bin/python benchmarks/nlu/measure.py --only ridge --only tfidf --only encoder

runs `daedap evaluate nlu --compare` (minutes to hours; with --minutes in pieces, each fold once) and puts its rows
into results.json beside what stands there: rows of classifiers that are not named, and the first scores on the
blind sets, which are never measured again. A kept fold counts for the same examples; after a change of the features or of
a model delete the folder that --keep names.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.nlu_comparison import Compared, compare, judged, kept_folder, learnt_in  # noqa: E402
from bot.nlu_examples import read_examples  # noqa: E402

FOLDER = ROOT / "data" / "rasa" / "nlu"
RESULTS = Path(__file__).parent / "results.json"


def side_by_side(rows: list[dict[str, Any]], keep: Path) -> list[dict[str, Any]]:
    """`rows` judged against each other by their kept predictions, the best first; without those of other examples."""
    judgeable = []
    for row in rows:
        learnt = learnt_in(kept_folder(keep, row["name"], FOLDER), row["folds"])
        if learnt.is_file():
            predicted = json.loads(learnt.read_text(encoding="utf-8"))["predicted"]
            judgeable.append(Compared(**{**row, "predicted": tuple(predicted)}))
    ordered = sorted(judged(judgeable, [example.intent for example in read_examples(FOLDER)]), key=lambda row: -row.accuracy)
    return [row.to_json() for row in ordered]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--keep", type=Path, default=ROOT / ".daedap" / "benchmark-nlu", help="where folds are kept")
    parser.add_argument("--minutes", type=float, help="begin no further fold after so many; run again to go on")
    parser.add_argument("--folds", action="append", default=[], help="NAME=N: of this classifier only the first N of 5 folds")
    options = parser.parse_args()
    folds = {name: int(count) for name, _, count in (one.partition("=") for one in options.folds)}
    rows = [row.to_json() for row in compare(FOLDER, options.only, options.keep, options.minutes, folds)]
    result = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    kept = [row for row in result.get("compared", []) if row["name"] not in {row["name"] for row in rows}]
    result |= {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_average_1m": round(os.getloadavg()[0], 1),
        "examples": len(read_examples(FOLDER)),
        "compared": side_by_side(rows + kept, options.keep),
    }
    RESULTS.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
