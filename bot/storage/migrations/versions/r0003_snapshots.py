"""Snapshots of what was printed, threads, preferences, and what a workspace refuses."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Existing subscriptions keep what they had: on time, every figure, ranked by views."""
    op.add_column(
        "subscriptions", sa.Column("wait_hours", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("subscriptions", sa.Column("metrics", sa.Text, nullable=False, server_default=""))
    op.add_column(
        "subscriptions",
        sa.Column("ranking", sa.String(16), nullable=False, server_default="views"),
    )
    op.add_column("subscriptions", sa.Column("platform", sa.String(16)))
    op.add_column("deliveries", sa.Column("thread", sa.String(32)))
    op.create_table(
        "workspaces",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("classic_since", Instant, nullable=False),
    )
    _snapshots()


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("organization", sa.String(64), primary_key=True),
        sa.Column("period", sa.String(8), primary_key=True),
        sa.Column("ended_on", sa.Date, primary_key=True),
        sa.Column("began_on", sa.Date, nullable=False),
        sa.Column("taken_at", Instant, nullable=False),
        sa.Column("refreshed", sa.Integer, nullable=False),
        sa.Column("totals", sa.JSON, nullable=False),
        sa.Column("standings", sa.JSON, nullable=False),
    )
    op.create_index("snapshots_by_age", "snapshots", ["ended_on"])
    op.create_table(
        "followers",
        sa.Column("organization", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("counts", sa.JSON, nullable=False),
    )
    op.create_index("followers_by_age", "followers", ["day"])
