import sqlite3
from threading import Thread

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from bot.storage.database import MIGRATIONS, DatabaseAwayError, engine_of, open_database, shown_url
from bot.storage.tables import Personal, handovers, metadata, personal_columns, repair_requests, unanswered


def migrate(engine, target, go=command.upgrade):
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        go(config, target)


def test_the_migrations_make_the_tables_that_the_code_uses(database_url):
    engine = engine_of(database_url)
    migrate(engine, "head")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrate(engine, "base", command.downgrade)
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]


def test_an_upgrade_keeps_the_rows_of_the_version_before(database_url):
    engine = engine_of(database_url)
    migrate(engine, "0001")
    insert = (
        "INSERT INTO unanswered (asked_at, channel, question, candidates) VALUES ('2026-11-01 10:00:00', 'web', '날씨', '[]')"
    )
    with engine.begin() as connection:
        connection.execute(sa.text(insert))
    open_database(database_url)
    with engine.connect() as connection:
        row = connection.execute(sa.select(unanswered)).one()
    assert (row.question, row.state, row.key, row.sender) == ("날씨", "open", None, None)


def test_several_that_open_a_new_database_at_once_make_one_of_it(database_url):
    engines = [sa.create_engine(database_url, future=True) for _ in range(4)]
    from bot.storage.database import upgrade

    failures = []

    def work(engine):
        try:
            upgrade(engine)
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=work, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.dispose()
    assert failures == []
    assert sa.inspect(engine_of(database_url)).has_table("turns")


def test_one_engine_an_address(tmp_path):
    url = f"sqlite:///{tmp_path / 'new' / 'd.db'}"
    assert open_database(url) is open_database(url)
    with sqlite3.connect(tmp_path / "new" / "d.db") as there:
        assert there.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_rows_of_a_handover_go_with_it_and_one_keeps_the_conversation(database_url):
    from datetime import datetime

    engine = open_database(database_url)
    values = {"sender": "web-1", "channel": "web", "state": "waiting", "kind": "talk", "summary": "{}"}
    values["opened_at"] = datetime(2026, 11, 1)
    with engine.begin() as connection:
        number = connection.execute(handovers.insert().values(values)).inserted_primary_key[0]
        connection.execute(
            metadata.tables["handover_messages"]
            .insert()
            .values(handover_id=number, sender="agent", text="네", said_at=datetime(2026, 11, 1))
        )
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(handovers.insert().values(values | {"state": "active"}))
    with engine.begin() as connection:
        connection.execute(handovers.insert().values(values | {"kind": "message"}))
        connection.execute(handovers.delete().where(handovers.c.id == number))
        assert connection.execute(sa.select(sa.func.count()).select_from(metadata.tables["handover_messages"])).scalar() == 0


def test_nobody_at_the_address():
    url = "postgresql://somebody:secret@127.0.0.1:1/daedap"
    with pytest.raises(DatabaseAwayError, match="연결할 수 없어요") as raised:
        open_database(url)
    assert "secret" not in str(raised.value)
    assert shown_url(url) == "postgresql://somebody:***@127.0.0.1:1/daedap"


def test_what_says_something_of_a_person_is_marked():
    assert [column.name for column in personal_columns(repair_requests)] == [
        "sender",
        "symptom",
        "name",
        "phone",
        "address",
        "details",
    ]
    assert [column.name for column in personal_columns(handovers, Personal.PHONE, Personal.NAME)] == [
        "contact_name",
        "contact_phone",
    ]


def test_an_error_does_not_show_what_a_customer_wrote(database_url):
    values = {"asked_at": None, "channel": "web", "question": "010-1234-5678", "candidates": "[]"}
    with pytest.raises(sa.exc.IntegrityError) as raised, open_database(database_url).begin() as connection:
        connection.execute(unanswered.insert().values(values))
    assert "INSERT INTO unanswered" in str(raised.value) and "1234" not in str(raised.value).partition("[SQL")[2]
