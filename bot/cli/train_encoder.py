"""`daedap train encoder leave-out|prepare|run|evaluate|export`: the project's own encoder, from text to a model folder."""

from __future__ import annotations

from pathlib import Path

import typer

encoder_app = typer.Typer(
    help="인코더를 처음부터 사전 학습해요: leave-out, prepare, run, evaluate, export.", no_args_is_help=True
)
TRAIN_FOLDER = Path(".work")


def register(app: typer.Typer) -> None:
    """Add the sub-application to `daedap train`."""
    app.add_typer(encoder_app, name="encoder")


@encoder_app.command("leave-out")
def leave_out_command(
    texts: list[Path] = typer.Option(..., "--texts", help="한 줄에 글 하나(제목<TAB>본문)인 파일. .xz도 돼요."),
    test_sets: list[Path] = typer.Option(..., "--against", help="시험에 쓰는 파일(KorQuAD 1.0 dev의 .json 등)"),
    out: Path = typer.Option(..., "--out", help="남은 글을 쓸 파일"),
    length: int = typer.Option(40, help="이만큼의 글자가 이어서 같으면 빼요."),
) -> None:
    """시험에 쓰는 글과 제목이나 글이 겹치는 글을 말뭉치에서 빼요. 글을 더하기 전에 불러 주세요.

    예: daedap train encoder leave-out --texts new.txt --against KorQuAD_v1.0_dev.json --out kept.txt
    """
    from nlu.pretraining.leave_out import leave_out, read_test_set

    kept, left = leave_out(texts, read_test_set(test_sets), out, length)
    for one in left:
        typer.echo(f"{one.title}\t{one.shared[:80] or '제목이 같아요'}", err=True)
    typer.echo(f"{out}: 글 {kept:,}개를 남기고 {len(left):,}개를 뺐어요.")


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
    config_file: str | None = typer.Option(
        None, "--config", help="설정을 담은 JSON 파일, 또는 준비된 크기의 이름: mini(기본), small, base(GPU용)"
    ),
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
    from nlu.configuration import find_configuration, load_configuration
    from nlu.pretraining.evaluate import SIZES
    from nlu.pretraining.train import TrainConfig, train

    _log_progress()
    config = load_configuration(
        TrainConfig,
        find_configuration(config_file, SIZES),
        length=length,
        windows_per_micro_batch=windows,
        total_steps=total_steps,
        decay_steps=decay_steps,
        hidden_size=hidden_size,
        num_hidden_layers=layers,
    )
    train(corpus, out, config, start_from=start_from, processes=processes, max_seconds=max_minutes and max_minutes * 60)
    typer.echo(f"{out}: 학습을 멈추었어요. daedap train encoder export로 내보낼 수 있어요.")


@encoder_app.command("evaluate")
def evaluate_command(
    corpus: Path = typer.Option(TRAIN_FOLDER / "corpus", "--corpus", help="prepare가 만든 폴더"),
    model: Path | None = typer.Option(None, "--model", help="재어 볼 모델 폴더. 기본은 data/models/encoder"),
    run: Path | None = typer.Option(None, "--run", help="run이 쓴 폴더를 주면 그 기록으로 학습 곡선을 그려요."),
    windows: int = typer.Option(288, help="검증에 쓸 창의 수"),
    as_json: bool = typer.Option(False, "--json", help="JSON 하나로 보여 줘요."),
) -> None:
    """떼어 둔 글에서 가린 형태소와 질문의 답을 얼마나 맞히는지 재요.

    예: daedap train encoder evaluate --corpus .work/corpus --run .work/encoder
    """
    from bot.cli.output import print_json
    from bot.settings import ROOT
    from nlu.pretraining.evaluate import draw_learning_curve, evaluate

    found = evaluate(model or ROOT / "data" / "models" / "encoder", corpus, windows=windows)
    if as_json:
        print_json(found)
    else:
        typer.echo(f"가린 형태소의 손실 {found['masked_lm']}, 답의 손실 {found['span']}, 맞힌 답 {found['exact']:.1%}")
    if run is not None:
        typer.echo(f"학습 곡선: {draw_learning_curve(run, run / 'learning_curve.png')}", err=True)


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
