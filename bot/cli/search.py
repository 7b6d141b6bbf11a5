"""`daedap search`: what the index finds for a query, without the rest of the bot."""

from __future__ import annotations

import time
from enum import Enum
from pathlib import Path

import typer

_KINDS = {"lexical": "낱말", "ngrams": "글자", "dense": "뜻"}
_PARTS = {"question": "질문", "entry": "항목", "answer": "답"}
NAMES = _KINDS | {f"{part}_{kind}": f"{_PARTS[part]} {_KINDS[kind]}" for part in _PARTS for kind in _KINDS}
"""What the channels are called."""
DECISIONS = {
    "answer": "→ 첫 항목으로 답해요.",
    "offer": "→ 가까운 질문을 골라 보게 해요.",
    "not_here": "→ FAQ에 없는 물음으로 보아요.",
}


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
    device: str | None = typer.Option(None, "--device", help="벡터를 찾을 곳: cpu, cuda. cuda가 없으면 cpu로 찾아요."),
    explain: bool = typer.Option(False, "--explain", help="점수가 어디서 왔는지 갈래마다 보여 줘요."),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """FAQ나 설명서에서 가까운 것을 찾아요.

    예: daedap search faq "반품하고 싶어요" --k 3 --explain
    """
    from bot.cli.output import print_json
    from bot.hits import faq_hit, passage_hit
    from bot.settings import Settings
    from nlu.morphemes import analyze
    from retrieval.index import Index

    settings = Settings.load(index=index, search_device=device)
    loaded = Index.load(settings.index, settings.vectors, device=settings.show_device())
    analyze(query)  # loads Kiwi, which is no part of the search
    started = time.perf_counter()
    found = loaded.search_faq(query, k) if what is What.FAQ else loaded.search_passages(query, k)
    latency_ms = (time.perf_counter() - started) * 1000
    hits = [faq_hit(hit, explain) if what is What.FAQ else passage_hit(hit, explain) for hit in found]
    said: dict[str, object] = {}
    if what is What.FAQ:
        from bot.faq_decision import FaqDecider

        decided = FaqDecider(loaded, settings).decide(query, found)
        said = {"decision": decided.decision.value, "in_scope": round(decided.in_scope, 4)}
        if hits:
            hits[0]["confidence"] = round(decided.confidence, 4)
    if as_json:
        print_json({"query": query, **said, "hits": hits, "latency_ms": round(latency_ms, 1)})
        return
    if not hits:
        typer.echo("가까운 것이 없어요.")
    for number, hit in enumerate(hits, 1):
        sure = f" (맞을 확률 {hit['confidence']:.0%})" if "confidence" in hit else ""
        typer.echo(f"{number}. [{hit['document']}] {hit['section']}{sure}\n   {' '.join(hit['text'].split())[:200]}")
        if explain:
            parts = ", ".join(f"{NAMES[name]} {part:.2f}" for name, part in hit["parts"].items())
            typer.echo(f"   점수 {hit['score']:.2f} = {parts}")
    if said:
        typer.echo(DECISIONS[str(said["decision"])])

