from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from bot.storage.config import StorageConfig
from bot.storage.database import open_database
from bot.storage.retention import sweep
from bot.storage.tables import events, feedback, handover_messages, handovers, repair_requests, turns, unanswered

NOW = datetime(2026, 11, 23, 12)
OLD, NEW = NOW - timedelta(days=31), NOW - timedelta(days=29)


def fill(engine):
    with engine.begin() as connection:
        for at in (OLD, NEW):
            stamp = at.replace(tzinfo=timezone.utc).timestamp()
            common = {"sender": "web-1", "channel": "web"}
            connection.execute(events.insert().values(sender_id="web-1", type_name="user", timestamp=stamp, data="{}"))
            connection.execute(
                turns.insert().values(key=f"t{at}", asked_at=at, text="?", kind="faq", latency_ms=1, replies=1, **common)
            )
            connection.execute(
                feedback.insert().values(key=f"f{at}", given_at=at, thumb="up", question="?", answer="!", **common)
            )
            connection.execute(unanswered.insert().values(asked_at=at, question="?", candidates="[]", **common))
            connection.execute(repair_requests.insert().values(key=f"r{at}", receipt=f"R{at}", requested_at=at, **common))
            closed = {"state": "closed", "kind": "talk", "summary": "{}", "opened_at": OLD, "closed_at": at}
            number = connection.execute(handovers.insert().values(closed | common)).inserted_primary_key[0]
            connection.execute(handover_messages.insert().values(handover_id=number, sender="agent", text="네", said_at=at))
        waiting = {"state": "waiting", "kind": "talk", "summary": "{}", "opened_at": OLD}
        connection.execute(handovers.insert().values(waiting | common))


def counts(engine):
    tables = (events, turns, feedback, unanswered, repair_requests, handovers, handover_messages)
    with engine.connect() as connection:
        return [connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() for table in tables]


def test_what_is_older_goes_and_what_is_open_stays(database_url):
    engine = open_database(database_url)
    fill(engine)
    config = StorageConfig(keep_days=30)
    wanted = {"events": 1, "turns": 1, "feedback": 1, "unanswered": 1, "handovers": 1}
    assert sweep(database_url, config, NOW, dry_run=True) == wanted
    assert counts(engine) == [2, 2, 2, 2, 2, 3, 2]
    assert sweep(database_url, config, NOW) == wanted
    assert counts(engine) == [1, 1, 1, 1, 2, 2, 1]
    assert sweep(database_url, StorageConfig(keep_days=0, keep_requests_days=30), NOW) == {"repair_requests": 1}
    assert sweep(database_url, StorageConfig(keep_days=0), NOW) == {}


def test_many_rows_go_in_portions(database_url, monkeypatch):
    monkeypatch.setattr("bot.storage.retention.AT_ONCE", 3)
    engine = open_database(database_url)
    with engine.begin() as connection:
        row = {"sender_id": "a", "type_name": "user", "timestamp": 1.0, "data": "{}"}
        connection.execute(events.insert(), [row] * 7)
    assert sweep(database_url, StorageConfig(keep_days=1), NOW)["events"] == 7


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ("keep_days = -1", "keep_days is -1"),
        ('keep_days = "30"', "keep_days is '30'"),
        ("days = 3", "unknown storage setting 'days'"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path, table, wrong):
    file = tmp_path / "daedap.toml"
    file.write_text(f"[storage]\n{table}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=wrong):
        StorageConfig.load(file)


def test_settings_of_a_file(tmp_path):
    file = tmp_path / "daedap.toml"
    file.write_text("[storage]\nkeep_days = 30\n", encoding="utf-8")
    assert StorageConfig.load(file) == StorageConfig(30, 0)
