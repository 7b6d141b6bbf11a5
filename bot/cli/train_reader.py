"""`daedap train reader`: fine-tune an encoder on questions and export it."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    app.command("reader")(train_reader)


def train_reader(
    data: list[str] = typer.Option(
        ...,
        "--data",
        help="질문 파일(SQuAD, KorQuAD 1.0의 .json이나 .jsonl). "
        "파일:0.5는 한 회에 질문의 반만 쓰고, 파일:1:novalid는 검증에 쓰지 않아요.",
    ),
    out: Path = typer.Option(..., "--out", help="학습 기록과 모델을 둘 폴더"),
    encoder: str = typer.Option(
        None,
        "--encoder",
        "--model",
        help="시작할 모델: 폴더나 허브 이름(허브는 HF_HUB_OFFLINE=0일 때). 기본은 data/models/encoder",
    ),
    config: str = typer.Option(
        None, "--config", help="학습 설정을 담은 JSON 파일, 또는 준비된 설정의 이름(koelectra-base-v3, klue-roberta-base)"
    ),
    epochs: float = typer.Option(None, help="되풀이할 횟수"),
    max_minutes: float = typer.Option(None, help="길어도 이만큼만 학습해요(분)."),
    max_steps: int = typer.Option(None, min=1, help="이만큼의 걸음만 학습해요."),
    batch_size: int = typer.Option(None),
    learning_rate: float = typer.Option(None),
    max_length: int = typer.Option(None, help="한 창의 토큰 수"),
    negative_share: float = typer.Option(None, help="답이 없는 창의 비율"),
    seed: int = typer.Option(None),
    random_start: bool = typer.Option(None, "--random-start", help="사전 학습한 가중치 없이 무작위에서 시작해요(비교용)."),
    match_type: bool = typer.Option(
        None, "--match-type/--no-match-type", help="질문에도 나오는 토큰에 표시를 달지. 끄는 것은 비교용이에요."
    ),
    fresh: bool = typer.Option(False, "--fresh", help="이어 하지 않고 처음부터 해요."),
    export_model: bool = typer.Option(True, "--export/--no-export", help="학습이 끝나면 서비스용 모델을 --out 폴더에 만들어요."),
    max_megabytes: float = typer.Option(
        None, help="서비스용 모델 파일의 최대 크기. 기본은 대답의 인코더면 20, 허브 모델이면 한계 없음"
    ),
) -> None:
    """독해 모델을 학습하고 서비스용으로 내보내요. 멈추었다 다시 부르면 이어서 해요.

    예: daedap train reader --data train.json --data made.jsonl:0.3:novalid --out data/models/reader
    """
    import logging
    import os

    from bot.settings import BUILT, ROOT

    if not os.environ.get("CUDA_VISIBLE_DEVICES"):  # serving hides the GPU; training may use it
        os.environ.pop("CUDA_VISIBLE_DEVICES", None)
    logging.getLogger().setLevel(logging.INFO)

    from bot.question_files import read_questions
    from mrc.training import CONFIGURATIONS, TrainingConfig, train
    from nlu.configuration import find_configuration, load_configuration

    changes = {
        "epochs": epochs,
        "max_minutes": max_minutes,
        "max_steps": max_steps,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "max_length": max_length,
        "negative_share": negative_share,
        "seed": seed,
        "random_start": random_start,
        "match_type": match_type,
    }
    settings = load_configuration(TrainingConfig, find_configuration(config, CONFIGURATIONS), **changes)
    files = [data_file(value) for value in data]
    for file in files:
        read_questions(file.path)  # says in Korean what the training would only skip
    start = encoder or str(ROOT / "data" / "models" / "encoder")
    work = BUILT / "runs" / run_name(out)
    if fresh:
        import shutil

        shutil.rmtree(work, ignore_errors=True)
    try:
        result = train(files, start, work, settings, cache=BUILT / "reader-cache")
    except OSError as error:
        if isinstance(error, FileNotFoundError) or not is_hub_name(start) or os.environ.get("HF_HUB_OFFLINE", "1") == "0":
            raise
        raise OSError(
            f"{start}: 허브에서 받은 적이 없는 모델이에요. 받아도 되면 명령 앞에 HF_HUB_OFFLINE=0 TRANSFORMERS_OFFLINE=0 을 "
            "붙여 다시 불러 주세요."
        ) from error
    typer.echo(f"검증 {len(result.validation):,}문제: EM {result.exact_match:.2f}, F1 {result.f1:.2f}")
    if export_model:
        from mrc.export import MAX_FILE_MEGABYTES, export
        from mrc.reader import ReaderConfig
        from nlu.transfer.runs import name_model

        served = ReaderConfig(
            max_length=max(settings.max_length, 256),
            doc_stride=settings.doc_stride,
            common_ids=result.model.common_ids,
            layout=result.model.layout,
        )
        card = {
            "Trained on": ", ".join(f"{file.path.name} (weight {file.weight:g})" for file in files),
            "Started from": Path(start).name,
            "Steps": f"{result.steps} of {settings.batch_size} windows, rate {settings.learning_rate:g}, seed {settings.seed}",
        }
        own = result.model.model.config.model_type == "daedap"
        limit = max_megabytes or (MAX_FILE_MEGABYTES if own else float("inf"))
        summary = export(result.model, out, validation=result.validation, config=served, card=card, max_megabytes=limit)
        chosen = summary.chosen
        name_model(work, out)
        typer.echo(f"{summary.folder}: {chosen.precision}, {chosen.megabytes} MB, 검증 F1 {chosen.f1:.2f}")
        typer.echo(f"서비스에 올리려면 daedap runs publish {work.name}")


def run_name(out: Path) -> str:
    """The run that trains the model of the folder `out`; the same for the same folder, so that a stopped run goes on."""
    from hashlib import sha256

    return f"reader-{out.resolve().name}-{sha256(str(out.resolve()).encode()).hexdigest()[:6]}"


def is_hub_name(start: str) -> bool:
    return start.count("/") == 1 and not start.startswith((".", "/")) and not Path(start).exists()


def data_file(value: str):
    """`FILE`, `FILE:WEIGHT` or `FILE:WEIGHT:novalid`; raises ValueError where the weight is no number."""
    from mrc.training import DataFile

    if Path(value).exists():
        return DataFile(Path(value))
    path, *rest = value.rsplit(":", value.count(":") if value.count(":") <= 2 else 2)
    try:
        return DataFile(Path(path), float(rest[0]) if rest else 1.0, "novalid" not in rest[1:])
    except ValueError:
        raise ValueError(f"--data {value}: FILE, FILE:WEIGHT or FILE:WEIGHT:novalid is wanted, WEIGHT being a number") from None
