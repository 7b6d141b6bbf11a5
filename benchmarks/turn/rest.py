"""A whole turn over REST against the real servers: small talk, an FAQ answer, an answer read from the manuals.

    .venv/bin/python benchmarks/turn/rest.py

Asks the development questions (tests/data) one at a time, each in a conversation of its own, and sorts the turns by
what was answered. Clock milliseconds at the customer's side; CPU milliseconds of Rasa and of the action server, as the
kernel counts them, over all turns of a kind. Where a turn spends its time is measured in this process, on the
same questions, by the cascade's own parts.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.servers import Servers  # noqa: E402
from bot.settings import Settings, stay_offline  # noqa: E402

RESULTS = Path(__file__).parent / "rest.json"
SMALL_TALK = ("안녕하세요", "고마워요", "너 사람이야?", "뭘 할 수 있어?", "ㅎㅇ")
WARM_UP = 12


def questions(count: int) -> list[str]:
    """Development questions, those with an FAQ entry and those only a manual answers by turns."""
    with (ROOT / "tests/data/faq_queries.csv").open(encoding="utf-8") as file:
        faq = [row["question"] for row in csv.DictReader(file)]
    lines = (ROOT / "tests/data/manual_questions.jsonl").read_text(encoding="utf-8").splitlines()
    manual = [json.loads(line)["question"] for line in lines]
    mixed = [question for pair in zip(faq, manual) for question in pair]
    return mixed[:count]


def over_rest(asked: list[str]) -> dict[str, dict[str, float]]:
    """By kind of answer: turns, clock milliseconds (median, p95), CPU milliseconds of both processes."""
    clock: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with Servers(Settings.load()) as servers:
        servers.wait()
        processes = servers.rasa.process.pid, servers.action.process.pid
        talk = [SMALL_TALK[i % len(SMALL_TALK)] for i in range(max(20, len(asked) // 4))]
        for i, text in enumerate(asked[:WARM_UP] + asked + talk):
            used = [cpu_ms(pid) for pid in processes]
            started = time.perf_counter()
            reply = servers.say(text, sender=f"turn-{os.getpid()}-{i}")
            took = 1000 * (time.perf_counter() - started)
            kind = kind_of(reply) if i < WARM_UP + len(asked) else "small talk"
            if i >= WARM_UP:
                clock[kind].append(took)
                cpu[kind].append(tuple(cpu_ms(pid) - before for pid, before in zip(processes, used)))
    return {kind: figures(clock[kind], cpu[kind]) for kind in sorted(clock)}


def kind_of(reply: list[dict[str, Any]]) -> str:
    """`FAQ`, `manual`, or `neither`, by the source that the reply names."""
    for bubble in reply:
        kind = (bubble.get("custom") or {}).get("daedap", {}).get("kind")
        if kind in ("faq", "manual"):
            return {"faq": "FAQ", "manual": "manual"}[kind]
    return "neither"


def figures(clock: list[float], cpu: list[tuple[float, float]]) -> dict[str, float]:
    ordered = sorted(clock)
    found = {
        "turns": len(clock),
        "clock_ms_median": statistics.median(clock),
        "clock_ms_p95": ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))],
        "rasa_cpu_ms": statistics.fmean(one[0] for one in cpu),
        "action_cpu_ms": statistics.fmean(one[1] for one in cpu),
    }
    return {name: round(value, 1) for name, value in found.items()}


def cpu_ms(pid: int) -> float:
    """What the process has used; exact to the nanosecond where the kernel keeps its scheduler's statistics."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e6


STAGES = {
    "search the FAQ": ("retrieval.index", "Index", "search_faq"),
    "judge its hits": ("bot.faq_judge", "FaqJudge", "look"),
    "search the manuals": ("bot.manual_reading", "ManualReading", "_found"),
    "rank what was found": ("bot.manual_reading", "ManualReading", "_order"),
    "read": ("bot.manual_reading", "ManualReading", "_spans"),
    "weigh both": ("bot.choice", "Choice", "weigh"),
    "all of the cascade": ("bot.cascade", "Cascade", "look_up"),
}


def stages(asked: list[str]) -> dict[str, dict[str, float]]:
    """By kind of answer: milliseconds (mean) of each part of the cascade, in this process."""
    from importlib import import_module

    from bot.cascade import Cascade
    from bot.warming import warm_up

    took: dict[str, list[float]] = defaultdict(list)
    for name, (module, owner, method) in STAGES.items():
        kind = getattr(import_module(module), owner)
        setattr(kind, method, timed(getattr(kind, method), took[name]))
    cascade = Cascade.load(Settings.load(), journal=False)
    warm_up(cascade, rest_s=0)  # as the action server does
    for question in asked[:WARM_UP]:
        cascade.look_up(question)
    by_kind: dict[str, list[dict[str, float]]] = defaultdict(list)
    for question in asked:
        for times in took.values():
            times.clear()
        kind = {"faq": "FAQ", "manual": "manual"}.get(cascade.look_up(question).kind.value, "neither")
        by_kind[kind].append({name: sum(times) for name, times in took.items()})
    return {
        kind: {name: round(statistics.fmean(row[name] for row in rows), 1) for name in STAGES} for kind, rows in by_kind.items()
    }


def timed(method: Callable[..., Any], times: list[float]) -> Callable[..., Any]:
    def run(*arguments: Any, **options: Any) -> Any:
        with stopwatch(times):
            return method(*arguments, **options)

    return run


@contextmanager
def stopwatch(times: list[float]) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        times.append(1000 * (time.perf_counter() - started))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=160)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    stay_offline()
    asked = questions(options.questions)
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_average_1m": round(os.getloadavg()[0], 1),
        "rest": over_rest(asked),
        "stages_ms": stages(asked),
    }
    text = json.dumps(result, indent=1, ensure_ascii=False)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
