"""A child process's tie to the process that started it."""

from __future__ import annotations

import os
import signal
import threading
import time

GRACE_S = 3.0


def end_with_parent() -> None:
    """End this process once its standard input does, that is once its parent is gone.

    Does nothing where `bot.servers` did not start it, so that a server can be run by hand as well.
    """
    if not os.environ.pop("DAEDAP_LIFELINE", None):
        return
    threading.Thread(target=_watch, name="lifeline", daemon=True).start()


def _watch() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
