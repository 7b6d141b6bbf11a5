"""What the load script holds against the rows, on hand-made conversations."""

import importlib.util
import sys
from datetime import datetime

import pytest

from bot.settings import ROOT
from bot.storage.database import open_database
from bot.storage.tables import events, repair_requests, turns, unanswered


@pytest.fixture(scope="module")
def load():
    spec = importlib.util.spec_from_file_location("turn_load", ROOT / "benchmarks" / "turn" / "load.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("rows", "said", "holds"),
    [
        ("ab", [("a", "ok"), ("b", "ok")], True),
        ("ba", [("a", "ok"), ("b", "ok")], False),  # another order
        ("a", [("a", "ok"), ("b", "ok")], False),  # one lost
        ("abb", [("a", "ok"), ("b", "ok")], False),  # one doubled
        ("aab", [("a", "away"), ("a", "ok"), ("b", "ok")], True),  # told that the bot is away: a turn too
        ("ab", [("a", "lost"), ("a", "ok"), ("b", "ok")], True),  # never reached Rasa, or did
        ("aab", [("a", "lost"), ("a", "ok"), ("b", "ok")], True),
        ("aaab", [("a", "lost"), ("a", "ok"), ("b", "ok")], False),
        ("", [], True),
        ("a", [], False),
    ],
)
def test_rows_that_follow_from_what_was_said(load, rows, said, holds):
    attempts = [load.Attempt(text, how == "ok", "네", how != "lost") for text, how in said]
    assert load.follows(list(rows), attempts) is holds


AT = datetime(2026, 11, 23)


def written(url, receipt="R261123-ABCDEFGH", **more):
    with open_database(url).begin() as connection:
        common = {"sender": "load-1", "channel": "rest"}
        turn = {"key": "k", "asked_at": AT, "text": "네", "kind": "skill", "latency_ms": 1, "replies": 1}
        connection.execute(turns.insert().values(turn | common))
        event = {"sender_id": "load-1", "type_name": "user", "timestamp": 1.0, "data": '{"message_id": "m"}'}
        connection.execute(events.insert(), [event] * more.get("events", 1))
        request = {"key": "r", "receipt": receipt, "requested_at": AT}
        connection.execute(repair_requests.insert().values(request | common))
        if more.get("unanswered"):
            connection.execute(unanswered.insert().values(asked_at=AT, question="?", candidates="[]", **common))


def test_a_number_that_nobody_was_told_needs_a_lost_answer(load, tmp_path):
    url = f"sqlite:///{tmp_path / 'd.db'}"
    written(url)
    told, lost = load.Attempt("네", True, "무엇을 도와 드릴까요?", True), load.Attempt("네", False, "지금은 …", False)
    assert load.check(url, [load.Talk("load-1", [lost, told])]) == []
    assert "told []" in load.check(url, [load.Talk("load-1", [told])])[0]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ({}, None),
        ({"receipt": "R261123-OTHERONE"}, "told"),
        ({"events": 2}, "a user event stands twice"),
        ({"unanswered": True}, "1 unanswered questions, told so 0 times"),
    ],
)
def test_what_is_checked(load, tmp_path, rows, problem):
    url = f"sqlite:///{tmp_path / 'd.db'}"
    written(url, **rows)
    talk = load.Talk("load-1", [load.Attempt("네", True, "접수 번호: R261123-ABCDEFGH", True)])
    found = load.check(url, [talk])
    assert (found == []) if problem is None else any(problem in one for one in found)
