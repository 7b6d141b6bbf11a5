"""`daedap password`: the studio's password, hashed for the environment."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("password")(password)


def password() -> None:
    """스튜디오 비밀번호를 물어보고, 환경 변수에 넣을 해시를 출력해요. 비밀번호는 어디에도 남지 않아요.

    예: export DAEDAP_STUDIO_PASSWORD_HASH=$(daedap password)
    """
    from bot.front.passwords import hashed

    typer.echo(hashed(typer.prompt("비밀번호", hide_input=True, confirmation_prompt="한 번 더", err=True)))
