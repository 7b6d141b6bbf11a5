"""`daedap unanswered`, `report`, `retention` and `forget` on a database and the bakery's index."""

import json
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot.cli import app
from bot.journal import Journal
from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.tables import turns, unanswered
from retrieval.building import build_index
from retrieval.catalog import live_entries

BAKERY = Path(__file__).resolve().parents[2] / "data" / "bakery"
runner = CliRunner()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("storage") / "index"
    build_index([BAKERY / "faq.csv"], [], folder, vectors=Settings.load().vectors)
    return folder


@pytest.fixture
def company(built, tmp_path, monkeypatch):
    """A company's folder with a configuration; its database."""
    shutil.copytree(built, tmp_path / "index")
    url = f"sqlite:///{tmp_path / 'd.db'}"
    config = tmp_path / "daedap.toml"
    lines = ['index = "index"', f'database_url = "{url}"', "[web]", 'conversations = "web.db"', "[storage]", "keep_days = 30"]
    config.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("DAEDAP_CONFIG", str(config))
    monkeypatch.delenv("DAEDAP_DATABASE_URL", raising=False)
    return url


def call(*arguments, code=0):
    found = runner.invoke(app, [*map(str, arguments)])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == code, found.output
    return found.stdout


def test_a_gap_is_listed_shown_added_and_gone(company, tmp_path):
    journal = Journal(company)
    for text in ("주차할 곳이 있나요?", "주차장 있어요?", "내일 비 와요?"):
        journal.write_unanswered(text, "web", ())
    listed = json.loads(call("unanswered", "--json"))
    assert [(gap["number"], gap["asked"]) for gap in listed] == [(1, 2), (3, 1)]
    assert "주차장 있어요?" in call("unanswered")
    assert "1번  주차장 있어요?" in call("unanswered", "show", 2)
    assert "park" in call("unanswered", "add", 1, "--answer", "지하에 무료예요.", "--id", "park", "--by", "나")
    (entry,) = [one for one in live_entries(tmp_path / "index") if one.id == "park"]
    assert {entry.question, *entry.phrasings} == {"주차할 곳이 있나요?", "주차장 있어요?"}
    assert "1개를" in call("unanswered", "dismiss", 3)
    assert "없어요" in call("unanswered")
    with pytest.raises(ValueError, match="번호 3"):
        call("unanswered", "show", 3)


def test_a_report_of_a_week(company, tmp_path):
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    row = {"sender": "web-1", "channel": "web", "text": "반품?", "kind": "faq", "source": "F1", "latency_ms": 5.0, "replies": 1}
    with open_database(company).begin() as connection:
        connection.execute(turns.insert(), [row | {"key": str(n), "asked_at": now - timedelta(days=n)} for n in (1, 2, 9)])
    out = tmp_path / "out" / "report.html"
    found = json.loads(call("report", "--days", 7, "--out", out, "--json"))
    assert (found["conversations"], found["questions"], found["answered"]) == (2, 2, 1.0)
    assert "<svg" in out.read_text(encoding="utf-8")
    printed = call("report", "--days", 30, "--out", out)
    assert "3번" in printed and str(out) in printed.replace("\n", "")


def test_the_page_lies_beside_the_company_s_own_index(company, tmp_path):
    call("report")
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")


def old_and_new(company):
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    with open_database(company).begin() as connection:
        for days in (1, 31):
            row = {
                "asked_at": now - timedelta(days=days),
                "channel": "web",
                "sender": "web-1",
                "question": "?",
                "candidates": "[]",
            }
            connection.execute(unanswered.insert().values(row))


def count(company):
    with open_database(company).connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(unanswered)).scalar()


def test_what_is_old_is_deleted(company):
    old_and_new(company)
    assert json.loads(call("retention", "--dry-run", "--json"))["deleted"]["unanswered"] == 1
    assert count(company) == 2
    assert "답하지 못한 질문 1건" in call("retention")
    assert count(company) == 1
    assert "지울 것이 없어요." in call("retention")


def test_a_person_is_forgotten_only_when_it_is_meant(company):
    old_and_new(company)
    assert "답하지 못한 질문: 2건" in call("forget", "web-1", "--dry-run")
    with pytest.raises(ValueError, match="--yes"):
        call("forget", "web-1")
    assert count(company) == 2
    assert "모두 지웠어요." in call("forget", "web-1", "--yes")
    assert count(company) == 0
    assert "기록이 없어요" in call("forget", "web-1", "--yes")
