import json

import pytest
import sqlalchemy as sa

from bot.skills.order_tries import WINDOW_S, tries_before
from bot.storage.database import open_database
from bot.storage.tables import events

NOW = 1_800_000_000.0


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'd.db'}"


def said(url, *states, sender="s", name="order_state", at=NOW - 60):
    rows = [
        {
            "sender_id": sender,
            "type_name": "slot",
            "timestamp": at,
            "action_name": name,
            "data": json.dumps({"event": "slot", "name": name, "value": state}),
            "key": f"{sender}-{name}-{at}-{number}",
        }
        for number, state in enumerate(states)
    ]
    with open_database(url).begin() as connection:
        connection.execute(sa.insert(events), rows)


def test_the_last_state_of_the_last_hour_counts(url):
    assert tries_before(url, "s", NOW) == 0
    said(url, {"tries": 1}, {"tries": 2})
    said(url, {"tries": 9}, sender="another")
    said(url, {"tries": 9}, name="repair_state")
    assert tries_before(url, "s", NOW) == 2
    assert tries_before(url, "s", NOW - 60 + WINDOW_S + 1) == 0


def test_an_order_that_was_found_ends_the_count(url):
    said(url, {"tries": 1}, {"tries": 0, "failures": 0})
    assert tries_before(url, "s", NOW) == 0
    said(url, None, at=NOW - 30)
    assert tries_before(url, "s", NOW) == 0


def test_a_database_that_is_away_counts_nothing(monkeypatch, url):
    from bot.storage.database import DatabaseAwayError

    def away(_):
        raise DatabaseAwayError("away")

    monkeypatch.setattr("bot.skills.order_tries.open_database", away)
    assert tries_before(url, "s", NOW) == 0
