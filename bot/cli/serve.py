"""`daedap serve`: the front, and behind it on loopback Rasa with its channels and the action server."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("serve")(serve)


def serve(
    host: str | None = typer.Option(None, "--host", help="들을 주소. 기본은 이 컴퓨터 안(127.0.0.1)이에요."),
    port: int | None = typer.Option(None, "--port", help="들을 포트. 기본은 8080이에요."),
    index: Path | None = typer.Option(None, "--index", help="답을 찾을 색인 폴더."),
) -> None:
    """채팅 위젯과 API를 열고 손님의 말을 기다려요. Ctrl-C로 꺼요.

    밖에는 이 문 하나만 열려요. Rasa와 답변 서비스는 이 컴퓨터 안에서만 들어요.

    예: daedap serve --host 0.0.0.0 --port 8080
    """
    from bot.cli.chat import check_built, logs_of
    from bot.front.config import FrontConfig
    from bot.front.server import serve as serve_front
    from bot.own_sources import keep_index
    from bot.servers import Servers
    from bot.settings import Settings

    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))
    settings = Settings.load(index=index)
    config = FrontConfig.load(host=host, port=port)
    if index is None:
        keep_index(settings, lambda line: typer.echo(line, err=True))
    check_built(settings)
    address = f"http://{config.host}:{config.port}"

    def tell(name: str) -> None:
        typer.echo(f"  준비됨: {name}", err=True)

    with Servers(settings, rasa_port=settings.rasa_port, action_port=settings.action_port, logs=logs_of(settings)) as servers:
        typer.echo(f"서버를 켜고 있어요. 문은 열려 있어요: {address}", err=True)
        serve_front(config, servers, tell, lambda: typer.echo(f"들을 준비가 됐어요: {config.public_url or address}", err=True))
