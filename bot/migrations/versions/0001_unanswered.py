"""The journal of unanswered questions.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unanswered",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("candidates", sa.Text, nullable=False),
    )
    op.create_index("ix_unanswered_asked_at", "unanswered", ["asked_at"])


def downgrade() -> None:
    op.drop_table("unanswered")
