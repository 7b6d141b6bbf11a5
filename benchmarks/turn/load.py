"""Scripted conversations against the real servers, with kill -9 in the middle, and a count of what the database holds.

    .venv/bin/python benchmarks/turn/load.py --conversations 200 --kill action,rasa,postgres --postgres

Starts `daedap serve` on free ports over an SQLite file, or over a PostgreSQL of its own (`--postgres`), and talks
through its one door, 8 conversations at a time. What is killed is killed outright at equal distances; the servers are
started again by `daedap serve` itself, PostgreSQL by this script after 5 s. A customer who is told that the bot is away
says the same again. At the end the rows are held against what each customer said and was told:

- every turn that was answered is one row of `turns`, in the order in which it was said; one that was not is at most one
- every request whose receipt number a customer was told is one row of `repair_requests`, under that number; a request
  whose number nobody was told is there only where Rasa was killed before its answer left, and the customer heard so
- every question that the bot said it cannot answer is one row of `unanswered`
- no user event stands twice in Rasa's conversation

The conversations are about the demo company. Whether memory stands still in one process is asked in pieces, each with
further customers of the same service, which `--go-on FOLDER` begins and leaves running, and `--end` ends:

    .venv/bin/python benchmarks/turn/load.py --conversations 800 --kill "" --go-on /somewhere --first 800
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import requests  # noqa: E402
import ruamel.yaml  # noqa: E402
import sqlalchemy as sa  # noqa: E402

from bot.masking import mask  # noqa: E402
from bot.servers import free_port  # noqa: E402
from bot.settings import DEMO_CONFIG, Settings  # noqa: E402
from bot.storage.database import open_database  # noqa: E402
from bot.storage.kept_rows import KeptRows  # noqa: E402
from bot.storage.outbox import kept_file  # noqa: E402
from bot.storage.tables import events, repair_requests, turns, unanswered  # noqa: E402
from tests.bot.storage.postgres_server import Postgres  # noqa: E402

RESULTS = Path(__file__).parent / "load.json"
STATE = "service.json"
"""Where a service that is to go on says how it is reached."""
AT_ONCE = 8
START_TIMEOUT_S = 180.0
PATIENCE_S = 180.0
AWAY_POSTGRES_S = 5.0
RETRY_S = 1.0
RECEIPT = re.compile(r"R\d{6}-[A-Z2-7]+")
AWAY_RESPONSES = ("utter_service_away", "utter_loading", "utter_error", "utter_repair_not_saved")
TALKS = (
    ("안녕하세요", "반품하려면 며칠 안에 신청해야 해요?", "감사합니다"),
    ("내일 서울 날씨 알려 주세요", "배송비는 얼마예요?"),
    ("통세척은 어떻게 해요?", "안녕히 계세요"),
    (
        "세탁기에서 물이 새요. 서울시 마포구 양화로 12 {n}호로 와 주세요. 번호는 010-1234-{n:04}이고 수리 접수 부탁드려요",
        "모르겠어요",
        "최대한 빨리요",
        "네 접수해 주세요",
    ),
)


@dataclass
class Attempt:
    """One message that was sent: `told` is what came back, `ok` whether it was an answer and no word that the bot is away."""

    text: str
    ok: bool
    told: str
    reached_rasa: bool
    kinds: list[str] = field(default_factory=list)
    latency_ms: float = 0.0


@dataclass
class Talk:
    """One conversation."""

    sender: str
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def receipts(self) -> set[str]:
        return {number for one in self.attempts for number in RECEIPT.findall(one.told)}


class Service:
    """`daedap serve` over the demo, in a folder of its own."""

    def __init__(self, folder: Path, url: str, limits: str = "") -> None:
        """`limits` are more lines of the table `[web]`."""
        self.folder, self.port = folder, free_port()
        shutil.copytree(DEMO_CONFIG.parent, folder / "company")
        config = folder / "company" / DEMO_CONFIG.name
        web = f'\n[web]\nconversations = "{folder / "web.db"}"\nper_user_per_minute = 600\nper_address_per_minute = 100000\n'
        config.write_text(config.read_text(encoding="utf-8") + web + limits, encoding="utf-8")
        environment = {"DAEDAP_CONFIG": str(config), "DAEDAP_DATABASE_URL": url, "DAEDAP_PORT": str(self.port)}
        environment |= {"DAEDAP_RASA_PORT": str(free_port()), "DAEDAP_ACTION_PORT": str(free_port())}
        self.log = folder / "serve.log"
        command = [sys.executable, "-W", "ignore", "-c", "from bot.cli import main; main()", "serve"]
        with self.log.open("ab") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=output, stderr=subprocess.STDOUT)
        self.pid = process.pid
        (folder / STATE).write_text(json.dumps({"pid": self.pid, "port": self.port}), encoding="utf-8")

    @classmethod
    def begun_in(cls, folder: Path) -> Service:
        """The service that an earlier run began in `folder`."""
        service = cls.__new__(cls)
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        service.folder, service.pid, service.port, service.log = folder, state["pid"], state["port"], folder / "serve.log"
        return service

    @property
    def has_ended(self) -> bool:
        """Whether its process is gone, or waits only for who began it."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            return True

    def wait(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_ready():
            if time.monotonic() > deadline or self.has_ended:
                raise RuntimeError(f"the service did not start: {self.log.read_text(encoding='utf-8')[-2000:]}")
            time.sleep(0.5)

    def is_ready(self) -> bool:
        with requests.Session() as session:
            session.trust_env = False
            try:
                return session.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200
            except requests.RequestException:
                return False

    def child(self, module: str) -> int | None:
        """The process id of a server behind the front."""
        listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(self.pid)], capture_output=True, text=True)
        return next((int(line.split()[0]) for line in listed.stdout.splitlines() if module in line), None)

    def memory(self) -> dict[str, float]:
        """MB resident of each process."""
        pids = {"front": self.pid, "rasa": self.child("bot.rasa_server"), "action": self.child("bot.action_server")}
        return {name: _resident(pid) for name, pid in pids.items() if pid}

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while not self.has_ended and time.monotonic() < deadline:
            time.sleep(0.1)
        if not self.has_ended:
            os.kill(self.pid, signal.SIGKILL)


def _resident(pid: int) -> float:
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return round(int(found.group(1)) / 1024, 1) if found else 0.0


def converse(url: str, number: int, away: frozenset[str], suffix: str = "") -> Talk:
    """Conversation `number`: each message, with `suffix` behind it, is said until it is answered."""
    talk = Talk(f"load-{number}")
    with requests.Session() as session:
        session.trust_env = False
        for text in TALKS[number % len(TALKS)]:
            deadline = time.monotonic() + PATIENCE_S
            while time.monotonic() < deadline:
                talk.attempts.append(say(session, url, talk.sender, (text + suffix).format(n=number), away))
                if talk.attempts[-1].ok:
                    break
                time.sleep(RETRY_S)
    return talk


def say(session: requests.Session, url: str, sender: str, text: str, away: frozenset[str]) -> Attempt:
    started = time.perf_counter()
    try:
        response = session.post(url, json={"sender": sender, "message": text}, timeout=60)
        document = response.json()
    except (requests.RequestException, ValueError):
        return Attempt(text, False, "", False)
    latency_ms = (time.perf_counter() - started) * 1000
    if response.status_code != 200:
        told = json.dumps(document, ensure_ascii=False) if re.search("[가-힣]", str(document)) else ""
        return Attempt(text, False, told, False)
    texts = [bubble.get("text", "") for bubble in document]
    kinds = [bubble["custom"]["daedap"]["kind"] for bubble in document if "daedap" in (bubble.get("custom") or {})]
    return Attempt(text, not away.intersection(texts), "\n".join(texts), True, kinds, latency_ms)


def away_texts() -> frozenset[str]:
    """What the bot says when it cannot answer just now, out of its domain and messages."""
    from bot import messages

    domain = ruamel.yaml.YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    found = {one["text"].strip() for name in AWAY_RESPONSES for one in domain["responses"].get(name, ())}
    return frozenset(found | {messages.ERROR})


class Killer(threading.Thread):
    """Kills what it is told to when so many conversations are done, and starts PostgreSQL again."""

    def __init__(self, service: Service, postgres: Postgres | None, wanted: list[str], count: int, done: list[Talk]) -> None:
        super().__init__(daemon=True)
        self.service, self.postgres, self.done = service, postgres, done
        self.plan = [(round(count * at / (len(wanted) + 1)), what) for at, what in enumerate(wanted, start=1)]
        self.killed: list[dict[str, Any]] = []

    def run(self) -> None:
        for after, what in self.plan:
            while len(self.done) < after:
                time.sleep(0.05)
            started = time.monotonic()
            self.kill(what)
            while not self.service.is_ready():
                time.sleep(0.5)
            self.killed.append({"what": what, "after": after, "ready_after_s": round(time.monotonic() - started, 1)})
            print(f"killed {what} after {after} conversations; ready again", file=sys.stderr, flush=True)

    def kill(self, what: str) -> None:
        if what == "postgres":
            self.postgres.kill()
            time.sleep(AWAY_POSTGRES_S)
            self.postgres.start()
            return
        os.kill(self.service.child(f"bot.{what}_server"), signal.SIGKILL)
        while self.service.is_ready():
            time.sleep(0.05)


def check(url: str, talks: list[Talk]) -> list[str]:
    """What is otherwise than it must be, a line each."""
    engine, problems = open_database(url), []
    senders = {talk.sender for talk in talks}
    with engine.connect() as connection:
        rows = connection.execute(sa.select(turns).order_by(turns.c.id)).all()
        requested = connection.execute(sa.select(repair_requests)).all()
        asked = Counter(connection.execute(sa.select(unanswered.c.sender)).scalars())
        said = connection.execute(sa.select(events.c.sender_id, events.c.data).where(events.c.type_name == "user")).all()
    if len({row.key for row in rows}) != len(rows):
        problems.append("a turn stands twice under one key")
    heard = [(sender, json.loads(data).get("message_id")) for sender, data in said if sender in senders]
    if len(set(heard)) != len(heard):
        problems.append("a user event stands twice")
    for talk in talks:
        texts = [row.text for row in rows if row.sender == talk.sender]
        if not follows(texts, talk.attempts):
            problems.append(f"{talk.sender}: turns {texts} do not follow from {[(one.text, one.ok) for one in talk.attempts]}")
        of_events = sum(sender == talk.sender for sender, _ in heard)
        if not abs(of_events - len(texts)) <= sum(not one.ok for one in talk.attempts):
            problems.append(f"{talk.sender}: {of_events} user events, {len(texts)} turns")
        receipts = [row.receipt for row in requested if row.sender == talk.sender]
        was_lost = any(not one.reached_rasa for one in talk.attempts)
        if len(receipts) > 1 or not talk.receipts <= set(receipts) or (not was_lost and set(receipts) != talk.receipts):
            problems.append(f"{talk.sender}: requests {receipts}, told {sorted(talk.receipts)}")
        nones = sum("none" in one.kinds for one in talk.attempts if one.ok)
        if not nones <= asked[talk.sender] <= nones + sum(not one.ok for one in talk.attempts):
            problems.append(f"{talk.sender}: {asked[talk.sender]} unanswered questions, told so {nones} times")
        if any(not one.told for one in talk.attempts):
            problems.append(f"{talk.sender}: was told nothing")
        if not talk.attempts[-1].ok:
            problems.append(f"{talk.sender}: was not answered in {PATIENCE_S:.0f} s")
    return problems


def follows(texts: list[str], attempts: list[Attempt]) -> bool:
    """Whether rows with these texts are what these attempts must leave: one a turn that reached Rasa, else one or none."""
    if not attempts:
        return not texts
    first, rest = attempts[0], attempts[1:]
    if texts and texts[0] == mask(first.text) and follows(texts[1:], rest):
        return True
    return not first.reached_rasa and follows(texts, rest)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    postgres = Postgres().start() if options.postgres else None
    url = postgres.create("load") if postgres else f"sqlite:///{folder / 'load.db'}"
    folder.mkdir(parents=True, exist_ok=True)
    service = Service.begun_in(folder) if (folder / STATE).exists() else Service(folder, url)
    numbers = range(options.first, options.first + options.conversations)
    try:
        service.wait()
        for number in range(-AT_ONCE, 0):  # a warm-up, as other senders
            converse(f"http://127.0.0.1:{service.port}/webhooks/rest/webhook", number, frozenset())
        done: list[Talk] = []
        memory = [service.memory()]
        killer = Killer(service, postgres, [one for one in options.kill.split(",") if one], options.conversations, done)
        killer.start()
        started = time.monotonic()
        away = away_texts()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = [
                pool.submit(converse, f"http://127.0.0.1:{service.port}/webhooks/rest/webhook", number, away)
                for number in numbers
            ]
            for one in waiting:
                done.append(one.result())
                if len(done) % max(1, options.conversations // 10) == 0:
                    memory.append(service.memory())
                    print(f"{len(done)} of {options.conversations}", file=sys.stderr, flush=True)
        wall_s = time.monotonic() - started
        killer.join(PATIENCE_S)
        left = _written_out(url)
        problems = check(url, done)
        return _results(url, options, done, killer, memory, wall_s, left, problems)
    finally:
        if options.go_on is None or options.end:
            service.stop()
        if options.keep_log:
            shutil.copy(service.log, options.keep_log)
        if postgres:
            postgres.remove()


def _written_out(url: str) -> int:
    """How many rows wait still, after half a minute at most."""
    if not kept_file(url).exists():
        return 0
    rows, deadline = KeptRows(kept_file(url)), time.monotonic() + 30
    while rows.count() and time.monotonic() < deadline:
        time.sleep(0.2)
    return rows.count() + len(rows.refused())


def requests_of(url: str, senders: set[str]) -> int:
    """How many repair requests these senders have."""
    with open_database(url).connect() as connection:
        return sum(sender in senders for sender in connection.execute(sa.select(repair_requests.c.sender)).scalars())


def _results(
    url: str,
    options: argparse.Namespace,
    talks: list[Talk],
    killer: Killer,
    memory: list[dict[str, float]],
    wall_s: float,
    left: int,
    problems: list[str],
) -> dict[str, Any]:
    attempts = [one for talk in talks for one in talk.attempts]
    ok = sorted(one.latency_ms for one in attempts if one.ok)
    return {
        "conversations": len(talks),
        "of_one_service_before": options.first,
        "at_once": AT_ONCE,
        "database": "postgresql" if options.postgres else "sqlite",
        "wall_s": round(wall_s, 1),
        "turns_answered": len(ok),
        "told_away_by_bot": sum(one.reached_rasa and not one.ok for one in attempts),
        "told_away_by_front": sum(not one.reached_rasa for one in attempts),
        "receipts_told": sum(len(talk.receipts) for talk in talks),
        "requests_of_those_not_told": requests_of(url, {talk.sender for talk in talks if not talk.receipts}),
        "killed": killer.killed,
        "median_ms": round(statistics.median(ok), 1),
        "p95_ms": round(ok[int(0.95 * len(ok))], 1),
        "memory_mb": memory[:: max(1, len(memory) // 10)],
        "rows_left_waiting": left,
        "problems": problems,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--kill", default="action,rasa", help="what is killed, in this order: action, rasa, postgres")
    parser.add_argument("--postgres", action="store_true", help="over a PostgreSQL of its own")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--keep-log", type=Path, help="where the service's output is copied to")
    parser.add_argument(
        "--go-on", type=Path, metavar="FOLDER", help="the service of an earlier run with this folder, left running"
    )
    parser.add_argument("--first", type=int, default=0, help="how many conversations the service has had (with --go-on)")
    parser.add_argument("--end", action="store_true", help="the service of --go-on ends with this run")
    options = parser.parse_args()
    if "postgres" in options.kill and not options.postgres:
        parser.error("--kill postgres needs --postgres")
    if options.go_on and options.postgres:
        parser.error("--go-on keeps an SQLite file; it does not go with --postgres")
    Settings.load()
    with tempfile.TemporaryDirectory(prefix="daedap-load-") as folder:
        results = run(options, options.go_on or Path(folder))
    runs = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else []
    options.out.write_text(json.dumps([*runs, results], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(results, ensure_ascii=False, indent=1))
    return 1 if results["problems"] or results["rows_left_waiting"] else 0


if __name__ == "__main__":
    sys.exit(main())
