"""Draws the learning curve of each intent from what `daedap evaluate nlu --suggest --json` printed.

    .venv/bin/daedap evaluate nlu --suggest --json > .daedap/suggest.json
    .venv/bin/python benchmarks/nlu/plot.py .daedap/suggest.json      # writes learning_curves.svg here

One small plot an intent, the steepest last step first: examples learnt from, F1 on the fold that was held out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

OUT = Path(__file__).parent / "learning_curves.svg"
COLUMNS = 7


def draw(curves: dict[str, list[list[float]]], out: Path) -> None:
    """An image at `out` of the curves `{intent: [[examples, f1], …]}`."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot

    ordered = sorted(curves.items(), key=lambda item: item[1][-2][1] - item[1][-1][1])
    figure, places = pyplot.subplots(-(-len(ordered) // COLUMNS), COLUMNS, figsize=(14, 6), sharey=True, squeeze=False)
    for place, (intent, points) in zip(places.flat, ordered):
        place.plot([n for n, _ in points], [f1 for _, f1 in points], marker="o", markersize=3, color="#2166ac")
        place.set_title(intent, fontsize=9)
        place.tick_params(labelsize=7)
        place.set_xlim(left=0)
        place.grid(alpha=0.3)
    for place in list(places.flat)[len(ordered) :]:
        place.axis("off")
    figure.supxlabel("examples", fontsize=9)
    figure.supylabel("F1", fontsize=9)
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["curves"], OUT)
    print(OUT)
