"""Addresses, days, symptoms, products and models, read from what customers write."""

import pytest

from bot.skills.addresses import find_address, read_address
from bot.skills.products import find_model, find_products, read_model, read_product
from bot.skills.symptoms import find_symptom, has_trouble, read_symptom
from bot.skills.visit_dates import Wish, read_wish, shown_wish

ADDRESSES = [
    ("서울시 마포구 양화로 12, 101동 202호", "서울시 마포구 양화로 12, 101동 202호"),
    ("주소는 서울 마포구 합정동 123-4이에요", "서울 마포구 합정동 123-4"),
    ("부산광역시 해운대구 센텀중앙로 97 센텀타워 1203호로 와 주세요", "부산광역시 해운대구 센텀중앙로 97 센텀타워 1203호"),
    ("경기도 성남시 분당구 판교역로 235", "경기도 성남시 분당구 판교역로 235"),
    ("제주특별자치도 제주시 연동 312-1번지", "제주특별자치도 제주시 연동 312-1번지"),
    ("강원도 춘천시 동면 장학리 12", "강원도 춘천시 동면 장학리 12"),
]


@pytest.mark.parametrize(("text", "address"), ADDRESSES)
def test_addresses(text, address):
    assert read_address(text) == address
    assert find_address(f"세탁기에서 물이 새요. {text}").value == address


@pytest.mark.parametrize("text", ["현대아파트 101동 202호", "양화로 12 3층 왼쪽 집"])
def test_less_than_an_address_is_one_when_it_was_asked_for(text):
    assert read_address(text) == text
    assert find_address(text) is None


@pytest.mark.parametrize("text", ["", "가", "집이요", "서울", "😀", "010-1234-5678", "내일 3시", "세탁기 2대", "모름" * 500])
def test_no_address(text):
    assert read_address(text) is None
    assert find_address(text) is None


def test_a_detail_behind_the_address_stays_and_a_tale_does_not():
    assert read_address("서울시 마포구 양화로 12 김밥집 2층") == "서울시 마포구 양화로 12 김밥집 2층"
    tale = "서울시 마포구 양화로 12 인데요 저희 집이 골목 안에 있어서 찾기가 조금 어려우실 수도 있어요"
    assert read_address(tale) == "서울시 마포구 양화로 12"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("내일 오후요", "2026-11-24 오후"),
        ("12월 3일", "2026-12-03"),
        ("모레 오후 2시", "2026-11-25 14:00"),
        ("이번 주 토요일 아침", "2026-11-28 오전"),
        ("아무 때나요", "any"),
        ("빨리 와 주세요", "any"),
        ("내일 말고 모레요", "2026-11-25"),
    ],
)
def test_days_to_come(text, value, now, config):
    assert read_wish(text, now, config) == Wish(value)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("어제", "date_past"), ("내년 3월 1일", "date_too_late"), ("일요일", "date_closed"), ("2026-02-01", "date_past")],
)
def test_days_nobody_comes(text, wrong, now, config):
    assert read_wish(text, now, config).wrong == wrong


@pytest.mark.parametrize("text", ["", "몰라", "😀", "2월 30일", "0월 0일", "9" * 40])
def test_no_day(text, now, config):
    assert read_wish(text, now, config) is None


def test_a_time_joins_the_day_before(now, config):
    assert read_wish("오후 3시로요", now, config, "2026-11-24") == Wish("2026-11-24 15:00")
    assert read_wish("오전이요", now, config, "2026-11-24 15:00") == Wish("2026-11-24 오전")
    assert read_wish("오후 3시로요", now, config) is None


def test_days_as_the_customer_reads_them():
    assert shown_wish("2026-11-24 오후", "-") == "11월 24일(화) 오후"
    assert shown_wish("any", "가장 빠른 날") == "가장 빠른 날"


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("세탁기 고장났어요 수리 신청할게요", None),
        ("에어컨 수리 기사님 불러 주세요", None),
        ("내일 오전에 기사님 오시게 해 주세요", None),
        ("세탁기에서 물이 새요 수리 접수해 주세요", "세탁기에서 물이 새요"),
        ("탈수가 안 돼서 수리 신청하려고요", "탈수가 안 돼서"),
        ("안녕하세요 세탁기가 돌다가 멈춰요. 수리 접수할게요", "세탁기가 돌다가 멈춰요"),
        ("UE 에러가 계속 떠서 as 불러야겠어요", "UE 에러가 계속 떠서"),
    ],
)
def test_the_symptom_beside_the_wish(text, symptom, config):
    assert find_symptom(text, config.products) == symptom


def test_a_symptom_that_was_asked_for_is_all_that_is_said():
    assert read_symptom("  며칠 전부터 이상해요 😭 ") == "며칠 전부터 이상해요 😭"
    assert [read_symptom(text) for text in ("", "😀", "?", "...", "1")] == [None] * 5
    assert len(read_symptom("새" * 10_000)) == 500
    assert not has_trouble("고장났어요")


def test_products(config):
    assert [one.value for one in find_products("드럼이랑 로봇 청소기", config)] == ["세탁기", "로봇청소기"]
    assert [one.value for one in find_products("세탁기 말고 에어컨이요", config)] == ["에어컨"]
    assert [read_product(t, config) for t in ("셰탁기", "청소기요", "2번", "에어콘")] == [
        "세탁기",
        "로봇청소기",
        "에어컨",
        "에어컨",
    ]
    assert [read_product(t, config) for t in ("냉장고", "", "😀", "9번", "가" * 10_000)] == [None] * 5


def test_models(config):
    assert [read_model(t, config) for t in ("dwf25d", "DW F25D 입니다", "rv 7 pro")] == ["DW-F25D", "DW-F25D", "RV-7 Pro"]
    assert read_model("새 모델 ZX-900이에요", config) == "ZX-900"
    assert [read_model(t, config) for t in ("몰라요", "", "010-1234-5678", "😀", "A" * 10_000)] == [None] * 5
    assert find_model("dwf25 고쳐 주세요", config) is None
    assert find_model("DW-F25D 고쳐 주세요", config) == "DW-F25D"
