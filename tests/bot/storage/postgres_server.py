"""A PostgreSQL of one's own on loopback, for tests and for the load script: started, killed outright, started again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from bot.servers import free_port

START_TIMEOUT_S = 30.0
FOLDERS = ("/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt")


def find_programs() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest where there are several; None where there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = [path.parent for start in FOLDERS for path in Path(start).glob("*/bin/initdb")]
    return max(folders, default=None)


class Postgres:
    """A cluster in a temporary folder; root starts it as the user `postgres`, since PostgreSQL refuses to be root."""

    def __init__(self) -> None:
        programs = find_programs()
        if programs is None:
            raise FileNotFoundError("initdb: PostgreSQL is not installed (apt-get install postgresql)")
        self._programs = programs
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="daedap-postgres-"))
        self._data = self._folder / "data"
        self._user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._process: subprocess.Popen | None = None
        options = ["-U", "daedap", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        self._run([str(programs / "initdb"), "-D", str(self._data), *options])

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://daedap@127.0.0.1:{self.port}/{name}"

    def create(self, name: str) -> str:
        """The address of a new, empty database."""
        self._run([str(self._programs / "createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "daedap", name])
        return self.url(name)

    def start(self) -> Postgres:
        options = ["-p", str(self.port), "-h", "127.0.0.1", "-k", str(self._folder)]
        self._process = subprocess.Popen(
            [str(self._programs / "postgres"), "-D", str(self._data), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **self._as_user(),
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        probe = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(probe).returncode:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.1)
        return self

    def kill(self) -> None:
        """kill -9 of the server and of everything it started."""
        if self._process is None:
            return
        for pid in [self._process.pid, *_children(self._process.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._process.wait()
        self._process = None
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def remove(self) -> None:
        """End it for good."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **self._as_user())

    def _as_user(self) -> dict:
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if self._user else {}


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(one) for one in listed.split()]
