"""When a message that is in doubt was first looked for in vain."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing that is in doubt at this moment has been looked for, as the empty column says."""
    op.add_column("deliveries", sa.Column("absent_at", Instant))
