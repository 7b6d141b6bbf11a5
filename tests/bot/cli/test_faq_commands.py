"""`daedap faq` and `daedap manuals` on the bakery's index."""

import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings
from retrieval.building import build_index
from retrieval.catalog import live_entries
from retrieval.ingest import read_faq

BAKERY = Path(__file__).resolve().parents[2] / "data" / "bakery"
runner = CliRunner()


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("faq") / "index"
    build_index([BAKERY / "faq.csv"], [BAKERY / "manuals" / "위생-규정.html"], folder, vectors=Settings.load().vectors)
    return folder


@pytest.fixture
def index(built, tmp_path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "index"))


def call(index: Path, *arguments: object):
    found = runner.invoke(app, [*map(str, arguments), "--index", str(index)])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found


def answer(index: Path, *arguments: object):
    return json.loads(call(index, *arguments, "--json").stdout)


def by_id(index: Path):
    return {entry.id: entry for entry in live_entries(index)}


def test_add_edit_remove_and_their_history(index):
    added = answer(
        index, "faq", "add", "--question", "주차할 수 있나요?", "--answer", "두 시간 무료예요.", "--id", "park",
        "--phrasing", "주차장", "--phrasing", "차 가져가도 돼요?", "--valid-to", "2099-12-31",
        "--audience", "internal", "--by", "김대리",
    )  # fmt: skip
    assert (added["added"], added["changed"], added["removed"], added["unchanged"]) == (["park"], [], [], 0)
    entry = by_id(index)["park"]
    assert (entry.phrasings, entry.valid_to.isoformat(), entry.audience.value) == (
        ("주차장", "차 가져가도 돼요?"), "2099-12-31", "internal"
    )  # fmt: skip
    assert "고침 1개(park)" in call(index, "faq", "edit", "park", "--answer", "이제 유료예요.", "--valid-to", "").stdout
    entry = by_id(index)["park"]
    assert (entry.question, entry.answer, entry.valid_to) == ("주차할 수 있나요?", "이제 유료예요.", None)
    assert "지움 1개(park)" in call(index, "faq", "remove", "park").stdout
    assert "park" not in by_id(index)
    changes = answer(index, "faq", "history", "park")
    assert [(c["action"], c["item"]) for c in changes] == [("remove", "park"), ("edit", "park"), ("add", "park")]
    assert changes[-1]["who"] == "김대리" and changes[-1]["at"].endswith("Z")
    told = call(index, "faq", "history").stdout
    assert "김대리: park 더함" in told and "answer: 두 시간 무료예요. → 이제 유료예요." in told


def test_an_id_is_made_of_the_question(index):
    (made,) = answer(index, "faq", "add", "--question", "주차할 수 있나요?", "--answer", "네")["added"]
    assert made.startswith("faq-") and by_id(index)[made].answer == "네"


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_what_is_exported_can_be_imported(index, tmp_path, suffix):
    extra = ["--answer", "=1+1\n둘째 줄, \"따옴표\"", "--valid-from", "2020-01-01", "--phrasing", "몇 개예요"]
    answer(index, "faq", "add", "--question", "식이 뭐예요?", *extra)
    file = tmp_path / f"내보낸 것.{suffix}"
    assert answer(index, "faq", "export", file)["entries"] == 7
    assert read_faq([file]) == (list(live_entries(index)), [])
    found = answer(index, "faq", "import", file)
    assert (found["unchanged"], found["added"], found["changed"], found["removed"]) == (7, [], [], [])


def test_import_with_other_headings_reports_and_replaces(index, tmp_path):
    book = openpyxl.Workbook()
    rows = [["bread-04", "쉬는 날이 언제예요?", "안 쉬어요."], ["x", "택배 되나요?", "네"], ["y", "🙂", "네"]]
    for row in (["id", "문의", "처리"], *rows):
        book.active.append(row)
    book.save(tmp_path / "new.xlsx")
    columns = ["--column", "question=문의", "--column", "answer=처리"]
    found = answer(index, "faq", "import", tmp_path / "new.xlsx", *columns)
    assert (found["added"], found["changed"], found["removed"], found["problems"]) == (["x"], ["bread-04"], [], 1)
    assert by_id(index)["bread-04"].answer == "안 쉬어요." and len(by_id(index)) == 7
    found = answer(index, "faq", "import", tmp_path / "new.xlsx", *columns, "--replace")
    assert len(found["removed"]) == 5 and set(by_id(index)) == {"bread-04", "x"}


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["faq", "remove", "없음"], "id '없음'인 것이 없어요"),
        (["faq", "edit", "bread-04"], "고칠 것을 하나는 알려 주세요"),
        (["faq", "edit", "bread-04", "--valid-to", "내일"], "종료일 '내일'을\\(를\\) 날짜로 읽을 수 없어요"),
        (["faq", "add", "--question", "?!", "--answer", "네"], "글자가 없어서"),
        (["faq", "add", "--question", "쉬어요?", "--answer", "네", "--id", "bread-04"], "이미 있어요"),
        (["faq", "import", str(BAKERY / "faq.csv"), "--column", "question"], "'항목=열 이름'으로 적어 주세요"),
        (["faq", "export", "faq.pdf"], ".csv나 .xlsx"),
        (["manuals", "remove", "없음"], "id '없음'인 것이 없어요"),
    ],
)
def test_what_is_wrong_is_said(index, arguments, message):
    with pytest.raises(ValueError, match=message):
        call(index, *arguments)


def test_a_missing_index_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="daedap index --faq"):
        call(tmp_path / "none", "faq", "add", "--question", "쉬어요?", "--answer", "네")


def test_manuals_are_added_and_removed(index):
    found = answer(index, "manuals", "add", BAKERY / "manuals")
    assert (found["added"], found["changed"]) == (["오븐-사용법"], ["위생-규정"])
    hits = json.loads(call(index, "search", "passages", "바게트 온도", "--json").stdout)["hits"]
    assert hits[0]["document"] == "오븐-사용법"
    assert answer(index, "manuals", "remove", "오븐-사용법")["removed"] == ["오븐-사용법"]
    hits = json.loads(call(index, "search", "passages", "바게트 온도", "--json").stdout)["hits"]
    assert {hit["document"] for hit in hits} <= {"위생-규정"}


def test_a_whole_build_tells_of_edits_that_it_loses(index):
    call(index, "faq", "remove", "bread-04")
    found = runner.invoke(app, ["index", "--faq", str(BAKERY / "faq.csv"), "--out", str(index)])
    assert found.exit_code == 0 and "명령으로 고친 것 1건은" in found.output
    assert [change["item"] for change in answer(index, "faq", "history")] == ["bread-04"]
    assert "bread-04" in by_id(index)
