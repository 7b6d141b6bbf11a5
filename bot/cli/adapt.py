"""`daedap adapt`: let what ships learn from a company's own texts."""

from __future__ import annotations

from pathlib import Path

import typer

adapt_app = typer.Typer(help="모델을 우리 회사 글에 맞춰요. 예: daedap adapt reader --manuals my_folder", no_args_is_help=True)
STAGES = {"before": "지금 모델을 재요.", "training": "설명서를 배워요.", "after": "새 모델을 만들어 재요."}
FAULTS = {
    "gain": "학습하지 않은 문단의 질문을 더 잘 맞히지 못했어요",
    "general": "다른 회사 글의 질문을 전보다 못 맞혀요",
    "silence": "답이 없는 질문을 전보다 못 가려요",
}


def register(app: typer.Typer) -> None:
    """Add the sub-application to `app`."""
    app.add_typer(adapt_app, name="adapt")


@adapt_app.callback()
def adapt() -> None:
    """모델을 우리 회사 글에 맞춰요. 예: daedap adapt reader --manuals my_folder"""


@adapt_app.command("reader")
def adapt_reader(
    manuals: list[Path] = typer.Option(..., "--manuals", help="설명서 폴더. 여러 개를 이어 쓸 수 있어요."),
    faq: list[Path] = typer.Option(None, "--faq", help="FAQ 파일(CSV, XLSX). 답변 글도 함께 배워요."),
    reader: Path = typer.Option(None, "--reader", help="시작할 독해 모델 폴더. 기본은 지금 서비스하는 모델"),
    max_minutes: float = typer.Option(20.0, min=0.01, help="길어도 이만큼만 학습해요(분)."),
    threads: int = typer.Option(None, min=1, help="계산에 쓸 스레드 수"),
    runs: Path = typer.Option(None, "--runs", help="학습 기록이 있는 폴더. 기본은 .daedap/runs"),
    published: Path = typer.Option(None, "--published", help="서비스할 모델을 두는 폴더. 기본은 .daedap/published"),
    publish: bool = typer.Option(True, "--publish/--no-publish", help="나아졌으면 바로 서비스에 올려요."),
    fresh: bool = typer.Option(False, "--fresh", help="이어 하지 않고 처음부터 해요."),
    as_json: bool = typer.Option(False, "--json", help="JSON 한 개로 보여 줘요."),
) -> None:
    """독해 모델을 우리 회사 설명서에 맞춰요. 정답을 달 필요가 없어요.

    설명서로 질문을 만들어 더 배우고, 따로 떼어 둔 문단에서 나아졌는지와 다른 글을 잊지 않았는지 확인한 뒤에만
    서비스에 올려요. 아니면 지금 모델을 그대로 써요. 멈추었다 다시 부르면 이어서 해요.

    예: daedap adapt reader --manuals my_folder --faq my.csv --max-minutes 10
    """
    import logging
    import shutil
    from dataclasses import asdict

    from bot.cli.output import print_json
    from bot.settings import BUILT, ROOT, Settings
    from mrc.adaptation import AdaptationConfig, finished, run_name
    from mrc.adaptation import adapt as adapt_to
    from nlu.transfer.runs import publish as publish_run

    logging.getLogger().setLevel(logging.INFO)
    settings = Settings.load(reader=reader)
    texts = company_texts(manuals, faq or [])
    config = AdaptationConfig(max_minutes=max_minutes, threads=threads)
    folder = (runs or BUILT / "runs") / run_name(texts, settings.reader, config)
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    if finished(folder) is not None:
        raise ValueError(
            f"같은 글과 같은 모델로 이미 맞춰 보았어요. 결과는 daedap runs show {folder.name} 으로 볼 수 있고, "
            "다시 하려면 --fresh를 붙여 주세요."
        )
    typer.echo(f"문단 {len(texts):,}개에서 질문을 만들어 배워요. 길어도 {max_minutes:g}분이에요. (기록: {folder})", err=True)
    general = ROOT / "data" / "training"
    found = adapt_to(
        texts, settings.reader, folder, sorted(general.glob("reading_train*.jsonl")), general / "manual_reading_validation.jsonl",
        config, cache=BUILT / "reader-cache", progress=lambda stage: typer.echo(STAGES[stage], err=True),
    )  # fmt: skip
    copy = publish_run(folder, published or BUILT / "published") if publish and found.verdict.is_kept else None
    if as_json:
        document = {"kept": found.verdict.is_kept, "faults": list(found.verdict.faults), "run": folder.name, "published": copy}
        print_json({**document, "before": asdict(found.before), "after": asdict(found.after)})
        return
    before, after = found.before, found.after
    typer.echo(f"만든 질문 {found.training_questions:,}개로 배우고 {found.held_out_questions:,}개로 확인했어요.")
    typer.echo(f"우리 글의 만든 질문 F1 {before.company_f1:.1f} → {after.company_f1:.1f}")
    typer.echo(f"다른 글의 질문 F1 {before.general_f1:.1f} → {after.general_f1:.1f}")
    typer.echo(f"답이 있는지 가리기(AUROC) {before.general_auroc:.3f} → {after.general_auroc:.3f}")
    if not found.verdict.is_kept:
        typer.echo(f"그래서 지금 모델을 그대로 써요: {', '.join(FAULTS[fault] for fault in found.verdict.faults)}.")
    elif copy is None:
        typer.echo(f"나아졌어요. 서비스에 올리려면: daedap runs publish {folder.name}")
    else:
        typer.echo("나아져서 서비스에 올렸어요. 서버를 다시 시작하면 쓰여요. 되돌리려면: daedap runs rollback reader")


def company_texts(manuals: list[Path], faq: list[Path]) -> list:
    """The manuals' passages and the FAQ's answers; what cannot be read is said on stderr.

    Raises FileNotFoundError for a path that is not there, ValueError where nothing is left to read.
    """
    from mrc.adaptation import Text
    from retrieval.ingest import read_faq, read_manuals

    for path in (*manuals, *faq):
        if not path.exists():
            raise FileNotFoundError(f"{path}: 파일이나 폴더가 없어요.")
    documents, passages, problems = read_manuals(manuals)
    entries, more = read_faq(faq)
    for problem in (*problems, *more):
        typer.echo(f"! {problem}", err=True)
    by_id = {document.id: document for document in documents}
    texts = [Text(passage.title, by_id[passage.document_id].text[passage.start : passage.end]) for passage in passages]
    texts += [Text(entry.category, entry.answer) for entry in entries]
    if not texts:
        raise ValueError("읽을 글이 없어요. --manuals에 설명서가 든 폴더를 적어 주세요.")
    return texts
