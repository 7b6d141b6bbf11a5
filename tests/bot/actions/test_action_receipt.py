"""A finished repair is asked after: its number again, for this customer alone."""

from datetime import datetime
from functools import partial

import pytest

from bot.actions.action_receipt import ActionReceipt, told
from bot.skills.config import RepairConfig
from bot.skills.repair import Draft
from bot.skills.repair_store import RepairRequest, RepairStore
from nlu.entities.dates import SEOUL

from .conftest import user

NOW = datetime(2026, 11, 23, 10, tzinfo=SEOUL)
CONFIG = RepairConfig(products=("세탁기", "에어컨"))


def request(key="k", sender="s", channel="rest", product="세탁기", now=NOW):
    values = {"product": product, "symptom": "물이 새요", "address": "서울 1", "phone": "01012345678", "date": "any"}
    return RepairRequest.of(Draft(values, key=key), CONFIG, sender, channel, now)


@pytest.fixture
def store(tmp_path):
    return RepairStore(f"sqlite:///{tmp_path / 'd.db'}")


@pytest.fixture
def action(store):
    return partial(ActionReceipt, config=CONFIG, store=store)


def test_number_product_and_days_are_told_again_and_nothing_of_who_and_where(run, cascade, action, store):
    made = request()
    store.save(made)
    events, [message] = run(action, cascade(), user("접수 번호 다시 알려줘"))
    assert events == []
    assert message["text"] == (f"접수 번호: {made.receipt}\n· 제품: 세탁기\n· 희망일: 가장 빠른 날\n· 접수한 날: 11월 23일(월)")


def test_another_s_request_is_not_told_and_the_question_is_answered_as_any_other(run, cascade, action, store):
    store.save(request("a", sender="somebody else"))
    store.save(request("b", channel="web"))
    events, messages = run(action, cascade(), user("접수 번호 다시 알려줘"))
    assert ([event["name"] for event in events], messages) == (["action_answer"], [])


def test_how_a_repair_stands_is_looked_up_as_well_where_the_faq_is_sure(run, cascade, action, store):
    store.save(request())
    _, messages = run(action, cascade({"F2": 0.95}), user("제 수리 언제 와요?"))
    assert len(messages) == 2 and "이틀 걸려요." in messages[1]["text"]
    _, messages = run(action, cascade(), user("제 수리 언제 와요?"))
    assert len(messages) == 1


def test_the_newest_three_are_told_the_newest_first(store):
    made = [request(f"k{n}", now=NOW.replace(hour=10 + n)) for n in range(4)]
    for one in made:
        store.save(one)
    assert [one.receipt for one in store.open_requests("s", "rest")] == [one.receipt for one in made[:0:-1]]
    assert told(store.open_requests("s", "rest"), CONFIG).count("접수 번호") == 3


def test_a_request_that_waits_for_the_database_is_told(store, monkeypatch):
    from bot.storage.outbox import open_outbox
    from bot.storage.tables import repair_requests

    outbox = open_outbox(store.url)
    monkeypatch.setattr(outbox, "start", lambda: None)
    outbox.keep(repair_requests, request().row())
    monkeypatch.setattr("bot.skills.repair_store.open_database", away)
    assert [one.product for one in store.open_requests("s", "rest")] == ["세탁기"]
    with pytest.raises(OSError, match="cannot be looked up"):
        store.open_requests("nobody", "rest")


def away(*_):
    from bot.storage.database import DatabaseAwayError

    raise DatabaseAwayError("away")


def test_who_asks_while_the_database_is_away_is_told_so(run, cascade, action, monkeypatch):
    monkeypatch.setattr("bot.skills.repair_store.open_database", away)
    _, [message] = run(action, cascade(), user("접수 번호 다시 알려줘"))
    assert "지금은 접수하신 내용을 찾아볼 수 없어요" in message["text"]


def test_the_skill_switched_off_leaves_the_question_to_the_faq(cascade, run, monkeypatch):
    from bot.skills.config import SkillsConfig

    monkeypatch.setattr("bot.actions.action_receipt.skills", SkillsConfig)
    events, messages = run(ActionReceipt, cascade(), user("접수 번호 다시 알려줘"))
    assert ([event["name"] for event in events], messages) == (["action_answer"], [])
