"""`daedap faq`: entries of a serving index added, changed, removed, brought in, written out, and their history."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from retrieval.editing import EditSummary, IndexEditor

group = typer.Typer(
    help="FAQ 항목을 더하고, 고치고, 지워요. 켜져 있는 봇에도 곧바로 반영돼요. 예: daedap faq add", no_args_is_help=True
)

INDEX = typer.Option(None, "--index", help="고칠 색인 폴더. 없으면 데모 색인이에요.")
BY = typer.Option(None, "--by", help="고친 사람의 이름. 이력에 남아요. 없으면 로그인한 이름이에요.")
AS_JSON = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요.")
QUESTION = typer.Option(None, "--question", help="질문")
ANSWER = typer.Option(None, "--answer", help="답변")
PHRASING = typer.Option(None, "--phrasing", help="같은 뜻의 다른 표현. 여러 번 쓸 수 있어요.")
CATEGORY = typer.Option(None, "--category", help="분류")
PRODUCT = typer.Option(None, "--product", help="제품")
LINK = typer.Option(None, "--link", help="더 볼 주소")
VALID_FROM = typer.Option(None, "--valid-from", help="이날부터 보여요. 예: 2026-03-01")
VALID_TO = typer.Option(None, "--valid-to", help="이날까지 보여요. 예: 2026-03-31")
ACTIONS = {"add": "더함", "edit": "고침", "remove": "지움"}


class Audience(str, Enum):
    PUBLIC = "public"
    INTERNAL = "internal"


AUDIENCE = typer.Option(None, "--audience", help="누구에게 보일지: public(모두), internal(내부)")


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(group, name="faq")


@group.command()
def add(
    question: str = typer.Option(..., "--question", help="질문"),
    answer: str = typer.Option(..., "--answer", help="답변"),
    entry_id: str | None = typer.Option(None, "--id", help="항목의 id. 없으면 질문으로 만들어요."),
    phrasing: list[str] | None = PHRASING,
    category: str | None = CATEGORY,
    product: str | None = PRODUCT,
    link: str | None = LINK,
    valid_from: str | None = VALID_FROM,
    valid_to: str | None = VALID_TO,
    audience: Audience | None = AUDIENCE,
    index: Path | None = INDEX,
    by: str | None = BY,
    as_json: bool = AS_JSON,
) -> None:
    """항목 하나를 더해요.

    예: daedap faq add --question "주차할 수 있나요?" --answer "건물 지하에 두 시간까지 무료예요." --phrasing "주차장 있어요?"
    """
    from retrieval.ingest.faq import entry_of

    row = _row(question, answer, phrasing, category, product, link, valid_from, valid_to, audience)
    _show(_editor(index, by).add(entry_of({**row, "id": entry_id or ""})), as_json)


@group.command()
def edit(
    entry_id: str = typer.Argument(..., metavar="ID", help="고칠 항목의 id"),
    question: str | None = QUESTION,
    answer: str | None = ANSWER,
    phrasing: list[str] | None = PHRASING,
    category: str | None = CATEGORY,
    product: str | None = PRODUCT,
    link: str | None = LINK,
    valid_from: str | None = VALID_FROM,
    valid_to: str | None = VALID_TO,
    audience: Audience | None = AUDIENCE,
    index: Path | None = INDEX,
    by: str | None = BY,
    as_json: bool = AS_JSON,
) -> None:
    """항목 하나에서 준 것만 고쳐요. 빈 글자("")를 주면 그 값을 지워요.

    예: daedap faq edit F-012 --answer "10일 안에 신청하시면 돼요."
    """
    from retrieval.catalog import entry_row
    from retrieval.ingest.faq import entry_of

    row = _row(question, answer, phrasing, category, product, link, valid_from, valid_to, audience)
    if not row:
        raise ValueError("고칠 것을 하나는 알려 주세요. 예: --answer '새 답변'")
    _show(_editor(index, by).edit(entry_id, lambda entry: entry_of({**entry_row(entry), **row})), as_json)


@group.command()
def remove(
    entry_ids: list[str] = typer.Argument(..., metavar="ID...", help="지울 항목의 id"),
    index: Path | None = INDEX,
    by: str | None = BY,
    as_json: bool = AS_JSON,
) -> None:
    """항목을 지워요. 없는 id가 있으면 아무것도 지우지 않아요.

    예: daedap faq remove F-012 F-013
    """
    _show(_editor(index, by).remove(entry_ids), as_json)


@group.command("import")
def import_(
    files: list[Path] = typer.Argument(..., help="FAQ 파일(CSV, XLSX)"),
    column: list[str] | None = typer.Option(None, "--column", help="다른 이름의 열. 예: --column question='문의 내용'"),
    remove_others: bool = typer.Option(False, "--replace", help="파일에 없는 항목은 색인에서 지워요."),
    index: Path | None = INDEX,
    by: str | None = BY,
    as_json: bool = AS_JSON,
) -> None:
    """파일의 항목을 들여와요. id가 같은 항목은 바꾸고, 나머지는 더해요.

    예: daedap faq import new.csv --column question=문의 --column answer=처리
    """
    from bot.cli.index import ProgressBar, columns_of
    from retrieval.ingest import read_faq

    _must_exist(files)
    entries, problems = read_faq(files, columns_of(column))
    for problem in problems:
        typer.echo(f"! {problem}", err=True)
    if not entries:
        raise ValueError(f"들여올 항목이 없어요. {' '.join(map(str, problems[:5]))}".strip())
    with ProgressBar() as bar:
        summary = _editor(index, by, bar.show).put(entries, remove_others=remove_others)
    _show(summary, as_json, problems=len(problems))


@group.command()
def export(
    out: Path = typer.Argument(..., help="만들 파일(.csv, .xlsx)"),
    index: Path | None = INDEX,
    as_json: bool = AS_JSON,
) -> None:
    """지금 색인에 있는 항목을 모두 파일로 써요. 그 파일은 그대로 다시 들여올 수 있어요.

    예: daedap faq export faq.xlsx
    """
    from bot.cli.output import print_json
    from retrieval.catalog import live_entries, write_faq

    count = write_faq(out, live_entries(_folder(index)))
    if as_json:
        print_json({"out": out, "entries": count})
    else:
        typer.echo(f"항목 {count:,}개를 {out}에 썼어요.")


@group.command()
def history(
    entry_id: str | None = typer.Argument(None, metavar="[ID]", help="이 항목의 이력만 봐요.", show_default=False),
    limit: int = typer.Option(20, "--limit", min=1, help="몇 개까지 볼지"),
    index: Path | None = INDEX,
    as_json: bool = AS_JSON,
) -> None:
    """누가 언제 무엇을 고쳤고 그 전에는 어땠는지 봐요. 새것이 먼저예요.

    예: daedap faq history F-012
    """
    from bot.cli.output import print_json
    from retrieval.editing import read_history

    changes = read_history(_folder(index), entry_id, limit)
    if as_json:
        print_json([change.to_json() for change in changes])
        return
    if not changes:
        typer.echo("고친 이력이 없어요.")
    for change in changes:
        fields = change.to_json()
        typer.echo(f"{fields['at']} {change.who}: {change.item} {ACTIONS[change.action.value]}")
        for name in sorted({*(change.before or {}), *(change.after or {})}):
            before, after = (_short((side or {}).get(name)) for side in (change.before, change.after))
            if before != after and change.action.value == "edit":
                typer.echo(f"    {name}: {before} → {after}")


def _row(
    question: str | None,
    answer: str | None,
    phrasings: list[str] | None,
    category: str | None,
    product: str | None,
    link: str | None,
    valid_from: str | None,
    valid_to: str | None,
    audience: Audience | None,
) -> dict[str, str]:
    """The fields that were given, as a row of an FAQ table."""
    given = {
        "question": question,
        "answer": answer,
        "phrasings": "|".join(phrasings) if phrasings else None,
        "category": category,
        "product": product,
        "link": link,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "audience": audience.value if audience else None,
    }
    return {name: value.strip() for name, value in given.items() if value is not None}


def _folder(index: Path | None) -> Path:
    from bot.settings import Settings

    return Settings.load(index=index).index


def _editor(index: Path | None, by: str | None, progress: Any = None) -> IndexEditor:
    import getpass

    from bot.settings import Settings
    from retrieval.editing import IndexEditor

    settings = Settings.load(index=index)
    return IndexEditor(settings.index, by or getpass.getuser(), settings.vectors, progress=progress)


def _must_exist(files: list[Path]) -> None:
    for file in files:
        if not file.exists():
            raise FileNotFoundError(f"{file}: 파일이나 폴더가 없어요.")


def _show(summary: EditSummary, as_json: bool, **more: int) -> None:
    from dataclasses import asdict

    from bot.cli.output import print_json

    if as_json:
        print_json({**asdict(summary), **more})
        return
    parts = [("더함", summary.added), ("고침", summary.changed), ("지움", summary.removed)]
    told = [f"{label} {len(ids):,}개({', '.join(ids[:3])}{' …' if len(ids) > 3 else ''})" for label, ids in parts if ids]
    typer.echo(", ".join([*told, f"그대로 {summary.unchanged:,}개"] if summary.unchanged else told) or "바뀐 것이 없어요.")


def _short(value: object) -> str:
    text = " ".join(str(value if value is not None else "").split())
    return text if len(text) <= 80 else f"{text[:79]}…"
