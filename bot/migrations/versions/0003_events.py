"""Rasa's conversations: the table of its SQLTrackerStore, and a key for each event.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("events"):  # made by Rasa itself
        with op.batch_alter_table("events") as batch:
            batch.add_column(sa.Column("key", sa.String(64)))
    else:
        op.create_table(
            "events",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("sender_id", sa.String(255), nullable=False),
            sa.Column("type_name", sa.String(255), nullable=False),
            sa.Column("timestamp", sa.Float),
            sa.Column("intent_name", sa.String(255)),
            sa.Column("action_name", sa.String(255)),
            sa.Column("data", sa.Text),
            sa.Column("key", sa.String(64)),
        )
        op.create_index("ix_events_sender_id", "events", ["sender_id"])
    op.create_index("uq_events_key", "events", ["key"], unique=True)
    op.create_index("ix_events_timestamp", "events", ["timestamp"])


def downgrade() -> None:
    op.drop_table("events")
