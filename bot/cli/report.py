"""`daedap report`: how the bot did, in the terminal and as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.report.figures import Figures
    from bot.report.gaps import Gap
    from bot.settings import Settings

GAPS = 10
MOST = 10_000


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("report")(report)


def report(
    days: int = typer.Option(7, "--days", min=1, max=3_660, help="최근 며칠 동안"),
    out: Path | None = typer.Option(None, "--out", help="만들 HTML 파일. 없으면 색인 폴더 옆의 report.html(.daedap/report.html)이에요."),
    index: Path | None = typer.Option(None, "--index", help="가까운 FAQ 항목을 찾을 색인 폴더."),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """대화가 몇 번 있었고, 얼마나 답했고, 무엇을 답하지 못했는지 보여 주고 그래프가 있는 HTML로 써요.

    예: daedap report --days 7
    """
    from datetime import timedelta

    from bot.cli.output import print_json
    from bot.report.figures import figures
    from bot.report.page import page
    from bot.settings import Settings
    from bot.storage.database import open_database
    from bot.storage.values import utc_now

    settings = Settings.load(index=index)
    until = utc_now()
    found = figures(open_database(settings.database_url), until - timedelta(days=days), until)
    gaps = _gaps(settings, found)
    file = out or Settings.load().index.parent / "report.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(found, gaps), encoding="utf-8")
    if as_json:
        print_json(_document(found, gaps, file))
        return
    _print(found, gaps)
    typer.echo(f"그래프가 있는 보고서를 {file}에 썼어요.")


def _gaps(settings: Settings, found: Figures) -> list[Gap]:
    """The largest groups of unanswered questions."""
    from bot.journal import Journal
    from bot.report.gaps import find_gaps
    from retrieval.index import Index

    asked = Journal(settings.database_url).unanswered(MOST, found.since)
    return find_gaps(asked, Index.load(settings.index, settings.vectors), GAPS) if asked else []


def _document(found: Figures, gaps: list[Gap], file: Path) -> dict[str, object]:
    names = ("questions", "answered", "clarified", "unanswered", "failed", "handed_over_share")
    shares = {name: round(getattr(found, name), 4) for name in names}
    values = {name: value for name, value in vars(found).items() if name not in ("since", "until", "slowest", "top", "days")}
    return {
        **values,
        **shares,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "top": [one._asdict() for one in found.top],
        "slowest": [one._asdict() | {"asked_at": one.asked_at.isoformat()} for one in found.slowest],
        "days": [one._asdict() | {"day": one.day.isoformat()} for one in found.days],
        "gaps": [{"number": gap.number, "question": gap.question, "asked": gap.asked} for gap in gaps],
        "file": str(file),
    }


def _print(found: Figures, gaps: list[Gap]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from bot.report import texts
    from bot.report.page import facts

    console = Console(highlight=False)
    table = Table("무엇", "값", title=f"{found.since:%Y-%m-%d}부터 {found.until:%Y-%m-%d}까지")
    for name, value in facts(found):
        table.add_row(name, value)
    console.print(table)
    if found.top:
        table = Table("횟수", "많이 들어온 질문", "답이 있는 곳", "좋아요", "아쉬워요")
        for one in found.top:
            table.add_row(f"{one.asked:,}", escape(one.example), escape(f"{one.title} {one.source}"), str(one.up), str(one.down))
        console.print(table)
    if gaps:
        table = Table("번호", "횟수", "답하지 못한 질문")
        for gap in gaps:
            table.add_row(str(gap.number), f"{gap.asked:,}", escape(gap.question))
        console.print(table)
    if found.slowest:
        table = Table("걸린 시간", "종류", "오래 걸린 질문")
        for one in found.slowest[:5]:
            table.add_row(texts.seconds(one.latency_ms), texts.KINDS.get(one.kind, one.kind), escape(one.text))
        console.print(table)
