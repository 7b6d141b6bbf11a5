"""A real Chromium (Debian's) against the real servers. `make test-browser`"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import time
from pathlib import Path
from threading import Thread

import pytest

from bot.front.config import FrontConfig
from bot.front.passwords import hashed
from bot.front.server import uvicorn_server
from bot.servers import Servers, free_port
from bot.settings import ROOT

SCREENSHOTS = Path(os.environ.get("DAEDAP_SCREENSHOTS", ROOT / ".daedap" / "screenshots"))
BROWSER = "DAEDAP_BROWSER"
SITE = "DAEDAP_SITE"
"""Names a running front to test instead of starting one; it must allow the origin at DAEDAP_STRICT_PORT."""


@pytest.fixture(scope="session")
def password():
    """The studio's password."""
    return os.environ.get("DAEDAP_STUDIO_PASSWORD") or "열 자가 넘는 비밀번호"


@pytest.fixture(scope="session")
def strict_port():
    return int(os.environ.get("DAEDAP_STRICT_PORT") or free_port())


@pytest.fixture(scope="session")
def site(request, tmp_path_factory, strict_port, password):
    """The address of a front over the real servers; the site at `strict_port` may use it too."""
    if os.environ.get(SITE):
        yield os.environ[SITE]
        return
    built = request.getfixturevalue("built")
    folder = tmp_path_factory.mktemp("web")
    shutil.copytree(built.index, folder / "index")  # the studio changes it
    settings = built.replace(database_url=f"sqlite:///{folder / 'journal.db'}", index=folder / "index")
    config = FrontConfig(
        port=free_port(),
        conversations=folder / "web.db",
        allowed_origins=(f"http://127.0.0.1:{strict_port}",),
        per_address_per_minute=10_000,
        per_user_per_minute=1_000,
        session_secret=secrets.token_hex(32),
        studio_password_hash=hashed(password),
    )
    with Servers(settings) as servers:
        servers.wait()
        front = uvicorn_server(config, servers)
        thread = Thread(target=lambda: asyncio.run(front.serve()), daemon=True)
        thread.start()
        _wait_for(config.port)
        yield f"http://127.0.0.1:{config.port}"
        front.should_exit = True
        thread.join(10)


def _wait_for(port: int, timeout_s: float = 30.0) -> None:
    """Until the front listens. TimeoutError where it never does."""
    end = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise TimeoutError(f"the front does not listen on port {port}") from None
            time.sleep(0.1)


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    program = os.environ.get(BROWSER) or shutil.which("chromium")
    if program is None:
        pytest.fail("no chromium: apt-get install chromium, or name one in DAEDAP_BROWSER")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture
def page(browser, site):
    """A page of a new customer; console errors fail the test."""
    context = browser.new_context(locale="ko-KR", viewport={"width": 1100, "height": 760})
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    yield opened
    context.close()
    assert opened.problems == []


@pytest.fixture
def shot():
    """Keeps a picture of the page, for docs/channels/web.md."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=SCREENSHOTS / f"{name}.png")
