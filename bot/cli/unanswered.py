"""`daedap unanswered`: what nobody could answer, grouped; a group becomes an entry of the FAQ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.journal import Journal
    from bot.report.gaps import Gap
    from retrieval.editing import EditSummary, IndexEditor
    from retrieval.index import Index

group = typer.Typer(
    help="답하지 못한 질문을 비슷한 것끼리 묶어서 보고, 골라서 FAQ에 넣어요. 예: daedap unanswered", invoke_without_command=True
)
NUMBER = typer.Argument(..., metavar="번호", help="목록에 나온 번호")
INDEX = typer.Option(None, "--index", help="색인 폴더. 없으면 설정(daedap.toml)의 색인이에요.")
BY = typer.Option(None, "--by", help="고친 사람의 이름. 이력에 남아요. 없으면 로그인한 이름이에요.")
MOST = 100_000


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(group, name="unanswered")


@group.callback()
def unanswered(
    context: typer.Context,
    days: int | None = typer.Option(None, "--days", min=1, help="최근 며칠 동안의 질문만 봐요."),
    limit: int = typer.Option(20, "--limit", min=1, help="몇 묶음까지 볼지"),
    index: Path | None = INDEX,
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """답하지 못한 질문을 비슷한 것끼리 묶어서, 많이 들어온 것부터 보여 줘요.

    예: daedap unanswered --days 7
    """
    if context.invoked_subcommand is not None:
        return
    from bot.cli.output import print_json

    found = _gaps(index, days, limit)
    if as_json:
        print_json([{"number": gap.number, "asked": gap.asked, **_shown(gap)} for gap in found])
        return
    if not found:
        typer.echo("답하지 못한 질문이 없어요.")
        return
    _print(found)


@group.command()
def show(number: int = NUMBER, index: Path | None = INDEX) -> None:
    """한 묶음의 질문을 모두 보여 줘요.

    예: daedap unanswered show 12
    """
    from bot.report.gaps import gap_of

    gap = gap_of(_gaps(index), number)
    for text, count in gap.wordings:
        typer.echo(f"{count:>4}번  {text}")
    for one in gap.nearest:
        typer.echo(f"가까운 항목: {one.id} {one.question} ({one.score:.0%})")


@group.command()
def add(
    number: int = NUMBER,
    answer: str = typer.Option(..., "--answer", help="답변"),
    question: str | None = typer.Option(None, "--question", help="질문. 없으면 묶음을 대표하는 질문이에요."),
    category: str = typer.Option("", "--category", help="분류"),
    product: str | None = typer.Option(None, "--product", help="제품"),
    entry_id: str | None = typer.Option(None, "--id", help="항목의 id. 없으면 질문으로 만들어요."),
    index: Path | None = INDEX,
    by: str | None = BY,
) -> None:
    """한 묶음을 FAQ의 새 항목으로 넣어요. 손님들이 적은 표현도 함께 들어가요.

    예: daedap unanswered add 12 --answer "건물 지하에 두 시간까지 무료로 주차하실 수 있어요."
    """
    from bot.report.adding import add_entry
    from bot.report.gaps import gap_of

    editor, journal = _editor(index, by), _journal()
    _tell(add_entry(editor, journal, gap_of(_gaps(index), number), answer, question, category, product, entry_id))


@group.command()
def join(
    number: int = NUMBER,
    entry_id: str = typer.Argument(..., metavar="ID", help="이미 있는 항목의 id"),
    index: Path | None = INDEX,
    by: str | None = BY,
) -> None:
    """한 묶음의 표현을 이미 있는 항목에 더해요. 다음부터는 그 항목으로 답해요.

    예: daedap unanswered join 12 parking-01
    """
    from bot.report.adding import join_entry
    from bot.report.gaps import gap_of

    _tell(join_entry(_editor(index, by), _journal(), gap_of(_gaps(index), number), entry_id))


@group.command()
def dismiss(number: int = NUMBER, index: Path | None = INDEX) -> None:
    """한 묶음을 목록에서 치워요. FAQ는 그대로예요.

    예: daedap unanswered dismiss 12
    """
    from bot.journal import Settled
    from bot.report.gaps import gap_of

    count = _journal().settle(gap_of(_gaps(index), number).ids, Settled.DISMISSED)
    typer.echo(f"질문 {count:,}개를 목록에서 치웠어요.")


def _gaps(index: Path | None, days: int | None = None, limit: int | None = None) -> list[Gap]:
    from datetime import timedelta

    from bot.report.gaps import find_gaps
    from bot.storage.values import utc_now

    since = utc_now() - timedelta(days=days) if days else None
    asked = _journal().unanswered(MOST, since)
    return find_gaps(asked, _index(index), limit) if asked else []


def _index(index: Path | None) -> Index:
    from bot.settings import Settings
    from retrieval.index import Index

    settings = Settings.load(index=index)
    return Index.load(settings.index, settings.vectors)


def _journal() -> Journal:
    from bot.journal import Journal
    from bot.settings import Settings

    return Journal(Settings.load().database_url)


def _editor(index: Path | None, by: str | None) -> IndexEditor:
    import getpass

    from bot.settings import Settings
    from retrieval.editing import IndexEditor

    settings = Settings.load(index=index)
    return IndexEditor(settings.index, by or getpass.getuser(), settings.vectors)


def _shown(gap: Gap) -> dict[str, object]:
    nearest = [{"id": one.id, "question": one.question, "confidence": one.score} for one in gap.nearest]
    return {"question": gap.question, "wordings": dict(gap.wordings), "nearest": nearest}


def _print(found: list[Gap]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("번호", "횟수", "질문", "가까운 FAQ 항목")
    for gap in found:
        others = f"\n[dim]다른 표현 {len(gap.wordings) - 1:,}가지[/dim]" if len(gap.wordings) > 1 else ""
        nearest = "\n".join(escape(f"{one.id} {one.question} ({one.score:.0%})") for one in gap.nearest)
        table.add_row(str(gap.number), f"{gap.asked:,}", escape(gap.question) + others, nearest)
    console = Console(highlight=False)
    console.print(table)
    console.print(
        '새 항목으로 넣기: daedap unanswered add 번호 --answer "답변"\n'
        "있는 항목에 더하기: daedap unanswered join 번호 ID\n"
        "모두 보기: daedap unanswered show 번호 · 치우기: daedap unanswered dismiss 번호",
        markup=False,
    )


def _tell(summary: EditSummary) -> None:
    done = [*(f"{one} 항목을 더했어요." for one in summary.added), *(f"{one} 항목에 더했어요." for one in summary.changed)]
    typer.echo(" ".join(done) or "이미 모두 들어 있어요.")
