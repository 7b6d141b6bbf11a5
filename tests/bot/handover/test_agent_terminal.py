"""An agent at the terminal, fed line by line; customers speak between the lines."""

import io
import time

import pytest
from rich.console import Console

from bot.handover.agent_terminal import AgentTerminal
from bot.handover.rows import Kind, State

A = "web-a"


@pytest.fixture
def work(queue):
    """What an agent sees who types `lines`; a callable among them is called in between."""

    def work(*lines, agent="김상담"):
        output = io.StringIO()

        def typed():
            for line in lines:
                if callable(line):
                    line(output)
                else:
                    yield line

        terminal = AgentTerminal(queue, agent, Console(file=output, width=200, highlight=False), typed(), pause_s=0.01)
        terminal.run()
        return output.getvalue()

    return work


def sees(text, timeout_s=5.0):
    """Waits until the agent sees `text`."""

    def wait(output):
        deadline = time.monotonic() + timeout_s
        while text not in output.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert text in output.getvalue()

    return wait


def agent_words(queue, number):
    return [one.text for one in queue.said(number) if one.sender.value == "agent"]


def test_the_queue_is_shown_with_phones_masked(queue, work, summary, clock):
    queue.open(A, "web", summary)
    message = queue.open("rest-b", "rest", summary, Kind.ASKING)[0].id
    queue.keep_contact(message, "홍길동", "01012345678")
    queue.turn_into_message(message)
    clock.pass_(minutes=12)
    shown = work()
    assert "#1  기다림 · 12분째 · 웹 · ‘환불이 안 들어와요’ · 화남\n" in shown
    assert "#2  연락 요청 · 12분째 · REST · 홍길동 010-****-5678 · ‘환불이 안 들어와요’ · 화남\n" in shown


def test_a_talk_from_taking_to_handing_back(queue, work, summary):
    number = queue.open(A, "web", summary)[0].id
    queue.hear(number, "여보세요")
    shown = work(
        str(number),
        sees("손님> 여보세요"),
        "네, 무엇을 도와드릴까요?",
        lambda _: queue.hear(number, "환불이요"),
        sees("손님> 환불이요"),
        "  바로 해 드릴게요.  ",
        "/back",
        "/quit",
    )
    assert "질문: 환불이 안 들어와요 → 답하지 못함" in shown and "전화번호 01012345678" in shown
    assert agent_words(queue, number) == ["네, 무엇을 도와드릴까요?", "바로 해 드릴게요."]
    assert "네, 무엇을" not in shown  # what the agent typed stands on the screen already
    assert f"#{number} 손님을 봇에게 돌려줬어요." in shown
    assert queue.get(number).state is State.CLOSED


def test_who_comes_meanwhile_is_announced_once(queue, work, summary):
    shown = work(lambda _: queue.open(A, "web", summary), sees("새 손님 #1: 기다림"), "/list")
    assert shown.count("새 손님 #1") == 1


def test_who_is_put_back_is_announced_again(queue, work, summary):
    number = queue.open(A, "web", summary)[0].id
    queue.take(number, "이상담")
    shown = work(lambda _: queue.release(number), sees(f"새 손님 #{number}"))
    assert shown.count("상담 중(이상담)") == 1


def test_another_agent_s_customer_cannot_be_taken(queue, work, summary):
    number = queue.open(A, "web", summary)[0].id
    queue.take(number, "이상담")
    shown = work(str(number), "안녕하세요")
    assert f"#{number} 손님은 맡을 수 없어요." in shown and "맡은 손님이 없어요." in shown
    assert agent_words(queue, number) == []
    assert "손님을 대기열로 돌려놨어요." in work(f"/release {number}")
    assert queue.get(number).state is State.WAITING


def test_who_quits_puts_the_customer_back(queue, work, summary):
    number = queue.open(A, "web", summary)[0].id
    work(str(number), "/quit", "보내지 않아요")
    assert (queue.get(number).state, agent_words(queue, number)) == (State.WAITING, [])


def test_a_terminal_that_died_goes_on_with_its_customer(queue, work, summary):
    number = queue.open(A, "web", summary)[0].id
    queue.take(number, "김상담")
    assert f"#{number} 손님을 맡았어요." in work(str(number), "다시 왔어요", "/back")
    assert agent_words(queue, number) == ["다시 왔어요"]


def test_a_customer_who_leaves_is_seen(queue, work, summary):
    number = queue.open(A, "web", summary)[0].id
    shown = work(str(number), lambda _: queue.leave(number), sees("손님의 상담이 끝났어요."), "저기요?")
    assert "(손님이 상담을 그만두었어요.)" in shown and "맡은 손님이 없어요." in shown


def test_a_message_is_called_and_done(queue, work, summary):
    number = queue.open(A, "web", summary, Kind.ASKING)[0].id
    queue.keep_contact(number, "홍길동", "01012345678")
    queue.turn_into_message(number)
    shown = work(str(number), "여기요", "/back")
    assert "연락처: 홍길동 01012345678" in shown and shown.count("연락처를 남긴 손님이에요.") == 2
    assert f"#{number} 손님에게 연락을 마쳤어요." in shown
    assert (queue.get(number).state, queue.said(number)) == (State.CLOSED, [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/help", "번호        그 손님을 맡아요."),
        ("/nope", "/nope은(는) 모르는 명령이에요."),
        ("/back", "맡은 손님이 없어요."),
        ("/release", "맡은 손님이 없어요."),
        ("/release 7", "#7 손님은 상담 중이 아니에요."),
        ("99", "#99 손님은 맡을 수 없어요."),
        ("안녕하세요", "맡은 손님이 없어요."),
        ("/summary", "맡은 손님이 없어요."),
    ],
)
def test_lines_without_a_customer(work, line, said):
    assert said in work(line)


def test_a_second_customer_has_to_wait(queue, work, summary):
    first, second = (queue.open(sender, "web", summary)[0].id for sender in (A, "web-b"))
    assert f"지금 맡은 #{first} 손님을 먼저 마쳐 주세요." in work(str(first), f"/take {second}")
    assert queue.get(second).state is State.WAITING


def test_numbers_are_words_once_a_customer_is_there(queue, work, summary):
    number = queue.open(A, "web", summary)[0].id
    work(str(number), "30000")
    assert agent_words(queue, number) == ["30000"]


def test_a_database_that_is_away_ends_nothing(queue, work, summary, monkeypatch):
    from sqlalchemy.exc import OperationalError

    number = queue.open(A, "web", summary)[0].id

    def away(*arguments):
        raise OperationalError("", {}, Exception("away"))

    def breaks(_):
        monkeypatch.setattr(queue, "say", away)

    def mends(_):
        monkeypatch.undo()

    assert "데이터베이스에 닿지 않아요." in work(str(number), breaks, "저기요", mends, "다시요")
    assert agent_words(queue, number) == ["다시요"]


def test_what_would_move_the_cursor_is_not_shown(queue, work, summary):
    number = queue.open(A, "web", summary)[0].id
    queue.hear(number, "\x1b[2J지움")
    assert "손님> [2J지움" in work(str(number))
