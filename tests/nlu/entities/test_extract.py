import unicodedata
from datetime import datetime

import pytest

from nlu.entities.catalog import Catalog
from nlu.entities.contacts import find_names, find_orders, find_phones
from nlu.entities.dates import SEOUL
from nlu.entities.extract import extract
from nlu.entities.ordinals import chosen_place

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL)
CATALOG = Catalog.from_texts(
    ["오븐", "식빵 기계", "오븐", ""],
    ["OV-2 Pro는 오븐이에요. E01 에러가 떠요. UE라고 떠요", "OV-2는 작아요. BR-10D", "무게 3kg, TV가 있어요"],
)


def values(text, kind):
    return [one.value for one in extract(text, NOW, CATALOG) if one.kind == kind]


def test_the_catalog_holds_what_the_texts_hold():
    assert CATALOG.products == ("식빵 기계", "오븐")
    assert CATALOG.models == ("OV-2 Pro", "BR-10D", "OV-2")
    assert CATALOG.codes == ("E01", "UE")


@pytest.mark.parametrize(
    ("text", "model"),
    [("ov2 샀어요", "OV-2"), ("OV 2 pro인데요", "OV-2 Pro"), ("br-10d", "BR-10D"), ("XY-77 있어요?", "XY-77")],
)
def test_models_however_they_are_spelt(text, model):
    assert values(text, "model") == [model]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("e01 떠요", ["E01"]),
        ("에러 코드 E 5", ["E5"]),
        ("화면에 F05가 깜빡여요", ["F05"]),
        ("ue 에러", ["UE"]),
        ("TV 소리가 커요", []),
        ("E01", ["E01"]),
    ],
)
def test_error_codes(text, codes):
    assert values(text, "error_code") == codes


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("010-1234-5678", "01012345678"),
        ("번호는 01012345678이에요", "01012345678"),
        ("010 1234 5678", "01012345678"),
        ("010.123.4567", "0101234567"),
        ("+82 10-1234-5678", "01012345678"),
        ("+82 (0)10 1234 5678", "01012345678"),
        ("02-123-4567로", "021234567"),
        ("공일공 일이삼사 오육칠팔", "01012345678"),
        ("1588-1234", "15881234"),
    ],
)
def test_phones(text, digits):
    assert [one.value for one in find_phones(text)] == [digits]


def test_order_numbers_and_what_is_none():
    assert [one.value for one in find_orders("주문번호는 ab-1234567이에요")] == ["AB-1234567"]
    assert [one.value for one in find_orders("20251103-0042 조회")] == ["20251103-0042"]
    assert find_orders("3만 원에 12개") == []
    assert [one.value for one in find_orders("BK99 봐 주세요", pattern=r"BK\d\d")] == ["BK99"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("이름은 김다온이에요", ["김다온"]),
        ("저는 홍길동입니다", ["홍길동"]),
        ("예약자 남궁민수요", ["남궁민수"]),
        ("저는 환불을 받고 싶어요", []),
        ("주문한 게 안 와요", []),
    ],
)
def test_names(text, names):
    assert [one.value for one in find_names(text)] == names


def test_a_name_alone_counts_where_kiwi_says_so():
    assert [one.value for one in find_names("김민수요", [(0, 3)])] == ["김민수"]
    assert find_names("김민수요", []) == []


def test_several_in_one_message_do_not_overlap():
    found = extract("OV-2 Pro 오븐 내일 오후 두 시, 010-1234-5678 이름은 김다온이에요", NOW, CATALOG)
    assert [(one.kind, one.value) for one in found] == [
        ("model", "OV-2 Pro"),
        ("product", "오븐"),
        ("datetime", "2026-11-24T14:00:00+09:00"),
        ("phone", "01012345678"),
        ("name", "김다온"),
    ]


@pytest.mark.parametrize("text", ["", " ", "😀", "\x00\x07", "가" * 10_000, "ㅋㅋ", "010", "漢字 mix 가"])
def test_any_text_is_borne(text):
    assert extract(text, NOW, CATALOG) == []


def test_offsets_are_those_of_the_text_as_given():
    text = unicodedata.normalize("NFD", "내일 오븐 010-1234-5678")
    found = extract(text, NOW, CATALOG)
    assert [unicodedata.normalize("NFC", text[one.start : one.end]) for one in found] == ["내일", "오븐", "010-1234-5678"]


def test_saved_and_loaded_is_the_same(tmp_path):
    CATALOG.save(tmp_path / "c.json")
    assert Catalog.load(tmp_path / "c.json") == CATALOG


@pytest.mark.parametrize(
    ("text", "count", "place"),
    [
        ("1번", 3, 0),
        ("두 번째 거요", 3, 1),
        ("셋째", 3, 2),
        ("마지막 거", 3, 2),
        ("후자", 2, 1),
        ("맨 위에 거", 3, 0),
        ("밑에 거", 2, 1),
        ("②", 3, 1),
        ("4번", 3, None),
        ("0번", 3, None),
        ("그거", 3, None),
        ("1번", 0, None),
        ("", 3, None),
    ],
)
def test_which_one_is_chosen(text, count, place):
    assert chosen_place(text, count) == place
