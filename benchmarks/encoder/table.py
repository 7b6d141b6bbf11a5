"""`python -m benchmarks.encoder.table [results.json]`: the results as the tables of the README."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

COLUMNS = {
    "tfidf": "TF-IDF + linear",
    "static": "static Kiwi vectors + linear",
    "random": "same network, random",
    "encoder": "shipped encoder",
}
METRICS = {"sentiment": "accuracy", "intent": "accuracy", "similarity": "spearman", "reading": "f1"}


def transfer_table(results: dict[str, Any]) -> list[str]:
    lines = ["| | " + " | ".join(COLUMNS.values()) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for row, cells in results.items():
        metric = METRICS.get(row.split()[0])
        if metric:
            figures = [str(cells.get(name, {}).get(metric, "")) for name in COLUMNS]
            lines.append(f"| {row} ({metric}) | " + " | ".join(figures) + " |")
    return lines


def table(rows: dict[str, Any], title: str) -> list[str]:
    """Every figure of every row, one column a figure."""
    left_out = {"encoder", "date"}
    names = dict.fromkeys(name for row in rows.values() for name in row if name not in left_out)
    lines = [f"| {title} | " + " | ".join(name.replace("_", " ") for name in names) + " |", "|---" * (len(names) + 1) + "|"]
    return lines + [f"| {key} | " + " | ".join(str(row.get(name, "")) for name in names) + " |" for key, row in rows.items()]


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("results.json")
    results = json.loads(path.read_text(encoding="utf-8"))
    parts = [transfer_table(results)]
    parts += [table(results[name], name) for name in ("devices", "forgetting", "domain", "objectives") if name in results]
    print("\n\n".join("\n".join(part) for part in parts))


if __name__ == "__main__":
    main()
