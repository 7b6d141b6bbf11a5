"""`daedap evaluate nlu`: how well intents are told apart, and what would help."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("nlu")(evaluate_nlu)


def evaluate_nlu(
    data: Path | None = typer.Option(None, "--data", help="intent, utterance 열이 있는 CSV 파일."),
    model: Path | None = typer.Option(None, "--model", help="Rasa 모델. 없으면 .daedap/rasa 의 것을 써요."),
    compare: bool = typer.Option(False, "--compare", help="여러 분류기를 예문의 교차 검증으로 견줘요 (오래 걸려요)."),
    only: list[str] = typer.Option([], "--only", help="--compare 에서 이 분류기만 견줘요. 여러 번 쓸 수 있어요."),
    suggest: bool = typer.Option(False, "--suggest", help="헷갈린 예문과 의도별 학습 곡선을 보여 줘요."),
    examples: Path | None = typer.Option(None, "--examples", help="예문 폴더. 없으면 data/rasa/nlu 를 써요."),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """의도 분류를 재요.

    --data 는 학습한 모델을 표시된 발화로, --compare 는 여러 분류기를 예문의 교차 검증으로 재요.
    --suggest 는 무엇을 더 적으면 좋을지 알려 줘요.

    예: daedap evaluate nlu --data tests/data/intents.csv --json
    """
    from bot.settings import ROOT

    if sum((data is not None, compare, suggest)) != 1:
        raise ValueError("--data FILE, --compare, --suggest 가운데 하나를 골라 주세요.")
    folder = examples or ROOT / "data" / "rasa" / "nlu"
    if data is not None:
        _on_data(data, model, as_json)
    elif compare:
        _compare(folder, only, as_json)
    else:
        _suggest(folder, as_json)


def _on_data(data: Path, model: Path | None, as_json: bool) -> None:
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


def _compare(folder: Path, only: list[str], as_json: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    from bot.cli.output import print_json
    from bot.nlu_comparison import compare

    rows = compare(folder, only)
    if as_json:
        print_json([row.to_json() for row in rows])
        return
    headings = ("분류기", "macro F1", "정확도", "범위 밖 AUROC", "학습 초", "불러오기 초", "한 발화 ms", "메모리 MB", "p", "")
    table = Table(*headings)
    for row in rows:
        auroc = "-" if row.out_of_scope_auroc is None else f"{row.out_of_scope_auroc:.3f}"
        numbers = (f"{row.macro_f1:.3f}", f"{row.accuracy:.3f}", auroc, f"{row.train_s:.1f}", f"{row.load_s:.1f}")
        costs = (f"{row.ms_a_message:.1f}", f"{row.memory_mb:.0f}", f"{row.p:.3f}")
        table.add_row(row.name, *numbers, *costs, "추천" if row.recommended else "")
    Console().print(table)
    typer.echo("p는 가장 정확한 분류기와 견준 맥니마 검정이에요. 0.05 이상인 것 가운데 가장 빠른 것을 추천해요.")


def _suggest(folder: Path, as_json: bool) -> None:
    from bot.cli.output import print_json
    from bot.nlu_suggestions import suggestions

    found = suggestions(folder)
    if as_json:
        print_json(found.to_json())
        return
    typer.echo(f"예문 {found.n}개, 교차 검증 macro F1 {found.macro_f1:.3f}, 정확도 {found.accuracy:.3f}")
    typer.echo("예문 수에 따른 F1 (오름폭이 크면 예문을 더 적을 만해요)")
    for intent, curve in found.most_worthwhile():
        typer.echo(f"  {intent}: {' → '.join(f'{point.f1:.2f} ({point.examples}개)' for point in curve)}")
    typer.echo("헷갈린 짝과 예문")
    for (intent, predicted), texts in found.confusions:
        typer.echo(f"  {intent}을(를) {predicted}(으)로 {len(texts)}번: {' / '.join(texts[:5])}")
