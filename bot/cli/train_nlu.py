"""`daedap train nlu`: the Rasa model from `config.yml`, `domain.yml` and `data/rasa`."""

from __future__ import annotations

import time
from pathlib import Path

import typer

MODEL_NAME = "daedap"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("nlu")(train_nlu)


def train_nlu(
    out: Path | None = typer.Option(None, "--out", help="모델을 둘 폴더. 없으면 .daedap/rasa 에 둬요."),
    force: bool = typer.Option(False, "--force", help="바뀐 것이 없어도 처음부터 학습해요."),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """의도 분류와 대화 규칙을 학습해요.

    예: daedap train nlu
    """
    from bot.cli.output import print_json
    from bot.nlu_examples import intents_of, problems
    from bot.rasa_training import train
    from bot.settings import ROOT, Settings

    wrong = problems(ROOT / "data" / "rasa", intents_of(ROOT / "domain.yml"))
    if wrong:
        raise ValueError("학습 예문을 고쳐 주세요.\n" + "\n".join(wrong))

    started = time.perf_counter()
    model = train(out or Settings.load().rasa_model, MODEL_NAME, force=force)
    seconds = time.perf_counter() - started
    if as_json:
        print_json({"model": model, "seconds": round(seconds, 1)})
    else:
        typer.echo(f"학습했어요 ({seconds:.0f}초): {model}")
