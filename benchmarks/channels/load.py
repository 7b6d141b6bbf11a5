"""How many customers at once: `daedap serve` on free ports, Locust's customers before it, both on this machine.

    uv sync --group load
    .venv/bin/python benchmarks/channels/load.py                            60 customers for ten minutes, then the most
    .venv/bin/python benchmarks/channels/load.py --minutes 0.7 --no-search  a trial
    .venv/bin/python benchmarks/channels/load.py --only-search              the most only, beside the run that was measured
    .venv/bin/python benchmarks/channels/load.py --table                    the README's table of what was measured

The customers are those of `locustfile.py`. First `--users` of them talk for `--minutes`. Then the most users are looked
for at which no turn fails and the p95 stays within 1.5 s: steps of `--step` seconds, up by a quarter until one does not
hold, then between the last two. Turns that began while customers were still coming do not count. The limits of the
front are set, as its configuration allows, so that this one address may be as many customers as it is.

Writes `load.json` after every step, so that a run that is broken off leaves what it measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.turn.load import Service  # noqa: E402

RESULTS = Path(__file__).with_name("load.json")
GOAL_MS = 1_500
COME_A_SECOND = 8.0
SETTLE_S = 10.0
"""After the last customer has come; turns that began before do not count."""
LOOK_EVERY_S = 10.0
CLOSE_ENOUGH = 0.08
"""The search ends where the step that held and the one that did not are this near."""
MOST_EVER = 2_000
LIMITS = "streams_per_address = 10000\nstreams_per_user = 100\n"
NAMES = {"faq": "FAQ", "manual": "설명서", "talk": "인사·잡담", "rest": "REST", "widget": "위젯", "all": "모두"}


@dataclass(frozen=True)
class Turn:
    """`at` is in seconds since 1970."""

    at: float
    transport: str
    kind: str
    ms: float
    error: str | None = None


class Watch(threading.Thread):
    """Memory of each process, every ten seconds."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self.rows: list[dict[str, Any]] = []
        self._service = service
        self._ended = threading.Event()
        self._began = time.monotonic()

    def run(self) -> None:
        while not self._ended.is_set():
            self.rows.append({"at_s": round(time.monotonic() - self._began)} | self._service.memory())
            self._ended.wait(LOOK_EVERY_S)

    def end(self) -> list[dict[str, Any]]:
        self._ended.set()
        self.join()
        return self.rows


def step(service: Service, users: int, seconds: float, seed: int) -> dict[str, Any]:
    """What `users` customers met with in `seconds` after all had come."""
    coming_s = users / COME_A_SECOND + SETTLE_S
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "turns.jsonl"
        command = [sys.executable, "-W", "ignore", "-m", "locust", "-f", str(Path(__file__).with_name("locustfile.py"))]
        command += ["--headless", "-u", str(users), "-r", str(COME_A_SECOND), "-t", f"{round(coming_s + seconds)}s"]
        command += ["--stop-timeout", "60", "-H", f"http://127.0.0.1:{service.port}", "--only-summary"]
        environment = os.environ | {"NO_PROXY": "127.0.0.1", "DAEDAP_TURNS": str(written), "DAEDAP_SEED": str(seed)}
        began, used = time.time(), processor_s(service)
        run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
        took = {name: after - used.get(name, 0.0) for name, after in processor_s(service).items()}
        wall_s = time.time() - began
        if not written.exists():
            raise RuntimeError(f"no turn was made:\n{run.stderr[-3000:]}")
        turns = [Turn(**json.loads(line)) for line in written.read_text(encoding="utf-8").splitlines()]
    counted = [turn for turn in turns if turn.at >= began + coming_s]
    busy = {f"{name}_cores": round(seconds_used / wall_s, 2) for name, seconds_used in took.items()}
    return {"users": users, "seconds": seconds} | figures(counted, seconds) | {"busy": busy}


def figures(turns: list[Turn], seconds: float) -> dict[str, Any]:
    """Errors, and the times of the turns that were answered: all of them, by kind, by transport."""
    answered = [turn for turn in turns if turn.error is None]
    groups = {"all": answered}
    for field in ("kind", "transport"):
        for name in sorted({getattr(turn, field) for turn in answered}):
            groups[name] = [turn for turn in answered if getattr(turn, field) == name]
    errors: dict[str, int] = {}
    for turn in turns:
        if turn.error is not None:
            errors[turn.error] = errors.get(turn.error, 0) + 1
    return {
        "turns": len(turns),
        "turns_per_second": round(len(turns) / seconds, 2),
        "errors": len(turns) - len(answered),
        "error_kinds": errors,
        "ms": {name: times([turn.ms for turn in group]) for name, group in groups.items() if group},
    }


def times(ms: list[float]) -> dict[str, float]:
    ordered = sorted(ms)
    return {
        "turns": len(ordered),
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1),
        "max": round(ordered[-1], 1),
    }


def holds(result: dict[str, Any]) -> bool:
    """Whether nothing failed and p95 stayed within the goal."""
    return result["turns"] > 0 and result["errors"] == 0 and result["ms"]["all"]["p95"] <= GOAL_MS


def next_users(held: int, failed: int | None) -> int | None:
    """How many users to try after `held` held and `failed` did not; None where they are near enough."""
    if failed is None:
        wanted = max(held + 1, round(held * 1.25))
        return wanted if wanted <= MOST_EVER else None
    return (held + failed) // 2 if failed - held > max(1, CLOSE_ENOUGH * held) else None


def processor_s(service: Service) -> dict[str, float]:
    """Seconds of processor time that each process has used."""
    pids = {"front": service.pid, "rasa": service.child("bot.rasa_server"), "action": service.child("bot.action_server")}
    found = {}
    for name, pid in pids.items():
        if pid:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found[name] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def steadiness(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Of each process: megabytes at first, in the middle, at last, and how many a minute came in the second half."""
    half = rows[len(rows) // 2 :]
    found = {}
    for name in [name for name in rows[-1] if name != "at_s"]:
        at = [row["at_s"] / 60 for row in half if name in row]
        mb = [row[name] for row in half if name in row]
        slope = statistics.linear_regression(at, mb).slope if len(set(at)) > 1 else 0.0
        values = {"first": rows[0].get(name, 0.0), "middle": mb[0], "last": mb[-1], "most": max(mb), "per_minute": slope}
        found[name] = {key: round(value, 1) for key, value in values.items()}
    return found


def table(result: dict[str, Any]) -> str:
    """The figures as the README has them."""
    run = result["run"]
    lines = ["| | 말 | p50 | p95 | 가장 느린 것 |", "|---|---|---|---|---|"]
    for name, one in run["ms"].items():
        lines.append(f"| {NAMES[name]} | {one['turns']:,} | {one['p50']:.0f} ms | {one['p95']:.0f} ms | {one['max']:.0f} ms |")
    lines += ["", f"{run['users']} customers, {run['seconds'] / 60:g} minutes: {run['turns']:,} turns, {run['errors']} errors."]
    lines += ["", "| MB | at first | in the middle | at last | a minute in the second half |", "|---|---|---|---|---|"]
    for name, one in result["memory_mb"].items():
        lines.append(f"| {name} | {one['first']:.0f} | {one['middle']:.0f} | {one['last']:.0f} | {one['per_minute']:+.1f} |")
    search = result.get("search")
    if search:
        lines += ["", "| users | turns a second | errors | p50 | p95 |", "|---|---|---|---|---|"]
        for one in sorted(search["steps"], key=lambda one: one["users"]):
            ms = one["ms"].get("all", {"p50": 0, "p95": 0})
            counts = f"{one['users']} | {one['turns_per_second']} | {one['errors']}"
            lines.append(f"| {counts} | {ms['p50']:.0f} ms | {ms['p95']:.0f} ms |")
        lines += ["", f"Most users within 1.5 s: **{search['most_users']}**."]
    return "\n".join(lines)


def run_for(service: Service, users: int, seconds: float, result: dict[str, Any]) -> None:
    """The long run, noted in `result` with the memory of each process."""
    watch = Watch(service)
    watch.start()
    result["run"] = step(service, users, seconds, seed=0)
    result["memory_over_time_mb"] = watch.end()
    result["memory_mb"] = steadiness(result["memory_over_time_mb"])


def look_for_most(service: Service, result: dict[str, Any], seconds: float, keep) -> None:
    """Steps from the run's users on, noted in `result["search"]`; downwards too where the run itself did not hold."""
    run = result["run"]
    held, failed = (run["users"], None) if holds(run) else (0, run["users"])
    search = result["search"] = {"step_s": seconds, "most_users": held, "steps": []}
    while (users := next_users(held, failed)) is not None:
        search["steps"].append(step(service, users, seconds, seed=10_000 * (1 + len(search["steps"]))))
        if holds(search["steps"][-1]):
            held = users
        else:
            failed = users
        search["most_users"] = held
        keep()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--step", type=float, default=60.0, help="seconds of each step of the search")
    parser.add_argument("--no-search", action="store_true", help="do not look for the most users")
    parser.add_argument("--only-search", action="store_true", help="look for the most users beside the run in --out")
    parser.add_argument("--table", action="store_true", help="only print the table of what was measured")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    if options.table:
        print(table(json.loads(options.out.read_text(encoding="utf-8"))))
        return 0
    result: dict[str, Any] = json.loads(options.out.read_text(encoding="utf-8")) if options.only_search else {}
    result["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, load and servers on them"
    result["load_average_1m_before_search" if options.only_search else "load_average_1m_before"] = round(os.getloadavg()[0], 1)

    def keep() -> None:
        options.out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    with tempfile.TemporaryDirectory(prefix="daedap-load-") as name:
        service = Service(Path(name), f"sqlite:///{Path(name) / 'daedap.db'}", LIMITS)
        try:
            service.wait()
            if not options.only_search:
                run_for(service, options.users, 60 * options.minutes, result)
                keep()
            if not options.no_search:
                look_for_most(service, result, options.step, keep)
        finally:
            service.stop()
    print(table(result))
    return 0 if holds(result["run"]) else 1


if __name__ == "__main__":
    sys.exit(main())
