"""Attacks, each refused: HTML and files, doors that do not exist, forged senders, floods."""

import re

import pytest

from bot.front.config import FrontConfig
from bot.message import Button, Message, Source

SCRIPT = "<script>alert(1)</script>"


def conversation(client):
    return {"Authorization": f"Bearer {client.post('/chat/conversations').json()['token']}"}


# What is said or written is text, never HTML.


@pytest.mark.parametrize(
    "text", [SCRIPT, '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}", "</script><svg onload=alert(1)>"]
)
def test_html_in_a_question_comes_back_as_json_text_only(front, text):
    client = front()
    response = client.post("/api/ask", json={"question": text})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.json()["question"] == text


def test_html_in_a_manual_is_shown_not_run(front):
    page = front().get("/documents/규정").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(&#39;문서&#39;)&lt;/script&gt;" in page


def test_html_in_a_title_or_file_name_is_shown_not_run(front):
    page = front().get("/documents/규정").text
    assert "<b>반품" not in page and "<title>&lt;b&gt;반품&lt;/b&gt; 규정</title>" in page


def test_html_in_an_answer_reaches_a_device_as_json(front, upstream):
    upstream.replies = (Message(SCRIPT, buttons=(Button(SCRIPT, "/human"),), source=Source(SCRIPT, SCRIPT, SCRIPT)),)
    client = front()
    auth = conversation(client)
    client.post("/chat/messages", json={"client_id": "c", "text": "가"}, headers=auth)
    response = client.get("/chat/messages?after=1&wait=5", headers=auth)
    assert response.headers["content-type"] == "application/json"
    assert response.json()["messages"][0]["text"] == SCRIPT


def test_a_link_that_runs_is_never_made():
    for url in ("javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x"):
        with pytest.raises(ValueError):
            Message("x", link=url)


def test_pages_run_no_script_of_others(front):
    policy = front().get("/").headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy and "form-action 'self'" in policy


def test_pages_hold_no_script_or_style_of_their_own(front):
    client = front()
    for page in (client.get("/").text, client.get("/documents/규정?start=1&end=3").text):
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert "style=" not in page and "<style" not in page and not re.search(r"\son\w+=", page)


# Files and doors that are not there.


@pytest.mark.parametrize(
    "path",
    [
        "/documents/../../etc/passwd",
        "/documents/..%2f..%2fetc%2fpasswd",
        "/documents/%2e%2e/%2e%2e/etc/passwd",
        "/documents//etc/passwd",
        "/documents/..%5c..%5cwindows",
        "/documents/규정.md%00.txt",
        "/documents/" + "a" * 5000,
        "/documents/%20",
        "/static/../config.py",
        "/static/%2e%2e/config.py",
        "/static/..%2fconfig.py",
        "/static/",
        "/templates/page.html",
        "/.env",
    ],
)
def test_no_path_leads_out_of_what_is_served(front, path):
    response = front().get(path)
    assert response.status_code == 404
    assert "root:" not in response.text and "import" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/conversations/a/tracker",
        "/conversations/a/tracker/events",
        "/model/train",
        "/model/parse",
        "/model",
        "/domain",
        "/status",
        "/version",
        "/webhook",
        "/actions",
        "/webhooks/../conversations/a/tracker",
        "/webhooks/rest/../../status",
        "/webhooks/rest/%2e%2e/%2e%2e/status",
        "/webhooks/rest/..%2f..%2fstatus",
        "/webhooks/rest//status",
        "/webhooks/slack/webhook",
        "/webhooks/..%2fmodel/train",
    ],
)
def test_nothing_of_rasa_s_management_is_reached(front, upstream, path):
    client = front()
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert client.request(method, path).status_code in (404, 405)
    assert upstream.hooked == []


# Who says that they are someone else.


def test_a_forged_forwarding_header_opens_no_metrics(front):
    outside, behind = front(), front(client=("127.0.0.1", 1))
    for header in ({"X-Forwarded-For": "127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}):
        assert outside.get("/metrics", headers=header).status_code == 403
        assert behind.get("/metrics", headers=header).status_code == 403


def test_a_forged_forwarding_header_does_not_reset_the_limit(front):
    client = front(per_address_per_minute=2)
    statuses = [client.get("/", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(3)]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic abc", "abc"])
def test_no_conversation_without_its_token(front, header):
    response = front().get("/chat/messages", headers={"Authorization": header})
    assert response.status_code == 401


@pytest.mark.parametrize("token", ["x", "' OR 1=1 --", "../../x", "a" * 10_000])
def test_no_conversation_with_a_guessed_token(front, token):
    assert front().get("/chat/messages", headers={"Authorization": f"Bearer {token}"}).status_code == 404


def test_a_token_in_the_address_is_not_taken(front):
    client = front()
    token = client.post("/chat/conversations").json()["token"]
    assert client.get(f"/chat/messages?token={token}").status_code == 401


def test_one_customer_cannot_rate_another_s_answer(front):
    client = front()
    mine, other = conversation(client), conversation(client)
    client.post("/chat/messages", json={"client_id": "c", "text": "가"}, headers=mine)
    assert client.post("/chat/feedback", json={"id": 2, "thumb": "up"}, headers=other).status_code == 404


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://testserver.evil.example", "https://testserver@evil.example", "file://"]
)
@pytest.mark.parametrize("path", ["/api/ask", "/chat/conversations", "/webhooks/rest/webhook"])
def test_another_site_cannot_make_a_browser_ask(front, upstream, origin, path):
    response = front().post(path, json={"question": "가"}, headers={"Origin": origin})
    assert response.status_code == 403
    assert upstream.asked == upstream.hooked == []


def test_a_browser_that_hides_the_origin_still_says_that_it_is_another_site(front):
    assert front().post("/api/ask", json={"question": "가"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_only_allowed_sites_may_read_answers(front):
    client = front(allowed_origins=("https://shop.example.com",))
    allowed = client.post("/api/ask", json={"question": "가"}, headers={"Origin": "https://shop.example.com"})
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example.com"
    assert "access-control-allow-credentials" not in allowed.headers
    for origin in ("https://shop.example.com.evil.example", "http://shop.example.com", "https://evil.example"):
        assert "access-control-allow-origin" not in client.get("/api/search?q=a", headers={"Origin": origin}).headers
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        assert client.options("/api/ask", headers=asked).status_code == 400


def test_a_newline_in_a_header_splits_nothing(front):
    response = front().get("/documents/규정?start=1%0d%0aSet-Cookie:%20a=b&end=3")
    assert "set-cookie" not in response.headers


# Too much at once.


def test_an_oversize_body_is_refused(front, upstream):
    client = front(max_body_bytes=1000)
    for path in ("/api/ask", "/webhooks/rest/webhook"):
        assert client.post(path, content=b'{"question": "' + b"a" * 2000 + b'"}').status_code == 413
    assert client.post("/chat/messages", content=b"a" * 2000, headers=conversation(client)).status_code == 413
    assert upstream.asked == upstream.hooked == []


def test_an_oversize_body_that_does_not_say_its_size_is_refused(front, upstream):
    def chunks():
        for _ in range(20):
            yield b"a" * 100

    assert front(max_body_bytes=1000).post("/api/ask", content=chunks()).status_code == 413
    assert upstream.asked == []


def test_deeply_nested_json_is_refused(front):
    assert front().post("/api/ask", content=b'{"question":' + b"[" * 60_000).status_code in (400, 413)


def test_an_oversize_message_is_refused(front, upstream):
    client = front()
    auth = conversation(client)
    body = {"client_id": "c", "text": "가" * 10_001}
    assert client.post("/chat/messages", json=body, headers=auth).status_code == 422
    assert upstream.said == []


def test_broken_json_and_wrong_types_are_refused(front):
    client = front()
    auth = conversation(client)
    for content in (b"{nope", b"[]", b"\xff\xfe", b'{"client_id": {"$ne": 1}, "text": ["a"]}'):
        assert client.post("/chat/messages", content=content, headers=auth).status_code in (400, 422)


def test_errors_tell_nothing_of_the_inside(front, upstream):
    upstream.failure = KeyError("/srv/secret/path")
    response = front().post("/api/ask", json={"question": "가"})
    assert response.status_code == 500
    assert "secret" not in response.text and "Traceback" not in response.text
    assert response.headers["content-security-policy"]


# Secrets.


def test_the_secrets_of_examples_are_refused():
    with pytest.raises(ValueError, match="예시"):
        FrontConfig(session_secret="change-me" * 8)
