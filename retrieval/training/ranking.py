"""Fits the weights of the channels and the confidence that `retrieval/ranking.json` holds.

Weights: softmax over all candidates, the right one's log-probability maximised (listwise; Cao et al. 2007),
none negative. Confidence: two logistic regressions over the first hit (`retrieval.calibration`), one for
whether the FAQ has an answer, on all cases, and one for whether the first hit is the right one, on those
that have. Coefficients are not negative, of `AGAINST` not positive: a better score never makes less sure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize

from retrieval.calibration import AGAINST, FEATURES, SIGNED, Calibration, Logistic
from retrieval.evaluation import expected_calibration_error
from retrieval.training.cases import Case, FirstHit

L2 = 1e-3
BINS = 10


def fit_weights(sets: Sequence[Sequence[Case]], lowest: float = 0.0, shares: Sequence[float] | None = None) -> np.ndarray:
    """Weights (c,) that make the right candidates likeliest; each set counts the same, or with its share."""
    sets = [[case for case in cases if case.right >= 0] for cases in sets]
    parts = [share / len(cases) for cases, share in zip(sets, shares or [1.0] * len(sets)) if cases]
    sets = [cases for cases in sets if cases]
    channels = sets[0][0].channels.shape[1]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient = L2 * weights @ weights, 2 * L2 * weights
        for cases, part in zip(sets, parts):
            for case in cases:
                scores = case.channels @ weights
                probabilities = np.exp(scores - scores.max())
                probabilities /= probabilities.sum()
                total -= part * np.log(probabilities[case.right] + 1e-12)
                gradient = gradient - part * (case.channels[case.right] - probabilities @ case.channels)
        return total, gradient

    found = minimize(loss, np.full(channels, max(lowest, 1.0)), jac=True, method="L-BFGS-B", bounds=[(lowest, None)] * channels)
    return found.x


def fit_logistic(features: np.ndarray, labels: np.ndarray, importance: np.ndarray, names: Sequence[str]) -> Logistic:
    """Logistic regression over `features` (n, f), with the bounds the module says."""
    scale = np.maximum(np.abs(features).max(0), 1e-9)
    x, w = features / scale, importance / importance.sum()

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ parameters[:-1] + parameters[-1]
        error = w * (1 / (1 + np.exp(-np.clip(z, -30, 30))) - labels)
        value = (w * (np.logaddexp(0, z) - labels * z)).sum() + L2 / 10 * parameters[:-1] @ parameters[:-1]
        return value, np.append(x.T @ error + L2 / 5 * parameters[:-1], error.sum())

    bounds = [(None if name in (*SIGNED, *AGAINST) else 0, 0 if name in AGAINST else None) for name in names] + [(None, None)]
    found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return Logistic(tuple(names), tuple(np.round(found[:-1] / scale, 4).tolist()), round(float(found[-1]), 4))


def fit_calibration(kinds: Mapping[str, Sequence[FirstHit]], shares: Mapping[str, float]) -> Calibration:
    """The two regressions; `shares` say what part each kind of question has."""
    hits = [(kind, hit) for kind, found in kinds.items() for hit in found]
    x = np.array([[hit.features[name] for name in FEATURES] for _, hit in hits])
    importance = np.array([shares[kind] / len(kinds[kind]) for kind, _ in hits])
    has = np.array([hit.in_scope for _, hit in hits])
    right = np.array([hit.is_right for _, hit in hits], float)
    scope = fit_logistic(x, has.astype(float), importance, FEATURES)
    return Calibration(scope, fit_logistic(x[has], right[has], importance[has], FEATURES))


def recalls(cases: Sequence[Case], weights: np.ndarray) -> dict[str, float]:
    """Recall at 1 and 4 of the cases that have a right candidate."""
    scored = [(case.channels @ weights, case.right) for case in cases if case.right >= 0]
    ranks = [int((scores > scores[right]).sum()) for scores, right in scored]
    return {"n": len(ranks)} | {f"recall_at_{k}": round(sum(rank < k for rank in ranks) / max(len(ranks), 1), 4) for k in (1, 4)}


def reliability(hits: Sequence[FirstHit], calibration: Calibration) -> dict[str, Any]:
    """How the confidences of first hits, and of there being an answer, compare with what was so."""
    confidences = [calibration.confidences(hit.fused, hit.channels, hit.coverage) for hit in hits]
    said = np.array([found.max() for found in confidences])
    scope = np.array([calibration.scope.probability(hit.features) for hit in hits])
    right, has = (np.array([getattr(hit, name) for hit in hits], float) for name in ("is_right", "in_scope"))
    return {
        "n": len(hits),
        "right": round(float(right.mean()), 4),
        "ece": round(expected_calibration_error(said, right), 4),
        "ece_scope": round(expected_calibration_error(scope, has), 4),
    }
