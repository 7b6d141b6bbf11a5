"""`daedap train sentence`, `daedap train ranking` and `daedap train retrieval`: learning to search."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import typer

ROOT = Path(__file__).resolve().parents[2]
OWN = typer.Option(ROOT / "data" / "training", "--own", help="우리가 쓴 학습 자료 폴더")
SHARED = typer.Option(None, "--shared", help="공개 말뭉치 폴더(similarity, korquad, tydiqa, dialogue)")
FOLDS = 3


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("sentence")(sentence)
    app.command("ranking")(ranking)
    app.command("retrieval")(retrieval)


def sentence(
    out: Path = typer.Option(..., "--out", help="문장 벡터를 둘 폴더"),
    own: Path = OWN,
    shared: Path | None = SHARED,
    corpus: Path | None = typer.Option(None, "--corpus", help="한 줄에 글 하나(제목 탭 본문)인 말뭉치"),
    faq: list[Path] | None = typer.Option(None, "--faq", help="함께 배울 FAQ 파일"),
    steps: int = typer.Option(300, "--steps", min=1),
    folds: bool = typer.Option(False, "--folds/--no-folds", help="순위 학습에 쓸 교차 모델도 만들어요."),
) -> None:
    """문장 벡터를 대조 학습해요. 묶음마다 뜻이 같은 말이 든 자료를 써요.

    예: daedap train sentence --shared 공유자료 --corpus kowiki.txt --folds --out .work/sentence
    """
    from nlu.sentence_vectors import WORDS
    from nlu.vectors import StaticVectors
    from retrieval.ingest import read_faq
    from retrieval.training.contrastive import ContrastiveConfig, group_rows, train
    from retrieval.training.groups import faq_groups
    from retrieval.training.sources import SHARES, noisy, read_sources

    start, config = StaticVectors.load(WORDS), ContrastiveConfig(steps=steps)
    for fold in (None, *range(FOLDS if folds else 0)):
        sources = read_sources(own, shared, start, fold=fold, folds=FOLDS, vary=noisy, corpus=corpus)
        if faq and fold is None:
            sources.train["faq"] = group_rows(faq_groups(read_faq(faq)[0]), start)
        made_by = f"daedap train sentence, {steps} steps of {config.batch}"
        trained = train(start, sources.train, SHARES, sources.validation, config, source=made_by)
        folder = out if fold is None else out.with_name(f"{out.name}-folds") / str(fold)
        trained.vectors.save(folder)
        best = max(recall for _, recall in trained.history)
        name = "문장 벡터" if fold is None else f"교차 모델 {fold}"
        typer.echo(f"{name}를 {folder}에 두었어요. 검증 recall@1 {trained.history[0][1]:.3f} → {best:.3f}")


def ranking(
    faq: list[Path] = typer.Option([ROOT / "data" / "faq" / "daedap.csv"], "--faq", help="FAQ 파일"),
    queries: Path | None = typer.Option(None, "--queries", help="이 FAQ에 물은 말: question, id 열이 있는 CSV"),
    out_of_scope: Path | None = typer.Option(None, "--out-of-scope", help="답이 없는 물음: question 열이 있는 CSV"),
    vectors: str | None = typer.Option(None, "--vectors", help="문장 벡터 폴더나 허브 이름. 없으면 함께 온 것"),
    folds: Path | None = typer.Option(None, "--folds", help="교차 모델 폴더(`daedap train sentence --folds`가 만든 `…-folds`)"),
    own: Path = OWN,
    shared: Path | None = SHARED,
    passages: bool = typer.Option(True, "--passages/--no-passages", help="문단 찾기의 가중치도 새로 배워요."),
    out: Path | None = typer.Option(None, "--out", help="가중치 파일. 없으면 retrieval/ranking.json"),
) -> None:
    """검색 가중치와 확신도를 다시 배워요. 모델이 바뀌면 한 번 돌려요.

    예: daedap train ranking --shared 공유자료 --queries tests/data/faq_queries.csv \\
    --out-of-scope tests/data/out_of_scope.csv --folds .work/sentence-folds
    """
    from nlu.sentence_vectors import load_vectors
    from retrieval.fusion import RANKING_FILE, default_ranking
    from retrieval.ingest import read_faq
    from retrieval.training.learn import gather, learn, passage_cases, read_asked, read_talk
    from retrieval.training.ranking import fit_weights

    entries, problems = read_faq(faq)
    for problem in problems:
        typer.echo(f"! {problem}", err=True)
    loaded = load_vectors(vectors)
    fold_vectors = [load_vectors(folder) for folder in sorted(folds.iterdir())] if folds else []
    talk = read_talk(shared / "dialogue" / "ChatbotData.csv" if shared else None)
    material = gather(own / "paraphrases.csv", read_asked(entries, queries, out_of_scope), talk, loaded, fold_vectors)
    files = [
        *sorted(own.glob("reading_train*.jsonl")),
        *([shared / "korquad" / "korquad_v2.1_dev_windows.jsonl"] if shared else []),
    ]
    weights = fit_weights([passage_cases(files, loaded)]) if passages else default_ranking().passage_weights
    learned, report = learn(material, loaded, weights)
    target = out or RANKING_FILE
    document = {**learned.to_json(), "fitted_by": "daedap train ranking", "report": report}
    target.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    typer.echo(f"가중치를 {target}에 두었어요.")


def retrieval(
    faq: list[Path] = typer.Option(..., "--faq", help="회사 FAQ 파일(CSV, XLSX). 여러 번 쓸 수 있어요."),
    out: Path = typer.Option(Path(".daedap/sentence"), "--out", help="맞춘 문장 벡터를 둘 폴더"),
    steps: int = typer.Option(120, "--steps", min=1),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """문장 벡터를 회사의 FAQ에 맞춰요. 남겨 둔 표현으로 재서 나빠지면 내놓지 않아요.

    예: daedap train retrieval --faq my.csv --out .daedap/sentence
    """
    from dataclasses import asdict

    from bot.cli.output import print_json
    from nlu.sentence_vectors import SENTENCES, WORDS
    from nlu.vectors import StaticVectors
    from retrieval.ingest import read_faq
    from retrieval.training.adaptation import adapt

    entries, problems = read_faq(faq)
    for problem in problems:
        typer.echo(f"! {problem}", err=True)
    adapted = adapt(entries, StaticVectors.load(SENTENCES), StaticVectors.load(WORDS), steps=steps)
    if adapted.is_better:
        unfinished = out.with_name(f".{out.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        adapted.vectors.save(unfinished)
        shutil.rmtree(out, ignore_errors=True)
        unfinished.rename(out)
    if as_json:
        print_json({**asdict(adapted.result), "published": adapted.is_better, "out": out})
    else:
        result = adapted.result
        typer.echo(f"남겨 둔 표현 {result.n:,}개: recall@1 {result.before:.3f} → {result.after:.3f}")
        if adapted.is_better:
            typer.echo(f'{out}에 두었어요. daedap.toml에 vectors = "{out}" 을 쓰고 색인을 다시 만들면 이 벡터로 찾아요.')
    if not adapted.is_better:
        raise ValueError("맞춘 벡터가 전보다 낫지 않아서 내놓지 않았어요. 전의 것을 그대로 써요.")
