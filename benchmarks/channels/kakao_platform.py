"""A stand-in for KakaoTalk's platform: waits five seconds for a response, takes a callback once within a minute.

    python benchmarks/channels/kakao_platform.py                    a front over a bot made by hand (kakao_front.py)
    python benchmarks/channels/kakao_platform.py --kill-after 30    the same, killed and started again on the way
    python benchmarks/channels/kakao_platform.py --url http://127.0.0.1:8080 --questions tests/data/faq_queries.csv

Questions come at a steady rate, whatever the answers do. Half of them may be answered by callback. Who is told to
wait presses "답변 보기" until the answer is there. Every response is checked against `kakao_rules.py`.

The answers of the bot made by hand carry their question's number. Those of a real bot do not; there a customer asks
again only when he has his answer, so that every response with an answer holds one, and answers can be counted.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parent))
from kakao_front import Lag  # noqa: E402
from kakao_rules import problems  # noqa: E402

PATH = "/webhooks/kakao/webhook"
WAITS_S = 5.0
CALLBACK_S = 60.0
PRESS_AFTER_S = 3.0
SHOW_ANSWERS = "답변 보기"
ANSWER = re.compile(r"=(\d+)=")
OUTSIDE = ("찾고 있어요", "새로 온 답이 없어요")
"""What the channel says that is no answer."""
APOLOGIES = ("잠시 쉬고 있어요", "가져오지 못했어요", "문제가 생겼어요")
"""What a bot says that is overloaded or broken."""


@dataclass
class Result:
    """What came of a run."""

    asked: int = 0
    seconds: list[float] = field(default_factory=list)
    late: int = 0
    refused: int = 0
    """Requests that nobody answered, as while the front is killed; their questions count as not asked."""
    answered: Counter = field(default_factory=Counter)
    """How often each question's answer came (of a bot made by hand), or how many answers came (of any other)."""
    by_response: int = 0
    by_callback: int = 0
    later: int = 0
    promises: int = 0
    callbacks: Counter = field(default_factory=Counter)
    callbacks_late: int = 0
    out_of_order: int = 0
    apologies: int = 0
    wrong: list[str] = field(default_factory=list)
    seen: list[tuple[int, str, str, float]] = field(default_factory=list)
    """Question, customer, way and time of every answer."""
    waits: list[float] = field(default_factory=list)
    """Seconds from each question until the customer saw its answer, whichever way it came."""

    def report(self, numbers: set[int] | None) -> dict[str, Any]:
        """The figures, with how many questions of `numbers` were lost or answered twice."""
        ordered, waits = sorted(self.seconds) or [0.0], sorted(self.waits) or [0.0]
        figures = {
            "questions": self.asked,
            "requests": len(self.seconds),
            "median_s": round(statistics.median(ordered), 3),
            "p95_s": round(ordered[int(0.95 * (len(ordered) - 1))], 3),
            "max_s": round(ordered[-1], 3),
            "answer_median_s": round(statistics.median(waits), 3),
            "answer_p95_s": round(waits[int(0.95 * (len(waits) - 1))], 3),
            "answer_max_s": round(waits[-1], 3),
            "late": self.late,
            "refused": self.refused,
            "answered_at_once": self.by_response,
            "answered_by_callback": self.by_callback,
            "answered_later": self.later,
            "callbacks_promised": self.promises,
            "callback_addresses_used_twice": sum(count > 1 for count in self.callbacks.values()),
            "callbacks_after_a_minute": self.callbacks_late,
            "callbacks_missing": self.promises - len(self.callbacks),
            "out_of_order": self.out_of_order,
            "apologies": self.apologies,
            "invalid_responses": len(self.wrong),
        }
        if numbers is None:
            answers = sum(self.answered.values())
            return figures | {"lost": max(0, self.asked - answers), "doubled": max(0, answers - self.asked)}
        lost, doubled = len(numbers - set(self.answered)), sum(count > 1 for count in self.answered.values())
        return figures | {"lost": lost, "doubled": doubled}


class Platform:
    """Kakao's side: sends what customers say, takes callbacks, notes what customers see."""

    def __init__(self, url: str, secret: str | None, is_numbered: bool, press_after_s: float = PRESS_AFTER_S) -> None:
        self.url = url + PATH
        self.headers = {"X-Daedap-Secret": secret} if secret else {}
        self.is_numbered = is_numbered
        self.press_after_s = press_after_s
        self.result = Result()
        self.numbers: set[int] = set()
        self.last_seen: dict[str, int] = {}
        self.promised: dict[str, tuple[float, str]] = {}
        self.presses: dict[str, asyncio.Task] = {}
        self.asking: set[str] = set()
        self.asked_at: dict[int | str, float] = {}
        """When each question was asked (of a bot made by hand), or each customer's last one (of any other)."""
        self.is_over = False
        """Whether only the last look at what is left goes on, which is not timed."""

    async def __aenter__(self) -> Platform:
        connector = aiohttp.TCPConnector(limit=0)  # Kakao waits for nobody's connection
        self.session = aiohttp.ClientSession(trust_env=False, headers=self.headers, connector=connector)
        app = web.Application()
        app.router.add_post("/callback/{token}", self._take_callback)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.callback = f"http://127.0.0.1:{self.runner.addresses[0][1]}/callback/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()
        await self.runner.cleanup()

    def is_waiting(self, user: str) -> bool:
        """Whether a customer has not got all answers yet."""
        awaited = {of for token, (_, of) in self.promised.items() if token not in self.result.callbacks}
        return user in self.asking or user in self.presses or user in awaited

    async def ask(self, user: str, text: str, number: int, may_call_back: bool) -> None:
        """A customer's question, and the presses that follow where the answer is not there."""
        self.result.asked += 1
        self.numbers.add(number)
        self.asking.add(user)
        self.asked_at[number if self.is_numbered else user] = time.monotonic()
        try:
            response = await self._send(user, text, str(number) if may_call_back else None)
        finally:
            self.asking.discard(user)
        if response is None:
            self.result.asked -= 1
            self.numbers.discard(number)
        elif response.get("useCallback"):
            self.result.promises += 1
        else:
            self.result.by_response += self._see(user, response, "response")
            self._press_if_asked_to(user, response)

    async def drain(self, users: list[str], within_s: float) -> None:
        """Customers come back until nothing is left for them."""
        ends = time.monotonic() + within_s
        while time.monotonic() < ends:
            if self.presses:
                await asyncio.wait(list(self.presses.values()), timeout=1)
            waiting = [token for token in self.promised if token not in self.result.callbacks]
            if not self.presses and not [token for token in waiting if time.monotonic() - self.promised[token][0] < CALLBACK_S]:
                break
            await asyncio.sleep(0.2)
        self.is_over = True
        await asyncio.gather(*(self._press(user, 0.0) for user in users))

    async def _send(self, user: str, text: str, token: str | None = None, extra: dict | None = None) -> dict[str, Any] | None:
        """The response, None where there is none in time."""
        request: dict[str, Any] = {"user": {"id": user, "type": "botUserKey"}, "utterance": text}
        started = time.monotonic()
        if token is not None:
            request["callbackUrl"] = self.callback + token
            self.promised[token] = (started, user)
        body = {"userRequest": request, "action": {"clientExtra": extra}, "bot": {"id": "platform"}}
        try:
            async with self.session.post(self.url, json=body, timeout=aiohttp.ClientTimeout(total=WAITS_S)) as answer:
                response = await answer.json()
                if answer.status != 200:
                    self.result.wrong.append(f"status {answer.status}")
        except asyncio.TimeoutError:
            self.result.late += 1
            self.promised.pop(token, None)
            return None
        except aiohttp.ClientError:
            self.result.refused += 1
            self.promised.pop(token, None)
            return None
        if not self.is_over:
            self.result.seconds.append(time.monotonic() - started)
        self.result.wrong += problems(response)
        if token is not None and not response.get("useCallback"):
            self.promised.pop(token, None)
        return response

    def _see(self, user: str, response: dict[str, Any], how: str) -> int:
        """How many answers a customer sees in a response."""
        texts = [output["simpleText"]["text"] for output in response["template"]["outputs"] if "simpleText" in output]
        self.result.apologies += sum(apology in text for text in texts for apology in APOLOGIES)
        if not self.is_numbered:
            count = int(not texts or not any(word in texts[0] for word in OUTSIDE))
            self.result.answered[user] += count
            self._note_wait(user if count else None)
            return count
        numbers = [int(number) for text in texts for number in ANSWER.findall(text)]
        for number in numbers:
            self.result.answered[number] += 1
            self._note_wait(number)
            self.result.seen.append((number, user, how, time.monotonic()))
            self.result.out_of_order += number < self.last_seen.get(user, -1)
            self.last_seen[user] = number
        return len(numbers)

    def _note_wait(self, question: int | str | None) -> None:
        asked_at = self.asked_at.pop(question, None)
        if asked_at is not None:
            self.result.waits.append(time.monotonic() - asked_at)

    def _press_if_asked_to(self, user: str, response: dict[str, Any]) -> None:
        labels = [reply["label"] for reply in response["template"].get("quickReplies", ())]
        if SHOW_ANSWERS in labels and user not in self.presses:
            self.presses[user] = task = asyncio.create_task(self._press(user, self.press_after_s))
            task.add_done_callback(lambda _: self.presses.pop(user, None))

    async def _press(self, user: str, after_s: float) -> None:
        """Presses "답변 보기" until there is no such button any more."""
        while True:
            await asyncio.sleep(after_s)
            response = await self._send(user, SHOW_ANSWERS, extra={"show": "answers"})
            if response is not None:
                self.result.later += self._see(user, response, "press")
                if SHOW_ANSWERS not in [reply["label"] for reply in response["template"].get("quickReplies", ())]:
                    return
            after_s = self.press_after_s

    async def _take_callback(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        self.result.callbacks[token] += 1
        promised = self.promised.get(token)
        if promised is None or self.result.callbacks[token] > 1:
            return web.json_response({"status": "FAIL"}, status=400)
        asked_at, user = promised
        response = await request.json()
        self.result.wrong += problems(response)
        if time.monotonic() - asked_at > CALLBACK_S:
            self.result.callbacks_late += 1
            return web.json_response({"status": "FAIL"}, status=400)
        self.result.by_callback += self._see(user, response, "callback")
        self._press_if_asked_to(user, response)
        return web.json_response({"status": "SUCCESS", "taskId": token})


class Front:
    """`kakao_front.py` as a child that can be killed and started again."""

    def __init__(self, data: Path, *arguments: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, str(Path(__file__).with_name("kakao_front.py")), "--port", str(self.port)]
        self._command += ["--data", str(data), *arguments]
        self._process: subprocess.Popen | None = None

    async def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=Path(__file__).resolve().parents[2])
        async with aiohttp.ClientSession(trust_env=False) as session:
            for _ in range(600):
                try:
                    async with session.get(self.url + "/healthz"):
                        return
                except aiohttp.ClientError:
                    if self._process.poll() is not None:
                        break
                    await asyncio.sleep(0.1)
        raise RuntimeError("the front did not start")

    def kill(self, how: int = signal.SIGKILL) -> None:
        self._process.send_signal(how)
        self._process.wait()


async def run(
    platform: Platform,
    questions: list[str],
    users: int,
    rate: float,
    seconds: float,
    slow_share: float,
    drain_s: float,
    seed: int = 1,
) -> dict[str, Any]:
    """The figures of customers asking at `rate` a second; of `questions` where there are any."""
    chance, names, asked = random.Random(seed), [f"customer-{number}" for number in range(users)], []
    lag, started = Lag(), time.monotonic()
    for number in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
        slow = "느린 " if chance.random() < slow_share else ""
        text = chance.choice(questions) if questions else f"{slow}묻기 #{number}"
        free = names if platform.is_numbered else [name for name in names if not platform.is_waiting(name)]
        asking = platform.ask(chance.choice(free), text, number, chance.random() < 0.5)
        asked.append(asyncio.create_task(asking))
    await asyncio.gather(*asked)
    await platform.drain(names, drain_s)
    return platform.result.report(platform.numbers if platform.is_numbered else None) | {
        "own_longest_lag_s": round(lag.longest_s, 3)
    }


async def main(asked: argparse.Namespace) -> dict[str, Any]:
    questions = [question for path in asked.questions for question in read_questions(path)]
    with tempfile.TemporaryDirectory() as folder:
        front = None if asked.url else Front(Path(folder))
        if front is not None:
            await front.start()
        async with Platform(asked.url or front.url, os.environ.get("DAEDAP_KAKAO_SECRET"), not questions) as platform:
            killing = asyncio.create_task(kill_later(front, asked.kill_after)) if front and asked.kill_after else None
            try:
                return await run(platform, questions, asked.users, asked.rate, asked.seconds, asked.slow, asked.drain)
            finally:
                if killing is not None:
                    await killing
                for one in strange(platform.result):
                    print(*one, file=sys.stderr)
                if front is not None:
                    front.kill(signal.SIGINT)


def read_questions(path: Path) -> list[str]:
    """The column or field `question` of a file."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = map(json.loads, filter(str.strip, lines)) if path.suffix == ".jsonl" else csv.DictReader(lines)
        return [row["question"] for row in rows]


def strange(result: Result) -> list[tuple[int, str, str, float]]:
    """How answers came that came twice, or after a later question's."""
    found, last = {number for number, count in result.answered.items() if count > 1}, {}
    for number, user, _, _ in result.seen:
        found |= {number, last[user]} if number < last.get(user, -1) else set()
        last[user] = number
    return [one for one in result.seen if one[0] in found]


async def kill_later(front: Front, after_s: float) -> None:
    await asyncio.sleep(after_s)
    await asyncio.to_thread(front.kill)
    await front.start()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a front that is running; without it one over a bot made by hand is started")
    parser.add_argument("--questions", type=Path, nargs="*", default=(), help="CSV or JSON lines with `question`, for a real bot")
    parser.add_argument("--rate", type=float, default=10.0, help="questions a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--slow", type=float, default=0.2, help="the share of slow questions, of the bot made by hand")
    parser.add_argument("--drain", type=float, default=90.0, help="so long customers come back for their answers at most")
    parser.add_argument("--kill-after", type=float, default=0.0)
    return parser.parse_args()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(arguments())), indent=1))
