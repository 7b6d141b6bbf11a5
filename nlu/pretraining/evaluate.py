"""What a run's log says: the learning curve as a picture, the last validation as numbers."""

from __future__ import annotations

import json
from pathlib import Path


def read_log(run: Path) -> list[dict]:
    """The records of `log.jsonl`; a last line cut short by a kill is left out."""
    path = run / "log.jsonl"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: `daedap train encoder run` writes it")
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return records


def last_validation(run: Path) -> dict[str, float]:
    """Step, tokens and losses of the newest validation; empty where there was none."""
    found = [record for record in read_log(run) if "validation" in record]
    return {"step": found[-1]["step"], "tokens": found[-1]["tokens"], **found[-1]["validation"]} if found else {}


def draw_learning_curve(run: Path, out: Path) -> Path:
    """Losses over tokens seen, in training and on held-out articles, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    records = read_log(run)
    trained = [record for record in records if "masked_lm" in record]
    validated = [record for record in records if "validation" in record]
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4))
    for axis, name, title in zip(
        axes, ("masked_lm", "span", "exact"), ("masked morphemes (loss)", "span (loss)", "spans exactly right (share)")
    ):
        axis.plot([r["tokens"] / 1e6 for r in trained], [r[name] for r in trained], label="training", linewidth=0.7)
        axis.plot(
            [r["tokens"] / 1e6 for r in validated], [r["validation"][name] for r in validated], label="validation", marker="."
        )
        axis.set_xlabel("million tokens")
        axis.set_title(title)
        axis.legend()
    figure.tight_layout()
    figure.savefig(out, dpi=80)
    pyplot.close(figure)
    return out
