from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.answer import Candidate
from bot.journal import Journal, Unanswered
from bot.report.adding import add_entry, join_entry
from bot.report.gaps import Gap, find_gaps, gap_of, grouped
from bot.settings import Settings
from retrieval.building import build_index
from retrieval.catalog import live_entries
from retrieval.editing import IndexEditor
from retrieval.index import Index

BAKERY = Path(__file__).resolve().parents[2] / "data" / "bakery"
AT = datetime(2026, 11, 20)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gaps") / "index"
    build_index([BAKERY / "faq.csv"], [], folder, vectors=Settings.load().vectors)
    return folder


def asked(*questions):
    """As the journal gives them: the newest first."""
    rows = [Unanswered(at, AT + timedelta(hours=at), "web", text, ()) for at, text in enumerate(questions, start=1)]
    return rows[::-1]


def test_labels_of_vectors_by_hand():
    # a and b 0.9 alike, c orthogonal to both: one cut joins a and b, a higher one joins nobody
    vectors = np.array([[1, 0, 0], [0.9, np.sqrt(1 - 0.81), 0], [0, 0, 1]], np.float32)
    first, second, third = grouped(vectors, same=0.8)
    assert first == second != third
    assert len(set(grouped(vectors, same=0.95))) == 3
    assert list(grouped(vectors[:1])) == [1]


def test_what_means_the_same_is_one_group_and_the_largest_comes_first(index):
    rows = asked("내일 비 와요?", "주차할 곳이 있나요?", "주차장 있어요?", "주차할 곳이 있나요??", "차 댈 데 있나요, 주차요")
    gaps = find_gaps(rows, Index.load(index, Settings.load().vectors))
    assert [(gap.asked, gap.number) for gap in gaps] == [(4, 2), (1, 1)]
    parking = gaps[0]
    assert "주차" in parking.question
    assert dict(parking.wordings)["주차할 곳이 있나요??"] == 2  # the same but for a sign; the newest wording stands for it
    assert parking.ids == (2, 3, 4, 5) and parking.last_asked_at == AT + timedelta(hours=5)
    assert len(parking.nearest) == 3 and all(0 <= one.score <= 1 for one in parking.nearest)
    assert gap_of(gaps, 4) is parking
    with pytest.raises(ValueError, match="번호 9"):
        gap_of(gaps, 9)


def test_nothing_asked(index):
    assert find_gaps([], Index.load(index, Settings.load().vectors)) == []


def test_odd_questions_are_grouped_too(index):
    gaps = find_gaps(asked("😀", "ㅋ", "?", "[전화번호]로 연락 주세요"), Index.load(index, Settings.load().vectors))
    assert sum(gap.asked for gap in gaps) == 4
    assert all("[전화번호]로 연락 주세요" not in gap.phrasings for gap in gaps)


@pytest.fixture
def editor(index, tmp_path):
    import shutil

    copied = shutil.copytree(index, tmp_path / "index")
    return IndexEditor(copied, "tester", Settings.load().vectors, compact=False), copied


@pytest.fixture
def journal(tmp_path):
    opened = Journal(f"sqlite:///{tmp_path / 'd.db'}")
    for text in ("주차할 곳이 있나요?", "주차장 있어요?", "010-1234-5678 주차"):
        opened.write_unanswered(text, "web", ())
    return opened


def gap_in(journal):
    rows = journal.unanswered()
    wordings = tuple((row.question, 1) for row in rows)
    return Gap(rows[-1].id, "주차할 곳이 있나요?", wordings, tuple(row.id for row in rows), AT, (Candidate("F1", "?", 0.2),))


def test_a_gap_becomes_an_entry_with_its_phrasings_and_is_settled(editor, journal):
    edit, folder = editor
    summary = add_entry(edit, journal, gap_in(journal), " 지하에 두 시간까지 무료예요. ", category="매장", entry_id="parking-01")
    assert summary.added == ("parking-01",)
    (entry,) = [one for one in live_entries(folder) if one.id == "parking-01"]
    assert (entry.question, entry.phrasings) == ("주차할 곳이 있나요?", ("주차장 있어요?",))
    assert (entry.answer, entry.category) == ("지하에 두 시간까지 무료예요.", "매장")
    assert journal.unanswered() == []
    hits = Index.load(folder, Settings.load().vectors).search_faq("주차장 있어요?", k=1)
    assert hits[0].entry.id == "parking-01"


def test_a_gap_joins_an_entry_that_is_there(editor, journal):
    edit, folder = editor
    before = {one.id: one for one in live_entries(folder)}
    chosen = sorted(before)[0]
    assert join_entry(edit, journal, gap_in(journal), chosen).changed == (chosen,)
    (entry,) = [one for one in live_entries(folder) if one.id == chosen]
    assert entry.phrasings == (*before[chosen].phrasings, "주차장 있어요?", "주차할 곳이 있나요?")
    assert journal.unanswered() == []


def test_what_the_index_refuses_settles_nothing(editor, journal):
    edit, folder = editor
    with pytest.raises(ValueError):
        join_entry(edit, journal, gap_in(journal), "no-such-entry")
    with pytest.raises(ValueError, match="답변"):
        add_entry(edit, journal, gap_in(journal), " ")
    masked = Gap(1, "[전화번호] 주차", (("[전화번호] 주차", 1),), (1,), AT)
    with pytest.raises(ValueError, match="--question"):
        add_entry(edit, journal, masked, "네")
    assert len(journal.unanswered()) == 3
