"""The order form without Rasa: who may see which order."""

from datetime import date, datetime, timedelta

import pytest

from bot.skills.config import OrderConfig
from bot.skills.order import Inquiry, Order, Outcome, step
from nlu.entities.dates import SEOUL

CONFIG = OrderConfig(order_pattern=r"[Dd]?\d{8}-?\d{4}", example="D20261103-0012")
ORDER = Order("D20261103-0012", "세탁기", "배송 중", date(2026, 11, 3), "대답택배", "6400", date(2026, 11, 24))
PHONE = "01023456789"
EMPTY = Inquiry()
BAD = ["", "😀", "/reaction", "' OR 1=1 --", "%", "ㅋㅋ", "가" * 10_000, "1" * 10_000]


def find(number, phone):
    return ORDER if (number, phone) == ("D20261103-0012", PHONE) else None


NOW = datetime(2026, 11, 23, 10, 0, tzinfo=SEOUL)


def talk(*texts, inquiry=EMPTY, config=CONFIG, find=find, now=NOW):
    for text in texts:
        taken = step(inquiry, text, config, find, now)
        inquiry = taken.inquiry
    return taken


def said(taken):
    return "\n".join(reply.text for reply in taken.replies)


@pytest.mark.parametrize(
    "texts",
    [
        ("주문 조회", "D20261103-0012", "010-2345-6789"),
        ("주문 조회", "010-2345-6789", "D20261103-0012"),
        ("d20261103-0012 010-2345-6789 조회해 주세요",),
        ("주문 조회", "주문번호는 D20261103-0012예요", "010", "2345", "6789"),
    ],
)
def test_both_numbers_show_the_order(texts):
    taken = talk(*texts)
    assert taken.outcome is Outcome.FOUND
    assert said(taken) == (
        "주문 D20261103-0012의 상태예요.\n· 상품: 세탁기\n· 주문일: 2026년 11월 3일\n· 상태: 배송 중\n"
        "· 택배사: 대답택배\n· 송장번호: 6400\n· 도착 예정일: 2026년 11월 24일"
    )
    assert taken.inquiry == Inquiry()


def test_one_number_shows_nothing():
    assert "전화번호를 알려" in said(talk("주문 조회", "D20261103-0012"))
    assert "주문번호를 알려" in said(talk("주문 조회", "010-2345-6789"))


def test_wrong_pairs_are_not_told_apart_and_end_with_a_human():
    wrong_phone = talk("조회", "D20261103-0012", "010-1111-1111")
    wrong_number = talk("조회", "D20261103-9999", "010-2345-6789")
    assert said(wrong_phone) == said(wrong_number)
    assert (wrong_phone.inquiry.tries, wrong_phone.inquiry.number, wrong_phone.inquiry.phone) == (1, None, None)
    taken = talk("D20261103-0012", "010-1111-2222", inquiry=wrong_phone.inquiry)
    assert (taken.outcome, taken.inquiry.tries) == (Outcome.HANDED_OVER, 2)


def test_after_the_tries_not_even_the_right_numbers_help():
    taken = talk("D20261103-0012 010-2345-6789", inquiry=Inquiry(tries=2))
    assert taken.outcome is Outcome.HANDED_OVER
    assert "배송 중" not in said(taken)


def test_the_right_pair_forgets_the_tries():
    assert talk("D20261103-0012 010-2345-6789", inquiry=Inquiry(tries=1)).inquiry.tries == 0


def test_the_database_away_costs_no_try():
    def away(number, phone):
        raise OSError("away")

    taken = talk("D20261103-0012 010-2345-6789", inquiry=Inquiry(tries=1), find=away)
    assert (taken.outcome, taken.inquiry.tries) == (Outcome.AWAY, 1)


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
@pytest.mark.parametrize("asked", ["number", "phone"])
def test_bad_input_is_asked_again_and_not_for_ever(asked, text):
    inquiry = Inquiry(number="D20261103-0012" if asked == "phone" else None, asked=asked)
    taken = talk(text, inquiry=inquiry)
    assert (taken.outcome, taken.inquiry.asked, taken.inquiry.failures) == (Outcome.GOES_ON, asked, 1)
    assert "알아보지 못했어요" in said(taken)
    assert talk(text, text, text, text, inquiry=inquiry).outcome is Outcome.HANDED_OVER


def test_a_human_is_offered_after_two_failures():
    assert talk("조회", "음", "글쎄").replies[0].buttons[-1] == ("상담원 연결", "/human")


@pytest.mark.parametrize("text", ["그만할래요", "취소", "됐어요"])
def test_stop_keeps_the_tries(text):
    taken = talk(text, inquiry=Inquiry(asked="number", tries=1))
    assert (taken.outcome, taken.inquiry.tries) == (Outcome.STOPPED, 1)


def test_a_question_in_between_asks_again():
    inquiry = Inquiry(number="D20261103-0012", asked="phone", failures=1, seen_at=NOW.isoformat())
    taken = talk(None, inquiry=inquiry)
    assert (taken.inquiry, said(taken)) == (inquiry, "주문할 때 적으신 전화번호를 알려 주세요.")


def test_who_does_not_know_the_number_gets_a_human_offered():
    assert talk("조회", "주문번호를 몰라요").replies[0].buttons[-1] == ("상담원 연결", "/human")


def test_an_inquiry_left_for_an_hour_goes_on_where_it_was_and_says_so():
    left = talk("주문 조회", "D20261103-0012").inquiry
    taken = talk("010", inquiry=left, now=NOW + timedelta(hours=1))
    assert taken.inquiry.phone_part == "010"
    taken = talk("전화번호요?", inquiry=left, now=NOW + timedelta(hours=1))
    assert said(taken).startswith("확인하시던 주문을 이어서 볼게요.")
    assert talk("010-2345-6789", inquiry=left, now=NOW + timedelta(hours=1)).outcome is Outcome.FOUND


def test_an_inquiry_left_for_a_day_begins_anew_and_so_do_its_tries():
    left = talk("주문 조회", "D20261103-0012").inquiry.replace(tries=2)
    assert talk("010-2345-6789", inquiry=left, now=NOW + timedelta(hours=23)).outcome is Outcome.HANDED_OVER
    taken = talk("010-2345-6789", inquiry=left, now=NOW + timedelta(hours=25))
    assert (taken.outcome, taken.inquiry.number, taken.inquiry.tries) == (Outcome.GOES_ON, None, 0)


def test_the_phone_may_come_in_pieces_before_the_order_number():
    taken = talk("주문 조회", "010", "2345")
    assert (taken.inquiry.phone_part, taken.inquiry.failures) == ("0102345", 0)
    assert talk("6789", inquiry=taken.inquiry).inquiry.phone == PHONE
    assert talk("6789", "D20261103-0012", inquiry=taken.inquiry).outcome is Outcome.FOUND
