"""How far each workspace and each of its channels has used up Slack's pace."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was posted in the minute before is forgotten; Slack's own limit still counts it."""
    op.create_table(
        "paces",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("used_up_to", sa.Double, nullable=False),
        sa.Column("sent_away_to", sa.Double, nullable=False),
        sa.Column("yielded_to", sa.Double, nullable=False),
        sa.Column("told", sa.Double, nullable=False),
    )
    if op.get_context().dialect.name == "postgresql":
        # A turn needs no promise to outlive a power cut, and must not wait for one.
        op.execute("ALTER TABLE paces SET UNLOGGED")
