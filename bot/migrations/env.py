"""Alembic's environment: on the connection that `bot.storage.database` hands over, or on `DAEDAP_DATABASE_URL`.

By hand: `alembic upgrade head`, `alembic revision -m "…"`.
"""

import sqlalchemy as sa
from alembic import context

from bot.settings import Settings
from bot.storage.database import engine_of
from bot.storage.tables import metadata


def run(connection: sa.engine.Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    with engine_of(Settings.load().database_url).begin() as own:
        run(own)
