"""`daedap agent`: the agent's side of a hand-over, in the terminal."""

from __future__ import annotations

import signal
import sys

import typer

NAME_CHARACTERS = 20


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("agent")(agent)


def agent(
    name: str | None = typer.Option(None, "--name", "-n", help="손님에게 보일 상담원 이름. 예: 김상담"),
) -> None:
    """기다리는 손님을 보고, 맡아서 이야기하고, 봇에게 돌려줘요.

    손님은 쓰던 창(웹, 카카오톡, 슬랙, 터미널)에서 그대로 이야기해요.

    예: daedap agent --name 김상담
    """
    from bot.handover import agent_texts
    from bot.handover.agent_terminal import AgentTerminal
    from bot.handover.queue import open_queue
    from bot.settings import Settings

    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(128 + signum))
    handovers = open_queue(Settings.load().database_url)
    if handovers is None:
        raise ValueError(agent_texts.NOT_CONFIGURED)
    if name is None and sys.stdin.isatty():
        name = typer.prompt(agent_texts.ASK_NAME)
    name = " ".join((name or "").split())[:NAME_CHARACTERS]
    if not name:
        raise ValueError(agent_texts.NO_NAME)
    AgentTerminal(handovers, name).run()
