"""What the memory of a long run consists of: 2,500 conversations of one service, looked at every 250.

    .venv/bin/python benchmarks/turn/memory.py --conversations 2500

Holds the conversations of `load.py` without a kill, 8 at a time, over SQLite. At each look both servers say what they
keep (`probe/sitecustomize.py`): memory resident, what the C library's malloc has given out and what it holds free,
Python's blocks and objects, entries of caches, conversations remembered. After the last one malloc is asked to give
back what it holds free: what that returns no part of the bot was using.

Most messages of `load.py` are the same in every conversation; with `--distinct` none is, so that what is remembered of
messages is full early. With `--trace` each look also says where what is held since the look before was allocated.

A long run may be cut into pieces: `--folder` keeps the service's files and leaves it running, `--first` says how many
conversations it has had, `--end` ends it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.turn.load import AT_ONCE, STATE, Service, away_texts, converse  # noqa: E402

RESULTS = Path(__file__).parent / "memory.json"
PROBE = Path(__file__).parent / "probe"
SERVERS = ("rasa", "action")
ANSWER_TIMEOUT_S = 240.0


def begin(folder: Path, frames: int | None) -> Service:
    """The service of `folder`, started with the probe where none runs there."""
    if (folder / STATE).exists():
        return Service.begun_in(folder)
    (folder / "probe").mkdir(parents=True, exist_ok=True)
    os.environ["DAEDAP_PROBE"] = str(folder / "probe")
    if frames:
        os.environ["DAEDAP_PROBE_FRAMES"] = str(frames)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(PROBE), os.environ.get("PYTHONPATH"))))
    return Service(folder, f"sqlite:///{folder / 'load.db'}")


def look(service: Service, name: str) -> dict[str, Any]:
    """What each server answers to `name`."""
    folder = service.folder / "probe"
    (folder / "ask.new").write_text(name)
    (folder / "ask.new").rename(folder / "ask")
    found = {}
    for server in SERVERS:
        answer = folder / f"{service.child(f'bot.{server}_server')}-{name}.json"
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while not answer.exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{server} did not say what it holds")
            time.sleep(0.1)
        found[server] = json.loads(answer.read_text())
    return found


def run(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    service = begin(folder, options.trace)
    url = f"http://127.0.0.1:{service.port}/webhooks/rest/webhook"
    looks = []
    try:
        service.wait()
        away, suffix = away_texts(), " ({n})" if options.distinct else ""
        if not options.first:
            with ThreadPoolExecutor(AT_ONCE) as pool:  # a warm-up, as other senders
                list(pool.map(lambda number: converse(url, number, away), range(-4 * AT_ONCE, 0)))
            looks.append({"conversations": 0, **look(service, "0")})
        for start in range(options.first, options.first + options.conversations, options.every):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                talks = list(pool.map(lambda number: converse(url, number, away, suffix), range(start, start + options.every)))
            count = start + options.every
            unanswered = sum(not talk.attempts[-1].ok for talk in talks)
            is_last = options.end and count == options.first + options.conversations
            looks.append(
                {"conversations": count, "not_answered": unanswered, **look(service, f"trim{count}" if is_last else f"{count}")}
            )
            print(count, {name: round(looks[-1][name]["VmRSS"], 1) for name in SERVERS}, file=sys.stderr, flush=True)
    finally:
        if options.end:
            service.stop()
    return looks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=2500)
    parser.add_argument("--every", type=int, default=250)
    parser.add_argument("--folder", type=Path, help="where the service's files lie; it is left running there")
    parser.add_argument("--first", type=int, default=0, help="how many conversations the service of --folder has had")
    parser.add_argument("--end", action="store_true", help="the service of --folder ends with this run")
    parser.add_argument("--distinct", action="store_true", help="no message is said twice")
    parser.add_argument("--trace", type=int, metavar="FRAMES", help="say where what is held came from (tracemalloc; slow)")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.end = options.end or options.folder is None
    with tempfile.TemporaryDirectory(prefix="daedap-memory-") as temporary:
        looks = run(options, options.folder or Path(temporary))
    before = json.loads(options.out.read_text(encoding="utf-8")) if options.first and options.out.exists() else []
    lines = ",\n".join(json.dumps(one) for one in [*before, *looks])
    options.out.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
