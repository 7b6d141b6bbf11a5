import unicodedata

import pytest

from bot.masking import MaskingFormatter, mask


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("제 번호는 010-1234-5678이에요", "제 번호는 [전화번호]이에요"),
        ("01012345678로 전화 주세요", "[전화번호]로 전화 주세요"),
        ("010 1234 5678", "[전화번호]"),
        ("010.123.4567", "[전화번호]"),
        ("011-234-5678", "[전화번호]"),
        ("+82 10-1234-5678", "[전화번호]"),
        ("02-123-4567", "[전화번호]"),
        ("(031)123-4567", "[전화번호]"),
        ("070-1234-5678", "[전화번호]"),
        ("０１０－１２３４－５６７８", "[전화번호]"),
        ("공일공 일이삼사 오육칠팔", "[전화번호]"),
        ("900101-1234567", "[주민등록번호]"),
        ("9001011234567", "[주민등록번호]"),
        ("900101 - 5234567", "[주민등록번호]"),
        ("1234-5678-1234-5678로 결제", "[카드번호]로 결제"),
        ("4111111111111111", "[카드번호]"),
        ("3782 822463 10005", "[카드번호]"),
        ("postgresql://daedap@db.example.com/bot is away", "postgresql://daedap@db.example.com/bot is away"),
        ("postgresql+psycopg2://daedap@db.example.com is away", "postgresql+psycopg2://daedap@db.example.com is away"),
        ("메일은hong.gil@example.com이에요", "메일은[이메일]이에요"),
        ("hong@example.co.kr로 보내 주세요", "[이메일]로 보내 주세요"),
        ("010-1111-2222와 010-3333-4444", "[전화번호]와 [전화번호]"),
    ],
)
def test_personal_numbers_are_masked(text, expected):
    assert mask(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "반품 되나요?", "1588-1234", "주문 20240101 3개", "2024-01-15에 샀어요", "1,234,567,890원", "DW-1000 E21", "ㅋㅋㅋ 😀"],
)
def test_other_numbers_stay(text):
    assert mask(text) == text


def test_nfd_text_is_masked_too():
    assert mask(unicodedata.normalize("NFD", "번호 010-1234-5678")) == "번호 [전화번호]"


def test_a_log_line_and_its_traceback_are_masked_and_otherwise_as_they_were():
    import logging
    import sys

    try:
        raise ValueError("DETAIL:  Failing row contains (1, 010-1234-5678, 세탁기).")
    except ValueError:
        record = logging.LogRecord("bot", logging.ERROR, "", 0, "row of %s", ("a@b.kr",), sys.exc_info())
    lines = MaskingFormatter("%(asctime)s %(message)s").format(record)
    assert "row of [이메일]\nTraceback" in lines
    assert lines.endswith("ValueError: DETAIL:  Failing row contains (1, [전화번호], 세탁기).")
    plain = logging.LogRecord("bot", logging.ERROR, "", 0, "port 5055, 1588-1234", (), None)
    formatted = MaskingFormatter("%(asctime)s %(message)s").format(plain)
    assert formatted == logging.Formatter("%(asctime)s %(message)s").format(plain)
