"""All that tells whose turn it is stands in the index of what is ready."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A claim looks at every delivery that is ready, and no longer into the table for it."""
    is_open = sa.text("ready_at IS NOT NULL")
    op.drop_index("deliveries_ready", "deliveries")
    op.create_index(
        "deliveries_ready",
        "deliveries",
        ["ready_at", "kind", "team", "due_at", "id", "tries"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
