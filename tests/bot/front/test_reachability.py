"""What an address comes back with, of this front and of others."""

import asyncio
import socket
from threading import Thread

import pytest
import requests
import uvicorn

from bot.front.app import create_app
from bot.front.config import FrontConfig
from bot.front.kakao import PATH
from bot.front.kakao_config import KakaoConfig
from bot.front.reachability import knock, look
from bot.servers import free_port


@pytest.fixture
def address(upstream, tmp_path):
    """Where a front with a secret for KakaoTalk listens."""
    config = FrontConfig(port=free_port(), conversations=tmp_path / "web.db")
    app = create_app(config, upstream, kakao_config=KakaoConfig(secret="4f1c2d3e4b5a69788796a5b4c3d2e1f0"))
    server = uvicorn.Server(uvicorn.Config(app, port=config.port, log_level="warning", ws="none"))
    thread = Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield f"http://127.0.0.1:{config.port}"
    server.should_exit = True
    thread.join(10)


def test_a_front_answers_and_lets_no_stranger_in(address, upstream):
    assert (look(address).is_ours, look(address).status) == (True, 200)
    came = knock(address + PATH)
    assert (came.refused, came.status) == (True, 403)
    assert upstream.said == []  # nothing was said to the bot


def test_another_path_is_no_channel(address):
    came = knock(f"{address}/elsewhere")
    assert (came.refused, came.status) == (False, 404)


def test_nobody_there_and_somebody_else():
    assert look(f"http://127.0.0.1:{free_port()}").failure == "ConnectionError"
    with socket.create_server(("127.0.0.1", 0)) as other:
        Thread(target=lambda: other.accept()[0].sendall(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"), daemon=True).start()
        came = knock(f"http://127.0.0.1:{other.getsockname()[1]}/webhooks/kakao/webhook")
    assert (came.status, came.refused) == (403, False)


def test_a_wrong_certificate_is_said(monkeypatch):
    def refuse(*_, **__):
        raise requests.exceptions.SSLError("expired")

    monkeypatch.setattr(requests, "request", refuse)
    assert look("https://bot.example.com").failure == "인증서가 맞지 않아요"
