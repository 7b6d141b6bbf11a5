"""The action server's doors for the front, asked through a real Sanic application on loopback."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from threading import Thread

import pytest

from bot.actions.service import AnswerService, StillLoadingError
from bot.answer_doors import DOORS, add_answer_doors, ask, document, search
from bot.cascade import Cascade
from bot.servers import free_port
from bot.settings import Settings


@pytest.fixture
def cascade(stand_in_index, stand_in_reader, stand_in_choice, stand_in_judge, stand_in_scope):
    reader = stand_in_reader("2년", 0.8)
    made = stand_in_index({"F1": 0.97, "F2": 0.2})
    made.version = "v1"
    return Cascade(
        made, reader, Settings(), None, judge_of=stand_in_judge, choice=stand_in_choice(reader), scope_of=stand_in_scope
    )


def test_ask_gives_answer_and_text(cascade):
    said = ask(cascade, {"question": "반품 언제까지"})
    assert (said["answer"]["kind"], said["index"]) == ("faq", "v1")
    assert said["text"].startswith("7일 안에 하시면 돼요.")


@pytest.mark.parametrize("asked", [{}, {"question": ""}, {"question": 7}])
def test_a_question_must_be_text(cascade, asked):
    with pytest.raises(ValueError, match="question"):
        ask(cascade, asked)


def test_search(cascade):
    assert [hit["id"] for hit in search(cascade, {"query": "반품", "k": 1})["hits"]] == ["F1"]
    assert [hit["id"] for hit in search(cascade, {"query": "보증", "what": "passages"})["hits"]] == ["p1", "p2"]
    for wrong in ({"what": "x"}, {"k": 0}, {"k": 51}, {"k": "3"}):
        with pytest.raises(ValueError):
            search(cascade, {"query": "반품"} | wrong)


def test_a_document_and_its_sections(cascade):
    found = document(cascade, {"id": "규정"})
    assert found["document"]["title"] == "반품 규정"
    assert [name for _, name in found["sections"]] == ["1장 반품", "2장 보증"]


@pytest.fixture(scope="module")
def served():
    """The doors of a service whose work says what happened, over HTTP."""
    from sanic import Sanic

    class Service(AnswerService):
        def __init__(self):
            self.error = None

        async def run(self, work):
            if self.error:
                raise self.error
            return work(None)

    service, port = Service(), free_port()
    app = Sanic("doors")
    add_answer_doors(app, service)

    async def main():
        server = await app.create_server("127.0.0.1", port, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.start_serving()
        await asyncio.Event().wait()

    Thread(target=lambda: asyncio.run(main()), daemon=True).start()
    return service, f"http://127.0.0.1:{port}"


def post(url, body):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(200):
        try:
            with opener.open(urllib.request.Request(url, json.dumps(body).encode()), timeout=5) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError("nobody answers")


def test_over_http(served):
    service, url = served
    assert post(f"{url}/search", {})[0] == 400
    service.error = StillLoadingError("loading")
    assert post(f"{url}/version", {}) == (503, {"error": "loading"})
    service.error = RuntimeError("inside")
    assert post(f"{url}/search", {"query": "a"}) == (500, {"error": "failed"})
    service.error = None
    assert set(DOORS) == {"/ask", "/search", "/document", "/version", "/explain", "/entry", "/save_entry"}
