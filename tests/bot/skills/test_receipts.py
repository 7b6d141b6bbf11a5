import pytest

from bot.skills.receipts import asks_for_number, asks_how_it_stands
from bot.skills.wishes import RECEIPT, wish_of


@pytest.mark.parametrize(
    "text",
    [
        "접수 번호 다시 알려줘",
        "접수번호가 뭐였죠?",
        "접수 번호는요?",
        "접수번호 잊어버렸어요",
        "접수 번호 좀 보여 주세요",
        "제 접수번호 몇 번이에요",
    ],
)
def test_the_number_is_asked_for(text):
    assert asks_for_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "제 수리 언제 와요?",
        "수리 접수 잘 됐어요?",
        "접수 된 거 맞죠?",
        "기사님 언제 오세요?",
        "수리 어디까지 진행됐나요",
        "AS 접수됐나요",
    ],
)
def test_it_is_asked_how_a_repair_stands(text):
    assert asks_how_it_stands(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😀",
        "수리 접수할게요",
        "수리 접수하고 싶어요",
        "접수 번호로 취소하려면 어떻게 해요?",
        "수리 접수하면 언제 와요?",
        "주문 언제 와요?",
        "반품 접수됐나요?",
        "접수 번호 알려 줄 상담원 연결해 주세요",
        "접수 번호 " * 50,
    ],
)
def test_what_else_is_said_of_repairs_is_not_that(text):
    assert not asks_for_number(text) and not asks_how_it_stands(text)


def test_it_is_a_wish_only_where_the_company_repairs(config):
    from bot.skills.config import SkillsConfig

    assert wish_of("접수 번호 다시 알려줘", SkillsConfig(repair=config)) == RECEIPT
    assert wish_of("접수 번호 다시 알려줘", SkillsConfig()) is None
