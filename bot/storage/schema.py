"""The tables, as the newest migration leaves them (a test compares the two)."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

metadata: Final = MetaData()


class Instant(TypeDecorator[datetime]):
    """An aware instant; SQLite, which has no zones, keeps its UTC digits."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is written."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is read."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


subscriptions: Final = Table(
    "subscriptions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("team", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("channel_name", Text, nullable=False),
    Column("days", Integer, nullable=False),  # bit 0 is Monday
    Column("at_minute", Integer, nullable=False),  # minutes since midnight, wall clock
    Column("zone", Text, nullable=False),
    Column("period", String(8), nullable=False),
    Column("top", Integer, nullable=False),
    Column("contact", String(32)),
    Column("since", Instant, nullable=False),
    Column("status", String(16), nullable=False),
    Column("pause", String(32)),
    Column("last_day", Date),
    Column("skipped", JSON),
    Column("next_day", Date),
    Column("next_due_at", Instant),
    Column("rules", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("wait_hours", Integer, nullable=False, server_default="0"),
    Column("metrics", Text, nullable=False, server_default=""),
    Column("ranking", String(16), nullable=False, server_default="views"),
    Column("platform", String(16)),
    Index(
        "one_subscription_per_channel",
        "team",
        "channel",
        unique=True,
        sqlite_where=text("status <> 'removed'"),
        postgresql_where=text("status <> 'removed'"),
    ),
    Index("subscriptions_due", "next_due_at"),
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("team", String(32), nullable=False),
    Column("target", String(32), nullable=False),
    Column("subscription", String(32), ForeignKey("subscriptions.id"), nullable=False),
    Column("thread", String(32)),
    Column("day", Date),
    Column("due_at", Instant, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text),
    Column("asked_by", String(32)),
    Column("owner", Text),
    Column("fence", Integer, nullable=False),
    Column("ready_at", Instant),
    Column("waits_until", Instant),
    Column("tries", Integer, nullable=False),
    Column("message", JSON),
    Column("posting_at", Instant),
    Column("handed_at", Instant),
    Column("absent_at", Instant),
    Column("posted_in", String(32)),
    Column("ts", String(32)),
    Column("sent_at", Instant),
    Column("way", String(32)),
    # Only what is open has a ready_at, so this stays as small as the work there is. It holds all
    # that tells whose turn it is: a claim looks at everything that is ready.
    Index(
        "deliveries_ready",
        "ready_at",
        "kind",
        "team",
        "due_at",
        "id",
        "tries",
        sqlite_where=text("ready_at IS NOT NULL"),
        postgresql_where=text("ready_at IS NOT NULL"),
    ),
    Index("deliveries_of_subscription", "subscription", "due_at"),
)

targets: Final = Table(
    "targets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subscription", String(32), ForeignKey("subscriptions.id"), nullable=False),
    Column("identity", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("address", Text, nullable=False),  # sealed where there are keys
    Column("added_by", String(32), nullable=False),
    Column("pause", Text),
    Column("paused_at", Instant),
    Column("version", Integer, nullable=False),
    Index("one_target_of_a_kind", "subscription", "identity", unique=True),
)

attempts: Final = Table(
    "attempts",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("delivery", String(32), ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("fence", Integer, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("detail", Text, nullable=False),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("action", String(32), nullable=False),
    Column("subscription", String(32), nullable=False, index=True),
    Column("detail", Text, nullable=False),
)

holds: Final = Table(
    "holds",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("until", Instant, nullable=False),
)

paces: Final = Table(
    "paces",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),  # empty for the workspace itself
    # Seconds of the server's clock.
    Column("used_up_to", Double, nullable=False),
    Column("sent_away_to", Double, nullable=False),
    Column("yielded_to", Double, nullable=False),
    Column("told", Double, nullable=False),
)

hosts: Final = Table(
    "hosts",
    metadata,
    Column("process", String(32), primary_key=True),
    Column("host", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
    Column("beats", Integer, nullable=False),
)

workspaces: Final = Table(
    "workspaces",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("classic_since", Instant, nullable=False),
)

snapshots: Final = Table(
    "snapshots",
    metadata,
    Column("organization", String(64), primary_key=True),
    Column("period", String(8), primary_key=True),
    Column("ended_on", Date, primary_key=True),
    Column("began_on", Date, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("refreshed", Integer, nullable=False),
    Column("totals", JSON, nullable=False),
    Column("standings", JSON, nullable=False),
    Index("snapshots_by_age", "ended_on"),
)

followers: Final = Table(
    "followers",
    metadata,
    Column("organization", String(64), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("counts", JSON, nullable=False),
    Index("followers_by_age", "day"),
)

sends: Final = Table(
    "sends",
    metadata,
    Column("key", Text, primary_key=True),
    Column("shown", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("ready_at", Instant),
    Column("detail", Text, nullable=False),
    Column("message", Text, nullable=False),
)

installations: Final = Table(
    "installations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("enterprise", String(32)),
    Column("is_org", Boolean, nullable=False),
    Column("app", String(32), nullable=False),
    Column("bot_id", String(32), nullable=False),
    Column("bot_user", String(32), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("token", Text, nullable=False),  # sealed
    Column("refresh_token", Text),  # sealed
    Column("expires_at", Instant),
    Column("installed_by", String(32), nullable=False),
    Column("installed_at", Instant, nullable=False),
    Column("rotating_until", Instant),
    Column("version", Integer, nullable=False),
)

members: Final = Table(
    "members",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("enterprise", String(32), nullable=False, index=True),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("secret", Text, nullable=False),  # sealed
    Column("name", Text, nullable=False),
    Column("organization", Text, nullable=False),
    Column("entered_by", String(32), nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("refused_at", Instant),
    Column("version", Integer, nullable=False),
)

oauth_states: Final = Table(
    "oauth_states",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("until", Instant, nullable=False),
)

vault: Final = Table(
    "vault",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("sealed", Text, nullable=False),
)

seen_events: Final = Table(
    "seen_events",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("seen_at", Instant, nullable=False),
    Index("seen_events_by_age", "seen_at"),
)
