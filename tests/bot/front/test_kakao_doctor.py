"""What `daedap doctor` says about KakaoTalk."""

import pytest

from bot.doctor import State, kakao
from bot.front.config import FrontConfig
from bot.front.reachability import Reached

SECRET = "4f1c2d3e4b5a69788796a5b4c3d2e1f0"
HTTPS = "https://bot.example.com"


@pytest.mark.parametrize(
    ("environment", "public_url", "state", "words"),
    [
        ({}, None, State.NOTE, "DAEDAP_KAKAO_SECRET"),
        ({"DAEDAP_KAKAO_SECRET": "short"}, HTTPS, State.BROKEN, "openssl rand -hex 32"),
        ({"DAEDAP_KAKAO_SECRET": "change-me-0123456789abcdef"}, HTTPS, State.BROKEN, "openssl rand -hex 32"),
        ({"DAEDAP_KAKAO_SECRET": SECRET}, None, State.NOTE, "public_url"),
        (
            {"DAEDAP_KAKAO_SECRET": SECRET, "DAEDAP_KAKAO_CALLBACK_HOSTS": "127.0.0.1"},
            HTTPS,
            State.NOTE,
            "DAEDAP_KAKAO_CALLBACK_HOSTS",
        ),
        ({"DAEDAP_KAKAO_SECRET": SECRET}, HTTPS, State.FINE, "https://bot.example.com/webhooks/kakao/webhook"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(tmp_path, monkeypatch, environment, public_url, state, words):
    monkeypatch.setattr("bot.front.reachability.knock", lambda address: Reached(403, is_ours=True))
    found = kakao(FrontConfig(conversations=tmp_path / "web.db", public_url=public_url), environment)
    assert (found.state, words in found.said + found.advice) == (state, True)
    assert not (tmp_path / "kakao.db").exists()


def test_a_broken_file_of_answers(tmp_path):
    (tmp_path / "kakao.db").write_bytes(b"no database" * 100)
    assert kakao(FrontConfig(conversations=tmp_path / "web.db"), {}).state is State.BROKEN


@pytest.mark.parametrize(
    ("came", "state", "words"),
    [
        (Reached(403, is_ours=True), State.FINE, "스킬 주소: https://bot.example.com/webhooks/kakao/webhook"),
        (Reached(200, is_ours=True), State.BROKEN, "비밀 값이 없는 요청에도 답해요"),
        (Reached(502), State.NOTE, "닿지 않아요: 상태 502"),
        (Reached(403), State.NOTE, "닿지 않아요: 상태 403"),  # refused, but by something else
        (Reached(failure="ConnectionError"), State.NOTE, "닿지 않아요: ConnectionError"),
    ],
)
def test_whether_kakao_would_get_here(tmp_path, monkeypatch, came, state, words):
    asked = []
    monkeypatch.setattr("bot.front.reachability.knock", lambda address: asked.append(address) or came)
    found = kakao(FrontConfig(conversations=tmp_path / "web.db", public_url=HTTPS), {"DAEDAP_KAKAO_SECRET": SECRET})
    assert (found.state, words in found.said, asked) == (state, True, [f"{HTTPS}/webhooks/kakao/webhook"])
