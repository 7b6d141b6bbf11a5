"""`daedap evaluate nlu`: how well the trained model tells intents apart."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("nlu")(evaluate_nlu)


def evaluate_nlu(
    data: Path = typer.Option(..., "--data", help="intent, utterance 열이 있는 CSV 파일."),
    model: Path | None = typer.Option(None, "--model", help="Rasa 모델. 없으면 .daedap/rasa 의 것을 써요."),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """의도 분류를 표시된 발화로 재요 (macro F1, 정확도, 한 발화에 걸린 시간).

    예: daedap evaluate nlu --data tests/data/intents.csv --json
    """
    from bot.cli.output import print_json
    from bot.nlu_evaluation import evaluate, read_utterances
    from bot.servers import rasa_model_file
    from bot.settings import Settings

    utterances = read_utterances(data)
    result = evaluate(rasa_model_file(model or Settings.load().rasa_model), utterances)
    if as_json:
        print_json(result.to_json())
        return
    typer.echo(
        f"발화 {result.n}개: macro F1 {result.macro_f1:.3f}, 정확도 {result.accuracy:.3f}, 중앙값 {result.latency_ms_p50:.1f}ms"
    )
    for wrong in result.confusions:
        typer.echo(f"  {wrong.utterance}: {wrong.intent} 대신 {wrong.predicted} ({wrong.confidence:.2f})")
