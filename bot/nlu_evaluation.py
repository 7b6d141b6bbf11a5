"""The trained Rasa model scored on labelled utterances.

A message that the fallback took over counts as the intent behind it, with its low confidence: routing
acts on that. Macro F1 is the mean over the labels of the data.
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

from bot.routing import likeliest
from nlu.cross_validation import OUT_OF_SCOPE, auroc, macro_f1


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
    out_of_scope_auroc: float | None = None
    """By the probability of out_of_scope; None where the data has none, or nothing else."""

    def to_json(self) -> dict[str, float | int | None]:
        """The document `daedap evaluate nlu --json` prints."""
        return {
            "n": self.n,
            "macro_f1": round(self.macro_f1, 4),
            "accuracy": round(self.accuracy, 4),
            "latency_ms_p50": round(self.latency_ms_p50, 2),
            "out_of_scope_auroc": None if self.out_of_scope_auroc is None else round(self.out_of_scope_auroc, 4),
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
    predicted, confidences, seconds, outside = [], [], [], []
    for utterance in utterances:
        started = time.perf_counter()
        parsed = await agent.parse_message(utterance.text)
        seconds.append(time.perf_counter() - started)
        intent = acted_on(parsed)
        outside.append(next((i["confidence"] for i in parsed["intent_ranking"] if i["name"] == OUT_OF_SCOPE), 0.0))
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
        auroc([g == OUT_OF_SCOPE for g in gold], outside) if 0 < gold.count(OUT_OF_SCOPE) < len(gold) else None,
    )


def acted_on(parsed: dict) -> dict:
    """The intent that routing looks at: what stands behind the fallback counts (`bot.routing`)."""
    name, confidence = likeliest(parsed)
    return {"name": name, "confidence": confidence}

