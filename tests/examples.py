"""Facts and digests that tests start from; each test changes only what it is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.digest.builder import build_digest
from bot.digest.changes import compare
from bot.digest.collected import Facts
from bot.digest.engagement import PERCENT, Scale
from bot.digest.facts import Call, Fetched, Leaderboard, LeaderboardRow, Number, Overview
from bot.digest.freshness import Coverage
from bot.digest.model import (
    Carried,
    Digest,
    Disagreement,
    Figure,
    LikeForLike,
    Missing,
    RankedCreator,
    Receipt,
    TopCreators,
    TopVideo,
    TrendPoint,
    Unit,
)
from bot.digest.movers import Mover, Movers
from bot.digest.periods import Period, Window
from bot.digest.preferences import Ask, Preferences
from bot.digest.standings import Moved, New
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


OVERVIEW = "GET /overview?period=7d"
ACCOUNTS = "POST /accounts/metrics 2026-11-16 to 2026-11-22, the sum over 50 accounts"
WINDOW = Window(date(2026, 11, 16), date(2026, 11, 22))
MOVERS = Movers(
    gains=(
        Mover("c1", "Mia Chen", 245_120, 160_020),
        Mover("c2", "Kofi Mensah", 98_000, 38_000),
        Mover("c3", "Sofia Rossi", 91_000, 50_000),
        Mover("c4", "Ana Lima", 64_000, 42_000),
        Mover("c6", "Tom Berg", 31_000, 20_000),
        Mover("c7", "Yui Sato", 19_500, 10_000),
    ),
    drops=(
        Mover("c5", "Lena Fuchs", 58_000, 84_900),
        Mover("c8", "Omar Ali", 12_829, 22_000),
    ),
    floor=5_255.01,
    net=192_529,
    lead=Mover("c1", "Mia Chen", 245_120, 160_020),
)
TOP = TopCreators(
    "views",
    rows=(
        RankedCreator(1, "Mia Chen", 245_120, Moved(2), 85_100, 5.21),
        RankedCreator(2, "Kofi Mensah", 98_000, New(), 60_000, 3.4),
        RankedCreator(3, "Sofia Rossi", 91_000, Moved(0), 41_000, 4.0),
        RankedCreator(4, "Ana Lima", 64_000, Moved(-3), 22_000, None),
        RankedCreator(5, "Lena Fuchs", 58_000, None, -26_900, 2.75),
    ),
    rest=(RankedCreator(6, "Tom Berg", 31_000, Moved(1), 11_000, 6.5), RankedCreator(7, "X", None)),
    out=("Omar Ali", "Yui Sato"),
)
COVERAGE = Coverage(
    of=50,
    refreshed=46,
    stale=("@ana.1", "@tom.b", "@yui"),
    waiting=("@new.one",),
    paused=("@old.1", "@old.2"),
    unavailable=("@gone",),
)
VIEWS = (410_000, 455_000, 502_000, None, 640_000, 811_000, 930_000, 1_051_002, 1_243_531)
TREND = tuple(
    TrendPoint(WINDOW.end - timedelta(weeks=8 - week), views) for week, views in enumerate(VIEWS)
)
VIDEOS = (
    TopVideo("Behind the scenes", "Mia Chen", "https://www.tiktok.com/@mia.1/video/7", 61_200),
    TopVideo("What I eat in a day", "@kofi", "https://www.instagram.com/reel/C1/", 40_000),
    TopVideo("Post 9", None, None, 9_120),
)


def figure(
    key: str,
    label: str,
    current: Number | None,
    previous: Number | None,
    source: str = OVERVIEW,
    unit: Unit = Unit.COUNT,
) -> Figure:
    return Figure(key, label, unit, current, previous, compare(current, previous, unit), source)


FIGURES = (
    figure("total_views", "Total views", 1_243_531, 1_051_002),
    figure("likes", "Likes", 43_120, 39_004, ACCOUNTS),
    figure(
        "followers", "Followers", 910_450, 902_100, "GET /accounts, follower_count of 49 accounts"
    ),
    figure("engagement_rate", "Engagement rate", 4.2, 4.0, unit=Unit.PERCENT),
    figure("comments", "Comments", 3_910, 4_210, ACCOUNTS),
    figure("shares", "Shares", 2_204, 2_101, ACCOUNTS),
    figure("active_accounts", "Active accounts", 50, 48),
    figure("account_videos", "Account videos", 412, 392),
    figure("tracked_videos", "Tracked videos", 36, 36),
)


def rich(**changes: object) -> Digest:
    """A digest with something in every field but ``partial``; ``changes`` come last."""
    made = Digest(
        period=Period.WEEK,
        figures=FIGURES,
        top_creators=TOP,
        missing=(Missing("Rank movement", "CreatorAudit is busy."),),
        receipt=Receipt(
            calls=(call(OVERVIEW), call("POST /accounts/metrics")),
            notes=("Engagement rate is read as percent, as ENGAGEMENT_RATE_SCALE says.",),
            disagreements=(
                "Total views: CreatorAudit's own change is 20, ours from its values is +18.3 %.",
            ),
        ),
        built_at=NOON,
        window=WINDOW,
        highlights=(
            Carried(compare(1_243_531, 1_051_002, Unit.COUNT), MOVERS),  # type: ignore[arg-type]
            LikeForLike(0.183, 0.11, 3),
        ),
        movers=MOVERS,
        coverage=COVERAGE,
        trend=TREND,
        videos=VIDEOS,
        disagreements=(Disagreement("Total views", 1_243_531, OVERVIEW, 1_215_400, ACCOUNTS),),
        next_look=NOON + timedelta(hours=1),
        sums={"views": 1_215_400, "likes": 43_120},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


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
