"""The studio and the pages, under the policy they are served with."""

import pytest

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


def test_a_document_has_no_violations(page, site, violations):
    found = page.request.get(f"{site}/api/search", params={"q": "보관", "what": "passages", "k": 1}).json()["hits"][0]
    page.goto(f"{site}/documents/{found['document']}?start={found['start']}&end={found['end']}#here")
    assert page.locator("mark#here").count() == 1
    assert violations(page) == []
