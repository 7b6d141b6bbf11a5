import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.kakao_cutting import cut, length, sendable, shortened


@pytest.mark.parametrize(
    ("text", "limit", "head", "tail"),
    [
        ("", 5, "", ""),
        ("짧아요.", 10, "짧아요.", ""),
        ("하나예요. 둘이에요. 셋이에요.", 12, "하나예요. 둘이에요.", "셋이에요."),
        ("하나예요. 둘이에요.", 5, "하나예요.", "둘이에요."),
        ("정말요? 네! 그래요.", 7, "정말요? 네!", "그래요."),
        ("“네.” 그리고 또 말했다.", 8, "“네.”", "그리고 또 말했다."),
        ("첫 줄\n둘째 줄\n셋째 줄", 9, "첫 줄\n둘째 줄", "셋째 줄"),
        ("1. 전원을 끄고 기다립니다", 8, "1. 전원을", "끄고 기다립니다"),
        ("값은 3.5 리터예요 정말로", 8, "값은 3.5", "리터예요 정말로"),
        ("끝이 없는 문장을 계속 씁니다", 10, "끝이 없는 문장을", "계속 씁니다"),
        ("가나다라마바사", 4, "가나다라", "마바사"),
        ("😀😀😀", 4, "😀😀", "😀"),
        ("😀😀😀", 3, "😀", "😀😀"),
        ("가👨‍👩‍👧나", 4, "가", "👨‍👩‍👧나"),
        ("각각", 2, "각각", ""),
        ("\u1100\u1161\u11a8\u1100\u1161\u11a8", 4, "\u1100\u1161\u11a8", "\u1100\u1161\u11a8"),
    ],
)
def test_a_text_is_cut_where_a_reader_pauses(text, limit, head, tail):
    assert cut(text, limit) == (head, tail)


@given(st.text(), st.integers(2, 60))
def test_nothing_is_lost_and_nothing_too_long(text, limit):
    head, tail = cut(text, limit)
    assert "".join((head + tail).split()) == "".join(text.split())
    assert head or not text.strip()
    pieces = [head]
    while tail:
        head, tail = cut(tail, limit)
        pieces.append(head)
    assert all(0 < length(piece) <= limit for piece in pieces if text.strip())


@pytest.mark.parametrize(("text", "units"), [("", 0), ("가나", 2), ("a😀", 3), ("\ufffd", 1)])
def test_length_counts_as_java_does(text, units):
    assert length(text) == units == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [("상담원 연결", 14, "상담원 연결"), ("가" * 15, 14, "가" * 13 + "…"), (" 줄\n바꿈 ", 14, "줄 바꿈"), ("", 14, "")],
)
def test_a_label_is_shortened_visibly(text, limit, short):
    assert shortened(text, limit) == short


def test_what_json_or_a_phone_cannot_take_is_replaced():
    assert sendable("가\x00나\ud800다\r\n라\u2028") == "가나\ufffd다\n라"
