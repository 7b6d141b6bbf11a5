import io
import time
import unicodedata

import pytest
from rich.console import Console

from bot.message import Button, Message, Sender, Source
from bot.rest_client import BotAwayError
from bot.terminal import AWAY, EMPTY, GOODBYE, HELP, LEAVE, PASSED_ON, WELCOME, TerminalChat, printable


class StandInClient:
    def __init__(self, *replies):
        self.sent, self.replies, self.in_handover, self.heard = [], list(replies), False, []

    def send(self, message):
        self.sent.append(message)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def fetch(self):
        return (self.heard.pop(0),) if self.heard else ()


def talk(client, *lines):
    output = io.StringIO()
    TerminalChat(client, Console(file=output, width=200, highlight=False), iter(lines)).run()
    return output.getvalue()


OFFER = [Message("고르세요.", buttons=(Button("반품은?", "/ask{1}"), Button("상담원", "/human")))]


def test_question_and_answer_with_its_source():
    client = StandInClient([Message("7일이에요.", source=Source("규정", "반품 규정", "1장", 3))])
    assert talk(client, "반품 며칠?") == (f"대답> {WELCOME}\n대답> 7일이에요.\n      출처: 반품 규정 > 1장 (3쪽)\n{GOODBYE}\n")
    assert client.sent == ["반품 며칠?"]


@pytest.mark.parametrize("typed", ["1", " 1번", "１", "1."])
def test_a_button_is_chosen_by_its_number(typed):
    client = StandInClient(OFFER, [Message("7일이에요.")])
    shown = talk(client, "반품", typed)
    assert "  1. 반품은?\n  2. 상담원\n→ 반품은?\n" in shown
    assert client.sent == ["반품", "/ask{1}"]


def test_a_number_without_such_a_button_is_said_and_not_sent():
    client = StandInClient(OFFER)
    assert "보기는 1번부터 2번까지 있어요." in talk(client, "반품", "3")
    assert client.sent == ["반품"]


def test_a_number_is_a_message_where_nothing_was_offered():
    client = StandInClient([Message("네")], [Message("네")])
    talk(client, "반품", "1")
    assert client.sent == ["반품", "1"]


def test_commands_are_not_sent():
    client = StandInClient()
    shown = talk(client, "/help", "/모름", "", "/restart", "/quit", "뒤에 온 말")
    assert HELP in shown and EMPTY in shown and "/모름은(는) 모르는 명령이에요" in shown
    assert client.sent == []


def test_the_chat_goes_on_when_the_bot_was_away():
    client = StandInClient(BotAwayError("x"), [Message("이제 돼요.")])
    shown = talk(client, "반품", "반품")
    assert AWAY in shown and "이제 돼요." in shown


def test_nfd_is_composed_and_markup_is_shown_as_it_is():
    client = StandInClient([Message("[bold]굵게[/bold]")])
    assert "[bold]굵게[/bold]" in talk(client, unicodedata.normalize("NFD", "반품"))
    assert client.sent == ["반품"]


def test_control_characters_never_reach_the_terminal():
    assert printable("가\x1b[31m나\x07\n다\r") == "가[31m나\n다"


def test_an_agent_is_told_apart_from_the_bot():
    shown = talk(StandInClient([Message("제가 볼게요.", Sender.AGENT)]), "사람")
    assert "상담원> 제가 볼게요." in shown


def test_an_agent_is_heard_while_the_customer_types_and_told_that_he_left():
    client = StandInClient([Message("연결해 드릴게요.")], [], [Message("그만둘게요.")])
    client.in_handover = True
    client.heard = [Message("제가 볼게요.", Sender.AGENT)]

    def lines():
        yield "상담원"
        yield "네"
        deadline = time.monotonic() + 5
        while client.heard and time.monotonic() < deadline:
            time.sleep(0.01)
        yield "/quit"

    output = io.StringIO()
    TerminalChat(client, Console(file=output, width=200, highlight=False), lines()).run()
    assert "상담원> 제가 볼게요.\n" in output.getvalue()
    assert f"{PASSED_ON}\n" in output.getvalue()
    assert client.sent == ["상담원", "네", LEAVE]
