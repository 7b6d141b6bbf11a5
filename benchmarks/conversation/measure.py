"""Whether a conversation's memory leaves alone what stands on its own, and completes what leans on it.

    python benchmarks/conversation/measure.py

1. Every development question is asked twice: by itself, and with the memory of a random other question. The
   answers should be the same; counted are those that another question was made of, and those asked back.
2. The scripted follow-ups beside this file (`follow_ups.yml`): was the right entry or document found.
"""

from __future__ import annotations

import csv
import json
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ruamel.yaml

from bot.answer import Answer
from bot.cascade import Cascade
from bot.conversation.asking import Reply, ask
from bot.conversation.memory import Memory
from bot.settings import ROOT, Settings

HERE = Path(__file__).resolve().parent
DATA = ROOT / "tests" / "data"
SEED = 7


def questions() -> Iterator[tuple[str, str, str | None]]:
    """`(set, question, right entry or document)` of the development sets; None where nothing is right."""
    for row in _rows("faq_queries.csv"):
        yield "faq_queries", row["question"], row["id"]
    for row in _rows("out_of_scope.csv"):
        yield "out_of_scope", row["question"], None
    for line in (DATA / "manual_questions.jsonl").read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        yield "manual_questions", document["question"], document["document"]


def left_alone(cascade: Cascade) -> dict[str, Any]:
    """What a foreign memory does to messages that stand on their own, by set."""
    asked = list(questions())
    chance = random.Random(SEED)
    memories = [ask(cascade, text, Memory()).memory for _, text, _ in chance.sample(asked, 40)]
    counts: dict[str, dict[str, int]] = {}
    changed: list[str] = []
    for name, text, right in asked:
        one = counts.setdefault(name, dict.fromkeys(("n", "rewritten", "answer_changed", "asked_back", "asked_back_right"), 0))
        alone, remembered = ask(cascade, text, Memory()), ask(cascade, text, chance.choice(memories))
        one["n"] += 1
        one["asked_back"] += bool(alone.choices)
        one["asked_back_right"] += bool(alone.choices) and right in alone.memory.pending.entries
        one["rewritten"] += remembered.understood is not None and not alone.choices
        if _place(alone.answer) != _place(remembered.answer) and not alone.choices:
            one["answer_changed"] += 1
            changed.append(f"{name}: {text} -> {remembered.understood}")
    return {"sets": counts, "changed": changed}


def follow_ups(cascade: Cascade) -> dict[str, Any]:
    """How many follow-ups of the scripts found what they mean, and how long they took."""
    scripts = ruamel.yaml.YAML(typ="safe").load((HERE / "follow_ups.yml").read_text(encoding="utf-8"))
    right, failed, times = 0, [], []
    for script in scripts:
        memory = Memory()
        for turn in script["turns"]:
            started = time.perf_counter()
            reply: Reply = ask(cascade, turn["say"], memory)
            seconds = time.perf_counter() - started
            memory = reply.memory
            if "source" not in turn:
                continue
            times.append(seconds * 1000)
            wanted = turn["source"] if isinstance(turn["source"], list) else [turn["source"]]
            if _place(reply.answer)[1] in wanted:
                right += 1
            else:
                failed.append(f"{turn['say']} -> {reply.understood}: {_place(reply.answer)}, not {wanted}")
    return {"n": len(times), "right": right, "failed": failed, "median_ms": round(statistics.median(times), 1)}


def _place(answer: Answer) -> tuple[str, str | None]:
    return answer.kind.value, answer.source and answer.source.document


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    cascade = Cascade.load(Settings.load(), journal=False)
    results = {"left_alone": left_alone(cascade), "follow_ups": follow_ups(cascade)}
    text = json.dumps(results, ensure_ascii=False, indent=1) + "\n"
    (HERE / "results.json").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
