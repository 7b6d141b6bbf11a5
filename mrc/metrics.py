"""The official KorQuAD 1.0 metric (evaluate-v1.0.py of korquad.github.io), on a scale of 0 to 1.

Lower case; quotation marks and brackets become spaces; ASCII punctuation is dropped; white space is
folded. Exact match compares what remains, inner spaces included; F1 is over the multiset of
characters without spaces. SQuAD's word F1 is another number and is not computed here.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable

_SPACED = str.maketrans({character: " " for character in "'\"《》<>〈〉()‘’"})
_DROPPED = str.maketrans("", "", string.punctuation)


def normalize_answer(text: str) -> str:
    """`text` as the official script compares it: "《세종》 대왕!" → "세종 대왕"."""
    return " ".join(text.translate(_SPACED).lower().translate(_DROPPED).split())


def exact_match(prediction: str, answers: Iterable[str]) -> float:
    """1.0 where the prediction equals one of the gold answers, else 0.0."""
    predicted = normalize_answer(prediction)
    return float(any(predicted == normalize_answer(answer) for answer in answers))


def f1(prediction: str, answers: Iterable[str]) -> float:
    """Character F1 against the best gold answer; 0.0 where either side is empty."""
    predicted = Counter(normalize_answer(prediction).replace(" ", ""))
    return max((_f1(predicted, Counter(normalize_answer(answer).replace(" ", ""))) for answer in answers), default=0.0)


def _f1(predicted: Counter[str], gold: Counter[str]) -> float:
    same = sum((predicted & gold).values())
    if same == 0:
        return 0.0
    precision, recall = same / sum(predicted.values()), same / sum(gold.values())
    return 2 * precision * recall / (precision + recall)


def roc_auc(positive: Iterable[float], negative: Iterable[float]) -> float:
    """The chance that a positive scores above a negative, ties counting half (Mann-Whitney)."""
    import numpy as np

    above, below = np.asarray(list(positive), float), np.sort(np.asarray(list(negative), float))
    if not len(above) or not len(below):
        return float("nan")
    wins = np.searchsorted(below, above, "left") + np.searchsorted(below, above, "right")
    return float(wins.sum() / (2 * len(above) * len(below)))
