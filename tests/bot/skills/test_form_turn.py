"""What a form's validation is called for, what a message does for a form, and plain wishes."""

import pytest

from bot.skills.changes import is_skip, is_stop, is_yes, named_slot, named_to_change
from bot.skills.config import OrderConfig, SkillsConfig
from bot.skills.form_turn import done_before, emptied, intent_of, names_in
from bot.skills.turns import Turn, asks, turn_of
from bot.skills.wishes import wish_of

LISTEN, USER = {"event": "action", "name": "action_listen"}, {"event": "user"}


def action(name):
    return {"event": "action", "name": name}


def test_what_was_done_with_the_message_before_the_form():
    assert done_before([LISTEN, USER, action("repair_form")], "repair_form") == []
    assert done_before([USER, action("action_answer"), LISTEN, USER, action("repair_form")], "repair_form") == []
    assert done_before([LISTEN, USER, action("action_answer"), action("repair_form")], "repair_form") == ["action_answer"]
    assert done_before([], "repair_form") == []


def test_an_intent_counts_where_it_is_sure():
    assert intent_of({"intent": {"name": "stop", "confidence": 0.7}}) == "stop"
    assert intent_of({"intent": {"name": "stop", "confidence": 0.69}}) == ""
    assert intent_of({}) == ""
    assert names_in({"entities": [{"entity": "name", "value": "홍길동"}, {"entity": "phone", "value": "010"}]}) == ("홍길동",)


def test_a_form_that_is_left_is_emptied_but_for_the_order_s_tries():
    assert set(emptied("repair_form").values()) == {None} and "repair_phone" in emptied("repair_form")
    assert emptied("order_form") == {"order_number": None, "order_phone": None, "requested_slot": None}
    assert emptied("another_form") == {"requested_slot": None}


@pytest.fixture
def both(config):
    return SkillsConfig(config, OrderConfig(order_pattern=r"D\d{8}-\d{4}"))


@pytest.mark.parametrize(
    ("requested", "text", "turn"),
    [
        ("repair_symptom", "왜 물이 새요?", Turn.FILLS),
        ("repair_symptom", "며칠 전부터 소리가 나요", Turn.FILLS),
        ("repair_symptom", "보증 기간이 얼마예요", Turn.ASKS),
        ("repair_date", "언제든 좋아요", Turn.FILLS),
        ("repair_date", "저녁이나 주말에도 수리하러 와요?", Turn.ASKS),
        ("repair_model", "모델명은 어디 있는지 모르겠어요", Turn.FILLS),
        ("repair_product", "처음부터 다시 할래요", Turn.OTHER),
        ("repair_confirmed", "주소를 부산시 해운대구 우동 12로 바꿔 주실 수 있나요?", Turn.FILLS),
        ("order_number", "D20261103-0012", Turn.FILLS),
        ("order_phone", "배송비 얼마예요?", Turn.ASKS),
        ("repair_phone", "/reaction", Turn.OTHER),
        (None, "010-1234-5678", Turn.OTHER),
    ],
)
def test_what_a_message_does(requested, text, turn, both, now):
    assert turn_of(text, requested, "ask", False, both, now) is turn


def test_questions():
    assert all(asks(text) for text in ("얼마예요", "되나요", "수리비 알려 주세요", "비싼가요?", "언제 와요"))
    assert not any(asks(text) for text in ("물이 새요", "아무 때나요", "어디서 새는지 모르겠어요", "언제든 좋아요", ""))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("물이 새는데 수리 접수 좀 부탁드립니다 서울 마포구예요", "repair"),
        ("기사님 좀 보내 주세요", "repair"),
        ("수리는 어떻게 접수해요?", None),
        ("수리 접수 취소할게요", None),
        ("수리 접수했는데 연락이 없어요", None),
        ("D20261103-0012 배송 상태 확인 부탁해요", "order"),
        ("D20261103-0012", None),
        ("/ask수리 접수", None),
    ],
)
def test_plain_wishes(text, wish, both):
    assert wish_of(text, both) == wish
    assert wish_of(text, SkillsConfig()) is None


def test_leading_words():
    assert all(is_stop(text) for text in ("그만", "됐어요 취소할게요", "안 할래요", "중단해 주세요"))
    assert not any(is_stop(text) for text in ("돌다가 멈춰요", "취소 버튼이 안 눌려요", "탈수를 안 해요"))
    assert is_skip("잘 모르겠어요") and not is_skip("모르는 소리가 계속 나서 걱정이 되는데 어떻게 된 일인지")
    assert is_yes("넵") and not is_yes("네 근데 고칠게요") and not is_yes("네" * 40)
    assert (named_to_change("전화번호 바꿀게요"), named_to_change("전화번호"), named_slot("전화번호")) == ("phone", None, "phone")
