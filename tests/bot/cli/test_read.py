"""`daedap read` with texts it cannot take, and with a very long one."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.cli.read import MAX_CONTEXT_BYTES
from bot.settings import ROOT

LONG = """
import json, sys
from pathlib import Path
from typer.testing import CliRunner
from bot.cli import app
command = ["read", "-q", "필터는 몇 개월마다 청소해요?", "-c", sys.argv[1], "--json"]
found = CliRunner().invoke(app, command, catch_exceptions=False)
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]  # getrusage's would begin with the parent's
print(json.dumps({"out": json.loads(found.stdout), "mb": int(peak) / 1024}))
"""


def read(context, question="언제?"):
    return CliRunner().invoke(app, ["read", "--question", question, "--context", str(context), "--json"])


def test_a_missing_text_is_named(tmp_path):
    found = read(tmp_path / "none.txt")
    assert isinstance(found.exception, FileNotFoundError) and "파일이 없어요" in str(found.exception)


def test_another_encoding_is_named(tmp_path):
    path = tmp_path / "euc.txt"
    path.write_bytes("세종은 한글을 만들었다.".encode("euc-kr"))
    found = read(path)
    assert isinstance(found.exception, ValueError) and "UTF-8" in str(found.exception)


def test_a_far_too_long_text_is_refused(tmp_path):
    path = tmp_path / "long.txt"
    with path.open("wb") as file:
        file.truncate(MAX_CONTEXT_BYTES + 1)
    found = read(path)
    assert isinstance(found.exception, ValueError) and "너무 길어요" in str(found.exception)


@pytest.mark.parametrize(("question", "text"), [("", "세종은 한글을 만들었다."), ("언제?", ""), ("언제?", " \n\t"), (" ", "")])
def test_an_empty_question_or_text_gives_no_answer(question, text, tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(text, encoding="utf-8")
    found = read(path, question)
    document = json.loads(found.stdout)
    assert found.exit_code == 0 and (document["answer"], document["start"], document["confidence"]) == (None, None, 0.0)


@pytest.mark.slow
def test_five_megabytes_are_answered_in_bounded_memory(tmp_path):
    text = "세종은 조선의 네 번째 왕이다. " * 60_000 + "\n필터는 6개월마다 청소해 주세요.\n" + "이순신은 장군이다. " * 100_000
    path = tmp_path / "long.txt"
    path.write_text(text, encoding="utf-8")
    assert path.stat().st_size > 5_000_000
    run = subprocess.run([sys.executable, "-c", LONG, str(path)], capture_output=True, text=True, cwd=ROOT, check=True)
    found = json.loads(run.stdout)
    answer = found["out"]
    assert answer["answer"] is None or text[answer["start"] : answer["end"]] == answer["answer"]
    assert found["mb"] < 1_500
