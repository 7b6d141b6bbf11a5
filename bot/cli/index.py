"""`daedap index`: FAQ files and manuals to a searchable index."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import typer

SHOWN_FILES = 20


class Engine(str, Enum):
    EXACT = "exact"
    HNSW = "hnsw"
    IVF = "ivf"
    CODES = "codes"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("index")(index)


def index(
    faq: list[Path] | None = typer.Option(None, "--faq", help="FAQ 파일(CSV, XLSX). 여러 개를 이어 쓸 수 있어요."),
    manuals: list[Path] | None = typer.Option(
        None, "--manuals", help="설명서 폴더(md, txt, html, docx, pdf, hwpx, hwp, pptx). 여러 개를 이어 쓸 수 있어요."
    ),
    out: Path = typer.Option(..., "--out", help="색인을 만들 폴더. 있으면 새 색인으로 바꿔요."),
    more: list[Path] | None = typer.Argument(None, help="이어 쓴 FAQ 파일이나 설명서 폴더", show_default=False),
    column: list[str] | None = typer.Option(None, "--column", help="FAQ 파일에 있는 다른 이름의 열. 예: --column question=문의"),
    dense: Engine | None = typer.Option(
        None, "--dense", help="벡터 검색 방식: exact, hnsw, ivf, codes. 없으면 크기에 따라 골라요.", show_default=False
    ),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """FAQ와 설명서를 읽어 색인을 처음부터 만들어요. 둘 가운데 하나는 없어도 돼요.

    이미 있는 색인에서 조금만 바꾸려면 daedap faq와 daedap manuals를 쓰세요.

    예: daedap index --faq my.csv --manuals my_folder --out .daedap/index
    """
    from dataclasses import asdict

    from bot.cli.output import print_json
    from bot.settings import Settings
    from retrieval.building import build_index
    from retrieval.dense import DenseConfig

    columns = columns_of(column)
    faq, manuals = list(faq or []), list(manuals or [])
    for path in more or []:
        (manuals if path.is_dir() else faq).append(path)
    if not faq and not manuals:
        raise ValueError("--faq나 --manuals 가운데 하나는 있어야 해요. 예: daedap index --faq my.csv --out .daedap/index")
    for path in (*faq, *manuals):
        if not path.exists():
            raise FileNotFoundError(f"{path}: 파일이나 폴더가 없어요.")
    with ProgressBar() as bar:
        config = DenseConfig(engine=dense.value if dense else None)
        summary = build_index(
            faq, manuals, out, vectors=Settings.load().vectors, progress=bar.show, dense=config, columns=columns
        )
    for problem in summary.problems:
        typer.echo(f"! {problem}", err=True)
    if summary.lost_edits:
        typer.echo(
            f"! 명령으로 고친 것 {summary.lost_edits:,}건은 파일에 없으면 새 색인에도 없어요. daedap faq history로 볼 수 있어요.",
            err=True,
        )
    skipped = list(dict.fromkeys(problem.file for problem in summary.problems if problem.skips_file))
    if as_json:
        print_json({**asdict(summary), "skipped_files": skipped, "out": out})
        return
    typer.echo(
        f"파일 {summary.files:,}개에서 FAQ {summary.entries:,}개와 문단 {summary.passages:,}개를 읽어 "
        f"{out}에 색인을 만들었어요. ({summary.seconds:.1f}초, 알릴 것 {len(summary.problems):,}건)"
    )
    if skipped:
        more_files = f" 외 {len(skipped) - SHOWN_FILES:,}개" if len(skipped) > SHOWN_FILES else ""
        typer.echo(f"건너뛴 파일 {len(skipped):,}개: {', '.join(skipped[:SHOWN_FILES])}{more_files}")


def columns_of(options: list[str] | None) -> dict[str, str]:
    """`{"question": "문의 내용"}` of `["question=문의 내용"]`. ValueError where there is no equals sign."""
    pairs = [option.partition("=") for option in options or []]
    for name, equals, heading in pairs:
        if not equals or not heading:
            raise ValueError(f"--column {name}: '항목=열 이름'으로 적어 주세요. 예: --column question='문의 내용'")
    return {name.strip(): heading.strip() for name, _, heading in pairs}


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
