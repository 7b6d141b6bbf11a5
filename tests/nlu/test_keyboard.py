import pytest

from nlu.keyboard import from_latin_layout


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dkssudgktpdy", "안녕하세요"),
        ("ghksqnf djEjgrp gkskdy?", "환불 어떻게 하나요?"),
        ("tkdekadnjs dusruf", "상담원 연결"),
        ("ahfmrpTek", "모르겠다"),
        ("dkfrpTdj", "알겠어"),
        ("dhkdl", "와이"),
        ("30dlf skadkTdj", "30일 남았어"),
    ],
)
def test_korean_in_latin_letters_is_read(typed, meant):
    assert from_latin_layout(typed) == meant


@pytest.mark.parametrize(
    "text",
    "asdf|zxcv uiop|qwer|work|world|hello|stop|restart|human|thanks|LG gram|wifi|UE|E3|F05|usb|A/S|OLED|TL-WN725N|samsung|"
    "bluetooth|rk|ekq|환불 gksk|안녕|ㅁㄴㅇㄹ||😀|123".split("|"),
)
def test_all_else_is_left_alone(text):
    assert from_latin_layout(text) is None
