"""Until when a recap waits for fresh data, or did."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What waits at this moment says until when with its next look; until then it may wait."""
    op.add_column("deliveries", sa.Column("waits_until", Instant))
    op.execute(
        "UPDATE deliveries SET waits_until = ready_at "
        "WHERE reason = 'waiting_for_data' AND ready_at IS NOT NULL"
    )
