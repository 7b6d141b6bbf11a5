"""How many customers at once: `daedap serve` on free ports under the customers of `locustfile.py`, memory beside it.

    uv sync --group load
    .venv/bin/python benchmarks/channels/many_customers.py                      # 60 customers for ten minutes, then the most
    .venv/bin/python benchmarks/channels/many_customers.py --minutes 1 --no-most

First `--users` customers talk for `--minutes`; then 30 more with each step, a minute a step, until the p95 of a turn
passes 1.5 s or a turn fails. Load and servers share the machine. Half of the customers talk over Rasa's REST channel,
half over the widget's transport. Writes `many_customers.json`.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "turn")]

from load import Service  # noqa: E402  (benchmarks/turn/load.py)

RESULTS = Path(__file__).with_name("many_customers.json")
LONGEST_P95_MS = 1_500
STEP_USERS, STEP_MINUTES = 30, 1.0
RAMP_A_SECOND = 2
MEMORY_EVERY_S = 30
TURNS = ("rest turn", "widget turn")
LIMITS = "streams_per_address = 1000\n"
"""All customers come from one address here; the other limits are raised by `Service`."""


class Memory(threading.Thread):
    """Megabytes resident of each process, every half minute."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self.service = service
        self.rows: list[dict[str, float]] = []
        self._ended = threading.Event()

    def run(self) -> None:
        started = time.monotonic()
        while not self._ended.is_set():
            self.rows.append({"at_s": round(time.monotonic() - started)} | self.service.memory())
            self._ended.wait(MEMORY_EVERY_S)

    def end(self) -> list[dict[str, float]]:
        self._ended.set()
        self.join()
        return self.rows


def talk(port: int, users: int, minutes: float) -> dict[str, Any]:
    """What `users` customers met with for `minutes` after all had come: by request, turns a second, errors, p50 and p95."""
    with tempfile.TemporaryDirectory() as folder:
        name = Path(folder) / "run"
        run_s = round(60 * minutes + users / RAMP_A_SECOND)
        command = [sys.executable, "-W", "ignore", "-m", "locust", "-f", str(Path(__file__).with_name("locustfile.py"))]
        command += ["--headless", "--reset-stats", "-u", str(users), "-r", str(RAMP_A_SECOND), "-t", f"{run_s}s", "--stop-timeout", "20"]
        command += ["-H", f"http://127.0.0.1:{port}", "--csv", str(name), "--only-summary"]
        run = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"NO_PROXY": "127.0.0.1"})
        rows = list(csv.DictReader(name.with_name("run_stats.csv").open(encoding="utf-8")))
        failures = list(csv.DictReader(name.with_name("run_failures.csv").open(encoding="utf-8")))
    if not rows:
        raise RuntimeError(run.stderr[-2000:])
    found = {row["Name"]: figures(row) for row in rows if row["Name"] in TURNS}
    errors = sum(int(row["Failure Count"]) for row in rows if row["Name"] != "Aggregated")
    return {
        "users": users,
        "minutes": minutes,
        **found,
        "turns_per_second": round(sum(one["per_second"] for one in found.values()), 1),
        "errors": errors,
        "failures": [f"{row['Name']}: {row['Error']} ({row['Occurrences']})" for row in failures],
    }


def figures(row: dict[str, str]) -> dict[str, float]:
    return {
        "turns": int(row["Request Count"]),
        "per_second": round(float(row["Requests/s"]), 2),
        "p50_ms": float(row["50%"]),
        "p95_ms": float(row["95%"]),
        "slowest_ms": round(float(row["Max Response Time"])),
    }


def holds(result: dict[str, Any]) -> bool:
    """Whether nothing failed and both kinds of turns kept below the longest p95."""
    return result["errors"] == 0 and all(result[name]["p95_ms"] <= LONGEST_P95_MS for name in TURNS)


def most(port: int, users: int) -> dict[str, Any]:
    """The steps above `users`, and the last number of customers that held."""
    steps, held = [], users
    while True:
        steps.append(talk(port, held + STEP_USERS, STEP_MINUTES))
        print(json.dumps(steps[-1]), file=sys.stderr)
        if not holds(steps[-1]):
            return {"most_users": held, "steps": steps}
        held += STEP_USERS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--no-most", action="store_true", help="do not look for the most customers")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="daedap-load-") as name:
        folder = Path(name)
        service = Service(folder, f"sqlite:///{folder / 'daedap.db'}", LIMITS)
        try:
            service.wait()
            memory = Memory(service)
            memory.start()
            result: dict[str, Any] = {
                "machine": f"{platform.machine()}, {os.cpu_count()} cores, load and servers on them",
                "load_average_1m_before": round(os.getloadavg()[0], 1),
                "steady": talk(service.port, options.users, options.minutes),
            }
            result["memory_mb"] = memory.end()
            if not options.no_most:
                result["most"] = most(service.port, options.users)
        finally:
            service.stop()
    text = json.dumps(result, ensure_ascii=False, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
