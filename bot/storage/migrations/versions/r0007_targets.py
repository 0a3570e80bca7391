"""Where else the recaps of a subscription go, and which delivery goes there."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every delivery until now went to Slack."""
    op.create_table(
        "targets",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("subscription", sa.String(32), sa.ForeignKey("subscriptions.id"), nullable=False),
        sa.Column("identity", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("added_by", sa.String(32), nullable=False),
        sa.Column("pause", sa.Text),
        sa.Column("paused_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("one_target_of_a_kind", "targets", ["subscription", "identity"], unique=True)
    op.add_column("deliveries", sa.Column("way", sa.String(32)))
