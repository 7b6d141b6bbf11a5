import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from bot.doctor import State, conversations, database, door, examine, proxy, rasa_model, studio, webhook
from bot.front.config import FrontConfig
from bot.servers import free_port
from bot.settings import Settings
from bot.storage.kept_rows import KeptRows


def test_everything_is_looked_at_though_all_is_missing(tmp_path):
    settings = Settings(
        index=tmp_path / "i", reader=tmp_path / "r", rasa_model=tmp_path / "m", database_url=f"sqlite:///{tmp_path / 'j.db'}"
    )
    found = {one.what: one for one in examine(settings, FrontConfig(port=free_port(), conversations=tmp_path / "w.db"), {})}
    assert [name for name, one in found.items() if one.state is State.BROKEN] == ["대화 모델", "색인", "독해 모델"]
    assert "daedap train nlu" in found["대화 모델"].said
    assert found["데이터베이스"].said == "답하지 못한 질문 0개"
    assert found["채널 rest"].state is State.FINE
    assert all(one.advice for one in found.values() if one.state is not State.FINE)


def test_rows_that_wait_for_the_database_are_told_and_those_it_refuses_are_broken(tmp_path):
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'j.db'}")
    rows = KeptRows(tmp_path / "j.db.kept")
    assert database(settings).state is State.FINE
    rows.put("add", "turns", [{"key": "a"}, {"key": "b"}])
    found = database(settings)
    assert (found.state, found.said) == (State.NOTE, "답하지 못한 질문 0개, 쓰기를 기다리는 행 2개")
    rows.refuse(1, "NOT NULL")
    found = database(settings)
    assert (found.state, found.said) == (State.BROKEN, "답하지 못한 질문 0개, 받지 않은 행 1개")
    rows.close()


def test_the_model_that_would_serve_is_named(tmp_path):
    (tmp_path / "a.tar.gz").touch()
    assert rasa_model(Settings(rasa_model=tmp_path)).said == "a.tar.gz"


def test_a_broken_file_of_conversations(tmp_path):
    (tmp_path / "w.db").write_bytes(b"no database" * 100)
    assert conversations(FrontConfig(conversations=tmp_path / "w.db")).state is State.BROKEN


@pytest.fixture
def answering():
    """A server that answers everything with `body`."""

    class Handler(BaseHTTPRequestHandler):
        body: object = {}

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(Handler.body).encode())

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield FrontConfig(port=server.server_port), Handler
        server.shutdown()


@pytest.mark.parametrize(
    ("body", "state", "said"),
    [
        ({"ready": True, "parts": {"rasa": True, "answers": True}}, State.FINE, "답하고 있어요"),
        ({"ready": False, "parts": {"rasa": True, "answers": False}}, State.BROKEN, "준비되지 않은 것: answers"),
        (["another program"], State.BROKEN, "대답이 아닌 것"),
    ],
)
def test_who_answers_at_the_door(answering, body, state, said):
    config, handler = answering
    handler.body = body
    found = door(config)
    assert (found.state, said in found.said) == (state, True)


def test_nobody_at_the_door_is_no_fault():
    assert door(FrontConfig(port=free_port())).state is State.NOTE


def test_a_closed_studio_tells_how_to_open_it():
    assert "daedap password" in studio(FrontConfig()).advice


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({}, State.FINE),
        ({"host": "0.0.0.0"}, State.NOTE),
        ({"public_url": "https://bot.example.com"}, State.NOTE),
        ({"public_url": "https://bot.example.com", "trusted_proxies": ("127.0.0.1",)}, State.FINE),
    ],
)
def test_what_customers_see_and_who_is_believed(settings, state):
    assert proxy(FrontConfig(**settings)).state is state


def test_a_channel_s_secrets_must_be_set(tmp_path):
    file = tmp_path / "credentials.yml"
    file.write_text("bot.channels.rest.GuardedRest:\nbot.channels.kakao.Kakao:\n  secret: ${KAKAO_SECRET}\n", encoding="utf-8")
    assert webhook("rest", {}, file).state is State.FINE
    assert "KAKAO_SECRET" in webhook("kakao", {}, file).said
    assert webhook("kakao", {"KAKAO_SECRET": "x"}, file).state is State.FINE
    assert webhook("slack", {}, file).state is State.BROKEN
