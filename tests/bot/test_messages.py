import pytest

from bot.answer import Answer, Candidate, Kind, Source
from bot.messages import cite, quoting, render

MANUAL = Source("세탁기", "세탁기 사용설명서", "3장 청소 > 필터 청소", 12, 100, 103)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("7일", "이라고"),
        ("한 달 이내", "라고"),
        ("3", "이라고"),
        ("E2", "라고"),
        ("2.5kg", "라고"),
        ("20m", "이라고"),
        ("(필터)", "라고"),
        ("℃", "(이)라고"),
        ("", "(이)라고"),
    ],
)
def test_quoting_follows_the_last_sound(word, expected):
    assert quoting(word) == expected


def test_cite_leaves_out_what_is_not_known():
    assert cite(MANUAL) == "세탁기 사용설명서 > 3장 청소 > 필터 청소 (12쪽)"
    assert cite(Source("규정", "배송 규정")) == "배송 규정"


def test_an_faq_answer_is_shown_with_its_source():
    answer = Answer("반품?", Kind.FAQ, "7일 안에 하시면 돼요.", 0.9, source=Source("F1", "자주 묻는 질문", "반품"))
    assert render(answer) == "7일 안에 하시면 돼요.\n출처: 자주 묻는 질문 > 반품"


def test_a_span_is_shown_inside_its_sentence_with_its_source():
    answer = Answer("?", Kind.MANUAL, "월 1회", 0.8, evidence="필터는 월 1회 청소하세요.", source=MANUAL)
    assert render(answer) == (
        "‘월 1회’라고 나와 있어요.\n“필터는 월 1회 청소하세요.”\n출처: 세탁기 사용설명서 > 3장 청소 > 필터 청소 (12쪽)"
    )


def test_a_sentence_or_steps_that_are_the_answer_are_shown_once():
    sentence = "다만, 설치한 제품은 반품하지 못합니다."
    answer = Answer("?", Kind.MANUAL, sentence, 0.8, evidence=f"7일 안에 신청합니다. {sentence}", source=Source("규정", "배송 규정"))
    assert render(answer) == f"이렇게 나와 있어요.\n“7일 안에 신청합니다. {sentence}”\n출처: 배송 규정"
    steps = "1. 끕니다.\n2. 뺍니다."
    answer = Answer("?", Kind.MANUAL, steps, 0.8, evidence=steps, source=Source("규정", "배송 규정"))
    assert render(answer) == f"이렇게 나와 있어요.\n{steps}\n출처: 배송 규정"
    row = "코드: E11 / 뜻: 물통 없음 / 조치: 물통 끼우기"
    answer = Answer("?", Kind.MANUAL, row, 0.8, evidence=row, source=Source("규정", "에러 코드"))
    assert render(answer) == f"이렇게 나와 있어요.\n“{row}”\n출처: 에러 코드"


def test_related_material_is_never_shown_as_the_answer():
    answer = Answer("?", Kind.CLARIFY, "자신이 없어요.", 0.3, "필터는 월 1회 청소하세요.", MANUAL, (Candidate("F1", "q", 0.2),))
    assert render(answer).splitlines() == [
        "자신이 없어요.",
        "“필터는 월 1회 청소하세요.”",
        "출처: 세탁기 사용설명서 > 3장 청소 > 필터 청소 (12쪽)",
        "찾으시는 질문이 아래에 있으면 골라 주세요.",
    ]
