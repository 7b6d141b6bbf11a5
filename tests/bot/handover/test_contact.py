import unicodedata

import pytest

from bot.handover.contact import find_contact, shown_phone


@pytest.mark.parametrize(
    ("text", "name", "phone"),
    [
        ("홍길동 010-1234-5678", "홍길동", "01012345678"),
        ("010 1234 5678 홍길동이요", "홍길동", "01012345678"),
        ("이름은 김서연이고 번호는 01098765432예요", "김서연", "01098765432"),
        ("저는 남궁민수예요. 연락처: 02-123-4567", "남궁민수", "021234567"),
        ("공일공 일이삼사 오육칠팔", None, "01012345678"),
        ("010-1234-5678", None, "01012345678"),
        ("010-1234-5678이요", None, "01012345678"),
        ("홍길동", "홍길동", None),
        ("박지훈입니다", "박지훈", None),
        ("John Smith 010.1234.5678", "John Smith", "01012345678"),
        (unicodedata.normalize("NFD", "홍길동 010-1234-5678"), "홍길동", "01012345678"),
        ("010-1234-567", None, None),  # a digit is missing
        ("1588-1234", None, None),  # a company's
        ("네", None, None),
        ("안녕하세요", None, None),
        ("배송비는 얼마예요?", None, None),
        ("😀", None, None),
        ("ㅋㅋ", None, None),
        ("", None, None),
        ("가" * 10_000, None, None),
    ],
)
def test_what_is_found_where_it_was_asked_for(text, name, phone):
    assert find_contact(text, alone=True) == (name, phone)


@pytest.mark.parametrize(("text", "name"), [("홍길동", None), ("제 이름은 홍길동이에요", "홍길동"), ("환불 안 돼요", None)])
def test_a_bare_word_is_a_name_only_where_it_was_asked_for(text, name):
    assert find_contact(text).name == name


def test_a_phone_is_shown_without_its_middle():
    assert (shown_phone("01012345678"), shown_phone("021234567"), shown_phone("123")) == (
        "010-****-5678",
        "021-****-4567",
        "****",
    )
