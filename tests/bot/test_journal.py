from datetime import datetime, timedelta, timezone
from threading import Thread

from bot.answer import Candidate
from bot.journal import Journal, Settled
from bot.storage.outbox import Outbox


def journal_at(tmp_path):
    return Journal(f"sqlite:///{tmp_path / 'new folder' / 'j.db'}")


def test_a_question_is_written_down_with_time_channel_and_candidates_and_masked(tmp_path):
    journal = journal_at(tmp_path)
    candidates = (Candidate("F1", "반품 되나요?", 0.25), Candidate("F2", "교환 되나요?", 0.125))
    assert journal.write_unanswered("010-1234-5678로 연락 주세요", "kakao", candidates, "kakao-1")
    (row,) = journal.unanswered()
    assert (row.channel, row.question, row.candidates) == ("kakao", "[전화번호]로 연락 주세요", candidates)
    assert abs(row.asked_at - datetime.now(timezone.utc).replace(tzinfo=None)) < timedelta(minutes=1)


def test_newest_first_and_kept_over_reopening(tmp_path):
    journal = journal_at(tmp_path)
    for question in ("하나", "둘", "셋"):
        journal.write_unanswered(question, "cli", ())
    journal.close()
    assert [row.question for row in journal_at(tmp_path).unanswered(limit=2)] == ["셋", "둘"]


def test_odd_text_is_stored(tmp_path):
    journal = journal_at(tmp_path)
    journal.write_unanswered("'; DROP TABLE unanswered; -- 😀 \ud83d\0", "cli", ())
    journal.write_unanswered("가" * 10_000, "x" * 100, ())
    long, odd = journal.unanswered()
    assert odd.question == "'; DROP TABLE unanswered; -- 😀 ?"
    assert (len(long.question), len(long.channel)) == (2_000, 40)


def test_several_threads_write(tmp_path):
    journal = journal_at(tmp_path)
    threads = [Thread(target=journal.write_unanswered, args=(f"질문 {i}", "cli", ())) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row.question for row in journal.unanswered()) == [f"질문 {i}" for i in range(8)]


def test_settled_questions_are_listed_no_more(tmp_path):
    journal = journal_at(tmp_path)
    for question in ("하나", "둘", "셋"):
        journal.write_unanswered(question, "cli", ())
    three, two, one = (row.id for row in journal.unanswered())
    assert journal.settle([one, two], Settled.ADDED, "F1") == 2
    assert journal.settle([one, three], Settled.DISMISSED) == 1
    assert journal.unanswered() == []


def test_while_the_database_is_away_a_question_is_kept(tmp_path, monkeypatch):
    url = "postgresql://daedap@127.0.0.1:1/daedap"
    outbox = Outbox(url, tmp_path / "rows.kept")
    monkeypatch.setattr("bot.journal.open_outbox", lambda _: outbox)
    assert not Journal(url).write_unanswered("날씨 010-1234-5678", "web", (), "web-1")
    (kept,) = outbox.rows.of("unanswered", "web-1")
    assert kept.values["question"] == "날씨 [전화번호]"
    outbox.close()
