"""`daedap index`: FAQ files and manuals to a searchable index."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("index")(index)


def index(
    faq: list[Path] | None = typer.Option(None, "--faq", help="FAQ 파일(CSV, XLSX). 여러 개를 이어 쓸 수 있어요."),
    manuals: list[Path] | None = typer.Option(
        None, "--manuals", help="설명서 폴더(md, docx, pdf, html). 여러 개를 이어 쓸 수 있어요."
    ),
    out: Path = typer.Option(..., "--out", help="색인을 만들 폴더. 있으면 새 색인으로 바꿔요."),
    more: list[Path] | None = typer.Argument(None, help="이어 쓴 FAQ 파일이나 설명서 폴더", show_default=False),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """FAQ와 설명서를 읽어 색인을 만들어요. 둘 가운데 하나는 없어도 돼요.

    예: daedap index --faq my.csv --manuals my_folder --out .daedap/index
    """
    from dataclasses import asdict

    from bot.cli.output import print_json
    from retrieval.building import build_index

    faq, manuals = list(faq or []), list(manuals or [])
    for path in more or []:
        (manuals if path.is_dir() else faq).append(path)
    if not faq and not manuals:
        raise ValueError("--faq나 --manuals 가운데 하나는 있어야 해요. 예: daedap index --faq my.csv --out .daedap/index")
    for path in (*faq, *manuals):
        if not path.exists():
            raise FileNotFoundError(f"{path}: 파일이나 폴더가 없어요.")
    with ProgressBar() as bar:
        summary = build_index(faq, manuals, out, progress=bar.show)
    for problem in summary.problems:
        typer.echo(f"! {problem}", err=True)
    if as_json:
        print_json({**asdict(summary), "out": out})
        return
    typer.echo(
        f"파일 {summary.files:,}개에서 FAQ {summary.entries:,}개와 문단 {summary.passages:,}개를 읽어 "
        f"{out}에 색인을 만들었어요. ({summary.seconds:.1f}초, 읽지 못한 것 {len(summary.problems):,}건)"
    )


class ProgressBar:
    """A bar on stderr, on a terminal only."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        console = Console(stderr=True)
        columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("준비", total=None)

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, done: int, steps: int, what: str) -> None:
        """`steps` is 0 while it is not known how many there are."""
        self._progress.update(self._task, description=what, completed=done, total=steps or None)
