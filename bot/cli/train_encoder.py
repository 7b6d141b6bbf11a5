"""`daedap train encoder prepare|run|export`: the project's own encoder, from text to a model folder."""

from __future__ import annotations

from pathlib import Path

import typer

encoder_app = typer.Typer(help="인코더를 처음부터 사전 학습해요: prepare, run, export.", no_args_is_help=True)
TRAIN_FOLDER = Path(".work")


def register(app: typer.Typer) -> None:
    """Add the sub-application to `daedap train`."""
    app.add_typer(encoder_app, name="encoder")


@encoder_app.command("prepare")
def prepare_command(
    texts: list[Path] = typer.Option(..., "--texts", help="한 줄에 글 하나(제목<TAB>본문)인 파일. .xz도 돼요."),
    out: Path = typer.Option(TRAIN_FOLDER / "corpus", "--out", help="배열을 둘 폴더"),
    vocabulary_size: int = typer.Option(16_000, help="낱말 조각의 수"),
    max_articles: int | None = typer.Option(None, help="글을 이만큼만 써요."),
    processes: int = typer.Option(2, help="Kiwi를 돌릴 프로세스 수"),
) -> None:
    """말뭉치를 형태소로 자르고 낱말 조각을 배워 배열로 저장해요. 멈추었다 다시 부르면 이어서 해요.

    예: daedap train encoder prepare --texts kowiki.txt.xz --out .work/corpus
    """
    from nlu.pretraining.prepare import PrepareConfig, prepare
    from nlu.pretraining.start_vectors import write_start_vectors

    _log_progress()
    folder = prepare(texts, out, PrepareConfig(vocabulary_size=vocabulary_size), processes=processes, max_articles=max_articles)
    known = write_start_vectors(folder)
    typer.echo(f"{folder}: 준비했어요. 낱말 조각 {known:,}개가 Kiwi의 벡터에서 시작해요.")


@encoder_app.command("run")
def run_command(
    corpus: Path = typer.Option(TRAIN_FOLDER / "corpus", "--corpus", help="prepare가 만든 폴더"),
    out: Path = typer.Option(TRAIN_FOLDER / "encoder", "--out", help="체크포인트와 기록을 둘 폴더"),
    start_from: Path | None = typer.Option(None, "--start-from", help="이 모델의 가중치에서 시작해요(예: data/models/encoder)."),
    length: int | None = typer.Option(None, help="한 창의 토큰 수"),
    windows: int | None = typer.Option(None, help="작은 묶음 하나의 창 수"),
    total_steps: int | None = typer.Option(None, help="여기까지 학습해요. 없으면 멈출 때까지 해요."),
    decay_steps: int | None = typer.Option(None, help="마지막 몇 걸음에서 학습률을 줄일지"),
    hidden_size: int | None = typer.Option(None),
    layers: int | None = typer.Option(None),
    max_minutes: float | None = typer.Option(None, help="길어도 이만큼만 학습해요(분)."),
    processes: int | None = typer.Option(None, help="프로세스 수. 기본은 코어(또는 GPU) 하나에 하나예요."),
) -> None:
    """인코더를 사전 학습해요. 가장 새 체크포인트에서 이어서 해요.

    예: nice daedap train encoder run --max-minutes 120
    """
    from nlu.pretraining.train import TrainConfig, train, with_changes

    _log_progress()
    config = with_changes(
        TrainConfig(),
        length=length,
        windows_per_micro_batch=windows,
        total_steps=total_steps,
        decay_steps=decay_steps,
        hidden_size=hidden_size,
        num_hidden_layers=layers,
    )
    train(corpus, out, config, start_from=start_from, processes=processes, max_seconds=max_minutes and max_minutes * 60)
    typer.echo(f"{out}: 학습을 멈추었어요. daedap train encoder export로 내보낼 수 있어요.")


@encoder_app.command("export")
def export_command(
    run: Path = typer.Option(TRAIN_FOLDER / "encoder", "--run", help="run이 쓴 폴더"),
    corpus: Path = typer.Option(TRAIN_FOLDER / "corpus", "--corpus", help="prepare가 만든 폴더"),
    out: Path = typer.Option(..., "--out", help="모델을 둘 폴더"),
) -> None:
    """가장 새 체크포인트를 반정밀도 모델 폴더로 내보내고 학습 곡선을 그려요.

    예: daedap train encoder export --out data/models/encoder
    """
    from nlu.pretraining.evaluate import draw_learning_curve, last_validation
    from nlu.pretraining.export import export

    written = export(run, corpus, out)
    curve = draw_learning_curve(run, out / "learning_curve.png")
    typer.echo(f"{out}: {written['step']:,}걸음, 토큰 {written['tokens'] / 1e6:.1f}백만 개. 곡선: {curve.name}")
    typer.echo(f"검증: {last_validation(run)}")


def _log_progress() -> None:
    import logging

    logging.getLogger().setLevel(logging.INFO)
