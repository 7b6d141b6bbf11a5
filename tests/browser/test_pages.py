"""The studio and the pages, under the policy they are served with."""

import secrets

import pytest

STRANGE = (
    "오늘 코스피 지수 얼마야?",
    "이순신 장군은 언제 태어났어?",
    "삼겹살 맛있게 굽는 법 알려줘",
    "지구에서 달까지 얼마나 멀어?",
)
"""Nothing of the demo company's answers these."""
pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def violations():
    from axe_playwright_python.sync_playwright import Axe

    def run(page):
        found = Axe().run(page)
        return [violation["id"] for violation in found.response["violations"]]

    return run


def test_who_keeps_the_faq_sees_why_the_bot_answers_so(page, site, password, violations, shot):
    refused = []
    page.on("console", lambda line: refused.append(line.text) if line.type == "error" else None)
    page.goto(f"{site}/studio")
    assert page.url == f"{site}/studio/login"
    assert violations(page) == []
    page.get_by_label("비밀번호").fill(password)
    page.get_by_role("button", name="들어가기").click()
    page.get_by_label("질문").fill("반품 며칠?")
    page.get_by_role("button", name="찾아보기").click()
    page.get_by_role("heading", name="설명서 검색").wait_for()
    assert page.url == f"{site}/studio"  # a piece of the page, not another page
    assert page.get_by_role("row").count() > 3
    assert violations(page) == []
    shot(page, "studio")
    page.get_by_role("link", name="고치기").first.click()
    assert page.get_by_label("답변").input_value()
    assert violations(page) == []
    page.get_by_role("link", name="답하지 못한 질문").click()
    page.get_by_role("heading", name="답하지 못한 질문").wait_for()
    page.get_by_role("button", name="로그아웃").click()
    page.goto(f"{site}/studio/unanswered")
    assert page.url == f"{site}/studio/login"
    assert refused == []


def test_what_nobody_could_answer_is_added_to_the_faq_and_answered(page, site, password, violations, shot):
    def kind(question):
        body = {"sender": secrets.token_hex(8), "message": question}
        said = page.request.post(f"{site}/webhooks/rest/webhook", data=body).json()
        return next((one["custom"]["daedap"]["kind"] for one in said if "daedap" in (one.get("custom") or {})), None)

    asked = next(question for question in STRANGE if kind(question) == "none")
    answer = "그건 저희 가게에서 다루지 않아요."
    page.goto(f"{site}/studio")
    page.get_by_label("비밀번호").fill(password)
    page.get_by_role("button", name="들어가기").click()
    page.get_by_role("link", name="답하지 못한 질문").click()
    row = page.get_by_role("row").filter(has_text=asked)
    row.wait_for()
    shot(page, "unanswered")
    assert violations(page) == []
    row.get_by_role("link", name="FAQ에 넣기").click()
    assert page.get_by_label("질문", exact=True).input_value() == asked
    page.get_by_label("답변").fill(answer)
    shot(page, "entry")
    page.get_by_role("button", name="저장").click()
    page.get_by_role("status").get_by_role("link", name="다시 물어보기").click()
    for _ in range(20):  # the new version of the index is taken up within a second or two
        page.get_by_role("button", name="찾아보기").click()
        page.get_by_role("heading", name="설명서 검색").wait_for()
        if answer in page.locator(".answer").inner_text():
            break
        page.wait_for_timeout(500)
    assert answer in page.locator(".answer").inner_text()
    page.get_by_role("link", name="답하지 못한 질문").click()
    page.get_by_role("heading", name="답하지 못한 질문").wait_for()
    assert page.get_by_role("row").filter(has_text=asked).count() == 0


def test_thumbs_stand_in_the_studio_with_the_answer_s_text(page, site, password, violations, shot):
    page.goto(site)
    page.get_by_role("button", name="상담 열기").click()
    page.get_by_role("textbox").fill("반품하려면 며칠 안에 신청해야 해요?")
    page.get_by_role("textbox").press("Enter")
    page.get_by_role("button", name="도움이 안 됐어요").last.click()
    page.locator('[aria-label="도움이 안 됐어요"][aria-pressed="true"]').wait_for()
    page.goto(f"{site}/studio")
    page.get_by_label("비밀번호").fill(password)
    page.get_by_role("button", name="들어가기").click()
    page.get_by_role("link", name="손님의 평가").click()
    row = page.get_by_role("row").filter(has_text="반품하려면 며칠 안에 신청해야 해요?")
    assert "도움이 안 됐어요" in row.inner_text() and "7일" in row.inner_text()
    assert violations(page) == []
    shot(page, "thumbs")


def test_a_document_has_no_violations(page, site, violations):
    found = page.request.get(f"{site}/api/search", params={"q": "보관", "what": "passages", "k": 1}).json()["hits"][0]
    page.goto(f"{site}/documents/{found['document']}?start={found['start']}&end={found['end']}#here")
    assert page.locator("mark#here").count() == 1
    assert violations(page) == []
