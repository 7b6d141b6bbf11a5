"""Nothing leaves the machine: the bot starts and answers in a network namespace with only loopback."""

import csv
import json
import shutil
import subprocess
import sys

import pytest

from bot.settings import ROOT, Settings

QUESTION = "반품하려면 며칠 안에 신청해야 해요?"
CONVERSATION = """
import fcntl, json, socket, struct, sys
from bot.servers import Servers
from bot.settings import Settings

with socket.socket() as loopback:
    fcntl.ioctl(loopback, 0x8914, struct.pack("16sh14x", b"lo", 0x1))  # SIOCSIFFLAGS, IFF_UP
routes = open("/proc/net/route").read().splitlines()[1:]
with Servers(Settings.load(database_url=sys.argv[1])) as servers:
    servers.wait()
    replies = [servers.say(text, sender="offline") for text in sys.argv[2:]]
print(json.dumps({"routes": routes, "replies": replies}))
"""


def namespace() -> list[str] | None:
    """The command that runs another one without a network, or None where the kernel refuses."""
    for options in (["-rn"], ["-n"]):
        command = ["unshare", *options]
        if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            return command
    return None


@pytest.mark.slow
def test_the_bot_answers_with_only_loopback_there(built, tmp_path):
    inside = namespace()
    if inside is None:
        pytest.skip("the kernel grants no network namespace (unshare -n)")
    command = [*inside, sys.executable, "-c", CONVERSATION, f"sqlite:///{tmp_path / 'j.db'}", "안녕하세요", QUESTION]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout.splitlines()[-1])
    assert result["routes"] == []  # no way out
    greeting, answered = result["replies"]
    assert greeting[0]["text"].startswith("안녕하세요")
    answer = next(bubble["custom"]["daedap"] for bubble in answered if "custom" in bubble)
    with (ROOT / "data" / "faq" / "daedap.csv").open(encoding="utf-8-sig", newline="") as file:
        answers = {row["id"]: row["answer"] for row in csv.DictReader(file)}
    assert answer["kind"] == "faq"
    assert answer["answer"].startswith(answers[answer["source"]["document"]])


def test_every_process_of_the_bot_is_told_to_stay_offline():
    environment = Settings().environment()
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["TRANSFORMERS_OFFLINE"] == "1"
