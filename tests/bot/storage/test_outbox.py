"""What is kept while the database is away gets there once, in order, whatever happens meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime

import pytest
import sqlalchemy as sa

from bot.settings import ROOT
from bot.storage.database import open_database
from bot.storage.kept_rows import KeptRows
from bot.storage.outbox import Change, Outbox, kept_file
from bot.storage.tables import feedback, turns, unanswered

AT = datetime(2026, 11, 23, 1, 2, 3)


def turn(number, **more):
    values = {"key": f"t{number}", "sender": "web-1", "channel": "web", "asked_at": AT, "text": f"질문 {number} 😀"}
    return values | {"kind": "faq", "latency_ms": 12.5, "replies": 1} | more


def keys(url, table=turns):
    with open_database(url).connect() as connection:
        return connection.execute(sa.select(table.c.key).order_by(table.c.id)).scalars().all()


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class AwayOutbox(Outbox):
    """One whose database fails as long as a test says."""

    away = True

    def _write(self, rows):
        if self.away:
            raise sa.exc.OperationalError("", {}, Exception("away"))
        super()._write(rows)


@pytest.fixture
def outbox(database_url, tmp_path):
    opened = Outbox(database_url, tmp_path / "rows.kept")
    yield opened
    opened.close()


def test_a_row_is_written_at_once_and_a_second_time_not_again(outbox):
    assert outbox.write(turns, turn(1)) and outbox.write(turns, turn(1))
    assert keys(outbox.url) == ["t1"]
    assert outbox.rows.count() == 0


def test_what_is_kept_is_written_in_the_background_as_it_was(outbox):
    outbox.keep(turns, turn(1), turn(2))
    until(lambda: outbox.rows.count() == 0)
    with open_database(outbox.url).connect() as connection:
        first, second = connection.execute(sa.select(turns).order_by(turns.c.id))
    assert (first.key, first.asked_at, first.text, second.key) == ("t1", AT, "질문 1 😀", "t2")


def test_a_row_without_a_key_is_refused(outbox):
    with pytest.raises(ValueError, match="turns has no key"):
        outbox.write(turns, turn(1) | {"key": ""})


def test_a_try_whose_end_nobody_knows_is_written_once(outbox):
    outbox.write(turns, turn(1))
    outbox.rows.put("add", "turns", [turn(1), turn(2)])
    assert outbox.write_out() == 2
    assert keys(outbox.url) == ["t1", "t2"]


def test_while_the_database_is_away_rows_wait_and_come_in_their_order(database_url, tmp_path):
    outbox = AwayOutbox(database_url, tmp_path / "rows.kept")
    outbox.keep(turns, turn(1))
    until(lambda: outbox.is_away)
    assert not outbox.write(turns, turn(2))
    assert [row.values["key"] for row in outbox.rows.of("turns", "web-1")] == ["t1", "t2"]
    assert not outbox.rows.has("turns", "web-2")
    outbox.away = False
    until(lambda: outbox.rows.count() == 0)
    assert keys(database_url) == ["t1", "t2"]
    assert not outbox.is_away
    outbox.close()


def test_a_row_that_nobody_takes_holds_up_no_other(outbox):
    outbox.rows.put("add", "turns", [turn(1), turn(2, text=None), {"key": "t3", "of": "another version"}, turn(4)])
    outbox.write_out()
    assert keys(outbox.url) == ["t1", "t4"]
    assert [row.values["key"] for row, _ in outbox.rows.refused()] == ["t2", "t3"]
    assert outbox.rows.count() == 0


def rating(thumb):
    values = {"key": "a1", "sender": "web-1", "channel": "web", "given_at": AT, "thumb": thumb}
    return values | {"question": "반품?", "answer": "7일"}


def test_the_last_thumb_counts_and_may_be_taken_back(outbox):
    outbox.rows.put("put", "feedback", [rating("up"), rating("down")])
    outbox.write_out()
    with open_database(outbox.url).connect() as connection:
        assert connection.execute(sa.select(feedback.c.thumb)).scalars().all() == ["down"]
    assert outbox.write(feedback, {"key": "a1"}, Change.DROP)
    assert keys(outbox.url, feedback) == []


def test_many_threads_and_two_that_empty_the_file_write_each_row_once(database_url, tmp_path):
    outboxes = [Outbox(database_url, tmp_path / "rows.kept") for _ in range(2)]
    open_database(database_url)

    def work(start):
        for number in range(start, start + 25):
            outboxes[number % 2].keep(turns, turn(number))

    threads = [threading.Thread(target=work, args=(25 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: outboxes[0].rows.count() == 0)
    for outbox in outboxes:
        outbox.close()
    assert sorted(keys(database_url)) == sorted(f"t{number}" for number in range(200))


WRITER = """
import sys
from datetime import datetime
from pathlib import Path
from bot.storage.kept_rows import KeptRows
rows = KeptRows(Path(sys.argv[1]))
for number in range(10_000):
    rows.put("add", "unanswered", [{"key": f"k{number}", "asked_at": datetime(2026, 11, 23), "channel": "web",
                                    "question": "?", "candidates": "[]"}])
    print(number, flush=True)
"""


def test_kill_9_loses_nothing_that_was_said_to_be_kept(database_url, tmp_path):
    path = tmp_path / "rows.kept"
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    said = -1
    for line in process.stdout:
        said = int(line)
        if said == 50:
            os.kill(process.pid, signal.SIGKILL)
    process.wait()
    outbox = Outbox(database_url, path)
    outbox.write_out()
    written = keys(database_url, unanswered)
    assert written[: said + 1] == [f"k{number}" for number in range(said + 1)]
    assert len(written) == len(set(written))
    outbox.close()


@pytest.mark.postgres
def test_kill_9_of_postgresql(tmp_path):
    from .postgres_server import Postgres, find_programs

    if find_programs() is None:
        pytest.skip("PostgreSQL is not installed here (apt-get install postgresql)")
    server = Postgres()
    try:
        server.start()
        outbox = Outbox(server.create("killed"), tmp_path / "rows.kept")
        assert outbox.write(turns, turn(1))
        server.kill()
        assert not outbox.write(turns, turn(2))
        outbox.keep(turns, turn(3))
        server.start()
        until(lambda: outbox.rows.count() == 0, seconds=30)
        assert keys(outbox.url) == ["t1", "t2", "t3"]
        outbox.close()
    finally:
        server.remove()


def test_each_database_has_its_own_file(tmp_path):
    assert kept_file(f"sqlite:///{tmp_path}/a.db") == tmp_path / "a.db.kept"
    one, other = kept_file("postgresql://u:secret@h/a"), kept_file("postgresql://u:secret@h/b")
    assert one != other and "secret" not in str(one)
    assert kept_file("postgresql://u:new@h/a") == one


def test_what_waits_of_a_person_is_forgotten(tmp_path):
    rows = KeptRows(tmp_path / "rows.kept")
    rows.put("add", "turns", [turn(1), turn(2)], owner="web-1")
    rows.put("add", "turns", [turn(3)], owner="web-2")
    rows.refuse(rows.first(1)[0].id, "wrong")
    assert rows.forget("web-1") == 2
    assert [row.values["key"] for row in rows.first(9)] == ["t3"]
    rows.close()
