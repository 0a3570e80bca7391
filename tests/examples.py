"""Facts and digests that tests start from; each test changes only what it is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time

from bot.digest.builder import build_digest
from bot.digest.collected import Facts
from bot.digest.engagement import PERCENT, Scale
from bot.digest.facts import Call, Fetched, Leaderboard, LeaderboardRow, Number, Overview
from bot.digest.model import Digest, Missing
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.subscriptions.deliveries import Delivery, Kind
from bot.subscriptions.model import Subscription, activated
from bot.subscriptions.schedule import Schedule, Weekday

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""Nine o'clock in Berlin: when ``subscription`` is due."""

CURRENT: Mapping[str, Number | None] = {
    "total_views": 1_243_531,
    "engagement_rate": 4.2,
    "active_accounts": 118,
    "account_videos": 412,
    "tracked_videos": 36,
}
PREVIOUS: Mapping[str, Number | None] = {
    "total_views": 1_051_002,
    "engagement_rate": 4.0,
    "active_accounts": 115,
    "account_videos": 392,
    "tracked_videos": 36,
}
ROWS = (
    LeaderboardRow("c1", "Mia Chen", 245_120),
    LeaderboardRow("c2", "<!channel> & Co", 98_000),
    LeaderboardRow("c3", "سارة", None),
)


def call(endpoint: str) -> Call:
    return Call(endpoint, NOON, request_id="req-1")


def overview(
    current: Mapping[str, Number | None] = CURRENT,
    previous: Mapping[str, Number | None] = PREVIOUS,
    server_changes: Mapping[str, Number | None] | None = None,
) -> Overview:
    return Overview("nested", current, previous, server_changes or {}, ("current", "previous"))


def facts(
    numbers: Overview | None = None,
    rows: tuple[LeaderboardRow, ...] | Missing = ROWS,
    scale: Scale = PERCENT,
) -> Facts:
    leaderboard: Fetched[Leaderboard] | Missing
    if isinstance(rows, Missing):
        leaderboard = rows
    else:
        metric = "views" if rows else None
        leaderboard = Fetched(Leaderboard(metric, rows), (call("GET /creators/top?period=7d"),))
    return Facts(
        Fetched(numbers or overview(), (call("GET /overview?period=7d"),)), leaderboard, scale
    )


def digest(given: Facts | None = None, *, top: int = 5, period: Period = Period.WEEK) -> Digest:
    return build_digest(given or facts(), period, Preferences(top), NOON)


def subscription(**changes: object) -> Subscription:
    """Every Monday at 09:00 in Berlin, active since Sunday noon; ``changes`` come last."""
    sunday = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    made = Subscription(
        id="s1",
        team="T1",
        channel="C1",
        channel_name="marketing",
        schedule=Schedule(frozenset({Weekday.MON}), time(9), "Europe/Berlin"),
        ask=Ask(),
        contact="U1",
        since=sunday,
    )
    return replace(activated(made, sunday, "2026.1"), **changes)  # type: ignore[arg-type]


def owed(**changes: object) -> Delivery:
    """The recap of ``subscription`` that is due on Monday, as it comes into the ledger."""
    made = Delivery(
        id="d1",
        key="s1/2026-11-23",
        kind=Kind.RECAP,
        team="T1",
        target="C1",
        due_at=MONDAY,
        planned_at=MONDAY,
        subscription="s1",
        day=date(2026, 11, 23),
        ready_at=MONDAY,
    )
    return replace(made, **changes)  # type: ignore[arg-type]
