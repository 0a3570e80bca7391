"""Subscriptions, deliveries with their attempts, the audit trail, and holds of a workspace."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Forward only: a step back would have to throw deliveries away."""
    _subscriptions()
    _deliveries()
    op.create_table(
        "attempts",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("delivery", sa.String(32), sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("began_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_attempts_delivery", "attempts", ["delivery"])
    op.create_table(
        "audit",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subscription", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_audit_subscription", "audit", ["subscription"])
    op.create_table(
        "holds",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("until", Instant, nullable=False),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("channel_name", sa.Text, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("at_minute", sa.Integer, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("top", sa.Integer, nullable=False),
        sa.Column("contact", sa.String(32)),
        sa.Column("since", Instant, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("pause", sa.String(32)),
        sa.Column("last_day", sa.Date),
        sa.Column("next_day", sa.Date),
        sa.Column("next_due_at", Instant),
        sa.Column("rules", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    not_removed = sa.text("status <> 'removed'")
    op.create_index(
        "one_subscription_per_channel",
        "subscriptions",
        ["team", "channel"],
        unique=True,
        sqlite_where=not_removed,
        postgresql_where=not_removed,
    )
    op.create_index("subscriptions_due", "subscriptions", ["next_due_at"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("target", sa.String(32), nullable=False),
        sa.Column("subscription", sa.String(32), sa.ForeignKey("subscriptions.id"), nullable=False),
        sa.Column("day", sa.Date),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("planned_at", Instant, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("asked_by", sa.String(32)),
        sa.Column("owner", sa.Text),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("ready_at", Instant),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("message", sa.JSON),
        sa.Column("posting_at", Instant),
        sa.Column("handed_at", Instant),
        sa.Column("posted_in", sa.String(32)),
        sa.Column("ts", sa.String(32)),
        sa.Column("sent_at", Instant),
    )
    is_open = sa.text("ready_at IS NOT NULL")
    op.create_index(
        "deliveries_ready",
        "deliveries",
        ["ready_at"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("deliveries_of_subscription", "deliveries", ["subscription", "due_at"])
