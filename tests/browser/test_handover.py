"""A customer at the widget and an agent at the studio, each in a real Chromium."""

import asyncio
import os
import secrets
from threading import Thread

import pytest

from bot.front.config import FrontConfig
from bot.front.passwords import hashed
from bot.front.server import uvicorn_server
from bot.servers import Servers, free_port

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ALWAYS = '[human]\nweekdays = ["월", "화", "수", "목", "금", "토", "일"]\nfrom = "00:00"\nto = "00:00"\n'


@pytest.fixture(scope="module")
def site(built, tmp_path_factory, password):
    """A front over servers of a company whose people are always there."""
    folder = tmp_path_factory.mktemp("handover")
    (folder / "daedap.toml").write_text(ALWAYS, encoding="utf-8")
    before = os.environ.get("DAEDAP_CONFIG")
    os.environ["DAEDAP_CONFIG"] = str(folder / "daedap.toml")
    config = FrontConfig(
        port=free_port(),
        conversations=folder / "web.db",
        per_address_per_minute=10_000,
        session_secret=secrets.token_hex(32),
        studio_password_hash=hashed(password),
    )
    try:
        with Servers(built.replace(database_url=f"sqlite:///{folder / 'daedap.db'}")) as servers:
            servers.wait()
            front = uvicorn_server(config, servers)
            thread = Thread(target=lambda: asyncio.run(front.serve()), daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{config.port}"
            front.should_exit = True
            thread.join(10)
    finally:
        os.environ.pop("DAEDAP_CONFIG")
        if before is not None:
            os.environ["DAEDAP_CONFIG"] = before


@pytest.fixture
def agent(browser, site, password):
    """The studio, an agent logged in with a name."""
    context = browser.new_context(locale="ko-KR", viewport={"width": 1100, "height": 760})
    page = context.new_page()
    page.goto(f"{site}/studio/login")
    page.get_by_label("비밀번호").fill(password)
    page.get_by_role("button", name="들어가기").click()
    page.get_by_role("link", name="상담 대기").click()
    page.get_by_label("손님에게 보일 내 이름").fill("김상담")
    page.get_by_role("button", name="정하기").click()
    yield page
    context.close()


def test_they_talk_both_ways(page, agent, site, shot):
    from axe_playwright_python.sync_playwright import Axe

    page.goto(site)
    page.get_by_role("button", name="상담 열기").click()
    box = page.get_by_role("textbox")
    box.fill("상담원 바꿔줘")
    box.press("Enter")
    page.locator(".message.bot", has_text="연결해 드릴게요").wait_for()
    agent.get_by_role("link", name="열기").click(timeout=15_000)  # the list keeps itself up to date
    agent.get_by_role("button", name="맡기").click()
    page.locator(".message.bot", has_text="김상담 상담원이 연결됐어요").wait_for()
    agent.get_by_label("김상담 상담원으로 답하기").fill("무엇을 도와드릴까요?")
    agent.get_by_role("button", name="보내기").click()
    said = page.locator(".message.agent", has_text="무엇을 도와드릴까요?")
    said.wait_for()
    assert said.locator(".name").inner_text() == "상담원"
    box.fill("환불이 안 들어왔어요")
    box.press("Enter")
    agent.get_by_label("김상담 상담원으로 답하기").fill("쓰는 중")
    agent.locator(".said .customer", has_text="환불이 안 들어왔어요").wait_for(timeout=15_000)
    assert agent.get_by_label("김상담 상담원으로 답하기").input_value() == "쓰는 중"  # what comes takes nothing away
    assert [violation["id"] for violation in Axe().run(agent).response["violations"]] == []
    shot(page, "handover-widget")
    shot(agent, "handover-studio")
    agent.get_by_role("button", name="봇에게 돌려주기").click()
    agent.get_by_role("heading", name="상담 대기").wait_for()
    page.locator(".message.bot", has_text="상담이 끝났어요").wait_for()
    assert page.locator(".message.agent").count() == 1
