"""The front's routes as others meet them."""

import jsonschema
import pytest

from bot.front.documents import Line, Run, lines_of
from bot.front.openapi import DESCRIPTION
from bot.storage.database import open_database
from bot.storage.tables import feedback

from .conftest import DOCUMENT


def schema(name):
    document = {"$ref": f"#/components/schemas/{name}", "components": DESCRIPTION["components"]}
    return nullable(document)


def nullable(node):
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [nullable(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: nullable(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") else made


def test_ask_gives_the_answer_as_described(front, upstream):
    response = front().post("/api/ask", json={"question": "며칠?", "user": "a"})
    assert response.status_code == 200
    jsonschema.validate(response.json(), schema("Answer"))
    assert response.json()["source"]["url"] == "/documents/%EA%B7%9C%EC%A0%95?start=16&end=18#here"
    assert upstream.asked == [("ask", {"question": "며칠?", "channel": "api"})]


def test_search_gives_hits_as_described(front, upstream):
    response = front().get("/api/search", params={"q": "반품", "what": "passages", "k": "3"})
    jsonschema.validate(response.json(), schema("Hits"))
    assert upstream.asked == [("search", {"query": "반품", "what": "passages", "k": 3})]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"question": " "}, 422),
        ({"question": 7}, 422),
        ({"question": "가" * 1001}, 413),
        ([], 400),
        ("글", 400),
        ({"question": "가", "user": ""}, 422),
    ],
)
def test_wrong_questions_are_told_so(front, body, status):
    response = front().post("/api/ask", json=body)
    assert response.status_code == status
    jsonschema.validate(response.json(), schema("Error"))


@pytest.mark.parametrize(
    "params", [{}, {"q": ""}, {"q": "a", "what": "x"}, {"q": "a", "k": "0"}, {"q": "a", "k": "51"}, {"q": "a", "k": "٣"}]
)
def test_wrong_searches_are_told_so(front, params):
    assert front().get("/api/search", params=params).status_code == 422


def test_half_a_surrogate_is_no_reason_to_fail(front, upstream):
    response = front().post("/api/ask", content=b'{"question": "\\ud800 \xeb\xb0\x98\xed\x92\x88"}')
    assert response.status_code == 200
    assert upstream.asked[0][1]["question"] == "? 반품"


def test_where_nobody_answers_it_is_said_with_a_time(front, upstream, away):
    upstream.failure = away
    response = front().post("/api/ask", json={"question": "가"})
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")


def test_the_description_is_served(front):
    assert front().get("/api/openapi.json").json() == DESCRIPTION


def thumbs(folder):
    with open_database(f"sqlite:///{folder / 'j.db'}").connect() as connection:
        rows = connection.execute(feedback.select()).all()
    return [(row.thumb, row.question, row.kind, row.source, row.channel) for row in rows]


def test_a_thumb_on_an_older_answer_is_kept_and_taken_back_without_a_word(front, upstream, tmp_path):
    client = front()
    auth = {"Authorization": f"Bearer {client.post('/chat/conversations').json()['token']}"}
    for number in (1, 2):
        client.post("/chat/messages", json={"client_id": f"c{number}", "text": f"반품 {number}"}, headers=auth)
        client.get(f"/chat/messages?after={2 * number - 1}&wait=5", headers=auth)
    client.post("/chat/feedback", json={"id": 2, "thumb": "down"}, headers=auth)
    assert [row[:2] for row in thumbs(tmp_path)] == [("down", "반품 1")]
    client.post("/chat/feedback", json={"id": 2, "thumb": None}, headers=auth)
    assert thumbs(tmp_path) == []
    assert len(upstream.said) == 2


def test_a_whole_conversation(front, upstream, tmp_path):
    client = front()
    token = client.post("/chat/conversations").json()["token"]
    auth = {"Authorization": f"Bearer {token}"}
    sent = client.post("/chat/messages", json={"client_id": "c1", "text": "반품"}, headers=auth)
    assert (sent.status_code, sent.json()["id"]) == (202, 1)
    again = client.post("/chat/messages", json={"client_id": "c1", "text": "반품"}, headers=auth)
    assert (again.status_code, again.json()["id"]) == (200, 1)
    [reply] = client.get("/chat/messages?after=1&wait=5", headers=auth).json()["messages"]
    assert (reply["id"], reply["sender"], reply["source"]["span"]) == (2, "bot", [0, 2])
    assert reply["source"]["url"].endswith("start=16&end=18#here")
    for _ in range(2):  # the second press says nothing new
        assert client.post("/chat/feedback", json={"id": 2, "thumb": "down"}, headers=auth).status_code == 204
    assert thumbs(tmp_path) == [("down", "반품", "manual", "규정", "web")]
    assert client.get("/chat/messages?after=1", headers=auth).json()["messages"][0]["thumb"] == "down"
    assert client.post("/chat/end", headers=auth).status_code == 204
    assert client.get("/chat/messages", headers=auth).status_code == 404
    assert [text for text, *_ in upstream.said] == ["반품", '/not_helpful{"rated": "1"}']
    assert token not in upstream.said[0][1]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": 1, "thumb": "up"}, 404),
        ({"id": 9, "thumb": "up"}, 404),
        ({"id": 2, "thumb": "x"}, 422),
        ({"id": True, "thumb": "up"}, 422),
        ({"thumb": "up"}, 422),
        ({"id": 10**30, "thumb": "up"}, 422),
    ],
)
def test_wrong_thumbs(front, body, status):
    client = front()
    auth = {"Authorization": f"Bearer {client.post('/chat/conversations').json()['token']}"}
    client.post("/chat/messages", json={"client_id": "c1", "text": "반품"}, headers=auth)
    assert client.post("/chat/feedback", json=body, headers=auth).status_code == status


def test_a_user_is_slowed_down_and_told_for_how_long(front):
    client = front(per_user_per_minute=2)
    auth = {"Authorization": f"Bearer {client.post('/chat/conversations').json()['token']}"}
    statuses = [client.post("/chat/messages", json={"client_id": f"c{n}", "text": "가"}, headers=auth) for n in range(3)]
    assert [response.status_code for response in statuses] == [202, 202, 429]
    assert int(statuses[-1].headers["retry-after"]) in (29, 30)
    other = {"Authorization": f"Bearer {client.post('/chat/conversations').json()['token']}"}
    assert client.post("/chat/messages", json={"client_id": "c1", "text": "가"}, headers=other).status_code == 202


def test_an_address_is_slowed_down_but_not_the_probes(front):
    client = front(per_address_per_minute=2)
    assert [client.get("/").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/healthz").status_code == 200
    elsewhere = front(per_address_per_minute=1, trusted_proxies=("203.0.113.5",))
    statuses = [elsewhere.get("/", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in (1, 2, 1)]
    assert statuses == [200, 200, 429]


def test_readiness_tells_the_truth(front, upstream):
    client = front()
    assert (client.get("/readyz").status_code, client.get("/healthz").json()) == (200, {"alive": True})
    upstream.parts = {"rasa": True, "answers": False}
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"ready": False, "parts": {"rasa": True, "answers": False}})


def test_metrics_are_for_this_machine_unless_opened(front):
    here, outside, opened = front(client=("127.0.0.1", 1)), front(), front(metrics_open=True)
    here.post("/api/ask", json={"question": "가"})
    page = here.get("/metrics").text
    assert 'daedap_turns_total{channel="api",outcome="answered"} 1.0' in page
    assert 'daedap_decisions_total{kind="manual"} 1.0' in page
    assert 'daedap_index_info{version="v1"} 1.0' in page
    assert 'daedap_stage_seconds_count{stage="cascade"} 1.0' in page
    assert outside.get("/metrics").status_code == 403
    assert opened.get("/metrics").status_code == 200


def test_a_document_is_shown_at_the_place(front):
    response = front().get("/documents/규정?start=16&end=18")
    assert response.status_code == 200
    assert '<mark id="here">' + DOCUMENT["text"][16:18] + "</mark>" in response.text
    assert "<h2>1장 반품</h2>" in response.text and "2쪽" in response.text


@pytest.mark.parametrize("query", ["", "?start=-1&end=x", "?start=5&end=2", "?start=99999&end=100000"])
def test_a_place_that_is_none_marks_nothing(front, query):
    response = front().get("/documents/규정" + query)
    assert (response.status_code, "<mark" in response.text) == (200, False)


def test_lines_of_a_document():
    lines = lines_of("가나\n\n다라\n마", 1, 5, (0, 4), [(0, "1장"), (7, "2장")])
    assert lines == [
        Line((Run("가"), Run("나", True, True)), 1, "1장"),
        Line((Run("다", True, False), Run("라")), 2, None),
        Line((Run("마"),), None, "2장"),
    ]


def test_a_channel_s_webhook_is_passed_on_for_the_named_ones(front, upstream):
    client = front(webhooks=("rest", "kakao"))
    headers = {"X-Signature": "s", "X-Forwarded-For": "127.0.0.1", "Cookie": "studio=1"}
    response = client.post("/webhooks/kakao/skill?x=1", content=b"{}", headers=headers)
    assert (response.status_code, response.json()) == (200, [{"text": "hi"}])
    [(method, path, query, passed, body)] = upstream.hooked
    assert (method, path, query, body) == ("POST", "kakao/skill", "x=1", b"{}")
    assert passed["x-signature"] == "s" and not {"x-forwarded-for", "cookie", "host"} & set(passed)
    assert client.post("/webhooks/slack/webhook", content=b"{}").status_code == 404


def test_rest_users_are_slowed_down_one_by_one(front):
    client = front(per_user_per_minute=1)
    senders = [client.post("/webhooks/rest/webhook", json={"sender": sender, "message": "가"}).status_code for sender in "aab"]
    assert senders == [200, 429, 200]
