"""Every part of the benchmark by its place in the results, and how one is run in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.encoder.setup import Setup

ADAPTED = "encoder, continued on reviews"
Part = tuple[Callable[..., dict[str, Any]], dict[str, Any]]


def parts(setup: Setup) -> dict[str, Part]:
    """Every part by its place in the results, in the order they are run."""
    from benchmarks.encoder.objectives import OBJECTIVES
    from benchmarks.encoder.transfer import DEVICES

    rows = [f"sentiment {n}" for n in reversed(setup.sizes.sentiment)] + ["intent", "similarity", "reading"]
    found: dict[str, Part] = {f"{rows[0]}/encoder": (table_cell, {"row": rows[0], "name": "encoder"})}
    for name in ("static", "tfidf", "encoder", "random"):
        found |= {f"{row}/{name}": (table_cell, {"row": row, "name": name}) for row in rows}
    reviews = rows[: len(setup.sizes.sentiment)]
    found[f"{reviews[0]}/{ADAPTED}"] = (table_cell, {"row": reviews[0], "name": "adapted"})
    found["forgetting/before"] = (before_cell, {})
    found["domain/manuals"] = (domain_cell, {})
    found |= {f"devices/{name}": (device_cell, {"name": name}) for name in DEVICES}
    found |= {f"{row}/{ADAPTED}": (table_cell, {"row": row, "name": "adapted"}) for row in reviews[1:]}
    if (setup.corpus / "token_vectors.npy").is_file():
        found |= {f"objectives/{name}": (objective_cell, {"name": name}) for name in OBJECTIVES}
    return found


def table_cell(setup: Setup, row: str, name: str) -> dict[str, Any]:
    from benchmarks.encoder import baselines, reading, transfer
    from benchmarks.encoder import setup as tasks

    if row == "reading":
        if name in ("tfidf", "static"):
            return reading.linear(setup, name)
        return reading.fine_tuned(setup, f"reading-{name}", random_start=name == "random")
    if name == "adapted":
        return transfer.task_adapted(setup, int(row.split()[1]), setup.sizes.review_epochs)
    task, _, count = row.partition(" ")
    rows = {"sentiment": lambda: tasks.sentiment(setup, int(count)), "intent": lambda: tasks.intents(setup)}
    chosen = rows.get(task, lambda: tasks.similarity(setup))()
    if name == "tfidf":
        return baselines.tfidf(chosen.parts)
    if name == "static":
        return baselines.static(chosen.parts, setup.vectors)
    is_largest = row == f"sentiment {setup.sizes.sentiment[-1]}" and name == "encoder"
    return transfer.column(
        chosen, setup, f"{row.replace(' ', '-')}-{name}", random_start=name == "random", is_remembered=is_largest
    )


def before_cell(setup: Setup) -> dict[str, Any]:
    from benchmarks.encoder.transfer import before

    return before(setup)


def domain_cell(setup: Setup) -> dict[str, Any]:
    from benchmarks.encoder.domain import adaptation

    return adaptation(setup)


def device_cell(setup: Setup, name: str) -> dict[str, Any]:
    from benchmarks.encoder.transfer import device

    return device(setup, name)


def objective_cell(setup: Setup, name: str) -> dict[str, Any]:
    from benchmarks.encoder.objectives import measure

    return measure(setup, name)


def timed(function: Callable[..., dict[str, Any]], setup: Setup, arguments: dict[str, Any]) -> dict[str, Any]:
    """One part, in a process of one thread, with the processor seconds it took."""
    import torch

    torch.set_num_threads(1)
    started = time.process_time()
    return {**function(setup, **arguments), "cpu_s": round(time.process_time() - started, 1)}
