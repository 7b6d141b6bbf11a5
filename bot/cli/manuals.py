"""`daedap manuals`: documents of a serving index added, replaced and removed."""

from __future__ import annotations

from pathlib import Path

import typer

from bot.cli.faq import AS_JSON, BY, INDEX, _editor, _must_exist, _show

group = typer.Typer(help="설명서를 더하고 지워요. 켜져 있는 봇에도 곧바로 반영돼요. 예: daedap manuals add", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(group, name="manuals")


@group.command()
def add(
    paths: list[Path] = typer.Argument(..., help="설명서 파일이나 폴더"),
    index: Path | None = INDEX,
    by: str | None = BY,
    as_json: bool = AS_JSON,
) -> None:
    """설명서를 더해요. 이름(확장자 앞부분)이 같은 문서가 있으면 바꿔요.

    예: daedap manuals add 새-설명서.pdf
    """
    from retrieval.ingest import read_manuals

    _must_exist(paths)
    documents, passages, problems = read_manuals(paths)
    for problem in problems:
        typer.echo(f"! {problem}", err=True)
    if not documents:
        raise ValueError(f"읽을 수 있는 문서가 없어요. {' '.join(map(str, problems[:5]))}".strip())
    read = [(document, [passage for passage in passages if passage.document_id == document.id]) for document in documents]
    _show(_editor(index, by).put_documents(read), as_json, problems=len(problems))


@group.command()
def remove(
    document_ids: list[str] = typer.Argument(..., metavar="ID...", help="지울 문서의 id(확장자 없는 파일 이름)"),
    index: Path | None = INDEX,
    by: str | None = BY,
    as_json: bool = AS_JSON,
) -> None:
    """설명서를 지워요. 없는 id가 있으면 아무것도 지우지 않아요.

    예: daedap manuals remove 새-설명서
    """
    _show(_editor(index, by).remove_documents(document_ids), as_json)
