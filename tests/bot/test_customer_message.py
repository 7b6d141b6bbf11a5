import unicodedata

import pytest

from bot.customer_message import Unusable, clean


@pytest.mark.parametrize(
    ("text", "expected", "unusable"),
    [
        ("반품 되나요?", "반품 되나요?", None),
        ("  반품\t\n 되나요?  ", "반품 되나요?", None),
        (unicodedata.normalize("NFD", "반품 되나요?"), "반품 되나요?", None),
        ("ＵＥ 에러", "UE 에러", None),
        ("<b>반품</b> 되나요?<script>alert(1)</script>", "반품 되나요?", None),
        ("반품&nbsp;되나요", "반품 되나요", None),
        ("5 < 7 이고 7 > 5", "5 < 7 이고 7 > 5", None),
        ("UE", "UE", None),
        ("dkssudgktpdy", "안녕하세요", None),
        ("qksvna ehlskdy qothdql djfakdPdy", "반품 되나요 배송비 얼마예요", None),
        ("zxcv uiop", "zxcv uiop", None),
        ("1234", "1234", None),
        ("반\u200b품\x00 되나요\x1b[31m", "반 품 되나요 [31m", None),
        ("'; DROP TABLE 주문; --", "'; DROP TABLE 주문; --", None),
        ("", "", Unusable.EMPTY),
        (" \t\n\x00\u200b ", "", Unusable.EMPTY),
        ("<br><br/>", "", Unusable.EMPTY),
        ("😀😀", "😀😀", Unusable.NO_WORDS),
        ("???!!", "???!!", Unusable.NO_WORDS),
        ("ㅋㅋㅋ", "ㅋㅋㅋ", Unusable.JAMO),
        ("ㅠㅠ 😭", "ㅠㅠ 😭", Unusable.JAMO),
        ("I want to return this", "I want to return this", Unusable.FOREIGN),
        ("SELECT * FROM users WHERE 1=1", "SELECT * FROM users WHERE 1=1", Unusable.FOREIGN),
        ("返品したい", "返品したい", Unusable.FOREIGN),
    ],
)
def test_clean(text, expected, unusable):
    assert clean(text, 1000) == (expected, unusable)


def test_a_long_message_is_cut_and_marked():
    assert clean("가" * 10_000, 1000) == ("가" * 1000, Unusable.TOO_LONG)
    assert clean("가" * 1000, 1000).unusable is None


def test_a_lone_surrogate_can_be_encoded_afterwards():
    assert clean("반품 \ud83d 되나요", 1000).text.encode() == "반품 되나요".encode()
