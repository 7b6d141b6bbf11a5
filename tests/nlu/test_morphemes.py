import unicodedata

import pytest

from nlu.morphemes import analyze, chunks, respaced, sentence_spans


def test_morphemes_point_at_their_surface():
    text = "배송이 늦었어요"
    found = [(m.form, m.tag, text[m.start : m.end]) for m in analyze(text)]
    assert found[:2] == [("배송", "NNG", "배송"), ("이", "JKS", "이")]
    assert ("었", "EP", "었") in found


def test_a_contraction_gives_two_morphemes_over_the_same_characters():
    found = {m.form: (m.start, m.end) for m in analyze("신청했다")}
    assert found["하"] == found["었"] == (2, 3)


def test_offsets_are_those_of_decomposed_text():
    text = unicodedata.normalize("NFD", "배송 조회")
    assert [unicodedata.normalize("NFC", text[m.start : m.end]) for m in analyze(text)] == ["배송", "조회"]


def test_blank_text_has_no_morphemes():
    assert analyze("") == [] and analyze(" \n\t") == []


def test_content_morphemes_leave_out_particles_and_endings():
    assert [m.form for m in analyze("세탁기가 멈췄어요.") if m.is_content] == ["세탁기", "멈추"]


def test_sentences_are_found_with_their_offsets():
    text = "문이 열려 있어요. 문을 닫아 주세요.\n다시 눌러 주세요."
    assert [text[a:b] for a, b in sentence_spans(text)] == ["문이 열려 있어요.", "문을 닫아 주세요.", "다시 눌러 주세요."]


def test_long_text_is_cut_at_lines_or_spaces_and_nothing_is_lost():
    text = "가나다라 마바사\n" * 10
    parts = list(chunks(text, 25))
    assert "".join(part for _, part in parts) == text
    assert all(len(part) <= 25 and part[-1].isspace() for _, part in parts)
    assert [at for at, _ in parts] == [sum(len(p) for _, p in parts[:i]) for i in range(len(parts))]


def test_a_long_run_without_spaces_is_cut_hard():
    assert [part for _, part in chunks("가" * 55, 25)] == ["가" * 25, "가" * 25, "가" * 5]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("세 탁 기 필 터 청 소", "세탁기 필터 청소"),
        ("반 품 하 고 싶 어 요", "반품하고 싶어요"),
        ("이 거 왜", "이 거 왜"),
        ("세탁기 필터 좀 어떻게 빼 요", "세탁기 필터 좀 어떻게 빼 요"),
        ("A B C D E", "A B C D E"),
        ("ㅋ ㅋ ㅋ ㅋ ㅋ", "ㅋ ㅋ ㅋ ㅋ ㅋ"),
        ("", ""),
    ],
)
def test_what_is_written_syllable_by_syllable_is_spaced_anew(text, expected):
    assert respaced(text) == expected
