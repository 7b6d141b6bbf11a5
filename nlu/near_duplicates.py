"""Groups of near-duplicate messages, so that no paraphrase of a test message is trained on.

Two messages belong together where their character pairs (spaces and punctuation dropped, borders
marked) have a Jaccard similarity of `threshold` or more, directly or through others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from nlu.ngrams import squeezed

THRESHOLD = 0.6


def near_duplicate_groups(texts: Sequence[str], threshold: float = THRESHOLD) -> np.ndarray:
    """`(n,)` int64: the group of each text, named by its first member's place."""
    parents = list(range(len(texts)))

    def root(i: int) -> int:
        while parents[i] != i:
            parents[i] = parents[parents[i]]
            i = parents[i]
        return i

    holders: dict[str, list[int]] = defaultdict(list)
    pairs = [_pairs(text) for text in texts]
    for i, own in enumerate(pairs):
        shared = Counter(j for pair in own for j in holders[pair])
        for j, count in shared.items():
            if count / (len(own) + len(pairs[j]) - count) >= threshold:
                a, b = sorted((root(i), root(j)))
                parents[b] = a
        for pair in own:
            holders[pair].append(i)
    return np.array([root(i) for i in range(len(texts))], np.int64)


def _pairs(text: str) -> frozenset[str]:
    marked = f"^{squeezed(text) or text}$"
    return frozenset(marked[i : i + 2] for i in range(len(marked) - 1))
