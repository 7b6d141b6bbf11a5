import numpy as np
import pytest

from bot.question import Question, sibling_words, wants_fact


class Vectors:
    dimension = 2
    known = {"세탁기": (1.0, 0.0), "냉장고": (0.8, 0.6), "사랑": (0.0, 1.0)}

    def morpheme_vector(self, form, tag):
        return np.array(self.known[form], np.float32) if form in self.known else None

    def idf(self, form, tag):
        return 5.0


@pytest.mark.parametrize(
    "question", ["며칠이에요?", "보증 기간은?", "RV-7 소음", "배터리 용량 좀 알려 주세요", "누가 내요", "이게 무슨 뜻이죠"]
)
def test_a_fact_is_asked_for(question):
    assert wants_fact(question)


@pytest.mark.parametrize("question", ["빨아도 돼요?", "왜 안 되나요?", "필터 청소는 어떻게 해요?", "두 모드가 뭐가 다른가요?"])
def test_whether_why_and_how_ask_for_a_sentence(question):
    assert not wants_fact(question)


@pytest.mark.parametrize(
    ("question", "expected"), [("필터는 어떻게 청소해요?", True), ("연결하는 방법", True), ("필터 값이 얼마예요?", False)]
)
def test_steps_are_asked_for(question, expected):
    assert Question.of(question, Vectors()).wants_steps is expected


def test_words_are_content_without_question_words_and_codes():
    question = Question.of("RV-7 Pro 소음은 몇 데시벨이에요?", Vectors())
    assert question.words == ("소음/NNG",)
    assert question.codes == {"code/rv7", "code/pro"}
    assert question.vectors.shape == (1, 2) and question.weights.shape == (1,)


def test_a_question_of_question_words_keeps_them():
    assert Question.of("며칠이에요?", Vectors()).words == ("며칠/NNG",)
    assert Question.of("", Vectors()).words == ()


def test_a_sibling_of_the_products_is_told_from_other_words():
    question = Question.of("냉장고 사랑", Vectors())
    assert sibling_words(question, {"세탁기/NNG"}, {}, Vectors()) == ["냉장고/NNG"]
    assert sibling_words(question, {"세탁기/NNG"}, {"냉장고/NNG": 1}, Vectors()) == []
    assert sibling_words(question, set(), {}, Vectors()) == []


@pytest.mark.parametrize(
    ("question", "value", "explanation"),
    [
        ("RV-7 크기가 어떻게 되나요?", True, True),
        ("보증 기간은 어떻게 돼요?", True, True),
        ("해피콜을 못 받으면 어떻게 되나요?", False, True),
        ("이사할 때는 어떻게 되나요?", False, True),
        ("왜 씻으면 안 되나요?", False, True),
        ("물로 씻어도 되나요?", False, False),
    ],
)
def test_a_value_or_an_explanation_is_wanted(question, value, explanation):
    found = Question.of(question, Vectors())
    assert (found.wants_value, found.wants_explanation) == (value, explanation)


@pytest.mark.parametrize(
    ("question", "expected"), [("상자에 뭐가 들어 있어요?", True), ("색상 종류는?", True), ("무게가 얼마예요?", False)]
)
def test_several_things_may_be_asked_for(question, expected):
    assert Question.of(question, Vectors()).wants_list is expected
