"""The service goes on answering while its index changes."""

import asyncio
import threading
import time

import pytest

from bot.actions.service import AnswerService, follow
from bot.cascade import Cascade
from nlu.vectors import StaticVectors
from retrieval.documents import FaqEntry
from retrieval.editing import IndexEditor
from retrieval.index import VECTORS, Index
from tests.bot.actions.conftest import SETTINGS

OLD = FaqEntry("hours", "매장", None, "몇 시에 열어요?", (), "9시에 열어요.")
NEW = FaqEntry("park", "매장", None, "주차할 수 있나요?", (), "두 시간까지 무료예요.")


@pytest.fixture(scope="module")
def vectors():
    return StaticVectors.load(VECTORS)


@pytest.fixture
def serving(tmp_path, vectors, stand_in_reader):
    """A service over an index on disk with one entry, its cascade, and the folder."""
    Index.build([OLD], [], [], vectors).save(tmp_path)
    cascade = Cascade(Index.load(tmp_path, vectors), stand_in_reader("", 0.0), SETTINGS)
    service = AnswerService(lambda: cascade, loading_timeout_s=5.0)
    service.start()
    return service, cascade, tmp_path


def ask(service, question):
    return asyncio.run(service.run(lambda cascade: cascade.answer(question).answer))


def test_a_change_is_answered_within_two_seconds_of_polling(serving, vectors):
    service, cascade, folder = serving
    watch = follow(service, cascade, folder)
    assert ask(service, NEW.question) != NEW.answer
    IndexEditor(folder, "나", vectors, compact=False).add(NEW)
    deadline = time.monotonic() + 20
    while ask(service, NEW.question) != NEW.answer and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (ask(service, NEW.question), ask(service, OLD.question)) == (NEW.answer, OLD.answer)
    watch.stop()


def test_a_question_under_way_ends_with_the_index_it_began_with(serving, vectors):
    service, cascade, folder = serving
    begun, renewed = threading.Event(), threading.Event()

    def slow(one):
        begun.set()
        assert renewed.wait(10)
        return [entry.id for entry in one.index.entries]

    async def both():
        task = asyncio.ensure_future(service.run(slow))
        await asyncio.get_running_loop().run_in_executor(None, begun.wait, 10)
        IndexEditor(folder, "나", vectors, compact=False).put([NEW], remove_others=True)
        service.renew(cascade.over(Index.load(folder, vectors, previous=cascade.index)))
        renewed.set()
        return await task

    assert asyncio.run(both()) == ["hours"]
    assert asyncio.run(service.run(lambda one: [entry.id for entry in one.index.entries])) == ["park"]


def test_what_depends_on_the_documents_is_taken_along(serving, vectors):
    _, cascade, folder = serving
    IndexEditor(folder, "나", vectors, compact=False).add(NEW)
    renewed = cascade.over(Index.load(folder, vectors, previous=cascade.index))
    assert renewed.reading.space is cascade.reading.space and renewed.reading.index is renewed.index
    assert renewed.answer_entry("park").answer == NEW.answer and cascade.answer_entry("park").answer != NEW.answer
