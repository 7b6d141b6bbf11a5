"""The studio: who gets in, what is shown, and what is refused."""

import re

import pytest

from bot.front.passwords import hashed, is_right
from bot.front.sessions import COOKIE, MAX_AGE_S, Sessions
from bot.journal import Journal

SECRET = "9e8d" * 16
PASSWORD = "정말 기다란 비밀번호"


@pytest.fixture(scope="module")
def password_hash():
    return hashed(PASSWORD)


@pytest.fixture
def studio(front, password_hash):
    """A front with a studio, and nobody logged in."""
    return lambda **settings: front(session_secret=SECRET, studio_password_hash=password_hash, **settings)


def log_in(client):
    response = client.post("/studio/login", data={"password": PASSWORD}, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/studio")
    return response


def token_of(client):
    return re.search(r'name="token" value="([0-9a-f]{64})"', client.get("/studio").text).group(1)


def test_without_secrets_there_is_no_studio(front):
    assert front().get("/studio").status_code == front().get("/studio/login").status_code == 404


def test_only_who_knows_the_password_gets_in(studio):
    client = studio()
    for path in ("/studio", "/studio/unanswered", "/studio/thumbs", "/studio/entry?id=F1"):
        response = client.get(path, follow_redirects=False)
        assert (response.status_code, response.headers["location"]) == (303, "/studio/login")
    wrong = client.post("/studio/login", data={"password": "아무 말이나 적음"}, follow_redirects=False)
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    cookie = log_in(client).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/studio" in cookie and "secure" not in cookie
    assert client.get("/studio").status_code == 200


def test_behind_https_the_cookie_is_secure(studio):
    assert "; secure" in log_in(studio(public_url="https://bot.example.com")).headers["set-cookie"].lower()


def test_passwords_are_not_guessed(studio):
    client = studio()
    statuses = [client.post("/studio/login", data={"password": "x"}).status_code for _ in range(8)]
    assert statuses == [401] * 6 + [429] * 2


@pytest.mark.parametrize("value", ["", "abc", "0" * 32 + ".aaaaaa.bbbbbb", "가"])
def test_a_forged_session_is_refused(studio, value):
    response = studio().get("/studio", headers={"Cookie": f"{COOKIE}={value}".encode()}, follow_redirects=False)
    assert response.status_code == 303


def test_a_session_of_another_secret_or_an_old_one_is_refused(studio, monkeypatch):
    import itsdangerous.timed
    from starlette.requests import Request
    from starlette.responses import Response

    def cookie(secret):
        response = Response()
        Sessions(secret, False).begin(response)
        return response.headers["set-cookie"].split(";")[0].encode()

    def is_known(sent):
        return Sessions(SECRET, False).of(Request({"type": "http", "headers": [(b"cookie", sent)]})) is not None

    good = cookie(SECRET)
    assert is_known(good) and not is_known(cookie("1234" * 16))
    later = itsdangerous.timed.time.time() + MAX_AGE_S + 2
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert not is_known(good)


@pytest.mark.parametrize("path", ["/studio/ask", "/studio/entry", "/studio/logout"])
@pytest.mark.parametrize("token", [None, "", "0" * 64, "가"])
def test_a_form_without_the_session_s_token_is_refused(studio, upstream, path, token):
    client = studio()
    log_in(client)
    data = {"question": "반품", "answer": "7일"} | ({} if token is None else {"token": token})
    assert client.post(path, data=data).status_code == 403
    assert upstream.asked == []


def test_another_site_cannot_send_a_form(studio, upstream):
    client = studio()
    log_in(client)
    data = {"question": "반품", "answer": "7일", "token": token_of(client)}
    for path in ("/studio/entry", "/studio/login", "/studio/logout"):
        assert client.post(path, data=data, headers={"Origin": "https://evil.example"}).status_code == 403
    assert upstream.asked == []


def test_what_was_found_is_shown_by_channel_and_nothing_of_it_runs(studio, upstream):
    client = studio()
    log_in(client)
    page = client.post("/studio/ask", data={"question": "반품", "token": token_of(client)}, headers={"HX-Request": "true"}).text
    assert upstream.asked == [("explain", {"question": "반품"})]
    assert "질문</dt><dd>낱말 1.00</dd><dd>뜻 0.20</dd>" in page and "문단</dt><dd>낱말 1.00</dd>" in page
    for part in ("설명서에서 읽음", "/studio/entry?id=F%201", "0.700", "&lt;script&gt;답", "&lt;b&gt;7일"):
        assert part in page
    assert "<script>" not in page and "<b>" not in page


def test_an_entry_is_changed_on_the_spot(studio, upstream, refused):
    client = studio()
    log_in(client)
    shown = client.get("/studio/entry?id=F1").text
    assert "7일&lt;/textarea&gt;&lt;script&gt;" in shown and "</textarea><script>" not in shown
    assert client.get("/studio/entry?id=nowhere").status_code == 404
    data = {
        "id": "F1",
        "question": "반품은?",
        "answer": "8일",
        "phrasings": "환불은?\r\n\r\n 물릴래요 ",
        "category": "반품",
        "token": token_of(client),
    }
    upstream.asked.clear()
    assert "저장했어요" in client.post("/studio/entry", data=data).text
    assert upstream.asked == [
        (
            "save_entry",
            {
                "by": "studio",
                "id": "F1",
                "question": "반품은?",
                "answer": "8일",
                "category": "반품",
                "phrasings": ["환불은?", "물릴래요"],
            },
        )
    ]
    upstream.failure = refused
    response = client.post("/studio/entry", data=data)
    assert response.status_code == 422 and "8일" in response.text


def test_unanswered_questions_can_be_added_to_the_faq(studio, tmp_path):
    journal = Journal(f"sqlite:///{tmp_path / 'j.db'}")
    journal.write_unanswered("<script>날씨</script> 어때?", "web", ())
    journal.write_unanswered("다른 질문", "kakao", ())
    client = studio()
    log_in(client)
    page = client.get("/studio/unanswered").text
    [number] = [row.id for row in journal.unanswered() if "날씨" in row.question]
    assert "&lt;script&gt;날씨" in page and "/studio/entry?question=%3Cscript%3E" in page and f"&amp;unanswered={number}" in page
    assert "<td>웹</td>" in page and "<td>카카오톡</td>" in page
    form = client.get(f"/studio/entry?question=<script>날씨&unanswered={number}").text
    assert 'value="&lt;script&gt;날씨"' in form and f'name="unanswered" value="{number}"' in form
    data = {"question": "날씨는?", "answer": "맑아요", "unanswered": str(number), "token": token_of(client)}
    assert "저장했어요" in client.post("/studio/entry", data=data).text
    assert [row.question for row in journal.unanswered()] == ["다른 질문"]
    journal.close()


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30, "１"])
def test_what_is_no_number_of_a_question_settles_nothing(studio, tmp_path, number):
    journal = Journal(f"sqlite:///{tmp_path / 'j.db'}")
    journal.write_unanswered("다른 질문", "web", ())
    client = studio()
    log_in(client)
    data = {"question": "날씨는?", "answer": "맑아요", "unanswered": number, "token": token_of(client)}
    assert client.post("/studio/entry", data=data).status_code == 200
    assert len(journal.unanswered()) == 1
    journal.close()


def test_thumbs_stand_with_the_answer(studio):
    client = studio()
    auth = {"Authorization": f"Bearer {client.post('/chat/conversations').json()['token']}"}
    client.post("/chat/messages", json={"client_id": "c", "text": "반품 며칠?"}, headers=auth)
    client.get("/chat/messages?after=1&wait=5", headers=auth)
    client.post("/chat/feedback", json={"id": 2, "thumb": "down"}, headers=auth)
    log_in(client)
    page = client.get("/studio/thumbs").text
    assert "도움이 안 됐어요" in page and "반품 며칠?" in page and "‘7일’이라고 나와 있어요." in page


def test_logging_out_ends_it(studio):
    client = studio()
    log_in(client)
    client.post("/studio/logout", data={"token": token_of(client)})
    assert client.get("/studio", follow_redirects=False).status_code == 303


def test_passwords_are_hashed_with_their_own_salt():
    first, second = hashed(PASSWORD), hashed(PASSWORD)
    assert first != second and PASSWORD not in first
    assert is_right(PASSWORD, first) and is_right(PASSWORD, second)
    assert not is_right(PASSWORD + " ", first) and not is_right("", first) and not is_right(PASSWORD, "scrypt:x")
    with pytest.raises(ValueError, match="10자"):
        hashed("짧아요")


def test_an_open_password_in_the_environment_is_refused():
    from bot.front.config import FrontConfig

    with pytest.raises(ValueError, match="daedap password"):
        FrontConfig(studio_password_hash="correct horse battery staple and so on")
