"""`daedap serve` is told to end: all is closed and nothing of uvicorn's is printed."""

import subprocess
import sys

import pytest

SCRIPT = """
import asyncio, os, signal, sys, threading, time, uvicorn
from bot.front import server
from bot.servers import free_port

signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))

class Servers:
    def wait(self, on_ready=None): pass
    def revive(self): return []

async def app(scope, receive, send):
    while True:
        await send({"type": (await receive())["type"] + ".complete"})

def ready():
    threading.Timer(0.2, os.kill, (os.getpid(), int(sys.argv[1]))).start()

front = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_level="warning", ws="none", lifespan="off"))
asyncio.run(server._serve(front, Servers(), print, ready))
print("ended")
"""


@pytest.mark.parametrize("signum", [15, 2])
def test_a_signal_ends_the_serving_without_a_traceback(signum):
    ended = subprocess.run([sys.executable, "-c", SCRIPT, str(signum)], capture_output=True, text=True, timeout=60)
    assert (ended.stdout.strip(), ended.stderr, ended.returncode) == ("ended", "", 0)
