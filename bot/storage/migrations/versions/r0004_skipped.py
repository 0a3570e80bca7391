"""The dates that somebody skips, one by one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty where nobody has skipped anything since."""
    op.add_column("subscriptions", sa.Column("skipped", sa.JSON))
