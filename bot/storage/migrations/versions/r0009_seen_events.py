"""Which of Slack's events were taken up, so that a repetition is known as one."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was noted until now."""
    op.create_table(
        "seen_events",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("seen_at", Instant, nullable=False),
    )
    op.create_index("seen_events_by_age", "seen_events", ["seen_at"])
