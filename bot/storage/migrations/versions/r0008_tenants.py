"""Who installed Recap, with which CreatorAudit keys, and what all of that is sealed with."""

import sqlalchemy as sa
from alembic import op

from bot.storage.schema import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has installed it by OAuth until now; ``recap keys rotate`` seals what was there."""
    op.create_table(
        "installations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("enterprise", sa.String(32)),
        sa.Column("is_org", sa.Boolean, nullable=False),
        sa.Column("app", sa.String(32), nullable=False),
        sa.Column("bot_id", sa.String(32), nullable=False),
        sa.Column("bot_user", sa.String(32), nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("refresh_token", sa.Text),
        sa.Column("expires_at", Instant),
        sa.Column("installed_by", sa.String(32), nullable=False),
        sa.Column("installed_at", Instant, nullable=False),
        sa.Column("rotating_until", Instant),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("enterprise", sa.String(32), nullable=False, index=True),
    )
    op.create_table(
        "api_keys",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("entered_by", sa.String(32), nullable=False),
        sa.Column("entered_at", Instant, nullable=False),
        sa.Column("refused_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "oauth_states",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("until", Instant, nullable=False),
    )
    op.create_table(
        "vault",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
    )
