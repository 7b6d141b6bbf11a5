"""Hard negatives: of each group the other groups that the vectors of the moment take for it.

Positive-aware mining (Moreira et al. 2024, arXiv:2407.15831, "TopK-PercPos"): what lies nearly as near as the group's own
texts do may mean the same and is left out, so that no paraphrase in another group is pushed away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BELOW_POSITIVE = 0.95
"""A negative's cosine is at most this part of that of the group's own second text."""
AT_ONCE = 1_024


def mine(firsts: np.ndarray, seconds: np.ndarray, k: int) -> list[np.ndarray]:
    """Of each group the places, nearest first, of at most `k` other groups whose second text is near its first one.

    `firsts` and `seconds` (n, d) are unit vectors of two texts of each group.
    """
    found: list[np.ndarray] = []
    positives = np.einsum("ij,ij->i", firsts, seconds)
    for start in range(0, len(firsts), AT_ONCE):
        cosines = firsts[start : start + AT_ONCE] @ seconds.T
        bounds = BELOW_POSITIVE * positives[start : start + AT_ONCE]
        cosines[cosines > bounds[:, None]] = -np.inf  # the group itself among them, where it is positive
        cosines[np.arange(len(cosines)), start + np.arange(len(cosines))] = -np.inf
        found += [_nearest(row, k) for row in cosines]
    return found


def _nearest(cosines: np.ndarray, k: int) -> np.ndarray:
    k = min(k, len(cosines))
    places = np.argpartition(-cosines, k - 1)[:k] if k else np.zeros(0, np.int64)
    places = places[np.argsort(-cosines[places], kind="stable")]
    return places[np.isfinite(cosines[places])]


def drawn(mined: Sequence[np.ndarray], place: int, rng: np.random.Generator) -> int | None:
    """One of the group's mined negatives, None where it has none."""
    return int(rng.choice(mined[place])) if len(mined[place]) else None
