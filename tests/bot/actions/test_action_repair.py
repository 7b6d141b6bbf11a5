"""The repair form's validation: tracker JSON in, events and messages out, the request stored."""

import asyncio
from datetime import datetime

import pytest
import sqlalchemy as sa
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.action_repair import ValidateRepairForm
from bot.skills.config import RepairConfig
from bot.skills.repair_store import RepairStore
from bot.storage.database import open_database
from bot.storage.tables import repair_requests
from nlu.entities.dates import SEOUL

from .conftest import user

NOW = datetime(2026, 11, 23, 10, tzinfo=SEOUL)
CONFIG = RepairConfig(products=("세탁기", "에어컨"))
STATE = {"asked": "phone", "failures": 0, "phone_part": "", "key": "k1", "seen_at": NOW.isoformat()}
FULL = {
    "repair_product": "세탁기",
    "repair_model": "",
    "repair_symptom": "물이 새요",
    "repair_address": "서울시 마포구 양화로 12",
    "repair_phone": "01012345678",
    "repair_date": "any",
    "repair_state": {**STATE, "asked": "confirmed"},
    "requested_slot": "repair_confirmed",
}
LISTEN, FORM = {"event": "action", "name": "action_listen"}, {"event": "action", "name": "repair_form"}


@pytest.fixture
def store(tmp_path):
    return RepairStore(f"sqlite:///{tmp_path / 'd.db'}")


def act(text, slots=None, before=(), intent="ask", store=None, config=CONFIG):
    """`(slots set, other events, messages)` of the validation."""
    message = user(text, intent)
    document = {
        "sender_id": "web-1",
        "slots": {"requested_slot": None, **(slots or {})},
        "latest_message": message["parse_data"],
        "events": [LISTEN, message, *before, FORM],
        "active_loop": {"name": "repair_form"},
    }
    dispatcher = CollectingDispatcher()
    action = ValidateRepairForm(config, store, lambda: NOW)
    events = asyncio.run(action.run(dispatcher, Tracker.from_dict(document), {}))
    set_to = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    return set_to, [event for event in events if event["event"] != "slot"], dispatcher.messages


def rows(store):
    with open_database(store.url).connect() as connection:
        return connection.execute(sa.select(repair_requests)).mappings().all()


def test_the_form_begins_with_what_was_said():
    slots, events, messages = act("세탁기 고장났어요 수리 신청할게요", intent="request_repair")
    assert (slots["repair_product"], slots["requested_slot"], slots["repair_phone"], events) == (
        "세탁기",
        "repair_model",
        None,
        [],
    )
    assert slots["repair_state"]["key"] and slots["repair_state"]["seen_at"] == NOW.isoformat()
    assert [button["title"] for button in messages[-1]["buttons"]] == ["모름"]


def test_an_answer_fills_the_slot_that_was_asked_for():
    slots, _, messages = act("010", {"repair_product": "세탁기", "repair_state": STATE, "requested_slot": "repair_phone"})
    assert (slots["repair_state"]["phone_part"], slots["requested_slot"]) == ("010", "repair_phone")
    slots, _, _ = act("1234 5678", {**slots})
    assert (slots["repair_phone"], slots["repair_state"]["phone_part"]) == ("01012345678", "")


def test_a_message_that_was_answered_otherwise_is_not_the_form_s():
    slots = {"repair_product": "세탁기", "repair_state": STATE, "requested_slot": "repair_phone"}
    before = [{"event": "action", "name": "action_answer"}]
    slots, events, messages = act("수리비는 얼마예요?", slots, before)
    assert (slots["repair_state"]["failures"], slots["requested_slot"], events) == (0, "repair_phone", [])
    assert [message["text"] for message in messages] == ["연락받으실 전화번호를 알려 주세요."]


@pytest.mark.parametrize(("text", "phone"), [("아 짜증나 010-1234-5678이라고요", "01012345678"), ("아 짜증나네 진짜", None)])
def test_what_is_said_in_anger_counts(text, phone):
    slots = {"repair_product": "세탁기", "repair_state": STATE, "requested_slot": "repair_phone"}
    slots, _, _ = act(text, slots, [{"event": "action", "name": "action_soothe"}])
    assert (slots["repair_phone"], slots["repair_state"]["failures"]) == (phone, 0)


def test_the_confirmed_request_is_stored_once_however_often_it_is_confirmed(store):
    for _ in range(2):  # the first answer did not reach Rasa, so that the form is where it was
        slots, events, messages = act("네", FULL, store=store)
        kept = slots.pop("repair_state")
        assert set(slots.values()) == {None} and events == []
        assert set(kept) == {"before"} and set(kept["before"]) == {"address", "phone"}
    [row] = rows(store)
    assert (row["product"], row["phone"], row["sender"], row["channel"]) == ("세탁기", "01012345678", "web-1", "rest")
    assert row["receipt"] in messages[0]["text"]


def test_a_request_that_cannot_be_stored_leaves_the_form_open():
    class Broken:
        def save(self, request):
            raise OSError("no room")

    slots, events, messages = act("네", FULL, store=Broken())
    assert (slots["requested_slot"], slots["repair_phone"], slots["repair_state"]["key"]) == (
        "repair_confirmed",
        "01012345678",
        "k1",
    )
    assert "저장하지 못했어요" in messages[0]["text"] and events == []


def test_one_that_is_kept_for_later_says_so():
    class Later:
        def save(self, request):
            return False

    _, _, messages = act("네", FULL, store=Later())
    assert "저장이 늦어지고" in messages[0]["text"]


def test_stop_empties_the_form(store):
    slots, events, messages = act("취소할게요", FULL, store=store)
    assert set(slots.values()) == {None} and events == []
    assert rows(store) == []


def test_who_is_not_understood_gets_a_human_and_keeps_what_was_said():
    slots = {"repair_product": "세탁기", "repair_state": {**STATE, "failures": 3}, "requested_slot": "repair_phone"}
    slots, events, messages = act("글쎄요", slots)
    assert [(event["event"], event["name"]) for event in events] == [("followup", "action_human")]
    assert (slots["requested_slot"], slots["repair_product"]) == (None, "세탁기")


def test_a_skill_switched_off_meanwhile_ends_the_form(monkeypatch):
    monkeypatch.setattr("bot.actions.action_repair.skills", lambda: type("None", (), {"repair": None}))
    slots, _, messages = act("네", FULL, config=None)
    assert set(slots.values()) == {None} and messages == []


@pytest.mark.parametrize(
    "broken", [{"repair_state": "x"}, {"repair_state": None, "requested_slot": "repair_phone"}, {"repair_product": 3}]
)
def test_slots_of_another_version_harm_nothing(broken):
    slots, _, messages = act("에어컨", broken)
    assert slots["requested_slot"] and messages


@pytest.mark.parametrize(("last", "product"), [("에어컨", "에어컨"), ("냉장고", None), (None, None)])
def test_the_product_talked_about_is_remembered(last, product):
    slots, _, _ = act("그럼 수리 접수해 주세요", {"last_product": last}, intent="request_repair")
    assert slots["repair_product"] == product
