from datetime import datetime, timezone

import pytest

from bot.doctor import State
from bot.handover.checkup import people
from bot.handover.config import SECRET, HumanConfig
from bot.handover.queue import open_queue
from bot.handover.summary import Summary
from bot.settings import Settings

ALWAYS = '[human]\nweekdays = ["월", "화", "수", "목", "금", "토", "일"]\nfrom = "00:00"\nto = "00:00"\n'


@pytest.fixture
def look(tmp_path, url):
    def look(text, **environment):
        file = tmp_path / "daedap.toml"
        file.write_text(text, encoding="utf-8")
        return people(Settings(database_url=url), {"DAEDAP_CONFIG": str(file), **environment})

    return look


def test_without_the_table(look):
    found = look("faq_sure = 0.9")
    assert (found.state, "[human]" in found.advice) == (State.NOTE, True)


def test_who_waits_and_whether_somebody_is_there(look, url):
    open_queue(url, HumanConfig()).open("web-a", "web", Summary())
    assert look(ALWAYS).said == "매일 24시간, 지금은 상담 시간이에요. 기다리는 손님 1명."
    day = "월화수목금토일"[(datetime.now(timezone.utc).weekday() + 3) % 7]
    found = look(f'[human]\nweekdays = ["{day}"]')
    assert (found.state, "상담 시간이 아니에요" in found.said) == (State.FINE, True)


def test_events_that_the_webhook_never_took(look, url, engine):
    from bot.storage.tables import handover_webhooks

    config = HumanConfig(webhook_url="https://example.com/h", webhook_secret="s" * 32)
    open_queue(url, config).open("web-a", "web", Summary())
    hook = ALWAYS + 'webhook_url = "https://example.com/h"\n'
    assert look(hook, **{SECRET: "s" * 32}).state is State.FINE
    with engine.begin() as connection:
        connection.execute(handover_webhooks.update().values(next_at=None, why="status 404"))
    found = look(hook, **{SECRET: "s" * 32})
    assert (found.state, "1건" in found.said) == (State.BROKEN, True)
