"""What `daedap doctor` says about KakaoTalk."""

import pytest

from bot.doctor import State, kakao
from bot.front.config import FrontConfig

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
def test_what_is_missing_is_said_with_what_to_do(tmp_path, environment, public_url, state, words):
    found = kakao(FrontConfig(conversations=tmp_path / "web.db", public_url=public_url), environment)
    assert (found.state, words in found.said + found.advice) == (state, True)
    assert not (tmp_path / "kakao.db").exists()


def test_a_broken_file_of_answers(tmp_path):
    (tmp_path / "kakao.db").write_bytes(b"no database" * 100)
    assert kakao(FrontConfig(conversations=tmp_path / "web.db"), {}).state is State.BROKEN
