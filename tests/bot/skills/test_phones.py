import pytest

from bot.skills.phones import Phone, digits_of, is_whole, personal_phone, read_phone, shown_phone


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("010-1234-5678", "01012345678"),
        ("제 번호는 010 1234 5678이에요", "01012345678"),
        ("공일공 일이삼사 오육칠팔", "01012345678"),
        ("+82 10-1234-5678", "01012345678"),
        ("01012345678요", "01012345678"),
        ("12345678", "01012345678"),
        ("1012345678", "01012345678"),
        ("02-123-4567", "021234567"),
        ("031-1234-5678", "03112345678"),
        ("010-1111-2222 아니 010-3333-4444요", "01033334444"),
    ],
)
def test_whole_numbers(text, number):
    assert read_phone(text) == Phone(number)


NONE = ["", "전화", "물이 새요 1번", "99", "일이삼사", "1588-1234", "😀", "ㅋㅋ", "010-1234-567a", "내일 3시", "가" * 10_000]


@pytest.mark.parametrize("text", NONE, ids=range(len(NONE)))
def test_no_number(text):
    assert read_phone(text) is None


@pytest.mark.parametrize(
    "pieces", [("010", "1234", "5678"), ("공일공이요", "일이삼사", "오육칠팔"), ("010-12", "345678"), ("010 1234", "5678번")]
)
def test_pieces_come_together(pieces):
    part = ""
    for piece in pieces[:-1]:
        read = read_phone(piece, part)
        assert read.number is None
        part = read.part
    assert read_phone(pieces[-1], part) == Phone("01012345678")


def test_too_many_digits_begin_anew():
    assert read_phone("12345", "01012345") == Phone(None, too_long=True)
    assert read_phone("010-123-456789") == Phone(None, too_long=True)


def test_a_whole_number_takes_the_place_of_pieces():
    assert read_phone("010-9999-8888", "0101234") == Phone("01099998888")


def test_which_numbers_are_whole():
    assert [is_whole(d) for d in ("01012345678", "0111234567", "0212345678", "07012345678", "05012345678")] == [True] * 5
    assert [is_whole(d) for d in ("0101234567", "15881234", "1012345678", "010123456789", "")] == [False] * 5


def test_a_company_s_number_is_nobody_s_own():
    assert personal_phone("1588-1234로 전화했어요") is None
    assert personal_phone("1588-1234 말고 010-1234-5678") == "01012345678"


def test_digits_stand_alone_or_not_at_all():
    assert digits_of("네 1234요") == "1234"
    assert digits_of("1234 세탁기") is None


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("01012345678", "010-1234-5678"),
        ("0212345678", "02-1234-5678"),
        ("021234567", "02-123-4567"),
        ("010", "010"),
        ("0101234", "010-1234"),
    ],
)
def test_as_the_customer_reads_it(digits, shown):
    assert shown_phone(digits) == shown
