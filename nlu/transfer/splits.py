"""Which rows train, which validate and which test: stratified, grouped, saved and used again.

A split is made once for a file and kept as JSON beside the runs, so that later runs are judged on the
same rows. Rows of one group (a film, an article, equal texts) are never torn apart.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nlu.whole_file import write_json

FORMAT_VERSION = 1
PARTS = ("training", "validation", "test")
RATIOS_8_1_1 = (8, 1, 1)
RATIOS_6_2_2 = (6, 2, 2)
STRATA = 10
"""Numbers to predict are stratified by so many quantiles."""


@dataclass(frozen=True)
class Split:
    """Numbers of the rows of each part, ascending, and what they were made from."""

    training: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    ratios: tuple[int, int, int]
    seed: int
    fingerprint: str
    """SHA-256 of the rows the numbers point into."""

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"format_version": FORMAT_VERSION, **asdict(self)})

    @classmethod
    def load(cls, path: Path) -> Split:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("format_version", None) != FORMAT_VERSION:
            raise ValueError(f"{path} has another format than {FORMAT_VERSION}: remove it to have the split made anew")
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def make_split(
    labels: Sequence[str | float],
    groups: Sequence[str] | None = None,
    *,
    ratios: tuple[int, int, int] = RATIOS_8_1_1,
    seed: int = 0,
    fingerprint: str = "",
) -> Split:
    """Rows in `ratios` (training : validation : test), each label in the same ratios as far as groups allow.

    Groups are taken in random order, large ones first, each into the part that lacks most of its labels.
    Raises ValueError for ratios of which training is zero, and where there are fewer groups than parts.
    """
    if len(ratios) != 3 or ratios[0] <= 0 or min(ratios) < 0:
        raise ValueError(f"ratios are {ratios}, three numbers of which the first is above 0 are wanted (8:1:1, 6:2:2)")
    strata = _strata(labels)
    members: dict[str, list[int]] = defaultdict(list)
    for row in range(len(labels)):
        members[groups[row] if groups is not None else str(row)].append(row)
    if len(members) < sum(ratio > 0 for ratio in ratios):
        raise ValueError(f"{len(members)} groups of rows cannot be split {':'.join(map(str, ratios))}")
    names = list(members)
    order = np.random.default_rng(seed).permutation(len(names))
    chosen = sorted((names[i] for i in order), key=lambda name: -len(members[name]))
    shares = np.array(ratios, float) / sum(ratios)
    wanted = {stratum: count * shares for stratum, count in Counter(strata).items()}
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    for name in chosen:
        counts = Counter(strata[row] for row in members[name])
        lack = sum(wanted[stratum] * count for stratum, count in counts.items())
        relative = np.where(shares > 0, lack / np.maximum(shares, 1e-9), -np.inf)
        part = int(np.argmax(relative))
        parts[part].extend(members[name])
        for stratum, count in counts.items():
            wanted[stratum][part] -= count
    training, validation, test = (tuple(sorted(part)) for part in parts)
    return Split(training, validation, test, tuple(ratios), seed, fingerprint)


def load_or_make(
    path: Path,
    rows: Sequence[str],
    labels: Sequence[str | float],
    groups: Sequence[str] | None = None,
    *,
    ratios: tuple[int, int, int] = RATIOS_8_1_1,
    seed: int = 0,
) -> Split:
    """The split saved at `path`, or a new one saved there.

    Raises ValueError where the saved one is of other rows, other ratios or another seed.
    """
    content = "\n".join(f"{row}\t{label}" for row, label in zip(rows, labels))
    found = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
    if not path.is_file():
        split = make_split(labels, groups, ratios=ratios, seed=seed, fingerprint=found)
        split.save(path)
        return split
    split = Split.load(path)
    compared = (("rows", split.fingerprint, found), ("ratios", split.ratios, tuple(ratios)), ("seed", split.seed, seed))
    for name, kept, wanted in compared:
        if kept != wanted:
            raise ValueError(f"{path} is a split of other {name} ({kept}, not {wanted}): choose another name, or remove it")
    return split


def _strata(labels: Sequence[str | float]) -> list[str]:
    """Labels as they are; numbers by quantile."""
    if not labels or not isinstance(labels[0], float):
        return [str(label) for label in labels]
    numbers = np.array(labels)
    edges = np.quantile(numbers, np.linspace(0, 1, STRATA + 1)[1:-1])
    return [str(place) for place in np.searchsorted(edges, numbers, "right")]
