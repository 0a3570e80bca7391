"""Which machines are at work on the database."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A process says so from its next start on."""
    op.create_table(
        "hosts",
        sa.Column("process", sa.String(32), primary_key=True),
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("beat_at", Instant, nullable=False),
        sa.Column("beats", sa.Integer, nullable=False),
    )
