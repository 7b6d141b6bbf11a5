"""The queue in the studio: an agent works from the browser."""

import re

import pytest

from bot.front.passwords import hashed
from bot.handover.config import HumanConfig
from bot.handover.queue import open_queue
from bot.handover.rows import Kind, State
from bot.handover.summary import Summary, Tried

PASSWORD = "정말 기다란 비밀번호"
SUMMARY = Summary("상담원", (Tried("<b>환불</b>이 안 들어와요", "none"),), mood="angry")
HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def password_hash():
    return hashed(PASSWORD)


@pytest.fixture
def queue(tmp_path):
    return open_queue(f"sqlite:///{tmp_path / 'j.db'}", HumanConfig())


@pytest.fixture
def number(queue):
    return queue.open("web-a", "web", SUMMARY)[0].id


@pytest.fixture
def studio(front, tmp_path, monkeypatch, password_hash):
    """Who is logged in; without `[human]` where not `configured`."""

    def start(configured=True, name="김상담"):
        config = tmp_path / "daedap.toml"
        config.write_text("[human]\n" if configured else "", encoding="utf-8")
        monkeypatch.setenv("DAEDAP_CONFIG", str(config))
        client = front(session_secret="9e8d" * 16, studio_password_hash=password_hash)
        client.post("/studio/login", data={"password": PASSWORD})
        if name:
            post(client, "/studio/handovers/name", name=name)
        return client

    return start


def post(client, path, **fields):
    token = re.search(r'name="token" value="([0-9a-f]{64})"', client.get("/studio").text).group(1)
    return client.post(path, data=fields | {"token": token}, follow_redirects=False)


def test_only_who_is_logged_in_sees_the_queue(studio, front, number):
    client = studio()
    client.cookies.delete("daedap_studio")
    for path in ("/studio/handovers", f"/studio/handovers/{number}"):
        assert client.get(path, follow_redirects=False).headers["location"] == "/studio/login"


def test_a_form_without_its_token_does_nothing(studio, queue, number):
    assert studio().post(f"/studio/handovers/{number}", data={"do": "take"}).status_code == 403
    assert queue.get(number).state is State.WAITING


def test_the_queue_is_listed_and_kept_up_to_date(studio, queue, number):
    client = studio()
    page = client.get("/studio/handovers").text
    assert f'href="/studio/handovers/{number}"' in page and "화남" in page and "&lt;b&gt;환불" in page
    queue.leave(number)
    rows = client.get("/studio/handovers", headers=HTMX).text
    assert "기다리는 손님이 없어요." in rows and "<html" not in rows


def test_a_talk_from_taking_to_handing_back(studio, queue, number):
    client, path = studio(), f"/studio/handovers/{number}"
    queue.hear(number, "<script>여보세요</script>")
    page = client.get(path).text
    assert "&lt;script&gt;여보세요" in page and 'value="say"' not in page
    assert post(client, path, do="take").headers["location"] == path
    assert post(client, path, do="say", text="  무엇을 도와드릴까요?  ").headers["location"] == path
    assert post(client, path, do="say", text="  ").headers["location"] == path  # nothing to say
    queue.hear(number, "환불이요")
    said = client.get(path, headers=HTMX).text
    assert "무엇을 도와드릴까요?" in said and "환불이요" in said and "전하는 중" in said and "<html" not in said
    assert post(client, path, do="back").headers["location"] == "/studio/handovers"
    assert [one.text for one in queue.said(number) if one.sender.value == "agent"] == ["무엇을 도와드릴까요?"]
    assert queue.get(number).state is State.CLOSED


def test_two_agents_never_have_the_same_customer(studio, queue, number):
    client, path = studio(), f"/studio/handovers/{number}"
    queue.take(number, "이상담")
    for fields in ({"do": "take"}, {"do": "say", "text": "저요"}, {"do": "back"}):
        response = post(client, path, **fields)
        assert (response.status_code, 'role="alert"' in response.text) == (409, True)
    assert queue.get(number).agent == "이상담" and 'value="release"' in client.get(path).text
    assert post(client, path, do="release").status_code == 303
    assert queue.get(number).state is State.WAITING


def test_a_name_is_needed_first(studio, queue, number):
    client = studio(name=None)
    response = post(client, f"/studio/handovers/{number}", do="take")
    assert response.status_code == 409 and "이름을 먼저 정해 주세요" in response.text
    assert "daedap_agent" not in post(client, "/studio/handovers/name", name="   ").headers.get("set-cookie", "")
    assert "httponly" in post(client, "/studio/handovers/name", name="이상담").headers["set-cookie"].lower()
    post(client, f"/studio/handovers/{number}", do="take")
    assert queue.get(number).agent == "이상담"


def test_name_and_phone_are_shown_to_who_takes_the_message(studio, queue):
    number = queue.open("web-b", "web", SUMMARY, Kind.ASKING)[0].id
    queue.keep_contact(number, "홍길동", "01012345678")
    queue.turn_into_message(number)
    client, path = studio(), f"/studio/handovers/{number}"
    assert "01012345678" not in client.get(path).text + client.get("/studio/handovers").text
    post(client, path, do="take")
    page = client.get(path).text
    assert "홍길동 01012345678" in page and 'value="say"' not in page and "연락을 마쳤어요" in page
    post(client, path, do="back")
    assert queue.get(number).state is State.CLOSED


@pytest.mark.parametrize("do", ["", "delete"])
def test_what_is_no_action_is_refused(studio, queue, number, do):
    assert post(studio(), f"/studio/handovers/{number}", do=do).status_code == 409


def test_a_customer_that_is_not_there(studio):
    client = studio()
    assert client.get("/studio/handovers/99").status_code == post(client, "/studio/handovers/99", do="take").status_code
    assert client.get("/studio/handovers/99").status_code == 404


def test_without_agents_the_page_says_how_to_get_some(studio):
    client = studio(configured=False)
    assert "[human]" in client.get("/studio/handovers").text
    assert client.get("/studio/handovers/1").status_code == 404
