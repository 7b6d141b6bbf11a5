"""Learning curves as pictures, with the point marked from which a run only learnt its training rows by heart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def overfitting_point(steps: Sequence[int], losses: Sequence[float], tolerance: float = 0.02) -> int | None:
    """The step of the lowest validation loss, where the loss later rose by more than `tolerance` of it; else None.

    >>> overfitting_point([10, 20, 30, 40], [0.6, 0.4, 0.5, 0.7])
    20
    """
    if len(losses) < 2:
        return None
    best = min(range(len(losses)), key=losses.__getitem__)
    return steps[best] if losses[-1] > losses[best] * (1 + tolerance) else None


def draw_learning_curve(records: Sequence[dict], out: Path, *, score: str) -> int | None:
    """Draw a run's log as a PNG and return its overfitting point.

    `records` hold `step` with `loss`, or with `validation_loss` and `validation_<score>` (in percent).
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    def points(name: str) -> tuple[list[int], list[float]]:
        found = [(record["step"], record[name]) for record in records if record.get(name) is not None]
        return [step for step, _ in found], [value for _, value in found]

    figure, left = pyplot.subplots(figsize=(7, 4))
    right = left.twinx()
    left.plot(*points("loss"), color="tab:gray", linewidth=0.8, label="training loss")
    left.plot(*points("validation_loss"), color="tab:red", marker=".", label="validation loss")
    right.plot(*points(f"validation_{score}"), color="tab:blue", marker=".", label=f"validation {score.replace('_', ' ')}")
    turned = overfitting_point(*points("validation_loss"))
    if turned is None and not points("validation_loss")[0]:  # judged by the score alone: what it lacks is the loss
        steps, scores = points(f"validation_{score}")
        turned = overfitting_point(steps, [100 - value for value in scores])
    if turned is not None:
        left.axvline(turned, color="black", linestyle="--", linewidth=0.9, label=f"overfitting from step {turned}")
    left.set_xlabel("step")
    left.set_ylabel("loss")
    right.set_ylabel(score.replace("_", " "))
    figure.legend(loc="upper center", ncol=2, frameon=False, bbox_to_anchor=(0.5, 1.08))
    figure.savefig(out, dpi=100, bbox_inches="tight")
    pyplot.close(figure)
    return turned
