"""Facts and digests that tests start from; each test changes only what it is about."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.digest.builder import Facts, build_digest
from bot.digest.engagement import PERCENT, Scale
from bot.digest.facts import Call, Fetched, Leaderboard, LeaderboardRow, Number, Overview
from bot.digest.model import Digest, Missing
from bot.digest.periods import Period
from bot.digest.preferences import Preferences

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

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
