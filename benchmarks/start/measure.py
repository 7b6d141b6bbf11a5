"""Start of the bot beside a bare Rasa bot: first answer over REST, CPU seconds, memory.

    .venv/bin/python benchmarks/start/measure.py --runs 3

The bare bot is what `rasa init` makes, cut down to two intents, with Rasa's LogisticRegressionClassifier
instead of DIET, run by `rasa run`. Both are started in turn, `runs` times each; the first start of
each is a warm-up and left out. CPU seconds are those of all the processes of one start until its
first answer; they move less than the seconds on the clock when the machine has other work.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.servers import Servers, free_port  # noqa: E402
from bot.settings import OFFLINE, Settings  # noqa: E402

FILES = {
    "config.yml": """
recipe: default.v1
assistant_id: bare
language: en
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: LogisticRegressionClassifier
policies:
- name: RulePolicy
""",
    "domain.yml": """
version: "3.1"
intents: [greet, goodbye]
responses:
  utter_greet: [{text: hey}]
  utter_goodbye: [{text: bye}]
""",
    "data/nlu.yml": """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hi
    - hey
- intent: goodbye
  examples: |
    - bye
    - see you
    - ciao
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
- rule: goodbye
  steps:
  - intent: goodbye
  - action: utter_goodbye
""",
    "credentials.yml": "rest:\n",
}
RASA = [sys.executable, "-m", "rasa"]


def bare_bot(folder: Path) -> None:
    """Write and train the bare bot in `folder`."""
    (folder / "data").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    subprocess.run([*RASA, "train"], cwd=folder, env=os.environ | OFFLINE, check=True, capture_output=True)


def start_bare(folder: Path) -> dict[str, float]:
    port = free_port()
    started = time.perf_counter()
    command = [*RASA, "run", "-p", str(port), "-i", "127.0.0.1", "--credentials", "credentials.yml"]
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | OFFLINE, stdout=nowhere, stderr=nowhere, start_new_session=True
        )
    try:
        body = json.dumps({"sender": "a", "message": "hello"}).encode()
        while True:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as response:
                    assert json.load(response)[0]["text"] == "hey"
                break
            except OSError:
                time.sleep(0.05)
        return {"first_answer_s": time.perf_counter() - started, **usage("rasa", process.pid)}
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def start_ours(settings: Settings, question: str) -> dict[str, float]:
    started = time.perf_counter()
    with Servers(settings) as servers:
        servers.wait()
        servers.say("안녕하세요", sender="a")
        greeting = time.perf_counter() - started
        servers.say(question, sender="a")
        answer = time.perf_counter() - started
        return {
            "first_answer_s": greeting,
            "first_answer_of_the_search_s": answer,
            **usage("rasa", servers.rasa.process.pid),
            **usage("actions", servers.action.process.pid),
        }


def usage(name: str, pid: int) -> dict[str, float]:
    """CPU seconds and resident MB of a process, under names that begin with `name`."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return {
        f"{name}_cpu_s": ticks / os.sysconf("SC_CLK_TCK"),
        f"{name}_resident_mb": pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
    }


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(run[key] for run in runs), 1) for key in runs[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--question", default="반품하려면 며칠 안에 신청해야 해요?")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results.json")
    options = parser.parse_args()
    bare, ours = [], []
    with tempfile.TemporaryDirectory() as folder:
        bare_bot(Path(folder))
        for number in range(options.runs + 1):
            runs = start_bare(Path(folder)), start_ours(Settings.load(), options.question)
            print(f"{number}: {runs}", file=sys.stderr)
            if number:
                bare.append(runs[0])
                ours.append(runs[1])
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_average_1m": round(os.getloadavg()[0], 1),
        "runs": options.runs,
        "bare_rasa": medians(bare),
        "daedap": medians(ours),
    }
    options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
