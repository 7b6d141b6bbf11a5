import json
import shutil
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from bot.doctor import State, configured, conversations, database, door, examine, proxy, rasa_model, studio, webhook
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


@pytest.mark.parametrize(
    ("table", "environment", "words"),
    [
        ("[web]\nports = 3\n", {}, "ports"),
        ("faq_sure = 3\n", {}, "faq_sure"),
        ("[web", {}, "설정 파일을 읽을 수 없어요"),
        ("[web]\nsession_secret = 'x'\n", {}, "secret"),
        ("", {"DAEDAP_SESSION_SECRET": "change-me"}, "openssl rand -hex 32"),
        ("", {"DAEDAP_STUDIO_PASSWORD_HASH": "open password of more than 32 characters"}, "daedap password"),
        ("", {"DAEDAP_CONFIG": "nowhere.toml"}, "nowhere.toml"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_a_finding_and_the_rest_is_looked_at(tmp_path, table, environment, words):
    (tmp_path / "daedap.toml").write_text(table, encoding="utf-8")
    settings, config, found = configured({"DAEDAP_CONFIG": str(tmp_path / "daedap.toml")} | environment)
    assert (found.state, words in found.said) == (State.BROKEN, True)
    assert found.advice and isinstance(config, FrontConfig) and isinstance(settings, Settings)


def test_a_configuration_that_can_be_read_is_what_is_looked_at(tmp_path):
    (tmp_path / "daedap.toml").write_text("faq_sure = 0.95\n[web]\nport = 8181\n", encoding="utf-8")
    settings, config, found = configured({"DAEDAP_CONFIG": str(tmp_path / "daedap.toml")})
    assert (found.state, settings.faq_sure, config.port) == (State.FINE, 0.95, 8181)


@pytest.mark.parametrize("damage", ["a byte", "half a file", "no manifest"])
def test_a_damaged_index_is_told_by_its_file(tmp_path, built, damage):
    shutil.copytree(built.index, tmp_path / "index")
    version = tmp_path / "index" / "versions" / (built.index / "CURRENT").read_text(encoding="utf-8").strip()
    segment = json.loads((version / "manifest.json").read_text(encoding="utf-8"))["segments"][0]["name"]
    file = tmp_path / "index" / "segments" / segment / "entries.jsonl"
    if damage == "a byte":
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif damage == "half a file":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    else:
        file = version / "manifest.json"
        file.unlink()
    settings = Settings(index=tmp_path / "index", database_url=f"sqlite:///{tmp_path / 'j.db'}")
    parts = examine(settings, FrontConfig(port=free_port(), conversations=tmp_path / "w.db"), {})
    found = next(one for one in parts if one.what == "색인")
    assert (found.state, file.name in found.said, bool(found.advice)) == (State.BROKEN, True, True), found


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
