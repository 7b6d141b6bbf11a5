"""The order form's validation: tracker JSON in, events and messages out."""

import asyncio

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.action_order import ValidateOrderForm
from bot.skills.config import OrderConfig
from bot.skills.order import Order

from .conftest import user

CONFIG = OrderConfig(order_pattern=r"D\d{8}-\d{4}")
NUMBER, PHONE = "D20261103-0012", "01023456789"
LISTEN, FORM = {"event": "action", "name": "action_listen"}, {"event": "action", "name": "order_form"}


def find(number, phone):
    return Order(NUMBER, "세탁기", "배송 중") if (number, phone) == (NUMBER, PHONE) else None


def act(text, slots=None, before=(), intent="ask", action=None):
    message = user(text, intent)
    document = {
        "sender_id": "web-1",
        "slots": {"requested_slot": None, **(slots or {})},
        "latest_message": message["parse_data"],
        "events": [LISTEN, message, *before, FORM],
        "active_loop": {"name": "order_form"},
    }
    dispatcher = CollectingDispatcher()
    action = action or ValidateOrderForm(CONFIG, find, earlier=lambda sender: 0)
    events = asyncio.run(action.run(dispatcher, Tracker.from_dict(document), {}))
    set_to = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    return set_to, [event["name"] for event in events if event["event"] == "followup"], dispatcher.messages


def test_the_order_is_shown_and_the_form_is_over():
    slots, followup, messages = act(PHONE, {"order_number": NUMBER, "requested_slot": "order_phone"})
    assert (slots["requested_slot"], slots["order_number"], slots["order_phone"], followup) == (None, None, None, [])
    assert "배송 중" in messages[0]["text"]


def test_two_wrong_pairs_lead_to_a_human():
    slots, followup, messages = act(f"{NUMBER} 010-1111-1111")
    assert (slots["order_state"]["tries"], slots["requested_slot"], followup) == (1, "order_number", [])
    slots, followup, messages = act(f"{NUMBER} 010-1111-2222", slots)
    assert (slots["order_state"]["tries"], slots["requested_slot"], followup) == (2, None, ["action_human"])
    assert "배송 중" not in messages[0]["text"]
    slots, followup, _ = act(f"{NUMBER} {PHONE} 조회해 주세요", slots, intent="check_order")
    assert (slots["requested_slot"], followup) == (None, ["action_human"])


def test_a_question_in_between_is_no_try():
    slots = {
        "order_number": NUMBER,
        "requested_slot": "order_phone",
        "order_state": {"tries": 1, "failures": 1, "phone_part": "010"},
    }
    after, followup, messages = act("배송비는 얼마예요?", slots, [{"event": "action", "name": "action_answer"}])
    assert {name: after["order_state"][name] for name in slots["order_state"]} == slots["order_state"] and followup == []
    assert messages[0]["text"] == "주문할 때 적으신 전화번호를 알려 주세요."


def test_anger_is_no_failure():
    slots = {"order_number": NUMBER, "requested_slot": "order_phone", "order_state": {"failures": 1}}
    after, _, _ = act("아 진짜 짜증나네", slots, [{"event": "action", "name": "action_soothe"}])
    assert after["order_state"]["failures"] == 1


def test_a_conversation_begun_anew_gives_no_further_tries():
    action = ValidateOrderForm(CONFIG, find, earlier=lambda sender: 0)
    act(f"{NUMBER} 010-1111-1111", action=action)
    _, followup, _ = act(f"{NUMBER} 010-1111-2222", action=action)  # no slots: a restart emptied them
    assert followup == ["action_human"]
    _, followup, _ = act(f"{NUMBER} {PHONE}", action=action)
    assert followup == ["action_human"]


def test_an_order_that_was_found_makes_earlier_tries_good():
    action = ValidateOrderForm(CONFIG, find, earlier=lambda sender: 0)
    act(f"{NUMBER} 010-1111-1111", action=action)
    act(f"{NUMBER} {PHONE}", action=action)
    _, followup, _ = act(f"{NUMBER} 010-1111-2222", action=action)
    assert followup == []


def test_a_repair_that_was_left_for_the_order_goes_on():
    repair = {"repair_product": "세탁기", "repair_state": {"asked": "model", "key": "k"}}
    slots = {"order_number": NUMBER, "requested_slot": "order_phone", **repair}
    assert act(PHONE, slots)[1] == ["repair_form"]
    assert act("그만", slots)[1] == ["repair_form"]
    confirmed = {"repair_state": {"before": {"phone": PHONE}}}
    assert act(PHONE, {"order_number": NUMBER, "requested_slot": "order_phone", **confirmed})[1] == []


def test_who_had_all_tries_before_the_conversation_began_anew_gets_no_more():
    action = ValidateOrderForm(CONFIG, find, earlier={"web-1": 2}.get)
    slots, followup, messages = act(f"{NUMBER} {PHONE}", action=action)
    assert (slots["requested_slot"], followup) == (None, ["action_human"])
    assert "배송 중" not in messages[0]["text"]


def test_the_slots_count_where_they_hold_a_state():
    def refuse(sender):
        raise AssertionError("asked though the slots say it")

    slots, followup, _ = act(
        f"{NUMBER} 010-1111-1111", {"order_state": {"tries": 0}}, action=ValidateOrderForm(CONFIG, find, earlier=refuse)
    )
    assert (slots["order_state"]["tries"], followup) == (1, [])
