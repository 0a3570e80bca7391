"""What the command line has sent, so that it is sent once."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was sent this way before."""
    op.create_table(
        "sends",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("ready_at", Instant),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
    )
