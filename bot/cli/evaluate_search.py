"""`daedap evaluate faq` and `daedap evaluate passages`: how well the index finds what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from retrieval.index import Index

PASSAGES_PER_DOCUMENT = 20
"""How many passages are fetched for each of the ten documents that are ranked."""

INDEX = typer.Option(None, "--index", help="재 볼 색인 폴더. 없으면 데모 색인을 써요.")
AS_JSON = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요.")


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("faq")(evaluate_faq)
    app.command("passages")(evaluate_passages)


def evaluate_faq(
    queries: Path = typer.Option(..., "--queries", help="question, id 열이 있는 CSV 파일"),
    index: Path | None = INDEX,
    as_json: bool = AS_JSON,
) -> None:
    """질문마다 맞는 FAQ 항목을 몇 번째로 찾는지 재요.

    예: daedap evaluate faq --index .daedap/index --queries tests/data/faq_queries.csv --json
    """
    _evaluate(
        index,
        queries,
        "id",
        as_json,
        lambda loaded: {e.id for e in loaded.entries},
        lambda loaded: lambda question: [hit.entry.id for hit in loaded.search_faq(question, 10)],
    )


def evaluate_passages(
    queries: Path = typer.Option(
        ..., "--queries", help="question, document 열이 있는 CSV 파일. document는 확장자 없는 파일 이름"
    ),
    index: Path | None = INDEX,
    as_json: bool = AS_JSON,
) -> None:
    """질문마다 맞는 문서의 문단을 몇 번째로 찾는지 재요. 한 문서는 가장 앞선 문단으로 한 번만 세요.

    예: daedap evaluate passages --index .daedap/index --queries questions.csv --json
    """
    k = 10 * PASSAGES_PER_DOCUMENT
    _evaluate(
        index,
        queries,
        "document",
        as_json,
        lambda loaded: {d.id for d in loaded.documents},
        lambda loaded: lambda question: [hit.passage.document_id for hit in loaded.search_passages(question, k)],
    )


def _evaluate(
    index: Path | None,
    queries: Path,
    column: str,
    as_json: bool,
    known: Callable[[Index], set[str]],
    search_of: Callable[[Index], Callable[[str], Iterable[str]]],
) -> None:
    from dataclasses import asdict

    from bot.cli.output import print_json
    from bot.settings import Settings
    from retrieval.evaluation import evaluate, read_questions
    from retrieval.index import Index

    settings = Settings.load(index=index)
    questions = read_questions(queries, column)
    loaded = Index.load(settings.index, settings.vectors)
    unknown = {right for _, right in questions} - known(loaded)
    if unknown:
        typer.echo(f"! 색인에 없는 {column}: {', '.join(sorted(unknown)[:10])}", err=True)
    found = evaluate(questions, search_of(loaded))
    if as_json:
        print_json(asdict(found))
        return
    typer.echo(
        f"질문 {found.n:,}개: recall@1 {found.recall_at_1:.3f}, @4 {found.recall_at_4:.3f}, @5 {found.recall_at_5:.3f}, "
        f"@10 {found.recall_at_10:.3f}, MRR {found.mrr:.3f}\n"
        f"한 질문에 걸린 시간: 중앙값 {found.latency_ms_p50:.1f} ms, 95 % {found.latency_ms_p95:.1f} ms"
    )
