"""The two processes of the bot, started side by side on loopback and surely ended.

    with Servers(settings) as servers:
        servers.wait(on_ready=print)
        reply = servers.say("안녕하세요", sender="me")

The action server (`python -m bot.action_server`) answers from index and reader; the Rasa server
(`python -m bot.rasa_server`) understands and keeps the conversation. Each is a process group of its
own. A child ends when its standard input does, so also when this process is killed outright; that
works from any thread and on macOS, where PR_SET_PDEATHSIG does not.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.settings import ROOT, Settings

logger = logging.getLogger(__name__)

START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 5.0
POLL_S = 0.1
MAX_RESTARTS = 5
RESTARTS_WITHIN_S = 600.0
THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
"""What the servers are told of threads where the environment says nothing: a turn's matrices are small, and OpenBLAS's idle
threads would take two fifths of its time by looking for work."""
RASA_LOG = "rasa.log"
ACTION_LOG = "actions.log"

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Loopback is never asked for through a proxy."""


class ServerError(RuntimeError):
    """A server ended early or said why it cannot answer; the message is for the user."""


@dataclass(eq=False)
class Server:
    """One child process: its name for the user, its address, the file its output goes to."""

    name: str
    url: str
    process: subprocess.Popen
    log: Path

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def last_words(self, lines: int = 15) -> str:
        """The end of its output."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


class Servers:
    """Action server and Rasa server; `start` returns at once, `wait` when both answer."""

    def __init__(
        self, settings: Settings, *, rasa_port: int | None = None, action_port: int | None = None, logs: Path | None = None
    ) -> None:
        """Ports that are not given are free ones; logs go to `logs` or to a temporary folder."""
        self.settings = settings
        self.rasa_port = rasa_port or free_port()
        self.action_port = action_port or free_port()
        self.rasa_url = f"http://127.0.0.1:{self.rasa_port}"
        self.action_url = f"http://127.0.0.1:{self.action_port}"
        self._temporary = None if logs else tempfile.TemporaryDirectory(prefix="daedap-")
        self.logs = logs or Path(self._temporary.name)
        self.logs.mkdir(parents=True, exist_ok=True)
        self.action: Server | None = None
        self.rasa: Server | None = None
        self._restarts: list[float] = []

    def __enter__(self) -> Servers:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start both processes. FileNotFoundError names the command that makes a missing model."""
        rasa_model_file(self.settings.rasa_model)
        for log in (RASA_LOG, ACTION_LOG):
            (self.logs / log).unlink(missing_ok=True)
        try:
            self.start_action_server()
            self.start_rasa_server()
        except BaseException:
            self.stop()
            raise

    def start_action_server(self) -> None:
        """Start the action server; a second call starts it again after it has ended."""
        arguments = ["--host", "127.0.0.1", "--port", str(self.action_port)]
        self.action = self._spawn("답변 서비스", "bot.action_server", self.action_url, ACTION_LOG, arguments)

    def start_rasa_server(self) -> None:
        """Start Rasa; a second call starts it again after it has ended."""
        model = rasa_model_file(self.settings.rasa_model)
        arguments = ["--model", str(model), "--host", "127.0.0.1", "--port", str(self.rasa_port)]
        arguments += ["--action-url", f"{self.action_url}/webhook"]
        self.rasa = self._spawn("Rasa", "bot.rasa_server", self.rasa_url, RASA_LOG, arguments)

    def revive(self) -> list[str]:
        """Start again what has ended, killed or crashed; its names. ServerError where a server ends again and again."""
        revived = []
        for server, start in ((self.action, self.start_action_server), (self.rasa, self.start_rasa_server)):
            if server is None or not server.ended:
                continue
            now = time.monotonic()
            self._restarts = [at for at in self._restarts if now - at < RESTARTS_WITHIN_S] + [now]
            if len(self._restarts) > MAX_RESTARTS:
                raise ServerError(f"{server.name} 서버가 자꾸 끝나요.\n{server.last_words()}")
            logger.error("%s ended (%s) and is started again", server.name, server.process.returncode)
            if server.process.stdin:
                server.process.stdin.close()
            start()
            revived.append(server.name)
        return revived

    def _spawn(self, name: str, module: str, url: str, log: str, arguments: list[str]) -> Server:
        path = self.logs / log
        with path.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=THREADS | os.environ | self.settings.environment() | {"PYTHONUNBUFFERED": "1", "DAEDAP_LIFELINE": "1"},
                start_new_session=True,
            )
        return Server(name, url, process, path)

    def wait(self, timeout_s: float = START_TIMEOUT_S, on_ready: Callable[[str], None] | None = None) -> None:
        """Return when both answer; `on_ready` is told the name of each part as it gets ready.

        ServerError carries the reason, in Korean, where a part ended or said that it cannot work.
        """
        waiting = {self.action: self._action_is_ready, self.rasa: self._rasa_is_ready}
        deadline = time.monotonic() + timeout_s
        while waiting:
            for server, is_ready in list(waiting.items()):
                if server is None:
                    raise ServerError("서버를 아직 시작하지 않았어요.")
                if is_ready():
                    del waiting[server]
                    if on_ready:
                        on_ready(server.name)
                elif server.ended:
                    raise ServerError(f"{server.name} 서버가 시작하다가 끝났어요.\n{server.last_words()}")
            if waiting and time.monotonic() > deadline:
                names = ", ".join(server.name for server in waiting)
                raise ServerError(f"{timeout_s:.0f}초가 지나도 준비되지 않았어요: {names}. 기록은 {self.logs} 에 있어요.")
            if waiting:
                time.sleep(POLL_S)

    def _action_is_ready(self) -> bool:
        status, body = _get(f"{self.action_url}/ready")
        if status == 500:
            raise ServerError(str(json.loads(body).get("reason")))
        return status == 200

    def _rasa_is_ready(self) -> bool:
        return _get(f"{self.rasa_url}/webhooks/rest/")[0] == 200

    def say(self, text: str, *, sender: str, timeout_s: float = 30.0) -> list[dict[str, Any]]:
        """The bot's messages to `text`, as Rasa's REST channel gives them."""
        body = json.dumps({"sender": sender, "message": text}).encode()
        request = urllib.request.Request(
            f"{self.rasa_url}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}, method="POST"
        )
        with _DIRECT.open(request, timeout=timeout_s) as response:
            return json.load(response)

    def stop(self) -> None:
        """End both process groups: asked first, killed after STOP_TIMEOUT_S."""
        started = [server for server in (self.rasa, self.action) if server is not None]
        for server in started:
            _signal(server.process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for server in started:
            try:
                server.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            _signal(server.process, signal.SIGKILL)
            server.process.wait()
            if server.process.stdin:
                server.process.stdin.close()
        self.rasa = self.action = None
        if self._temporary:
            self._temporary.cleanup()


def _signal(process: subprocess.Popen, number: signal.Signals) -> None:
    """Send `number` to the group of `process`, where there is one left."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _get(url: str) -> tuple[int, bytes]:
    """Status and body of `url`; status 0 where nobody answers."""
    try:
        with _DIRECT.open(url, timeout=2) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def rasa_model_file(path: Path) -> Path:
    """The Rasa model at `path`, or the newest in that folder."""
    if path.is_file():
        return path
    models = sorted(path.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime) if path.is_dir() else []
    if not models:
        raise FileNotFoundError(f"{path}: 학습한 Rasa 모델이 없어요. daedap train nlu 명령으로 만들어 주세요.")
    return models[-1]
