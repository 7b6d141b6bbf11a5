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
    knowing: bool = typer.Option(
        False, "--knowing", help="답이 없는 글에서 입을 다무는지도 재요(AUROC, 정밀도 80·90·95 %에서 답하는 비율)."
    ),
    as_json: bool = typer.Option(False, "--json", help="JSON 한 개로 보여 줘요."),
) -> None:
    """독해 모델이 얼마나 맞히는지 재요. KorQuAD 1.0 공식 기준이에요.

    예: daedap evaluate reader --data KorQuAD_v1.0_dev.json --limit 500
    """
    import sys
    from dataclasses import asdict

    from bot.cli.output import print_json
    from bot.question_files import read_questions
    from bot.settings import Settings
    from mrc.evaluation import evaluate, measure_knowing
    from mrc.reader import Reader

    settings = Settings.load(reader=reader)
    examples = read_questions(data)
    if not any(example.is_answerable for example in examples[:limit]):
        raise ValueError(f"{data}: 답이 있는 질문이 없어서 잴 수 없어요.")
    loaded = Reader.load(settings.reader, threads=threads or settings.reader_threads)
    found = evaluate(loaded, examples, limit=limit, progress=sys.stderr.isatty())
    known = measure_knowing(loaded, examples[:limit]) if knowing else None
    if as_json:
        print_json({**asdict(found), **({"knowing": asdict(known)} if known else {})})
        return
    typer.echo(f"질문 {found.n:,}개: EM {found.exact_match:.2f}, F1 {found.f1:.2f} (KorQuAD 1.0 공식 기준)")
    typer.echo(f"한 질문에 걸린 시간: 중앙값 {found.latency_ms_p50:.1f} ms, 95 % {found.latency_ms_p95:.1f} ms")
    if known:
        shares = ", ".join(f"정밀도 {name}에서 {share:.1%}" for name, share in known.answered_at_precision.items())
        typer.echo(f"답이 있는 {known.answerable:,}번과 없는 {known.unanswerable:,}번을 가리기: AUROC {known.auroc:.3f}")
        typer.echo(f"답이 있는 질문 가운데 바르게 답하는 비율: {shares}")
