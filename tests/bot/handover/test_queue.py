from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bot.handover.queue import Handovers
from bot.handover.rows import ClosedBy, Kind, State
from bot.handover.summary import Summary
from bot.message import Sender

A, B, C = "web-a", "kakao-b", "rest c"


@pytest.fixture
def url(either_url):
    return either_url


def words(queue, number):
    return [(one.sender.value, one.text) for one in queue.said(number)]


def test_a_customer_stands_in_the_queue_once(queue, summary):
    opened, is_new = queue.open(A, "web", summary)
    again, is_new_again = queue.open(A, "web", Summary("다시"))
    assert (is_new, is_new_again, again.id) == (True, False, opened.id)
    assert (opened.state, opened.kind, opened.summary, opened.keeps_conversation) == (State.WAITING, Kind.TALK, summary, True)
    assert queue.of(A) == opened and queue.of(B) is None and queue.senders() == {A}


def test_after_the_end_one_may_come_again(queue, summary):
    first, _ = queue.open(A, "web", summary)
    assert queue.leave(first.id) and not queue.leave(first.id)
    second, is_new = queue.open(A, "web", summary)
    assert is_new and second.id != first.id
    assert queue.get(first.id).closed_by is ClosedBy.CUSTOMER


def test_two_agents_never_take_the_same_customer(url, engine, summary):
    queue = Handovers(engine)
    numbers = [queue.open(f"web-{i}", "web", summary)[0].id for i in range(10)]
    agents = [f"상담 {i}" for i in range(8)]
    together = Barrier(len(agents))

    def work(agent):
        together.wait()
        return [number for number in numbers if queue.take(number, agent)]

    with ThreadPoolExecutor(len(agents)) as pool:
        taken = dict(zip(agents, pool.map(work, agents)))
    assert sorted(number for own in taken.values() for number in own) == numbers
    assert all(queue.get(number).agent == agent for agent, own in taken.items() for number in own)


def test_one_customer_opens_one_hand_over_however_many_turns_come_at_once(engine, summary):
    queue = Handovers(engine)
    together = Barrier(8)

    def work(_):
        together.wait()
        return queue.open(A, "web", summary)

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(work, range(8)))
    assert len({handover.id for handover, _ in opened}) == 1 and sum(is_new for _, is_new in opened) == 1


def test_who_waits_longest_is_first_and_who_wants_a_call_last(queue, clock, summary):
    message, _ = queue.open(C, "rest", summary, Kind.ASKING)
    queue.keep_contact(message.id, "홍길동", "01012345678")
    assert queue.turn_into_message(message.id)
    first, _ = queue.open(A, "web", summary)
    clock.pass_(minutes=3)
    second, _ = queue.open(B, "kakao", summary)
    assert [row.id for row in queue.listed()] == [first.id, second.id, message.id]
    assert [queue.ahead(row) for row in (first, second)] == [0, 1]


def test_customer_and_agent_talk_and_the_bot_gets_the_customer_back(queue, summary):
    number = queue.open(A, "web", summary)[0].id
    assert queue.hear(number, "저기요", key="m1")
    assert not queue.say(number, "김상담", "아직 맡지 않았어요")
    assert queue.take(number, "김상담") and not queue.take(number, "이상담")
    assert queue.say(number, "김상담", "무엇을 도와드릴까요?") and not queue.say(number, "이상담", "저도요")
    assert queue.hear(number, "환불이요", key="m2") and not queue.hear(number, "환불이요", key="m2")
    assert not queue.hand_back(number, "이상담") and queue.hand_back(number, "김상담") and not queue.hand_back(number, "김상담")
    assert [sender for sender, _ in words(queue, number)] == ["customer", "bot", "agent", "customer", "bot"]
    assert words(queue, number)[1][1].startswith("김상담 상담원이 연결됐어요.")
    assert "자동 상담 도우미" in words(queue, number)[-1][1]
    assert not queue.hear(number, "늦은 말", key="m3") and not queue.say(number, "김상담", "늦은 답")
    assert (queue.get(number).state, queue.get(number).closed_by, queue.of(A)) == (State.CLOSED, ClosedBy.AGENT, None)


def test_a_customer_put_back_can_be_taken_by_another(queue, summary):
    number = queue.open(A, "web", summary)[0].id
    queue.take(number, "김상담")
    assert not queue.release(number, "이상담") and queue.release(number, "김상담")
    assert (queue.get(number).state, queue.get(number).agent) == (State.WAITING, None)
    assert queue.take(number, "이상담") and not queue.say(number, "김상담", "저예요")
    assert queue.release(number) and not queue.release(number)  # whoever had him


def test_a_message_is_called_and_done_without_the_customer_hearing_of_it(queue, summary):
    number = queue.open(A, "web", summary, Kind.ASKING)[0].id
    queue.keep_contact(number, "홍길동", None)
    queue.keep_contact(number, None, "01012345678")
    assert queue.turn_into_message(number) and not queue.turn_into_message(number)
    left = queue.get(number)
    assert (left.contact_name, left.contact_phone, left.keeps_conversation) == ("홍길동", "01012345678", False)
    assert queue.open(A, "web", summary)[1]  # the customer may ask for a human again
    assert queue.take(number, "김상담") and not queue.say(number, "김상담", "여기서는 안 들려요")
    assert queue.hand_back(number, "김상담")
    assert words(queue, number) == []


def test_an_agent_may_take_whom_the_bot_asks_for_a_phone(queue, summary):
    number = queue.open(A, "web", summary, Kind.ASKING)[0].id
    assert queue.take(number, "김상담")
    assert (queue.get(number).kind, queue.say(number, "김상담", "제가 볼게요")) == (Kind.TALK, True)


def test_what_no_database_takes_is_left_out(queue, summary):
    number = queue.open("web-\ud800", "w" * 80, Summary("\ud800 나쁜 말"))[0].id
    queue.take(number, "  김\n상담 " + "가" * 100)
    queue.hear(number, "널\0 문자\ud800" + "가" * 9_000)
    assert queue.of("web-\ud800").id == number
    assert queue.get(number).summary.wish == "? 나쁜 말" and len(queue.get(number).channel) == 40
    assert queue.get(number).agent.startswith("김 상담 가") and len(queue.get(number).agent) == 60
    assert [len(text) for sender, text in words(queue, number) if sender == Sender.CUSTOMER.value] == [4_000]
