"""The database is opened, and brought to the newest migration.

    engine = open_database(Settings.load().database_url)
    with engine.begin() as connection:
        connection.execute(feedback.insert().values(...))

One engine a process and address. SQLite files get WAL (readers and the writer do not wait for each other), foreign
keys, and five seconds of patience with other writers; PostgreSQL gets a short time to connect, so that a turn ends
in time where it is away. What a failing statement says never names the values, which may be a customer's words.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
CONNECT_TIMEOUT_S = 2
SQLITE_PATIENCE_S = 5
STATEMENT_TIMEOUT_MS = 10_000
UPGRADE_LOCK = 0x646165646170
"""PostgreSQL's advisory lock under which one process upgrades and the others wait ("daedap")."""
_upgrading = Lock()


class DatabaseAwayError(RuntimeError):
    """Nobody answers at the database's address."""


def open_database(url: str, durable: bool = True) -> sa.engine.Engine:
    """This process's engine for `url`, its tables up to date. DatabaseAwayError where it cannot be reached now.

    Where it is not `durable`, what was written last may be lost when the machine loses its power (never when a process
    ends): an SQLite file is then not brought to the disk at each commit.
    """
    engine = engine_of(url, durable)
    with _upgrading:
        if not getattr(engine, "daedap_is_new", False):
            try:
                upgrade(engine)
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                raise DatabaseAwayError(f"{shown_url(url)}: 데이터베이스에 연결할 수 없어요. {error.orig}") from error
            engine.daedap_is_new = True
    return engine


@lru_cache(maxsize=64)
def engine_of(url: str, durable: bool = True) -> sa.engine.Engine:
    """This process's engine for `url`; nothing is connected yet."""
    parsed = sa.engine.make_url(url)
    if is_sqlite(parsed):
        if parsed.database not in (None, "", ":memory:"):
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        arguments: dict[str, Any] = {"timeout": SQLITE_PATIENCE_S, "check_same_thread": False}
        pool = sa.pool.QueuePool if parsed.database not in (None, "", ":memory:") else sa.pool.StaticPool
        engine = sa.create_engine(url, future=True, connect_args=arguments, poolclass=pool, hide_parameters=True)
        sa.event.listen(engine, "connect", lambda connection, _: _set_up_sqlite(connection, durable))
        return engine
    arguments = {"connect_timeout": CONNECT_TIMEOUT_S, "options": f"-c timezone=utc -c statement_timeout={STATEMENT_TIMEOUT_MS}"}
    pool = {"pool_pre_ping": True, "pool_size": 4, "pool_timeout": 5}
    return sa.create_engine(url, future=True, connect_args=arguments, hide_parameters=True, **pool)


def _set_up_sqlite(connection: Any, durable: bool) -> None:
    connection.execute("PRAGMA journal_mode=WAL").close()
    connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}").close()
    connection.execute("PRAGMA foreign_keys=ON").close()


def is_sqlite(url: sa.engine.URL | str) -> bool:
    """Whether `url` is that of an SQLite file."""
    return sa.engine.make_url(url).get_backend_name() == "sqlite"


def shown_url(url: str) -> str:
    """`url` without its password."""
    return sa.engine.make_url(url).render_as_string(hide_password=True)


def upgrade(engine: sa.engine.Engine) -> None:
    """Bring the database to the newest migration; one that is there already costs one query."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return
    with engine.begin() as connection:
        _lock_upgrade(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _lock_upgrade(connection: sa.engine.Connection) -> None:
    """Two processes that start at once upgrade one after the other; the second then finds nothing to do."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))
