"""KakaoTalk's stand-in platform (`kakao_platform.py`) before the real bot: 10 questions a second for a minute.

    .venv/bin/python benchmarks/channels/kakao_real.py                 # writes kakao_real.json, prints the README's row
    .venv/bin/python benchmarks/channels/kakao_real.py --rate 4 --seconds 20 --out /dev/stdout

Starts `daedap serve` on free ports over the demo company. Rasa, the action server, the front and the platform share the
machine. Customers say what those of `customers.py` say, each in his own conversation, half of them with a callback
address; who is told to wait presses "답변 보기" every 3 s. An apology ("잠시 쉬고 있어요") is no answer: the goal is none.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from customers import Phrases  # noqa: E402
from kakao_platform import Platform, run  # noqa: E402

from benchmarks.turn.load import Service  # noqa: E402

RESULTS = Path(__file__).with_name("kakao_real.json")
QUESTIONS = 1_000
WARM_UP = 20
ROW = (
    "| {rate:g} | {questions} | {answered_at_once} / {answered_by_callback} / {answered_later} | {apologies} | "
    "{median_s:.2f}, {p95_s:.2f}, {max_s:.2f} s | {answer_median_s:.1f}, {answer_p95_s:.1f}, {answer_max_s:.1f} s | "
    "{late} | {lost} | {doubled} |"
)


async def measure(url: str, rate: float, seconds: float, drain_s: float) -> dict[str, Any]:
    """The figures of one run, after some questions that do not count."""
    said = [one.text for one in itertools.islice(Phrases().customer(1), QUESTIONS)]
    async with Platform(url, None, False) as warm:
        await run(warm, said, WARM_UP, 4.0, WARM_UP / 4, 0.0, 20.0, seed=2)
    customers = max(100, round(rate * 60))
    async with Platform(url, None, False) as stand_in:
        return await run(stand_in, said, customers, rate, seconds, 0.0, drain_s)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=10.0, help="questions a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--drain", type=float, default=90.0, help="so long customers come back for their answers at most")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    os.environ.pop("DAEDAP_KAKAO_SECRET", None)
    os.environ["DAEDAP_KAKAO_CALLBACK_HOSTS"] = "127.0.0.1"
    result: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, platform and servers on them",
        "load_average_1m_before": round(os.getloadavg()[0], 1),
        "rate": options.rate,
    }
    with tempfile.TemporaryDirectory(prefix="daedap-kakao-") as name:
        service = Service(Path(name), f"sqlite:///{Path(name) / 'daedap.db'}")
        try:
            service.wait()
            result |= asyncio.run(measure(f"http://127.0.0.1:{service.port}", options.rate, options.seconds, options.drain))
        finally:
            service.stop()
    options.out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(ROW.format(**result))
    return 1 if any(result[name] for name in ("late", "lost", "doubled", "apologies", "invalid_responses")) else 0


if __name__ == "__main__":
    sys.exit(main())
