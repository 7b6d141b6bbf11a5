"""The trained Rasa model scored on labelled utterances.

A message that the fallback took over counts as `nlu_fallback`, which is wrong for every label but
that one: this is what the bot acts on. Macro F1 is the mean over the labels of the data.
"""

from __future__ import annotations

import asyncio
import csv
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Utterance(NamedTuple):
    intent: str
    text: str


class Confusion(NamedTuple):
    """An utterance whose intent was taken for another."""

    utterance: str
    intent: str
    predicted: str
    confidence: float


@dataclass(frozen=True)
class Evaluation:
    """Scores over `n` utterances; latency is of the whole pipeline, after a warm-up."""

    n: int
    macro_f1: float
    accuracy: float
    latency_ms_p50: float
    confusions: tuple[Confusion, ...]

    def to_json(self) -> dict[str, float | int]:
        """The document `daedap evaluate nlu --json` prints."""
        return {
            "n": self.n,
            "macro_f1": round(self.macro_f1, 4),
            "accuracy": round(self.accuracy, 4),
            "latency_ms_p50": round(self.latency_ms_p50, 2),
        }


def read_utterances(path: Path) -> list[Utterance]:
    """The labelled utterances of a CSV file with the columns `intent` and `utterance`."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = {"intent", "utterance"} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path}: {', '.join(sorted(missing))} 열이 없어요. intent, utterance 열이 있어야 해요.")
        found = [Utterance((row["intent"] or "").strip(), (row["utterance"] or "").strip()) for row in reader]
    found = [utterance for utterance in found if utterance.intent and utterance.text]
    if not found:
        raise ValueError(f"{path}: 발화가 한 줄도 없어요.")
    return found


def evaluate(model: Path, utterances: Sequence[Utterance]) -> Evaluation:
    """Scores of the Rasa model `model` on `utterances`."""
    from bot.settings import stay_offline
    from bot.without_tensorflow import components_of_model, leave_out, needs_tensorflow

    stay_offline()
    if not needs_tensorflow(components_of_model(model)):
        leave_out()
    return asyncio.run(_evaluate(model, utterances))


async def _evaluate(model: Path, utterances: Sequence[Utterance]) -> Evaluation:
    import logging

    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    agent = Agent.load(str(model))
    await agent.parse_message(utterances[0].text)
    predicted, confidences, seconds = [], [], []
    for utterance in utterances:
        started = time.perf_counter()
        intent = (await agent.parse_message(utterance.text))["intent"]
        seconds.append(time.perf_counter() - started)
        predicted.append(intent["name"] or "")
        confidences.append(float(intent["confidence"] or 0.0))
    gold = [utterance.intent for utterance in utterances]
    confusions = tuple(
        Confusion(utterance.text, utterance.intent, name, confidence)
        for utterance, name, confidence in zip(utterances, predicted, confidences)
        if utterance.intent != name
    )
    return Evaluation(
        len(gold),
        macro_f1(gold, predicted),
        1.0 - len(confusions) / len(gold),
        statistics.median(seconds) * 1000,
        confusions,
    )


def macro_f1(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """The mean F1 over the labels that stand in `gold`."""
    scores = []
    for label in sorted(set(gold)):
        hits = sum(g == p == label for g, p in zip(gold, predicted))
        total = gold.count(label) + list(predicted).count(label)
        scores.append(2 * hits / total)
    return statistics.fmean(scores)
