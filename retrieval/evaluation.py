"""Recall, mean reciprocal rank and latency of a search over labelled questions."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.ingest.decoding import decode

RANKS = 10
"""How far down an answer is looked for; one further down counts as not found."""


@dataclass(frozen=True)
class SearchEvaluation:
    """Shares of questions whose right answer is among the first k, each answer counted once; mrr within the first ten."""

    n: int
    recall_at_1: float
    recall_at_4: float
    recall_at_5: float
    recall_at_10: float
    mrr: float
    latency_ms_p50: float
    latency_ms_p95: float


def read_questions(file: Path, column: str) -> list[tuple[str, str]]:
    """`(question, right answer)` of a CSV with the columns `question` and `column`."""
    rows = list(csv.DictReader(decode(file.read_bytes()).splitlines()))
    missing = [name for name in ("question", column) if not rows or name not in rows[0]]
    if missing:
        raise ValueError(f"{file}: {', '.join(missing)} 열과 한 행 이상이 있어야 해요.")
    return [(row["question"], row[column]) for row in rows]


def evaluate(questions: Sequence[tuple[str, str]], search: Callable[[str], Iterable[str]]) -> SearchEvaluation:
    """How well `search`, which gives the ids of a question's hits best first, finds each question's id.

    An id that comes again counts once, at its best place.
    """
    for question, _ in questions[:3]:
        search(question)  # warm-up
    ranks, latencies = [], []
    for question, right in questions:
        started = time.perf_counter()
        ids = list(dict.fromkeys(search(question)))[:RANKS]
        latencies.append((time.perf_counter() - started) * 1000)
        ranks.append(ids.index(right) + 1 if right in ids else 0)
    return SearchEvaluation(
        len(questions),
        *(round(recall_at_k(ranks, k), 4) for k in (1, 4, 5, 10)),
        round(mrr(ranks), 4),
        *(round(float(np.percentile(latencies, q)), 2) for q in (50, 95)),
    )


def recall_at_k(ranks: Sequence[int], k: int) -> float:
    """Share of the ranks (from 1, 0 for not found) that are at most k."""
    return sum(0 < rank <= k for rank in ranks) / len(ranks)


def mrr(ranks: Sequence[int]) -> float:
    """Mean of 1 / rank; 0 for not found."""
    return sum(1 / rank for rank in ranks if rank) / len(ranks)


def expected_calibration_error(said: np.ndarray, true: np.ndarray, bins: int = 10) -> float:
    """Mean distance of what was said from what was so, over bins of equal width weighted by size (Naeini et al. 2015)."""
    at = np.minimum((said * bins).astype(int), bins - 1)
    return float(sum(abs((said - true)[at == b].sum()) for b in range(bins)) / len(said)) if len(said) else 0.0
