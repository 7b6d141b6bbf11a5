"""Which order numbers and phones were tried in vain of late.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_guesses",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("guessed", sa.String(64), nullable=False),
        sa.Column("guessed_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_order_guesses_guessed", "order_guesses", ["guessed"])
    op.create_index("ix_order_guesses_guessed_at", "order_guesses", ["guessed_at"])


def downgrade() -> None:
    op.drop_table("order_guesses")
