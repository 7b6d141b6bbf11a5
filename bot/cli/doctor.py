"""`daedap doctor`: whether everything is there to serve, and what to do where it is not."""

from __future__ import annotations

from itertools import chain

import typer

MARKS = {"fine": "✓", "note": "!", "broken": "✗"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("doctor")(doctor)


def doctor(as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요.")) -> None:
    """설정, 모델, 색인, 데이터베이스, 채널을 살펴보고 무엇을 해야 할지 알려 줘요. 고칠 것이 있으면 1로 끝나요.

    예: daedap doctor
    """
    from bot.cli.output import print_json
    from bot.doctor import State, configured, examine

    settings, config, read = configured()
    findings = []
    for finding in chain([read], examine(settings, config)):
        findings.append(finding)
        if not as_json:
            typer.echo(f"{MARKS[finding.state.value]} {finding.what}: {finding.said}")
            if finding.advice:
                typer.echo(f"    {finding.advice}")
    broken = [finding for finding in findings if finding.state is State.BROKEN]
    if as_json:
        print_json({"fine": not broken, "findings": findings})
    elif not broken:
        typer.echo("손님을 맞을 준비가 됐어요.")
    if broken:
        raise typer.Exit(1)
