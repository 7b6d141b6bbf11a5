"""`daedap chat` as a customer meets it: typed into through a terminal."""

import os
import signal
import sys
import time
import uuid
from pathlib import Path

import pytest

from bot.cli.chat import Interrupts, check_built, own_index, server_address
from bot.own_sources import fingerprint
from bot.settings import ROOT, Settings

pexpect = pytest.importorskip("pexpect")

LEFT, END, BACKSPACE, CTRL_C = "\x1b[D", "\x1b[F", "\x7f", "\x03"
PROMPT = "나>"


def processes_with(mark: str) -> list[int]:
    """Ids of running processes whose environment holds `mark`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes() and (folder / "stat").read_text().split(") ")[1][0] != "Z":
                found.append(int(folder.name))
        except (OSError, IndexError):
            continue
    return found


@pytest.fixture
def chat(built, tmp_path):
    """A started `daedap chat`, and the mark that all its processes carry."""
    mark = f"DAEDAP_TEST_MARK={uuid.uuid4().hex}"
    name, value = mark.split("=")
    environment = os.environ | {
        name: value,
        "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "DAEDAP_DATABASE_URL": f"sqlite:///{tmp_path / 'j.db'}",
    }
    program = str(Path(sys.executable).parent / "daedap")
    child = pexpect.spawn(program, ["chat"], env=environment, encoding="utf-8", dimensions=(50, 160), timeout=30, cwd=str(ROOT))
    yield child, mark
    for process in processes_with(mark):
        os.kill(process, signal.SIGKILL)
    child.close(force=True)


def gone(mark: str, timeout_s: float = 15.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while processes_with(mark) and time.monotonic() < deadline:
        time.sleep(0.2)
    return not processes_with(mark)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see which processes are left")
def test_a_customer_types_is_answered_and_leaves_no_process_behind(chat):
    child, mark = chat
    child.expect("대답을 준비하고 있어요", timeout=60)
    child.expect("무엇이든 물어보세요", timeout=180)
    assert len(processes_with(mark)) >= 3

    child.expect(PROMPT)
    child.send(f"반품 며칠 안 에{LEFT}{BACKSPACE}")  # 안 에 -> 안에, by an arrow and a backspace
    child.send(f"{END} 신청해야 해용")
    child.send(f"{BACKSPACE}요?\r")
    child.expect("대답> ")
    child.expect("7일")
    child.expect("출처: ")

    child.expect(PROMPT)
    child.send("/help\r")
    child.expect("번호만 적어서 고를 수 있어요")

    child.expect(PROMPT)
    child.send("내일 서울 날씨 알려줘\r")
    child.expect("모르겠어요")
    child.expect(r"1\.\S* 상담원")
    child.expect(PROMPT)
    child.send("1\r")
    child.expect("→ 상담원")
    child.expect("대답> ")

    child.expect(PROMPT)
    child.send(CTRL_C)
    child.expect("대화를 마칠게요")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert gone(mark)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see which processes are left")
def test_ctrl_c_while_loading_leaves_no_process_behind(chat):
    child, mark = chat
    child.expect("대답을 준비하고 있어요", timeout=60)
    time.sleep(1.0)
    child.send(CTRL_C)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert gone(mark)


def test_an_interrupt_that_was_swallowed_is_raised_later():
    interrupts = Interrupts()
    interrupts.raise_swallowed()
    with pytest.raises(KeyboardInterrupt):
        interrupts(signal.SIGINT, None)
    with pytest.raises(KeyboardInterrupt):
        interrupts.raise_swallowed()


def test_a_missing_model_or_index_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="daedap train nlu"):
        check_built(Settings(rasa_model=tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="daedap index --faq FILE"):
        check_built(Settings(rasa_model=tmp_path, index=tmp_path / "none"))


def test_the_cached_index_changes_with_the_files(tmp_path):
    faq, folder = tmp_path / "a.csv", tmp_path / "m"
    faq.write_text("1")
    (folder / "deep").mkdir(parents=True)
    first = fingerprint([faq], [folder])
    assert fingerprint([faq], [folder]) == first
    (folder / "deep" / "b.md").write_text("2")
    assert fingerprint([faq], [folder]) != first
    with pytest.raises(FileNotFoundError, match="none.csv"):
        fingerprint([tmp_path / "none.csv"], [])


def test_an_index_whose_build_was_stopped_is_built_anew(tmp_path, monkeypatch):
    from rich.console import Console

    monkeypatch.setattr("bot.settings.BUILT", tmp_path)
    faq = [ROOT / "tests" / "data" / "bakery" / "faq.csv"]
    stopped = tmp_path / "cache" / fingerprint(faq, [])
    (stopped / "versions").mkdir(parents=True)
    console = Console(file=(tmp_path / "out").open("w"))
    assert own_index(faq, [], Settings(), console) == stopped
    assert (stopped / "CURRENT").is_file()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/webhooks/rest/webhook"])
def test_the_address_of_a_running_server(url):
    assert server_address(url) == "http://127.0.0.1:8080"


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "file:///etc/passwd", ""])
def test_what_is_no_address_is_told(url):
    with pytest.raises(ValueError, match="--url"):
        server_address(url)
