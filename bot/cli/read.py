"""`daedap read`: one question, one text."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import typer

MAX_CONTEXT_BYTES = 16_000_000


def register(app: typer.Typer) -> None:
    app.command("read")(read)


def read(
    question: str = typer.Option(..., "--question", "-q", help="질문"),
    context: str = typer.Option(..., "--context", "-c", help="글이 담긴 파일. -이면 표준 입력에서 읽어요."),
    reader: Path = typer.Option(None, "--reader", help="독해 모델 폴더"),
    threads: int = typer.Option(None, min=1, help="계산에 쓸 스레드 수"),
    as_json: bool = typer.Option(False, "--json", help="JSON 한 개로 보여 줘요."),
) -> None:
    """글에서 질문의 답을 찾아요.

    예: daedap read --question "반품은 며칠 안에 해야 하나요?" --context 약관.txt
    """
    from bot.cli.output import print_json
    from bot.settings import Settings
    from mrc.reader import Reader, sentence_around

    settings = Settings.load(reader=reader)
    text = read_context(context)
    loaded = Reader.load(settings.reader, threads=threads or settings.reader_threads)
    loaded.warm_up()
    started = time.perf_counter()
    found = loaded.read(question, [text], 1)
    latency_ms = round(1e3 * (time.perf_counter() - started), 1)
    best = found[0] if found else None
    answer = best if best and best.confidence >= loaded.config.threshold else None
    confidence = round(best.confidence, 4) if best else 0.0
    if as_json:
        span = (
            {"answer": answer.text, "start": answer.start, "end": answer.end}
            if answer
            else {"answer": None, "start": None, "end": None}
        )
        print_json({"question": question, **span, "confidence": confidence, "latency_ms": latency_ms})
    elif answer is None:
        typer.echo("답을 찾지 못했어요.")
    else:
        start, end = sentence_around(text, answer.start, answer.end)
        typer.echo(f"{answer.text}\n  “{text[start:end].strip()}” (확신 {confidence:.0%})")


def read_context(name: str) -> str:
    """The text of a file, or of standard input for `-`; raises ValueError where it is not UTF-8 or far too long."""
    if name != "-" and not Path(name).is_file():
        raise FileNotFoundError(f"{name}: 파일이 없어요.")
    if name == "-":
        data = sys.stdin.buffer.read(MAX_CONTEXT_BYTES + 1)
    else:
        with Path(name).open("rb") as file:
            data = file.read(MAX_CONTEXT_BYTES + 1)
    if len(data) > MAX_CONTEXT_BYTES:
        raise ValueError(f"글이 너무 길어요. {MAX_CONTEXT_BYTES // 1_000_000} MB까지 읽을 수 있어요.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: UTF-8로 된 글이 아니에요. ({error.reason})") from error
