"""A queue over an SQLite file, its clock in the test's hands, and messages as Rasa parses them."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest

from bot.handover.queue import Handovers
from bot.handover.summary import Summary, Tried
from bot.storage.database import open_database

from ..storage.postgres_server import Postgres, find_programs

MONDAY_10 = datetime(2026, 11, 23, 1, 0)
"""Monday, ten o'clock in Seoul, as UTC."""
SUMMARY = Summary("상담원 바꿔줘", (Tried("환불이 안 들어와요", "none"),), (("phone", "01012345678"),), "angry")


class Clock:
    def __init__(self) -> None:
        self.now = MONDAY_10

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'daedap.db'}"


@pytest.fixture
def engine(url):
    return open_database(url)


@pytest.fixture
def queue(engine, clock):
    return Handovers(engine, clock=clock)


@pytest.fixture
def summary():
    return SUMMARY


@pytest.fixture
def parsed():
    def make(text, intent="ask", confidence=0.9, **more):
        ranking = [{"name": intent, "confidence": confidence}]
        return {"text": text, "intent": ranking[0], "intent_ranking": ranking, "text_tokens": [(0, 1)] * 3, **more}

    return make


_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres():
    """A running PostgreSQL of this session's own."""
    if find_programs() is None:
        pytest.skip("PostgreSQL is not installed here (apt-get install postgresql)")
    server = Postgres()
    yield server.start()
    server.remove()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either_url(request, tmp_path):
    """A new, empty database of each kind; a module that overrides `url` with it runs over both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'daedap.db'}"
    return request.getfixturevalue("postgres").create(f"handover_{next(_numbers)}")
