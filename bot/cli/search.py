"""`daedap search`: what the index finds for a query, without the rest of the bot."""

from __future__ import annotations

import time
from enum import Enum
from pathlib import Path

import typer


class What(str, Enum):
    FAQ = "faq"
    PASSAGES = "passages"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("search")(search)


def search(
    what: What = typer.Argument(..., help="faq 또는 passages"),
    query: str = typer.Argument(..., help="찾을 말"),
    index: Path | None = typer.Option(None, "--index", help="찾아볼 색인 폴더. 없으면 데모 색인을 써요."),
    k: int = typer.Option(5, "--k", min=1, help="몇 개까지 볼지"),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """FAQ나 설명서에서 가까운 것을 찾아요.

    예: daedap search faq "반품하고 싶어요" --k 3 --json
    """
    from bot.cli.output import print_json
    from bot.settings import Settings
    from nlu.morphemes import analyze
    from retrieval.index import Index

    settings = Settings.load(index=index)
    loaded = Index.load(settings.index, settings.vectors)
    analyze(query)  # loads Kiwi, which is no part of the search
    started = time.perf_counter()
    found = loaded.search_faq(query, k) if what is What.FAQ else loaded.search_passages(query, k)
    latency_ms = (time.perf_counter() - started) * 1000
    hits = [_faq_hit(hit) if what is What.FAQ else _passage_hit(hit) for hit in found]
    if as_json:
        print_json({"query": query, "hits": hits, "latency_ms": round(latency_ms, 1)})
        return
    if not hits:
        typer.echo("가까운 것이 없어요.")
    for number, hit in enumerate(hits, 1):
        sure = f" (맞을 확률 {hit['confidence']:.0%})" if "confidence" in hit else ""
        typer.echo(f"{number}. [{hit['document']}] {hit['section']}{sure}\n   {' '.join(hit['text'].split())[:200]}")


def _faq_hit(hit) -> dict:
    entry = hit.entry
    return {
        "id": entry.id,
        "document": entry.id,
        "section": entry.category,
        "text": entry.question,
        "score": round(hit.score, 4),
        "confidence": round(hit.confidence, 4),
        "matched": hit.matched,
    }


def _passage_hit(hit) -> dict:
    passage = hit.passage
    return {
        "id": passage.id,
        "document": passage.document_id,
        "section": passage.section,
        "text": hit.text,
        "score": round(hit.score, 4),
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
    }
