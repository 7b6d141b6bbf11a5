import unicodedata

import pytest

from nlu.normalize import normalize


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("안녕하세요", "안녕하세요"),
        ("ＡＢＣ１２３！", "ABC123!"),
        ("가\u200b나\x07다", "가 나 다"),
        ("ㅋㅋㅋ", "ㅋㅋㅋ"),
        ("세탁기🧺 고장", "세탁기🧺 고장"),
        (unicodedata.normalize("NFD", "반품 며칠?"), "반품 며칠?"),
    ],
)
def test_text_is_made_uniform(text: str, expected: str):
    assert normalize(text).text == expected


def test_spans_lead_back_into_decomposed_text():
    text = unicodedata.normalize("NFD", "내일 반품")
    normalized = normalize(text)
    start, end = normalized.original_span(3, 5)
    assert unicodedata.normalize("NFC", text[start:end]) == "반품"
    assert (start, end) == (6, 12)  # 내 2, 일 3 and a space before; 반 3, 품 3


def test_text_already_normal_keeps_its_offsets():
    assert normalize("환불 규정").original_span(3, 5) == (3, 5)


def test_empty_spans_stay_empty_in_decomposed_text():
    normalized = normalize(unicodedata.normalize("NFD", "반품"))
    assert normalized.original_span(1, 1) == (3, 3)
    assert normalized.original_span(2, 2) == (6, 6)
