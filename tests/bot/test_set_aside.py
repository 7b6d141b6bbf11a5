import pytest

from bot.question import Question
from bot.set_aside import is_of_another_case
from nlu.vectors import StaticVectors
from retrieval.index import VECTORS

TEXT = "③ 제1항에도 불구하고 내용이 광고와 다르게 이행된 경우에는 3개월 이내, 안 날부터 30일 이내에 철회할 수 있다."


@pytest.fixture(scope="module")
def vectors():
    return StaticVectors.load(VECTORS)


@pytest.mark.parametrize(
    ("asked", "text", "other"),
    [
        ("철회는 며칠 이내에 해야 하나요?", TEXT, True),
        ("광고와 다르면 철회는 며칠 이내에 해야 하나요?", TEXT, False),
        ("철회는 며칠 이내에 해야 하나요?", "① 30일 이내에 철회할 수 있다. 제2항에도 불구하고 그렇다.", False),
        ("왜 철회할 수 있나요?", TEXT, False),
        ("철회는 며칠 이내에 해야 하나요?", "", False),
    ],
)
def test_an_exception_answers_only_for_its_case(asked, text, other, vectors):
    assert is_of_another_case(Question.of(asked, vectors), text, text.find("30일")) is other
