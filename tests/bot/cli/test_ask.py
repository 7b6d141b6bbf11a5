"""`daedap ask` over the demo's index and the reader that ships."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT

DAEDAP = str(Path(sys.executable).parent / "daedap")


def ask(question, *options):
    run = subprocess.run([DAEDAP, "ask", question, *options], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.slow
def test_json_is_one_document_with_the_promised_fields(built):
    document = json.loads(ask("배송비는 얼마예요?", "--json"))
    assert list(document) == [
        "question", "kind", "answer", "confidence", "evidence", "source", "candidates", "latency_ms",
    ]  # fmt: skip
    assert list(document["source"]) == ["document", "title", "section", "page", "start", "end"]
    assert document["kind"] == "faq"
    assert document["candidates"][0]["id"] == document["source"]["document"]


@pytest.mark.slow
def test_without_json_the_answer_and_its_source_are_printed(built):
    lines = ask("배송비는 얼마예요?").splitlines()
    assert lines[-1].startswith("출처: 자주 묻는 질문")
