"""`daedap index`, `daedap search`, `daedap evaluate faq|passages` on the bakery's files."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app

BAKERY = Path(__file__).resolve().parents[2] / "data" / "bakery"
runner = CliRunner()


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "index"
    files = ["--faq", str(BAKERY / "faq.csv"), "--manuals", str(BAKERY / "manuals")]
    found = runner.invoke(app, ["index", *files, "--out", str(folder)])
    assert found.exit_code == 0
    assert "파일 3개에서 FAQ 6개와 문단 5개를" in found.output
    return folder


def answer(*arguments: object) -> dict:
    found = runner.invoke(app, [str(argument) for argument in arguments])
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_several_files_after_one_option(tmp_path):
    (tmp_path / "more.csv").write_text("question,answer\n커피도 팔아요?,네\n없음,\n", encoding="utf-8")
    summary = answer("index", "--faq", BAKERY / "faq.csv", tmp_path / "more.csv", "--out", tmp_path / "index", "--json")
    assert (summary["files"], summary["entries"], summary["passages"]) == (2, 7, 0)
    assert [(p["file"], p["row"]) for p in summary["problems"]] == [("more.csv", 3)]


def test_nothing_given_is_refused(tmp_path):
    found = runner.invoke(app, ["index", "--out", str(tmp_path)])
    assert isinstance(found.exception, ValueError)


def test_search_faq(index):
    found = answer("search", "faq", "쉬는 날 언제", "--index", index, "--k", 2, "--json")
    assert set(found) == {"query", "decision", "in_scope", "hits", "latency_ms"}
    assert found["decision"] in ("answer", "offer", "not_here")
    assert (found["query"], len(found["hits"])) == ("쉬는 날 언제", 2)
    assert {key: found["hits"][0][key] for key in ("id", "document", "section", "text")} == {
        "id": "bread-04", "document": "bread-04", "section": "매장", "text": "쉬는 날이 언제예요?"
    }  # fmt: skip


def test_explained_scores_are_the_sum_of_their_parts(index):
    for what, parts in (("faq", 9), ("passages", 3)):
        for hit in answer("search", what, "위생 장갑 교체", "--index", index, "--explain", "--json")["hits"]:
            assert len(hit["parts"]) == parts and sum(hit["parts"].values()) == pytest.approx(hit["score"], abs=2e-3)
    found = runner.invoke(app, ["search", "faq", "쉬는 날 언제", "--index", str(index), "--explain"])
    assert "점수" in found.output and "질문 낱말" in found.output and "→" in found.output


def test_search_passages(index):
    hit = answer("search", "passages", "위생 장갑 교체", "--index", index, "--json")["hits"][0]
    assert (hit["document"], hit["section"]) == ("위생-규정", "손 씻기")
    assert "위생 장갑은 2시간마다 바꿉니다." in hit["text"]


def test_evaluate_faq_and_passages(index, tmp_path):
    (tmp_path / "faq.csv").write_text("question,id\n쉬는 날이 언제예요?,bread-04\n없는 항목,bread-99\n", encoding="utf-8")
    (tmp_path / "passages.csv").write_text("question,document\n생크림 보관,위생-규정\n", encoding="utf-8")
    found = answer("evaluate", "faq", "--index", index, "--queries", tmp_path / "faq.csv", "--json")
    assert (found["n"], found["recall_at_1"], found["recall_at_10"], found["mrr"]) == (2, 0.5, 0.5, 0.5)
    found = answer("evaluate", "passages", "--index", index, "--queries", tmp_path / "passages.csv", "--json")
    assert (found["n"], found["recall_at_1"], found["mrr"]) == (1, 1.0, 1.0)


def test_a_missing_index_names_the_command(tmp_path):
    found = runner.invoke(app, ["search", "faq", "빵", "--index", str(tmp_path / "none")])
    assert isinstance(found.exception, FileNotFoundError) and "daedap index" in str(found.exception)


def test_skipped_files_are_named_at_the_end(tmp_path):
    folder = tmp_path / "manuals"
    folder.mkdir()
    (folder / "빵.md").write_text("빵은 아침마다 굽습니다.", encoding="utf-8")
    (folder / "빈.pdf").write_bytes(b"")
    (folder / "옛.doc").write_bytes(b"{\\rtf1 x}")
    found = runner.invoke(app, ["index", "--manuals", str(folder), "--out", str(tmp_path / "index")])
    assert found.exit_code == 0
    assert "건너뛴 파일 2개: 빈.pdf, 옛.doc" in found.output
    summary = answer("index", "--manuals", folder, "--out", tmp_path / "index", "--json")
    assert summary["skipped_files"] == ["빈.pdf", "옛.doc"]
