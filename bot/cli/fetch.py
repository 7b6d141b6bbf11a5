"""`daedap fetch`: published data that may not lie in the repository, brought from where it is published."""

from __future__ import annotations

from pathlib import Path

import typer

fetch_app = typer.Typer(help="공개된 데이터를 받아요. 예: daedap fetch korquad", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the sub-application to `app`."""
    app.add_typer(fetch_app, name="fetch")


@fetch_app.callback()
def fetch() -> None:
    """공개된 데이터를 받아요. 예: daedap fetch korquad"""


@fetch_app.command("korquad")
def fetch_korquad(
    out: Path = typer.Option(None, "--out", help="파일을 둘 폴더. 기본은 .daedap/korquad"),
) -> None:
    """KorQuAD 1.0의 학습·검증 파일을 korquad.github.io에서 받아요. 끊기면 이어서 받고, 크기와 SHA-256을 확인해요.

    예: daedap fetch korquad --out data/korquad
    """
    from bot.settings import BUILT
    from mrc import fetch

    dataset, folder = fetch.KORQUAD, out or BUILT / "korquad"
    typer.echo(f"{dataset.title}: {dataset.licence} ({dataset.licence_url})")
    typer.echo("저작자를 밝히면 상업적으로도 쓸 수 있지만, 고친 것을 나누어 줄 수는 없어요. 자세한 것은 위 주소에 있어요.")
    for file in dataset.files:
        with _Bar(file.name, file.size) as bar:
            try:
                found = fetch.fetch_file(file, folder, progress=bar.show)
            except fetch.FetchError as error:
                raise OSError(_explained(error, file, folder)) from error
        how = "이미 있어요" if found.was_there else "이어서 받았어요" if found.resumed_at else "받았어요"
        typer.echo(f"{found.path}: {how}. ({file.size:,}바이트, SHA-256 {file.sha256[:12]}… 확인)")
    typer.echo(f"학습 예: daedap train reader --data {folder / dataset.files[0].name} --out .daedap/reader")


def _explained(error: Exception, file, folder: Path) -> str:
    """The error as a sentence that says what to do."""
    from mrc import fetch

    if isinstance(error, fetch.UnreachableError):
        return (
            f"{file.url}에 연결할 수 없거나 연결이 끊겼어요. 인터넷 연결을 확인하고 같은 명령을 다시 쓰면 이어서 받아요. "
            f"다른 컴퓨터에서 받았다면 {folder / file.name}에 두면 돼요."
        )
    if isinstance(error, fetch.RefusedError):
        return f"서버가 파일을 주지 않았어요({error}). {fetch.KORQUAD.homepage}에서 주소가 바뀌었는지 확인해 주세요."
    return (
        f"{file.name}의 내용이 공개된 것과 달라요({error}). 이미 있던 파일이면 지우거나 다른 --out을 고르고, "
        "방금 받은 것이면 다시 받아 주세요."
    )


class _Bar:
    """A bar on stderr, on a terminal only."""

    def __init__(self, name: str, size: int):
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

        console = Console(stderr=True)
        columns = TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn()
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task(name, total=size)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, there: int, size: int) -> None:
        self._progress.update(self._task, completed=there, total=size)
