"""`daedap test`: a company's scripted conversations, played against the real servers."""

from __future__ import annotations

import tempfile
import time
import uuid
from pathlib import Path

import typer

SCRIPTS = "tests"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("test")(test)


def test(
    scripts: list[Path] | None = typer.Argument(
        None, help="대화 시험 파일이나 폴더. 없으면 설정 파일 옆의 tests 폴더.", show_default=False
    ),
) -> None:
    """대화 시험을 실제 서버로 해 봐요. 기대와 다른 것이 있으면 1로 끝나요. 기록은 남기지 않아요.

    예: daedap test tests/faq.yml
    """
    from bot.cli.chat import check_built
    from bot.journal import Journal
    from bot.own_sources import keep_index
    from bot.rest_client import RestClient
    from bot.scripted import play, read_script
    from bot.servers import Servers
    from bot.settings import Settings, config_file

    found = [read_script(path) for path in script_files(scripts or [config_file().parent / SCRIPTS])]
    settings = Settings.load()
    keep_index(settings, lambda line: typer.echo(line, err=True))
    check_built(settings)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="daedap-test-") as folder:
        settings = settings.replace(database_url=f"sqlite:///{folder}/test.db")
        with Servers(settings) as servers:
            typer.echo(f"대화 시험 {len(found)}개를 시작해요. 서버를 켜고 있어요 …", err=True)
            servers.wait()
            journal = Journal(settings.database_url)
            for script in found:
                client = RestClient(f"{servers.rasa_url}/webhooks/rest/webhook", f"test-{uuid.uuid4().hex[:12]}")
                started = time.perf_counter()
                problems = play(script, client.send, journal)
                typer.echo(f"{'✗' if problems else '✓'} {script.name} ({time.perf_counter() - started:.1f}초) {script.about}")
                for problem in problems:
                    typer.echo(f"    {problem}")
                failed += bool(problems)
            journal.close()
    if failed:
        typer.echo(f"{len(found)}개 가운데 {failed}개가 기대와 달라요.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{len(found)}개 모두 기대한 대로예요.", err=True)


def script_files(paths: list[Path]) -> list[Path]:
    """The scripts in `paths`, those of a folder sorted by name. FileNotFoundError where there are none."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path}: 대화 시험 파일이나 폴더가 없어요.")
        found += sorted(path.rglob("*.yml")) if path.is_dir() else [path]
    if not found:
        raise FileNotFoundError(f"{', '.join(map(str, paths))}: 대화 시험(.yml)이 없어요.")
    return found
