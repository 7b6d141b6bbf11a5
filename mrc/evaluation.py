"""How good a reader is: official KorQuAD metrics, latency, and how well it knows what it does not know."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mrc.confidence import Calibration, fit, threshold_for_precision
from mrc.examples import QuestionExample
from mrc.metrics import exact_match, f1, roc_auc
from mrc.reader import Reader

RIGHT_F1 = 0.6
"""From this character F1 on an answer counts as right when confidence is calibrated."""
BATCH = 64


@dataclass(frozen=True)
class Evaluation:
    """Official KorQuAD 1.0 metrics in percent over `n` answerable questions; latency of one question alone."""

    n: int
    exact_match: float
    f1: float
    latency_ms_p50: float
    latency_ms_p95: float


def evaluate(
    reader: Reader, examples: Sequence[QuestionExample], *, limit: int | None = None, progress: bool = False
) -> Evaluation:
    """Read each question in its own context, one by one; unanswerable questions are left out.

    Raises ValueError where no question has an answer.
    """
    from itertools import islice

    asked = list(islice((example for example in examples if example.is_answerable), limit))
    if not asked:
        raise ValueError("there is no question with an answer to evaluate on")
    reader.read(asked[0].question, [asked[0].context])  # warm-up
    predictions, latencies = [], []
    for example in _shown(asked, progress):
        started = time.perf_counter()
        found = reader.read(example.question, [example.context], 1)
        latencies.append(1e3 * (time.perf_counter() - started))
        predictions.append(found[0].text if found else "")
    p50, p95 = np.percentile(latencies, (50, 95))
    return Evaluation(len(asked), *score(asked, predictions), round(float(p50), 2), round(float(p95), 2))


def score(examples: Sequence[QuestionExample], predictions: Sequence[str]) -> tuple[float, float]:
    """`(exact match, F1)` in percent, rounded to two places."""
    pairs = [(prediction, [answer.text for answer in example.answers]) for example, prediction in zip(examples, predictions)]
    return (
        round(100 * float(np.mean([exact_match(*pair) for pair in pairs])), 2),
        round(100 * float(np.mean([f1(*pair) for pair in pairs])), 2),
    )


def quick_score(reader: Reader, examples: Sequence[QuestionExample]) -> tuple[float, float]:
    """Exact match and F1 as `evaluate`, in batches and without latency."""
    asked = [example for example in examples if example.is_answerable]
    predictions = []
    for at in range(0, len(asked), BATCH):
        pairs = [(example.question, [example.context]) for example in asked[at : at + BATCH]]
        predictions += [found[0].text if found else "" for found in reader.read_many(pairs, 1)]
    return score(asked, predictions)


@dataclass(frozen=True)
class Knowing:
    """What the reader does about questions whose passage lacks the answer, on a mixed set."""

    answerable: int
    unanswerable: int
    auroc: float
    """Confidence on answerable passages against unanswerable ones."""
    answered_at_precision: dict[str, float]
    """Share of the answerable questions answered rightly at 80, 90 and 95 % precision of all answers given."""


@dataclass(frozen=True)
class Calibrated:
    calibration: Calibration
    threshold: float
    knowing: Knowing


def calibrate(reader: Reader, examples: Sequence[QuestionExample], *, precision: float = 0.8, seed: int = 0) -> Calibrated:
    """Fit the confidence on questions read in their own passage, in a near one of another article, and in several.

    The threshold is the lowest at which `precision` of the answers given are right. What is reported of
    the result is measured on articles the weights for it were not fitted on (two-fold, by article).
    """
    pairs, is_answerable = mixed_set(examples, seed)
    read = _read_mixed(reader, pairs)
    owners = [example.title or example.context for example, _ in pairs]
    confidence = _held_out_confidence(read.features, read.right, owners)
    calibration = fit(read.features, read.right)
    threshold = threshold_for_precision(confidence, read.right, precision)
    return Calibrated(calibration, round(min(threshold, 0.99), 4), _knowing(confidence, read.right, np.array(is_answerable)))


def measure_knowing(reader: Reader, examples: Sequence[QuestionExample], *, seed: int = 0) -> Knowing:
    """How well the reader's own confidence tells what it can answer.

    Asked are `mixed_set` and the unanswerable `examples`, each on its own passage. Raises ValueError
    where no question has an answer.
    """
    pairs, is_answerable = mixed_set(examples, seed)
    if not pairs:
        raise ValueError("there is no question with an answer to evaluate on")
    without = [(example, [example.context]) for example in examples if not example.is_answerable]
    read = _read_mixed(reader, [*pairs, *without])
    return _knowing(read.confidence, read.right, np.array([*is_answerable, *([False] * len(without))]))


class _Read(NamedTuple):
    """Of each question: what its confidence was computed from `(n, 5)`, whether it was answered rightly, the confidence."""

    features: np.ndarray
    right: np.ndarray
    confidence: np.ndarray


def _read_mixed(reader: Reader, pairs: Sequence[tuple[QuestionExample, list[str]]]) -> _Read:
    features, right, confidence = [], [], []
    for at in range(0, len(pairs), BATCH):
        part = pairs[at : at + BATCH]
        found = reader.read_with_features([(example.question, contexts) for example, contexts in part], 1)
        for (example, contexts), answers in zip(part, found):
            answer, seen = answers[0] if answers else (None, (0.0,) * 5)
            features.append(seen)
            gold = [a.text for a in example.answers]
            right.append(
                answer is not None and contexts[answer.context_index] == example.context and f1(answer.text, gold) >= RIGHT_F1
            )
            confidence.append(answer.confidence if answer else 0.0)
    return _Read(np.array(features), np.array(right, bool), np.array(confidence))


def _knowing(confidence: np.ndarray, right: np.ndarray, answerable: np.ndarray) -> Knowing:
    shares = {}
    for wanted in (0.80, 0.90, 0.95):
        given = confidence >= threshold_for_precision(confidence, right, wanted)
        shares[f"{wanted:.0%}"] = round(float((given & right).sum() / max(1, answerable.sum())), 4)
    auroc = round(roc_auc(confidence[answerable], confidence[~answerable]), 4)
    return Knowing(int(answerable.sum()), int((~answerable).sum()), auroc, shares)


def mixed_set(examples: Sequence[QuestionExample], seed: int = 0) -> tuple[list[tuple[QuestionExample, list[str]]], list[bool]]:
    """`(question, passages)` and whether the answer is there: own passage; near others; own among near others."""
    rng = np.random.default_rng(seed)
    asked = [example for example in examples if example.is_answerable]
    contexts = list(dict.fromkeys(example.context for example in asked))
    titles = {example.context: example.title or example.context for example in asked}
    near = _NearTexts(contexts)
    pairs: list[tuple[QuestionExample, list[str]]] = []
    is_answerable: list[bool] = []
    for example in asked:
        gold = {answer.text for answer in example.answers}
        others = [
            text
            for text in near.search(example.question)
            if titles[text] != titles[example.context] and not any(answer in text for answer in gold)
        ][:4]
        pairs.append((example, [example.context]))
        is_answerable.append(True)
        if others:
            pairs += [(example, others[:1]), (example, others)]
            together = [example.context, *others]
            pairs.append((example, [together[i] for i in rng.permutation(len(together))]))
            is_answerable += [False, False, True]
    return pairs, is_answerable


class _NearTexts:
    """Passages by the syllable pairs they share with a question: a search good enough to find hard negatives."""

    def __init__(self, texts: Sequence[str]):
        self._texts = texts
        self._postings: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            for gram in _bigrams(text):
                self._postings.setdefault(gram, []).append(number)

    def search(self, question: str, k: int = 20) -> list[str]:
        scores: dict[int, float] = {}
        for gram in sorted(_bigrams(question)):
            found = self._postings.get(gram, ())
            for number in found:
                scores[number] = scores.get(number, 0.0) + np.log(1 + len(self._texts) / len(found))
        best = sorted(scores, key=lambda number: (-scores[number], number))[:k]
        return [self._texts[number] for number in best]


def _bigrams(text: str) -> set[str]:
    return {word[i : i + 2] for word in text.split() for i in range(len(word) - 1)}


def _held_out_confidence(features: np.ndarray, right: np.ndarray, owners: Sequence[str]) -> np.ndarray:
    """Confidence of each row by a calibration fitted on the other half of the articles."""
    number = {owner: i for i, owner in enumerate(dict.fromkeys(owners))}
    half = np.array([number[owner] % 2 for owner in owners], int)
    confidence = np.zeros(len(features))
    for side in (0, 1):
        calibration = fit(features[half != side], right[half != side])
        rows = np.flatnonzero(half == side)
        confidence[rows] = [calibration.confidence(features[row]) for row in rows]
    return confidence


def _shown(examples: Sequence[QuestionExample], progress: bool):
    if not progress:
        return examples
    from rich.console import Console
    from rich.progress import track

    return track(examples, description="reading", console=Console(stderr=True), transient=True)
