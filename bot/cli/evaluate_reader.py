"""`daedap evaluate reader`: official KorQuAD metrics of the shipped reader."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    app.command("reader")(evaluate_reader)


def evaluate_reader(
    data: Path = typer.Option(..., "--data", help="SQuAD나 KorQuAD 1.0 형식의 파일"),
    limit: int = typer.Option(None, min=1, help="앞에서부터 이만큼만 재요."),
    reader: Path = typer.Option(None, "--reader", help="독해 모델 폴더"),
    threads: int = typer.Option(None, min=1, help="계산에 쓸 스레드 수"),
    as_json: bool = typer.Option(False, "--json", help="JSON 한 개로 보여 줘요."),
) -> None:
    """독해 모델이 얼마나 맞히는지 재요. KorQuAD 1.0 공식 기준이에요.

    예: daedap evaluate reader --data KorQuAD_v1.0_dev.json --limit 500
    """
    import sys
    from dataclasses import asdict

    from bot.cli.output import print_json
    from bot.settings import Settings
    from mrc.evaluation import evaluate
    from mrc.examples import read_examples
    from mrc.reader import Reader

    settings = Settings.load(reader=reader)
    loaded = Reader.load(settings.reader, threads=threads or settings.reader_threads)
    found = evaluate(loaded, read_examples(data).examples, limit=limit, progress=sys.stderr.isatty())
    if as_json:
        print_json(asdict(found))
        return
    typer.echo(f"질문 {found.n:,}개: EM {found.exact_match:.2f}, F1 {found.f1:.2f} (KorQuAD 1.0 공식 기준)")
    typer.echo(f"한 질문에 걸린 시간: 중앙값 {found.latency_ms_p50:.1f} ms, 95 % {found.latency_ms_p95:.1f} ms")
