"""Serving processes take up new versions: in time, without losing a request, and never a damaged one."""

import json
import subprocess
import sys
import threading
import time

import pytest

from retrieval.documents import FaqEntry
from retrieval.editing import IndexEditor
from retrieval.index import Index
from retrieval.ingest import read_faq
from retrieval.manifest import IndexDamagedError
from retrieval.store import IndexStore
from retrieval.watch import IndexWatch
from tests.retrieval.conftest import BAKERY

NEW = FaqEntry("new", "주차", None, "주차할 수 있나요?", (), "두 시간까지 무료예요.")


@pytest.fixture
def folder(tmp_path, vectors):
    Index.build(read_faq([BAKERY / "faq.csv"])[0], [], [], vectors).save(tmp_path)
    return tmp_path


def wait_for(condition, timeout_s=20.0):
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_a_new_version_is_taken_up_and_keeps_what_was_loaded(folder, vectors):
    first = Index.load(folder, vectors)
    taken = []
    watch = IndexWatch(folder, first, taken.append)
    assert watch.look() is False
    IndexEditor(folder, "나", vectors, compact=False).add(NEW)
    assert watch.look() is True and watch.look() is False
    (index,) = taken
    assert index is watch.index and index.search_faq("주차 되나요", 1)[0].entry == NEW
    assert index.segments[0].segment is first.segments[0].segment and index.manuals is first.manuals
    assert "new" not in {entry.id for entry in first.entries}


@pytest.mark.parametrize("name", ["entries.jsonl", "questions/morphemes.arrays", "segment.json"])
def test_a_damaged_version_is_refused_by_name_and_the_last_good_one_serves(folder, vectors, name, caplog):
    store = IndexStore(folder)
    watch = IndexWatch(folder, Index.load(folder, vectors), lambda index: None)
    good = watch.index.version
    IndexEditor(folder, "나", vectors, compact=False).add(NEW)
    file = store.segment_folder(store.manifest().segments[-1].name) / name
    file.write_bytes(file.read_bytes()[:-1])
    assert watch.look() is False
    assert str(file) in watch.problem and str(file) in caplog.text and good in caplog.text
    assert watch.index.version == good and watch.index.search_faq("쉬는 날", 1)[0].entry.id == "bread-04"
    with pytest.raises(IndexDamagedError):
        Index.load(folder, vectors)
    Index.build([NEW], [], [], vectors).save(folder)
    assert watch.look() is True and watch.problem is None


def test_an_error_of_the_taker_leaves_the_old_one(folder, vectors):
    def refuse(index):
        raise RuntimeError("no")

    watch = IndexWatch(folder, Index.load(folder, vectors), refuse)
    before = watch.index
    IndexEditor(folder, "나", vectors, compact=False).add(NEW)
    assert watch.look() is False and watch.index is before and watch.problem == "no"


def test_no_search_fails_while_versions_come_and_go(folder, vectors):
    serving = {"index": Index.load(folder, vectors)}
    watch = IndexWatch(folder, serving["index"], lambda index: serving.update(index=index), interval_s=0.01).start()
    stop, failures, searched = threading.Event(), [], []

    def ask():
        while not stop.is_set():
            try:
                hits = serving["index"].search_faq("식빵은 어떻게 보관해요?", 1)
                searched.append(hits[0].entry.id)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    editor = IndexEditor(folder, "나", vectors, compact=False)
    for number in range(6):
        editor.put([FaqEntry("new", "주차", None, NEW.question, (), f"{number}시간까지 무료예요.")])
    assert wait_for(lambda: (entry := serving["index"].entry("new")) is not None and entry.answer.startswith("5"))
    stop.set()
    for thread in threads:
        thread.join()
    watch.stop()
    assert failures == [] and set(searched) == {"bread-05"} and watch.problem is None


SERVER = """
import sys, time
from retrieval.index import Index
from retrieval.watch import IndexWatch
watch = IndexWatch(sys.argv[1], Index.load(sys.argv[1]), lambda index: print(index.version, time.time(), flush=True)).start()
watch.index.search_faq("준비")
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_several_processes_take_up_a_change(folder, vectors):
    servers = [
        subprocess.Popen([sys.executable, "-c", SERVER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        assert [server.stdout.readline().strip() for server in servers] == ["ready"] * 2
        version = IndexEditor(folder, "나", vectors, compact=False).add(NEW).version
        assert [server.stdout.readline().split()[0] for server in servers] == [version] * 2
    finally:
        for server in servers:
            server.stdin.close()
            server.wait(10)


BUILDER = """
import sys
from retrieval.documents import FaqEntry
from retrieval.editing import IndexEditor
import retrieval.store
retrieval.store.os.replace = lambda *names: (print("here", flush=True), sys.stdin.read())
IndexEditor(sys.argv[1], "나").add(FaqEntry("new", "", None, "주차할 수 있나요?", (), "네"))
"""


@pytest.mark.slow
def test_a_writer_killed_at_the_last_moment_leaves_the_old_version_and_no_lock(folder, vectors):
    store = IndexStore(folder)
    before = store.current()
    writer = subprocess.Popen(
        [sys.executable, "-c", BUILDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout.readline().strip() == "here"
    writer.kill()
    writer.wait(10)
    writer.stdin.close()
    assert store.current() == before and len(Index.load(folder, vectors).entries) == 6
    with store.lock(timeout_s=1.0):
        pass
    IndexEditor(folder, "나", vectors, compact=False).add(NEW)
    names = {use.name for use in store.manifest().segments}
    assert len(names) == 2 and {path.name for path in (folder / "segments").iterdir()} >= names
    assert json.loads((folder / "versions" / store.current() / "manifest.json").read_text())["change"] == 1
