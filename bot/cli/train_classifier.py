"""`daedap train classifier`: fine-tune an encoder to sort texts, or to give them a number."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    app.command("classifier")(train_classifier)


def train_classifier(
    data: Path = typer.Option(..., "--data", help="글과 이름표가 있는 .tsv, .csv, .jsonl 파일"),
    name: str = typer.Option(..., "--name", help="학습 기록의 이름"),
    task: str = typer.Option("classifier", "--task", help="무슨 일인지(예: sentiment). 같은 일끼리 견주고 서비스에 올려요."),
    text: str = typer.Option("text", "--text", help="글이 있는 열의 이름. 머리글이 없으면 0부터 센 번호"),
    label: str = typer.Option("label", "--label", help="이름표가 있는 열"),
    pair: str | None = typer.Option(None, "--pair", help="둘째 글이 있는 열(글 두 개를 견줄 때)"),
    number: bool = typer.Option(False, "--number", help="이름표가 아니라 수를 맞혀요."),
    encoder: str | None = typer.Option(
        None, "--encoder", help="시작할 모델: 폴더나 허브 이름(허브는 HF_HUB_OFFLINE=0일 때). 기본은 data/models/encoder"
    ),
    config: Path | None = typer.Option(None, "--config", help="학습 설정을 담은 JSON 파일(nlu/transfer/config.py의 항목)"),
    ratios: str = typer.Option("8:1:1", "--ratios", help="학습:검증:시험. 8:1:1이나 6:2:2"),
    rows: int | None = typer.Option(None, help="학습 글을 이만큼만 써요."),
    epochs: float | None = typer.Option(None, help="되풀이할 횟수"),
    max_minutes: float | None = typer.Option(None, help="길어도 이만큼만 학습해요(분)."),
    learning_rate: float | None = typer.Option(None),
    layer_decay: float | None = typer.Option(None, help="아래층으로 갈수록 학습률에 곱할 값"),
    frozen_layers: int | None = typer.Option(None, help="아래 몇 층을 얼릴지. -1이면 인코더 전부"),
    gradual_unfreezing: float | None = typer.Option(None, help="위층부터 차례로 녹이는 데 쓸 학습의 비율"),
    layers: int | None = typer.Option(None, help="아래 몇 층만 쓸지"),
    seed: int | None = typer.Option(None),
) -> None:
    """글을 나누는 모델을 인코더에서 옮겨 학습해요. 기록은 daedap runs로 봐요.

    예: daedap train classifier --data reviews.tsv --text document --name sentiment-a --task sentiment
    """
    import logging
    import os

    from bot.settings import BUILT, ROOT

    if not os.environ.get("CUDA_VISIBLE_DEVICES"):  # serving hides the GPU; training may use it
        os.environ.pop("CUDA_VISIBLE_DEVICES", None)
    logging.getLogger().setLevel(logging.INFO)

    from nlu.configuration import load_configuration
    from nlu.transfer.config import TransferConfig
    from nlu.transfer.examples import Columns, read_examples
    from nlu.transfer.export import export
    from nlu.transfer.runs import MODEL_FOLDER
    from nlu.transfer.splits import load_or_make
    from nlu.transfer.training import finetune

    settings = load_configuration(
        TransferConfig,
        config,
        epochs=epochs,
        max_minutes=max_minutes,
        learning_rate=learning_rate,
        layer_decay=layer_decay,
        frozen_layers=frozen_layers,
        gradual_unfreezing=gradual_unfreezing,
        layers=layers,
        seed=seed,
    )
    examples = read_examples(data, Columns(text, label, pair, number))
    parts = _ratios(ratios)
    saved = BUILT / "runs" / "splits" / f"{task}-{data.stem}-{'-'.join(map(str, parts))}.json"
    groups = [example.group for example in examples]
    split = load_or_make(saved, groups, [example.label for example in examples], groups, ratios=parts)
    training, validation, test = ([examples[i] for i in part] for part in (split.training, split.validation, split.test))
    result = finetune(
        _some(training, rows),
        validation,
        encoder or str(ROOT / "data" / "models" / "encoder"),
        BUILT / "runs" / name,
        settings,
        test=test,
        task_name=task,
        data={"file": data.name, "split": saved.name},
    )
    export(result.predictor, result.folder / MODEL_FOLDER)
    typer.echo(", ".join(f"{metric} {value:g}" for metric, value in result.metrics.items()))
    typer.echo(f"{result.folder}: 학습했어요. 서비스에 올리려면 daedap runs publish {name}")


def _some(examples: list, rows: int | None) -> list:
    """A random sample of `rows` examples, the same every time; all where None."""
    import numpy as np

    if rows is None or rows >= len(examples):
        return examples
    return [examples[i] for i in sorted(np.random.default_rng(0).permutation(len(examples))[:rows])]


def _ratios(text: str) -> tuple[int, int, int]:
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise ValueError(f"--ratios {text}: 8:1:1처럼 수 세 개를 적어 주세요.")
    return int(parts[0]), int(parts[1]), int(parts[2])
