import random

import pytest

from mrc.manual_questions import casual, interrogative_for, manual_questions, sounds_like_a_customer
from mrc.synthesis import questions_from_manual

ROW = "모델: E-17 / 무게: 18.5kg / 가격: 120,000원 / 접이식: 예 / 색상: -"


def asked(text, seeds=40):
    """All `(kind, question, answer)` that the first seeds give for a passage."""
    return {
        (one.kind, one.question, text[one.start : one.end])
        for seed in range(seeds)
        for one in manual_questions(text, random.Random(seed))
    }


@pytest.mark.parametrize(
    ("text", "kind", "question", "answer"),
    [
        (ROW, "row", "E-17 무게가 몇 kg인가요?", "18.5kg"),
        (ROW, "row", "E-17 가격은 얼마예요?", "120,000원"),
        (ROW, "row", "E-17은 접이식 되나요?", "예"),
        ("1. 원목 프레임: 구입일부터 5년", "label", "원목 프레임은 몇 년인가요?", "구입일부터 5년"),
        ("상담 전화: 1588-0000", "label", "상담 전화는 어떻게 되나요?", "1588-0000"),
        (
            "UE 오류가 나타나면 빨래를 고르게 펴 주십시오.", "how",
            "UE 오류가 나타나면 어떻게 해야 하나요?", "빨래를 고르게 펴 주십시오",
        ),
        (
            "필터를 청소할 때는 전원을 끄고 미지근한 물로 씻어 주세요.", "how",
            "필터를 청소할 때는 어떻게 해요?", "전원을 끄고 미지근한 물로 씻어 주세요",
        ),
        (
            "주문을 취소하려면 마이페이지에서 취소 버튼을 누르세요.", "how",
            "주문 취소 어떻게 하죠?", "마이페이지에서 취소 버튼을 누르세요",
        ),
        (
            "철 수세미는 코팅을 벗겨 내므로 쓰지 마세요.", "yes_no",
            "철 수세미는 써도 되나요?", "철 수세미는 코팅을 벗겨 내므로 쓰지 마세요",
        ),
        ("철 수세미는 코팅을 벗겨 내므로 쓰지 마세요.", "why", "철 수세미는 왜 쓰면 안 되나요?", "코팅을 벗겨 내므로"),
        (
            "다만, 안경테는 7일 안에 교환할 수 있습니다.", "yes_no",
            "안경테는 7일 안에 교환할 수 있나요?", "안경테는 7일 안에 교환할 수 있습니다",
        ),
        ("젖은 손으로 만지면 안 됩니다.", "yes_no", "젖은 손으로 만져도 되나요?", "젖은 손으로 만지면 안 됩니다"),
        (
            "합산한 마일리지는 좌석 승급에는 쓸 수 없습니다.", "yes_no",
            "합산한 마일리지는 좌석 승급에는 쓸 수 있나요?", "합산한 마일리지는 좌석 승급에는 쓸 수 없습니다",
        ),
    ],
)  # fmt: skip
def test_questions_that_customers_would_ask(text, kind, question, answer):
    assert (kind, question, answer) in asked(text)


@pytest.mark.parametrize(
    "text", ["", "ㅋ", "😀", "세종은 훈민정음을 만들었다.", "모델: / 무게: ", "난방이 꺼지지 않을 수 있어요.", ":", "- "]
)
def test_what_offers_nothing_gives_nothing(text):
    assert asked(text, seeds=5) == set()


def test_empty_cells_are_not_asked_for():
    assert not [one for one in asked(ROW) if "색상" in one[1]]


@pytest.mark.parametrize(("value", "words"), [
    ("12,000원", {"얼마"}), ("6개월", {"몇 개월", "얼마"}), ("14일 이내", {"며칠", "얼마"}), ("빨간색", {"뭐", "무엇"}),
    ("최근 90일 동안의 청소 면적과 시간을 봅니다.", {"뭐", "무엇"}),
])  # fmt: skip
def test_the_interrogative_fits_the_value(value, words):
    assert {interrogative_for(value, random.Random(seed)) for seed in range(30)} == words


def test_examination_endings_are_told_from_spoken_ones():
    spoken = ("몇 분이에요?", "어디에 두나요", "되나요?", "누르면 됩니까?", "뭐야?", "고장 난 건 뭐가?")
    written = ("무엇인가?", "언제일까?", "몇 분인가", "어디에 놓는가?")
    assert all(map(sounds_like_a_customer, spoken)) and not any(map(sounds_like_a_customer, written))


def test_casual_spelling_keeps_the_words():
    question = "필터를 몇 개월마다 청소해야 하나요?"
    heard = {casual(question, random.Random(seed)) for seed in range(200)}
    assert {question, "필터 몇 개월마다 청소해야 하나요?", "필터를 몇 개월마다 청소해야 하나요"} <= heard
    assert {one.replace(" ", "")[:2] for one in heard} == {"필터"}


MANUAL = (
    "사용 온도: 5℃에서 35℃\n"
    "필터는 6개월마다 새것으로 바꾸세요. 젖은 손으로 플러그를 만지면 안 됩니다.\n"
    "부품: 배수 필터 / 가격: 12,000원\n부품: 급수 호스 / 가격: 9,500원\n"
    "1. 전원 버튼을 3초 동안 누르세요.\n2. 불이 켜지면 문을 닫으세요."
)


def test_every_answer_stands_where_it_is_said_to_and_the_seed_decides():
    made = questions_from_manual("설명서", MANUAL)
    assert {"row", "label", "how", "yes_no", "number"} <= {one.kind for one in made}
    for one in made:
        assert MANUAL[one.answer_start : one.answer_start + len(one.answer)] == one.answer and one.context == MANUAL
    assert made == questions_from_manual("설명서", MANUAL) != questions_from_manual("설명서", MANUAL, 1)


def test_at_most_so_many_are_made():
    assert len(questions_from_manual("설명서", MANUAL, at_most=3)) == 3
    assert questions_from_manual("빈 글", "") == []
