"""What customers are told at the desk, and what becomes of their messages; Monday, ten o'clock, unless time passes."""

import dataclasses
from datetime import time

import pytest

from bot.handover.config import HumanConfig, Outside, Waiting
from bot.handover.desk import Desk, Reply
from bot.handover.hours import OfficeHours
from bot.handover.rows import ClosedBy, Kind, State
from bot.handover.texts import EXPIRED

CLOSED = OfficeHours(opens=time(12), closes=time(13))
A = "web-a"
HUMAN = Reply(None, asks_bot=True)


@pytest.fixture
def desk(queue):
    def make(hours=None, **config):
        return Desk(HumanConfig(hours=hours or OfficeHours(), **config), queue)

    return make


@pytest.fixture
def come(desk, summary):
    """A desk with a customer at it, and the number of the hand-over."""

    def make(hours=None, **config):
        made = desk(hours, **config)
        return made, made.receive(A, "web", summary).handover_id

    return make


@pytest.fixture
def tell(parsed):
    """The customer says `text` to the desk."""

    def tell(desk, number, text, intent="ask", confidence=0.9, key=None):
        return desk.hear(number, text, parsed(text, intent, confidence), key)

    return tell


def words(queue, number):
    return [one.text for one in queue.said(number) if one.sender.value == "customer"]


class TestInOfficeHours:
    def test_the_customer_stands_in_the_queue(self, desk, queue, summary):
        first, second = (desk().receive(sender, "web", summary) for sender in (A, "web-b"))
        assert first == Reply("utter_handover_waiting", first.handover_id, {"queue": "바로 다음 차례예요."}, state=State.WAITING)
        assert second.values == {"queue": "앞에 1분이 기다리고 계세요."}
        assert queue.of(A).summary == summary

    def test_asked_again_nobody_is_put_behind_himself(self, desk, queue, summary):
        replies = [desk().receive(A, "web", summary) for _ in range(2)]
        assert [reply.response for reply in replies] == ["utter_handover_waiting", "utter_handover_still_waiting"]
        assert len(queue.listed()) == 1

    @pytest.mark.parametrize("intent", ["greet", "ask", "thanks", "nlu_fallback"])
    def test_the_bot_is_silent_and_every_word_is_kept(self, come, tell, queue, intent):
        desk, number = come()
        assert tell(desk, number, "안녕하세요", intent) == Reply(None, number, state=State.WAITING)
        queue.take(number, "김상담")
        assert tell(desk, number, "네", intent) == Reply(None, number, state=State.ACTIVE)
        assert words(queue, number) == ["안녕하세요", "네"]

    def test_a_message_that_comes_twice_is_kept_once(self, come, tell, queue):
        desk, number = come()
        assert [tell(desk, number, "저기요", key="k").state for _ in range(2)] == [State.WAITING] * 2
        assert words(queue, number) == ["저기요"]

    def test_asking_for_a_human_again_tells_how_long(self, come, tell):
        desk, number = come()
        assert tell(desk, number, "상담원 언제 와요", "human").response == "utter_handover_still_waiting"

    def test_the_customer_leaves_the_queue(self, come, tell, queue):
        desk, number = come()
        assert tell(desk, number, "됐어요", "deny") == Reply("utter_handover_left")
        assert queue.get(number).closed_by is ClosedBy.CUSTOMER

    def test_a_restart_leaves_the_queue_and_restarts(self, come, tell):
        desk, number = come()
        assert tell(desk, number, "처음부터 다시", "restart") == Reply("utter_handover_left", asks_bot=True)

    def test_what_may_be_an_answer_to_the_agent_ends_no_talk(self, come, tell, queue):
        desk, number = come()
        queue.take(number, "김상담")
        assert tell(desk, number, "됐어요", "stop").response is None
        assert tell(desk, number, "상담 종료할게요", "stop") == Reply("utter_handover_ended")
        assert queue.get(number).state is State.CLOSED

    def test_after_the_end_the_bot_answers_again(self, come, tell, queue):
        desk, number = come()
        queue.take(number, "김상담")
        queue.hand_back(number, "김상담")
        assert tell(desk, number, "배송비 얼마예요?") == HUMAN
        assert tell(desk, 999, "배송비 얼마예요?") == HUMAN

    def test_name_and_phone_are_taken_while_waiting_where_configured(self, come, tell, queue):
        desk, number = come(waiting=Waiting.MESSAGE)
        assert tell(desk, number, "환불이 안 들어와요").response is None
        assert tell(desk, number, "010-1234-5678이요") == Reply("utter_handover_ask_name", number, state=State.WAITING)
        noted = tell(desk, number, "홍길동")
        assert (noted.response, noted.values) == (
            "utter_handover_contact_noted",
            {"name": "홍길동", "phone": "010-****-5678"},
        )
        assert tell(desk, number, "김철수 010-9999-9999").response is None  # for the agent to read
        assert (queue.get(number).contact_name, queue.get(number).kind) == ("홍길동", Kind.TALK)
        assert len(words(queue, number)) == 4


class TestOutOfOfficeHours:
    def test_name_and_phone_are_asked_for(self, desk, summary):
        reply = desk(CLOSED).receive(A, "web", summary)
        assert reply.response == "utter_handover_ask_contact"
        assert reply.values == {"hours": "평일 12:00~13:00", "opening": "오늘 12:00"}

    @pytest.mark.parametrize(
        "messages",
        [
            ["홍길동 010-1234-5678"],
            ["홍길동", "010-1234-5678"],
            ["010-1234-5678", "홍길동이에요"],
            ["왜요", "공일공 일이삼사 오육칠팔", "이름은 홍길동"],
        ],
    )
    def test_in_any_order_and_kept_as_a_message(self, come, tell, queue, messages):
        desk, number = come(CLOSED)
        replies = [tell(desk, number, text, "nlu_fallback", 0.3) for text in messages]
        assert replies[-1] == Reply("utter_handover_contact_kept", values={"name": "홍길동", "phone": "010-****-5678"})
        assert all(reply.handover_id == number for reply in replies[:-1])
        left = queue.get(number)
        assert (left.kind, left.state, left.contact_phone) == (Kind.MESSAGE, State.WAITING, "01012345678")
        assert tell(desk, number, "배송비 얼마예요?") == HUMAN

    def test_the_phone_may_come_in_pieces(self, come, tell, queue):
        at, number = come(CLOSED)
        tell(at, number, "홍길동")
        assert tell(at, number, "010-7777", "out_of_scope").response == "utter_handover_ask_phone"
        assert tell(at, number, "8888", "out_of_scope").response == "utter_handover_contact_kept"
        assert queue.get(number).contact_phone == "01077778888"

    def test_the_half_that_is_missing_is_asked_for(self, come, tell):
        desk, number = come(CLOSED)
        assert tell(desk, number, "홍길동").values == {"name": "홍길동"}
        assert tell(desk, number, "모르겠어요", "nlu_fallback", 0.3).response == "utter_handover_ask_contact_again"

    def test_who_says_neither_is_let_go(self, come, tell, queue):
        desk, number = come(CLOSED)
        replies = [tell(desk, number, text, "nlu_fallback", 0.3).response for text in ("😀", "가" * 10_000, "ㅋㅋ")]
        assert replies == ["utter_handover_ask_contact_again"] * 2 + ["utter_handover_no_contact"]
        assert queue.get(number).closed_by is ClosedBy.TIME

    def test_a_question_in_between_is_answered_first(self, come, tell, queue):
        desk, number = come(CLOSED)
        reply = tell(desk, number, "배송비는 얼마예요?", "ask")
        assert reply == Reply("utter_handover_question_first", number, asks_bot=True, state=State.WAITING)
        assert tell(desk, number, "홍길동 010-1234-5678", "ask").response == "utter_handover_contact_kept"

    def test_the_customer_may_decline(self, come, tell, queue):
        desk, number = come(CLOSED)
        assert tell(desk, number, "됐어요") == Reply("utter_handover_contact_declined")
        assert queue.get(number).state is State.CLOSED

    def test_contact_opens_nothing(self, desk, queue, summary):
        reply = desk(CLOSED, outside=Outside.CONTACT).receive(A, "web", summary)
        assert (reply.response, reply.handover_id, queue.listed()) == ("utter_handover_closed", None, [])

    def test_silent_lets_the_customer_wait(self, come, tell, queue):
        desk, number = come(CLOSED, outside=Outside.SILENT)
        assert tell(desk, number, "내일 연락 주세요") == Reply(None, number, state=State.WAITING)
        assert queue.get(number).kind is Kind.TALK

    def test_an_office_that_never_opens_again_is_told_without_a_day(self, desk, summary):
        days = frozenset(
            f"{m:02}-{d:02}" for m in range(1, 13) for d in range(1, 32) if d <= (29 if m == 2 else 30 + (m + m // 8) % 2)
        )
        reply = desk(dataclasses.replace(OfficeHours(), holidays=days)).receive(A, "web", summary)
        assert reply.values["opening"] == "다음 상담 시간"


class TestTime:
    def test_who_waits_too_long_is_asked_for_name_and_phone(self, come, tell, queue, clock):
        desk, number = come(max_wait_minutes=15)
        tell(desk, number, "저기요")
        clock.pass_(minutes=14, seconds=59)
        assert desk.sweep() == 0
        clock.pass_(seconds=1)
        assert [desk.sweep(), desk.sweep()] == [1, 0]
        assert [one.text for one in queue.deliveries.undelivered()] == [EXPIRED]
        assert tell(desk, number, "음", "nlu_fallback", 0.3).response == "utter_handover_ask_contact_again"
        assert tell(desk, number, "홍길동 010-1234-5678").response == "utter_handover_contact_kept"

    def test_who_left_name_and_phone_becomes_a_message(self, come, tell, queue, clock):
        desk, number = come(waiting=Waiting.MESSAGE)
        tell(desk, number, "홍길동 010-1234-5678이에요")
        tell(desk, number, "홍길동")
        clock.pass_(minutes=15)
        desk.sweep()
        assert queue.get(number).kind is Kind.MESSAGE

    def test_the_time_before_the_office_opens_does_not_count(self, come, queue, clock):
        desk, number = come(OfficeHours(opens=time(12), closes=time(18)), outside=Outside.SILENT, max_wait_minutes=15)
        clock.pass_(hours=2, minutes=14)
        assert desk.sweep() == 0
        clock.pass_(minutes=1)
        assert desk.sweep() == 1

    @pytest.mark.parametrize("minutes", [0, 15])
    def test_nobody_is_sent_away_who_talks_or_may_wait_for_ever(self, come, queue, clock, minutes):
        desk, number = come(max_wait_minutes=minutes)
        if minutes:
            queue.take(number, "김상담")
        clock.pass_(hours=5)
        assert (desk.sweep(), queue.get(number).kind) == (0, Kind.TALK)

    def test_who_never_answered_is_closed(self, come, tell, queue, clock):
        desk, number = come(CLOSED)
        clock.pass_(minutes=30)
        tell(desk, number, "홍길동")
        clock.pass_(minutes=59)
        assert desk.sweep() == 0
        clock.pass_(minutes=1)
        assert (desk.sweep(), queue.get(number).closed_by) == (1, ClosedBy.TIME)
        assert tell(desk, number, "배송비 얼마예요?") == HUMAN
