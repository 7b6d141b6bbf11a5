"""What a message costs: NLU in process, and a turn over REST, beside Rasa's default DIET pipeline.

    .venv/bin/python benchmarks/turn/measure.py            # ours
    .venv/bin/python benchmarks/turn/measure.py --diet     # and DIET on the same examples (trains it first)
    .venv/bin/python benchmarks/turn/measure.py --train-diet FILE && … --diet --diet-model FILE   # in two pieces

CPU milliseconds of the process stand beside those on the clock, since the clock counts the machine's
other work too. Medians over `--messages` messages after a warm-up; the stages of the pipeline are timed one
by one. Each pipeline runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.nlu_examples import read_examples  # noqa: E402
from bot.servers import Servers, rasa_model_file  # noqa: E402
from bot.settings import Settings, stay_offline  # noqa: E402
from bot.without_tensorflow import components_of_model, leave_out, needs_tensorflow  # noqa: E402

RESULTS = Path(__file__).parent / "results.json"


def messages(count: int) -> list[str]:
    texts = [example.text for example in read_examples(ROOT / "data" / "rasa" / "nlu")]
    return texts[:: max(1, len(texts) // count)][:count]


def in_process(model: Path, count: int) -> dict[str, float]:
    """Parsing in this process: load, milliseconds a message on the clock and of CPU, memory, stages."""
    stay_offline()
    if not needs_tensorflow(components_of_model(model)):
        leave_out()
    started = time.perf_counter()
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))
    stages: dict[str, list[float]] = {}
    _time_stages(agent, stages)
    clock, cpu = asyncio.run(_parse(agent, messages(count)))
    loaded = time.perf_counter() - started - sum(clock) / 1000
    return {
        "load_s": round(loaded, 1),
        "clock_ms": round(statistics.median(clock[10:]), 2),
        "cpu_ms": round(statistics.median(cpu[10:]), 2),
        "cpu_ms_mean": round(statistics.fmean(cpu[10:]), 2),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        "stages_cpu_ms": {name: round(statistics.median(times[10:]), 3) for name, times in stages.items() if len(times) > 10},
    }


def _time_stages(agent: Any, stages: dict[str, list[float]]) -> None:
    """Time what each node of the loaded graph runs; a node calls the function of its class, not of its component."""
    for name, node in agent.processor.graph_runner._instantiated_nodes.items():
        if node._fn_name == "process":
            node._fn = _timed(node._fn, stages.setdefault(name, []))


def _timed(process: Any, times: list[float]) -> Any:
    def timed(*arguments: Any, **options: Any) -> Any:
        started = time.thread_time()
        result = process(*arguments, **options)
        times.append(1000 * (time.thread_time() - started))
        return result

    return timed


async def _parse(agent: Any, texts: list[str]) -> tuple[list[float], list[float]]:
    from rasa.core.channels.channel import UserMessage

    clock, cpu = [], []
    for text in texts:
        started, used = time.perf_counter(), time.process_time()
        await agent.processor.parse_message(UserMessage(text))
        clock.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.process_time() - used))
    return clock, cpu


def over_rest(count: int) -> dict[str, float]:
    """Turns without search over REST against the real servers: milliseconds on the clock, and Rasa's CPU."""
    with Servers(Settings.load()) as servers:
        servers.wait()
        pid = servers.rasa.process.pid
        for i in range(10):
            servers.say("안녕하세요", sender=f"warm-{i}")
        clock, used = [], _cpu_ms(pid)
        for i in range(count):
            started = time.perf_counter()
            servers.say("안녕하세요", sender=f"bench-{i % 8}-{os.getpid()}")
            clock.append(1000 * (time.perf_counter() - started))
        rasa_cpu = (_cpu_ms(pid) - used) / count
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        resident = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        found = {"clock_ms": statistics.median(clock), "rasa_cpu_ms": rasa_cpu, "rasa_resident_mb": resident}
        return {name: round(value, 1) for name, value in found.items()}


def _cpu_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def diet(path: Path, epochs: int) -> Path:
    """A model of Rasa's default pipeline learnt from our examples, at `path`."""
    from bot.nlu_comparison import Diet

    examples = read_examples(ROOT / "data" / "rasa" / "nlu")
    made = Diet(epochs)
    made.fit([example.text for example in examples], [example.intent for example in examples])
    path.write_bytes(made.model)
    return path


def own_process(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", __file__, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    if run.returncode:
        raise RuntimeError(run.stderr[-2000:])
    return json.loads(run.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--diet", action="store_true")
    parser.add_argument("--diet-epochs", type=int, default=2, help="the time of a message does not hang on it")
    parser.add_argument("--diet-model", type=Path, help="one that --train-diet made")
    parser.add_argument("--train-diet", type=Path, metavar="FILE", help="only train DIET into this file")
    parser.add_argument("--no-rest", action="store_true")
    parser.add_argument("--parse", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.parse:
        print(json.dumps(in_process(options.parse, options.messages)))
        return
    if options.train_diet:
        diet(options.train_diet, options.diet_epochs)
        return
    model = rasa_model_file(Settings.load().rasa_model)
    result: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, one thread",
        "load_average_1m": round(os.getloadavg()[0], 1),
        "messages": options.messages,
        "ours": own_process("--parse", str(model), "--messages", str(options.messages)),
    }
    if not options.no_rest:
        result["ours"]["rest_turn_without_search"] = over_rest(min(options.messages, 60))
    if options.diet:
        with tempfile.TemporaryDirectory() as folder:
            path = options.diet_model or diet(Path(folder) / "diet.tar.gz", options.diet_epochs)
            result["diet"] = own_process("--parse", str(path), "--messages", str(options.messages))
        ratios = {key: round(result["ours"][key] / result["diet"][key], 2) for key in ("load_s", "clock_ms", "cpu_ms", "memory_mb")}
        result["ratio_ours_to_diet"] = ratios
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
