"""`daedap runs list|show|compare|predict|publish|rollback`: what training left, and which of it serves."""

from __future__ import annotations

from pathlib import Path

import typer

runs_app = typer.Typer(help="학습 기록을 보고 견주고, 고른 모델을 서비스에 올려요. 예: daedap runs list", no_args_is_help=True)
RUNS = typer.Option(None, "--runs", help="학습 기록이 있는 폴더. 기본은 .daedap/runs")
PUBLISHED = typer.Option(None, "--published", help="서비스할 모델을 두는 폴더. 기본은 .daedap/published")
JSON = typer.Option(False, "--json", help="JSON 하나로 보여 줘요.")


def register(app: typer.Typer) -> None:
    app.add_typer(runs_app, name="runs")


@runs_app.command("list")
def list_command(
    task: str | None = typer.Option(None, help="이 일의 기록만 보여 줘요(예: sentiment, reader)."),
    runs: Path | None = RUNS,
    published: Path | None = PUBLISHED,
    as_json: bool = JSON,
) -> None:
    """학습 기록을 오래된 것부터 보여 줘요. 서비스 중인 것에는 ●가 붙어요.

    예: daedap runs list --task sentiment
    """
    from bot.cli.output import print_json
    from nlu.transfer.runs import list_runs, published_model

    records = list_runs(_runs(runs), task)
    if as_json:
        print_json(records)
        return
    if not records:
        typer.echo("학습 기록이 없어요. daedap train classifier나 daedap train reader가 남겨요.")
        return
    served = {task: published_model(_published(published), task) for task in {record.task for record in records}}
    rows = []
    for record in records:
        mark = "●" if _is_copy_of(record, served[record.task]) else ""
        started = record.started[:16].replace("T", " ")
        rows.append(
            [mark, record.name, record.task, started, _minutes(record.seconds), _status(record), _metrics(record.metrics)]
        )
    _print_table(["", "이름", "일", "시작(UTC)", "걸린 시간", "상태", "결과"], rows)


@runs_app.command("show")
def show_command(name: str, runs: Path | None = RUNS, as_json: bool = JSON) -> None:
    """기록 하나의 설정, 데이터, 버전, 결과를 보여 줘요.

    예: daedap runs show sentiment-a
    """
    from bot.cli.output import print_json
    from nlu.transfer.runs import CURVE_FILE

    folder = _runs(runs) / name
    record = _record(runs, name)
    if as_json:
        print_json(record)
        return
    typer.echo(f"{record.name} ({record.task}, {_status(record)}): {_metrics(record.metrics)}")
    typer.echo(f"  시작 {record.started}, {_minutes(record.seconds)}, {record.steps:,}걸음, 시드 {record.seed}")
    turned = record.overfitting_step
    typer.echo(f"  과적합: {f'{turned:,}걸음부터' if turned is not None else '보이지 않아요'} (학습 곡선: {folder / CURVE_FILE})")
    for title, values in (
        ("설정", record.configuration), ("데이터", record.data), ("버전", record.versions), ("기계", record.machine)
    ):  # fmt: skip
        typer.echo(f"  {title}: " + ", ".join(f"{key} {value}" for key, value in values.items() if value is not None))


@runs_app.command("compare")
def compare_command(
    names: list[str] = typer.Argument(..., help="기록의 이름 두 개 이상"), runs: Path | None = RUNS, as_json: bool = JSON
) -> None:
    """기록들의 결과와, 서로 다른 설정만 나란히 보여 줘요.

    예: daedap runs compare sentiment-a sentiment-b
    """
    from bot.cli.output import print_json
    from nlu.transfer.runs import differences

    if len(names) < 2:
        raise ValueError("견주려면 기록의 이름이 두 개 이상 있어야 해요.")
    records = [_record(runs, name) for name in names]
    metrics = dict.fromkeys(key for record in records for key in record.metrics)
    rows: dict[str, list] = {key: [record.metrics.get(key) for record in records] for key in metrics}
    rows |= {"seconds": [record.seconds for record in records], "steps": [record.steps for record in records]}
    rows |= {"overfitting_step": [record.overfitting_step for record in records]}
    settings = differences(records)
    if as_json:
        print_json({"runs": names, "metrics": rows, "differences": settings})
        return
    shown = [[key, *("-" if value is None else str(value) for value in values)] for key, values in {**rows, **settings}.items()]
    _print_table(["", *names], shown)


@runs_app.command("predict")
def predict_command(
    name: str,
    text: str,
    pair: str | None = typer.Option(None, help="글 두 개를 견주는 모델의 둘째 글"),
    runs: Path | None = RUNS,
    as_json: bool = JSON,
) -> None:
    """기록의 모델에게 글 하나를 물어봐요.

    예: daedap runs predict sentiment-a "배송이 정말 빨라요"
    """
    from bot.cli.output import print_json
    from nlu.transfer.predict import SequenceClassifier

    model = _runs(runs) / name / _record(runs, name).model
    found = SequenceClassifier.load(model).predict([text], [pair] if pair is not None else None)[0]
    if as_json:
        print_json(found._asdict())
    elif found.label is None:
        typer.echo(f"{found.value:.2f}")
    else:
        typer.echo("\n".join(f"{label}\t{share:.3f}" for label, share in found.ranking))


@runs_app.command("publish")
def publish_command(name: str, runs: Path | None = RUNS, published: Path | None = PUBLISHED) -> None:
    """기록의 모델이 서비스하게 해요. 앞서 서비스하던 것은 되돌릴 수 있게 남겨 둬요.

    예: daedap runs publish sentiment-a
    """
    from nlu.transfer.runs import publish

    task = _record(runs, name).task
    copy = publish(_runs(runs) / name, _published(published))
    typer.echo(f"{name}: 이제 이 모델이 서비스해요({copy}). 서버를 다시 시작하면 쓰여요.")
    typer.echo(f"되돌리려면: daedap runs rollback {task}")


@runs_app.command("rollback")
def rollback_command(
    task: str = typer.Argument(..., help="일의 이름(예: sentiment)"), published: Path | None = PUBLISHED
) -> None:
    """그 일을 앞서 서비스하던 모델로 되돌려요.

    예: daedap runs rollback sentiment
    """
    from nlu.transfer.runs import rollback

    served = rollback(_published(published), task)
    where = f"이제 {served.name} 모델이 서비스해요." if served else "이제 함께 배포된 모델이 서비스해요."
    typer.echo(f"{task}: 되돌렸어요. {where} 서버를 다시 시작하면 쓰여요.")


def _runs(folder: Path | None) -> Path:
    from bot.settings import BUILT

    return folder or BUILT / "runs"


def _published(folder: Path | None) -> Path:
    from bot.settings import BUILT

    return folder or BUILT / "published"


def _record(runs: Path | None, name: str):
    from nlu.transfer.runs import RUN_FILE, load_run

    folder = _runs(runs) / name
    if not (folder / RUN_FILE).is_file():
        raise FileNotFoundError(f"{folder}: 이런 이름의 학습 기록이 없어요. daedap runs list로 이름을 볼 수 있어요.")
    return load_run(folder)


def _is_copy_of(record, served: Path | None) -> bool:
    return served is not None and served.name.rpartition("@")[0] == record.name


def _status(record) -> str:
    return {"finished": "끝남", "running": "끝나지 않음"}.get(record.status, record.status)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}분" if seconds >= 60 else f"{seconds:.0f}초"


def _metrics(metrics: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in metrics.items()) or "-"


def _print_table(header: list[str], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*header, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)
