import pytest

from bot.conversation.memory import FRESH_S, SLOTS, Memory, Pending, forgotten, remembered
from bot.conversation.mood import disappointed, went_on

MEMORY = Memory("오븐", "오븐 배송비", "배송비는?", ("F1", "F2"), Pending("필터 값", ("오븐", "커피머신"), ("F1", "F3")), 1)


def test_slots_hold_all_of_a_memory():
    assert Memory.from_slots(MEMORY.changes({})) == MEMORY


def test_only_what_changed_is_set():
    slots = MEMORY.changes({})
    assert MEMORY.changes(slots) == {}
    assert MEMORY.replace(pending=None, disappointments=0).changes(slots) == {"last_asked_back": None, "disappointments": None}
    assert Memory().changes({}) == {}


@pytest.mark.parametrize("value", [7, "F1", {"question": 1}, [], {"products": []}, None])
def test_slots_that_hold_something_else_count_as_empty(value):
    found = Memory.from_slots(dict.fromkeys(SLOTS.values(), value) | {"disappointments": "viele"})
    assert (found.pending, found.disappointments) == (None, 0)


def test_after_a_long_silence_nothing_is_remembered():
    slots = MEMORY.changes({})

    def after(seconds):
        said = [
            {"event": "bot", "timestamp": 100.0},
            {"event": "slot", "timestamp": 1e9},
            {"event": "user", "timestamp": 100.0 + seconds},
        ]
        return remembered(slots, said)

    assert after(FRESH_S) == MEMORY
    assert after(FRESH_S + 1) == Memory()
    assert remembered(slots, [{"event": "user"}]) == MEMORY


def test_forgotten_is_every_slot():
    assert forgotten() == dict.fromkeys(SLOTS.values())


def test_the_second_disappointment_in_a_row_offers_a_human_and_a_new_row_begins():
    assert disappointed(0) == (1, False)
    assert disappointed(1) == (0, True)
    assert went_on(1, was_answered=False) == 1
    assert went_on(1, was_answered=True) == 0
