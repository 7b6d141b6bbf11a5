"""`daedap serve`: Rasa with its channels, and the action server."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("serve")(serve)


def serve(
    host: str | None = typer.Option(None, "--host", help="Rasa가 들을 주소. 기본은 이 컴퓨터 안(127.0.0.1)이에요."),
    port: int | None = typer.Option(None, "--port", help="Rasa가 들을 포트. 기본은 5005예요."),
    index: Path | None = typer.Option(None, "--index", help="답을 찾을 색인 폴더."),
    device: str | None = typer.Option(None, "--device", help="벡터를 찾을 곳: cpu, cuda. cuda가 없으면 cpu로 찾아요."),
) -> None:
    """Rasa와 답변 서비스를 켜 두고 채널에서 오는 말을 기다려요. Ctrl-C로 꺼요.

    예: daedap serve --port 5005
    """
    from bot.cli.chat import REST_PATH, check_built
    from bot.servers import Servers
    from bot.settings import BUILT, Settings

    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))
    settings = Settings.load(host=host, rasa_port=port, index=index, search_device=device)
    check_built(settings)
    ports = {"rasa_port": settings.rasa_port, "action_port": settings.action_port}
    with Servers(settings, logs=BUILT / "logs", **ports) as servers:
        typer.echo("서버를 켜고 있어요 …", err=True)
        servers.wait(on_ready=lambda name: typer.echo(f"  준비됨: {name}", err=True))
        typer.echo(f"들을 준비가 됐어요: {servers.rasa_url}{REST_PATH}", err=True)
        while not (servers.rasa.ended or servers.action.ended):
            time.sleep(1.0)
    raise RuntimeError(f"서버 하나가 멈춰서 모두 껐어요. {servers.logs}의 기록을 봐 주세요.")
