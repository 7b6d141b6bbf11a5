"""Turns, feedback, repair requests, orders, hand-overs; who asked what stayed unanswered.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SENDER, CHANNEL, KEY = sa.String(200), sa.String(40), sa.String(240)
KEEPS = sa.text("state IN ('waiting', 'active') AND kind <> 'message'")
TABLES = ("handover_webhooks", "handover_messages", "handovers", "orders", "repair_requests", "feedback", "turns")


def upgrade() -> None:
    with op.batch_alter_table("unanswered") as batch:
        batch.add_column(sa.Column("key", KEY))
        batch.add_column(sa.Column("sender", SENDER))
        batch.add_column(sa.Column("state", sa.String(20), nullable=False, server_default="open"))
        batch.add_column(sa.Column("entry_id", sa.String(100)))
        batch.add_column(sa.Column("settled_at", sa.DateTime))
        batch.create_unique_constraint("uq_unanswered_key", ["key"])
    op.create_index("ix_unanswered_sender", "unanswered", ["sender"])
    _turns_and_feedback()
    _skills()
    _handovers()


def _turns_and_feedback() -> None:
    op.create_table(
        "turns",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", KEY, nullable=False),
        sa.Column("sender", SENDER, nullable=False),
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("intent", sa.String(60)),
        sa.Column("intent_confidence", sa.Float),
        sa.Column("action", sa.String(100)),
        sa.Column("confidence", sa.Float),
        sa.Column("source", sa.String(300)),
        sa.Column("source_title", sa.String(300)),
        sa.Column("latency_ms", sa.Float, nullable=False),
        sa.Column("replies", sa.Integer, nullable=False),
        sa.UniqueConstraint("key", name="uq_turns_key"),
    )
    op.create_index("ix_turns_sender", "turns", ["sender"])
    op.create_index("ix_turns_asked_at", "turns", ["asked_at"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", KEY, nullable=False),
        sa.Column("sender", SENDER, nullable=False),
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("given_at", sa.DateTime, nullable=False),
        sa.Column("thumb", sa.String(10), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20)),
        sa.Column("confidence", sa.Float),
        sa.Column("source", sa.String(300)),
        sa.Column("source_title", sa.String(300)),
        sa.Column("comment", sa.Text),
        sa.UniqueConstraint("key", name="uq_feedback_key"),
    )
    op.create_index("ix_feedback_sender", "feedback", ["sender"])
    op.create_index("ix_feedback_given_at", "feedback", ["given_at"])


def _skills() -> None:
    op.create_table(
        "repair_requests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", KEY, nullable=False),
        sa.Column("receipt", sa.String(30), nullable=False),
        sa.Column("sender", SENDER, nullable=False),
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("state", sa.String(20), nullable=False, server_default="received"),
        sa.Column("requested_at", sa.DateTime, nullable=False),
        sa.Column("changed_at", sa.DateTime),
        sa.Column("product", sa.String(100)),
        sa.Column("model", sa.String(100)),
        sa.Column("symptom", sa.Text),
        sa.Column("name", sa.String(60)),
        sa.Column("phone", sa.String(40)),
        sa.Column("address", sa.Text),
        sa.Column("date", sa.String(40)),
        sa.Column("details", sa.Text),
        sa.UniqueConstraint("key", name="uq_repair_requests_key"),
        sa.UniqueConstraint("receipt", name="uq_repair_requests_receipt"),
    )
    for column in ("sender", "requested_at", "phone"):
        op.create_index(f"ix_repair_requests_{column}", "repair_requests", [column])
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("name", sa.String(60)),
        sa.Column("product", sa.String(200), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("ordered_on", sa.Date),
        sa.Column("expected_on", sa.Date),
        sa.Column("delivered_on", sa.Date),
        sa.Column("carrier", sa.String(60)),
        sa.Column("tracking_number", sa.String(60)),
        sa.Column("loaded_at", sa.DateTime),
        sa.UniqueConstraint("number", name="uq_orders_number"),
    )
    op.create_index("ix_orders_phone", "orders", ["phone"])


def _handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sender", SENDER, nullable=False),
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column("agent", sa.String(60)),
        sa.Column("taken_at", sa.DateTime),
        sa.Column("closed_at", sa.DateTime),
        sa.Column("closed_by", sa.String(20)),
        sa.Column("contact_name", sa.String(60)),
        sa.Column("contact_phone", sa.String(40)),
    )
    for column in ("sender", "state", "opened_at", "contact_phone"):
        op.create_index(f"ix_handovers_{column}", "handovers", [column])
    op.create_index("uq_handovers_open", "handovers", ["sender"], unique=True, sqlite_where=KEEPS, postgresql_where=KEEPS)
    op.create_table(
        "handover_messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("handover_id", sa.Integer, nullable=False),
        sa.Column("key", KEY),
        sa.Column("sender", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("said_at", sa.DateTime, nullable=False),
        sa.Column("delivered_at", sa.DateTime),
        sa.UniqueConstraint("key", name="uq_handover_messages_key"),
        _to_handovers("handover_messages"),
    )
    for column in ("handover_id", "delivered_at"):
        op.create_index(f"ix_handover_messages_{column}", "handover_messages", [column])
    op.create_table(
        "handover_webhooks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", KEY, nullable=False),
        sa.Column("handover_id", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("next_at", sa.DateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tried_at", sa.DateTime),
        sa.Column("sent_at", sa.DateTime),
        sa.Column("why", sa.String(200)),
        sa.UniqueConstraint("key", name="uq_handover_webhooks_key"),
        _to_handovers("handover_webhooks"),
    )
    for column in ("handover_id", "next_at"):
        op.create_index(f"ix_handover_webhooks_{column}", "handover_webhooks", [column])


def _to_handovers(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["handover_id"], ["handovers.id"], name=f"fk_{table}_handover_id", ondelete="CASCADE")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_unanswered_sender", "unanswered")
    with op.batch_alter_table("unanswered") as batch:
        batch.drop_constraint("uq_unanswered_key", type_="unique")
        for column in ("key", "sender", "state", "entry_id", "settled_at"):
            batch.drop_column(column)
