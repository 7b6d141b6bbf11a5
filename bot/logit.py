"""Conditional logits with an outside option (McFadden 1974), and the files that hold weights.

Who answers, whether an entry does and which sentence holds what is asked for are all decided so: each option scores
a weighted sum of what is seen in it, and the softmax over all of them and "none" gives the probabilities.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np


def shares(scores: np.ndarray) -> np.ndarray:
    """`(n,)` probabilities of options that score `scores (n,)` above none of them; what is missing from 1 is none's."""
    highest = max(0.0, float(scores.max(initial=0.0)))
    powers = np.exp(scores - highest)
    return powers / (powers.sum() + np.exp(-highest))


def read_weights(file: Path, format_version: int) -> dict[str, Any]:
    """The document of a weights' file; ValueError for another format."""
    document = json.loads(file.read_text(encoding="utf-8"))
    if document["format_version"] != format_version:
        raise ValueError(f"{file} has format {document['format_version']}, this version reads {format_version}")
    return document


def check_names(what: str, weights: Mapping[str, float], names: Collection[str]) -> None:
    """ValueError unless `weights` are of `names`, all of them and no other."""
    if set(weights) != set(names):
        raise ValueError(f"{what} are of {sorted(weights)}, they must be of {', '.join(names)}")


def in_order(weights: Mapping[str, float], names: Collection[str]) -> np.ndarray:
    """`(n,)` the weights in the order of `names`."""
    return np.array([weights[name] for name in names])
