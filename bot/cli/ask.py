"""`daedap ask`: one question through the cascade, without a Rasa server."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("ask")(ask)


def ask(
    question: str = typer.Argument(..., help='질문. 예: "반품은 며칠 안에 하나요?"'),
    index: Path | None = typer.Option(None, "--index", help="찾아볼 색인 폴더. 없으면 데모 색인을 써요."),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """질문 하나에 바로 답해요. Rasa 서버가 없어도 돼요.

    예: daedap ask "반품하려면 며칠 안에 신청해야 해요?" --json
    """
    from bot.cascade import Cascade
    from bot.cli.output import print_json
    from bot.messages import render
    from bot.settings import Settings

    answer = Cascade.load(Settings.load(index=index)).answer(question, channel="cli")
    if as_json:
        print_json(answer.to_json())
        return
    typer.echo(render(answer))
    for number, candidate in enumerate(answer.offers, start=1):
        typer.echo(f"  {number}. {candidate.question}")
