"""Starting, waiting for and ending the servers; the children here are small ones of our own."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from bot.servers import ServerError, Servers, free_port, rasa_model_file
from bot.settings import ROOT, Settings

CHILD = "import time; from bot.lifeline import end_with_parent; end_with_parent(); print('up', flush=True); time.sleep(60)"
PARENT = f"""
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         env=os.environ | {{"DAEDAP_LIFELINE": "1"}}, start_new_session=True)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0] != "Z"


def ends(pid, timeout_s=10.0):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not os.path.exists("/proc"), reason="reads /proc")
def test_a_child_ends_when_its_parent_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    child = int(parent.stdout.readline())
    assert is_alive(child)
    parent.kill()
    parent.wait()
    assert ends(child)


def test_a_server_run_by_hand_does_not_mind_its_standard_input():
    code = "from bot.lifeline import end_with_parent; import time; end_with_parent(); time.sleep(0.5); print('still here')"
    run = subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT)
    assert run.stdout == "still here\n"


def test_a_free_port_can_be_listened_on():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))


def test_the_newest_model_of_a_folder_is_taken(tmp_path):
    for age, name in enumerate(("b", "a")):
        (tmp_path / f"{name}.tar.gz").touch()
        os.utime(tmp_path / f"{name}.tar.gz", (1_000 + age, 1_000 + age))
    assert rasa_model_file(tmp_path).name == "a.tar.gz"
    assert rasa_model_file(tmp_path / "b.tar.gz").name == "b.tar.gz"


@pytest.mark.parametrize("name", [".", "nowhere"])
def test_a_missing_model_names_the_command(tmp_path, name):
    with pytest.raises(FileNotFoundError, match="daedap train nlu"):
        rasa_model_file(tmp_path / name)


def test_without_a_model_nothing_is_started(tmp_path):
    servers = Servers(Settings(rasa_model=tmp_path), logs=tmp_path / "logs")
    with pytest.raises(FileNotFoundError):
        servers.start()
    assert (servers.action, servers.rasa) == (None, None)


@pytest.fixture
def spawned(tmp_path):
    """Servers whose children run the module given, whatever it is."""
    made = []

    def spawn(code):
        (tmp_path / "stand_in_server.py").write_text(code)
        servers = Servers(Settings(), logs=tmp_path / "logs")
        os.environ["PYTHONPATH"] = str(tmp_path)
        try:
            servers.rasa = servers._spawn("Rasa", "stand_in_server", servers.rasa_url, "rasa.log", [])
            servers.action = servers._spawn("답변 서비스", "stand_in_server", servers.action_url, "actions.log", [])
        finally:
            del os.environ["PYTHONPATH"]
        made.append(servers)
        return servers

    yield spawn
    for servers in made:
        servers.stop()


def test_a_server_that_ends_early_says_its_last_words(spawned):
    servers = spawned("raise SystemExit('포트가 쓰이고 있어요')")
    with pytest.raises(ServerError, match="포트가 쓰이고 있어요"):
        servers.wait(timeout_s=30)


def test_waiting_has_an_end(spawned):
    servers = spawned("import time; time.sleep(60)")
    with pytest.raises(ServerError, match="준비되지 않았어요"):
        servers.wait(timeout_s=0.3)


def test_even_one_that_ignores_being_asked_is_ended(spawned, monkeypatch):
    monkeypatch.setattr("bot.servers.STOP_TIMEOUT_S", 0.5)
    servers = spawned(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    processes = [servers.rasa.process, servers.action.process]
    while not all("up" in server.last_words() for server in (servers.rasa, servers.action)):
        time.sleep(0.05)
    servers.stop()
    assert [process.returncode for process in processes] == [-signal.SIGKILL, -signal.SIGKILL]
    servers.stop()  # a second time does nothing


def test_what_was_killed_is_started_again_unless_it_keeps_ending(spawned, monkeypatch):
    servers = spawned("import time; time.sleep(60)")
    monkeypatch.setattr(servers, "start_rasa_server", lambda: setattr(servers, "rasa", again()))

    def again():
        return servers._spawn("Rasa", "no_such_module", servers.rasa_url, "rasa.log", [])

    assert servers.revive() == []
    servers.rasa.process.kill()
    servers.rasa.process.wait()
    assert servers.revive() == ["Rasa"]
    with pytest.raises(ServerError, match="Rasa 서버가 자꾸 끝나요"):
        while True:
            servers.rasa.process.wait()
            servers.revive()
