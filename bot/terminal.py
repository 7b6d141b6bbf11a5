"""The terminal chat: a prompt that knows Hangul, bubbles, buttons chosen by number, and commands.

On a terminal prompt_toolkit edits the line (wide characters, backspace, arrow keys, history); fed
from a pipe it reads plain lines, so that the chat can be scripted.
"""

from __future__ import annotations

import re
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from bot.listening import Listener
from bot.message import Button, Message, Sender, plain
from bot.rest_client import BotAwayError, RestClient

WELCOME = "안녕하세요, 대답이에요. 무엇이든 물어보세요. (/help 도움말, /quit 끝내기)"
HELP = """\
궁금한 점을 그냥 적으시면 돼요. 예: 배송은 얼마나 걸려요?
보기가 나오면 번호만 적어서 고를 수 있어요.
  /help  이 도움말을 다시 봐요
  /quit  대화를 끝내요 (Ctrl-C, Ctrl-D도 돼요)"""
GOODBYE = "대화를 마칠게요. 이용해 주셔서 고마워요."
TYPING = "대답이 쓰고 있어요 …"
AWAY = "지금은 답변을 가져오지 못했어요. 잠시 뒤에 다시 말씀해 주세요."
EMPTY = "내용이 비어 있어요. 궁금하신 점을 적어 주세요."
UNKNOWN_COMMAND = "{command}은(는) 모르는 명령이에요. /help를 적으면 쓸 수 있는 명령을 볼 수 있어요."
NO_SUCH_BUTTON = "보기는 1번부터 {last}번까지 있어요."
YOU = "나> "
BOT = "대답> "
AGENT = "상담원> "
PASSED_ON = "상담원에게 전했어요."
LEAVE = "/stop"
"""What is sent where the customer leaves the chat while a human has the conversation."""

_NUMBER = re.compile(r"^(\d{1,2})\s*번?\s*\.?$")
_QUIT = {"/quit", "/exit", "/q", "/끝", "/종료"}
_HELP = {"/help", "/h", "/?", "/도움말"}


class TerminalChat:
    """Reads lines until `/quit` or the end of the input, and shows what the bot replies."""

    def __init__(self, client: RestClient, console: Console | None = None, lines: Iterator[str] | None = None) -> None:
        self.client = client
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._lines = typed_lines() if lines is None else lines
        self._buttons: tuple[Button, ...] = ()
        self._printing = threading.RLock()
        self._listener = Listener(client, self._hear)

    def run(self) -> None:
        """Talk until the customer leaves."""
        self.show(WELCOME)
        for line in self._lines:
            if not self.handle(line):
                break
        self._listener.stop()
        if self.client.in_handover:
            self._leave()
        self.console.print(GOODBYE, style="dim")

    def handle(self, line: str) -> bool:
        """Deal with one line typed; False where it ends the chat."""
        line = unicodedata.normalize("NFC", line).strip()
        command = line.lower()
        if command in _QUIT:
            return False
        if command in _HELP:
            self.console.print(HELP)
        elif not line:
            self.show(EMPTY)
        elif line.startswith("/"):
            self.show(UNKNOWN_COMMAND.format(command=line.split()[0][:40]))
        else:
            self._choose_or_say(line)
        return True

    def _choose_or_say(self, line: str) -> None:
        number = _NUMBER.match(unicodedata.normalize("NFKC", line))
        if number is None or not self._buttons:
            self.say(line)
            return
        chosen = int(number.group(1))
        if not 1 <= chosen <= len(self._buttons):
            self.show(NO_SUCH_BUTTON.format(last=len(self._buttons)))
            return
        button = self._buttons[chosen - 1]
        self.console.print(Text(f"→ {button.title}", style="dim"))
        self.say(button.payload)

    def say(self, message: str) -> None:
        """Send `message`, show the typing sign while the bot thinks, then its replies."""
        try:
            with self.console.status(TYPING, spinner="dots"):
                replies = self.client.send(message)
        except BotAwayError:
            self.show(AWAY)
            return
        self._buttons = tuple(button for reply in replies for button in reply.buttons)
        number = 1
        for reply in replies:
            number = self._show_reply(reply, number)
        if not replies:
            self.console.print(PASSED_ON, style="dim")
        self._listener.listen()

    def _hear(self, said: tuple[Message, ...]) -> None:
        """What an agent says while the customer types, from the listener's thread."""
        for message in said:
            self._show_reply(message, 1)

    def _leave(self) -> None:
        try:
            self.client.send(LEAVE)
        except BotAwayError:  # the agent finds out by himself
            pass

    def _show_reply(self, reply: Message, number: int) -> int:
        self.show(plain(reply), AGENT if reply.sender is Sender.AGENT else BOT)
        for button in reply.buttons:
            self.console.print(Text.assemble("  ", (f"{number}.", "bold cyan"), f" {button.title}"))
            number += 1
        return number

    def show(self, text: str, who: str = BOT) -> None:
        """One bubble of the bot or an agent, its lines indented alike; the line that names the source is dimmed."""
        indent = cell_len(who)
        first = True
        with self._printing:
            for line in printable(text).splitlines() or [""]:
                styled = Text(line, style="dim" if line.startswith("출처:") else "")
                for part in styled.wrap(self.console, max(20, self.console.width - indent)) or [styled]:
                    start = Text(who, style="bold green") if first else Text(" " * indent)
                    self.console.print(start + part)
                    first = False


def printable(text: str) -> str:
    """`text` without the control characters that would move a terminal's cursor."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def typed_lines(you: str = YOU) -> Iterator[str]:
    """Lines typed at a terminal behind `you`, or read from a pipe; ends at Ctrl-C, Ctrl-D or the end of the input."""
    if not sys.stdin.isatty():
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    ask = _prompt(you)
    while True:
        try:
            yield ask()
        except (EOFError, KeyboardInterrupt):
            return


def _prompt(you: str) -> Callable[[], str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.history import InMemoryHistory
    from prompt_toolkit.patch_stdout import patch_stdout

    session: PromptSession = PromptSession(history=InMemoryHistory())

    def ask() -> str:
        with patch_stdout(raw=True):  # what an agent says meanwhile stands above the prompt
            return session.prompt(FormattedText([("bold", you)]))

    return ask
