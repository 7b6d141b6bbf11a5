import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from bot.message import Message, Sender
from bot.rest_client import BotAwayError, RestClient


@pytest.fixture
def server():
    """A server that records what was posted and answers with `reply`."""

    class Handler(BaseHTTPRequestHandler):
        posted, asked, reply, status = [], [], [{"text": "네"}], 200

        def do_GET(self):
            Handler.asked.append(self.path)
            self.answer()

        def do_POST(self):
            Handler.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer()

        def answer(self):
            body = json.dumps(Handler.reply).encode()
            self.send_response(Handler.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/webhook", Handler
        server.shutdown()


def test_message_and_sender_are_posted(server):
    url, handler = server
    assert RestClient(url, "me").send("안녕") == (Message("네"),)
    assert handler.posted == [{"sender": "me", "message": "안녕"}]


@pytest.mark.parametrize(
    ("status", "reply"), [(500, []), (200, []), (200, [{"recipient_id": "x"}]), (200, "글"), (200, {"a": 1})]
)
def test_no_answer_is_an_error_never_a_blank(server, status, reply):
    url, handler = server
    handler.status, handler.reply = status, reply
    with pytest.raises(BotAwayError):
        RestClient(url, "me").send("안녕")


def test_nobody_there_is_an_error():
    with pytest.raises(BotAwayError):
        RestClient("http://127.0.0.1:9/webhook", "me", timeout_s=1).send("안녕")


def test_silence_while_a_human_has_the_conversation_is_no_error(server):
    url, handler = server
    handler.reply = [{"recipient_id": "me", "custom": {"daedap_handover": {"state": "active"}}}]
    assert RestClient(url, "me").send("안녕") == ()


def test_who_fetches_says_so_and_gets_an_agent_s_words_once(server):
    url, handler = server
    client = RestClient(url, "나", fetches=True)
    client.send("안녕")
    assert handler.posted[-1]["metadata"] == {"fetches": True}
    handler.reply = [{"id": 7, "text": "제가 볼게요."}, {"id": 7, "custom": {"daedap_agent": True}}, {"id": 9, "text": "끝"}]
    assert client.fetch() == (Message("제가 볼게요.", Sender.AGENT), Message("끝"))
    handler.reply = []
    assert client.fetch() == ()
    assert handler.asked == ["/messages?sender=%EB%82%98&after=0", "/messages?sender=%EB%82%98&after=9"]


@pytest.mark.parametrize("reply", ["글", {"a": 1}, [{"text": "번호 없음"}]])
def test_a_broken_answer_is_fetched_again(server, reply):
    url, handler = server
    client = RestClient(url, "me")
    handler.reply = reply
    with pytest.raises(BotAwayError):
        client.fetch()
    handler.reply = [{"id": 3, "text": "네"}]
    assert client.fetch() == (Message("네"),)
