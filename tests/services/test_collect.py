"""Everything that a recap is made of, each part for itself: there, or missing with its reason."""

import asyncio
import gc
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.digest.collected import Facts, VideoBoard
from bot.digest.engagement import ScaleSetting
from bot.digest.facts import (
    BatchMetrics,
    Fetched,
    Identity,
    Overview,
    PlatformMetrics,
    Video,
    WindowMetrics,
)
from bot.digest.model import Missing
from bot.digest.periods import Period, Window, closed_window
from bot.digest.snapshots import WEEKS, Followers, History, Snapshot, Standing
from bot.errors import RecapError, ScopeMissing, TryLater
from bot.ports import SnapshotStore
from bot.services.collect import (
    HISTORY,
    LISTED,
    NO_ORGANIZATION,
    POSTS,
    SNAPSHOT_LIFE,
    TOO_SLOW,
    TRACKED,
    UNREADABLE,
    Collector,
)
from bot.storage.memory import MemorySnapshots
from tests.examples import CURRENT, NOON, PREVIOUS, overview
from tests.services.fakes import BUSY, FixedClock, MemorySource, account

DAY = NOON.date()
WEEK = Window(date(2026, 11, 16), date(2026, 11, 22))
SLOW = 0.5
AWAY = TryLater("Recap's database is away.", "disk I/O error")
BUG = ZeroDivisionError("odd answer")
NUMBERS = WindowMetrics(1_000, 1_000, 30, 8, 4)


@dataclass
class Snapshots(MemorySnapshots):
    """A store of which single methods fail, or never end."""

    broken: dict[str, Exception] = field(default_factory=dict)
    stuck: str | None = None

    async def keep(self, snapshot: Snapshot) -> None:
        await self._fail("keep")
        await super().keep(snapshot)

    async def ended(
        self, organization: str, period: Period, days: Collection[date]
    ) -> Sequence[Snapshot]:
        await self._fail("ended")
        return await super().ended(organization, period, days)

    async def keep_followers(self, followers: Followers) -> None:
        await self._fail("keep_followers")
        await super().keep_followers(followers)

    async def followers(self, organization: str, days: Sequence[date]) -> Followers | None:
        await self._fail("followers")
        return await super().followers(organization, days)

    async def _fail(self, method: str) -> None:
        if method in self.broken:
            raise self.broken[method]
        if method == self.stuck:
            await asyncio.Event().wait()


def collector(
    source: MemorySource,
    store: SnapshotStore | None = None,
    *,
    clock: FixedClock | None = None,
    within: float = 5.0,
) -> Collector:
    return Collector(source, store, clock or FixedClock(), ScaleSetting.AUTO, within=within)


async def collected(
    collector: Collector, period: Period = Period.WEEK, *, since: datetime = NOON
) -> Facts:
    """All parts."""
    quick = asyncio.create_task(collector.quick(period, DAY))
    facts = await collector.whole(quick, period, DAY, since=since)
    return await collector.with_videos(facts)


def calls(facts: Facts) -> list[str]:
    return [call.endpoint for call in facts.calls]


async def kept(store: SnapshotStore, end: date = WEEK.end) -> Snapshot | None:
    found = await store.ended("org_1", Period.WEEK, [end])
    return found[0] if found else None


async def test_all_parts() -> None:
    """Every part with its calls, and the window that all of them are for."""
    source = MemorySource()
    before = BatchMetrics(None, {"b": NUMBERS})
    source.earlier = before
    facts = await collected(collector(source, MemorySnapshots()))
    assert facts.window == WEEK
    assert isinstance(facts.leaderboard, Fetched)
    assert isinstance(facts.accounts, Fetched)
    assert isinstance(facts.tracked, Fetched)
    assert isinstance(source.metrics, BatchMetrics)
    tracked = facts.tracked.value
    assert tracked.accounts == facts.accounts.value
    assert (tracked.current, tracked.before) == (source.metrics, before)
    assert facts.history == History((None,) * WEEKS)
    assert facts.videos == Fetched(VideoBoard(()), facts.calls[-2:])
    assert calls(facts) == [
        "GET /overview?period=7d",
        "GET /creators/top?period=7d",
        "GET /accounts (None)",
        "POST /accounts/metrics 2026-11-16/2026-11-22 a,b",
        "POST /accounts/metrics 2026-11-09/2026-11-15 a,b",
        "GET /videos (1000)",
        "GET /account-videos (1000)",
    ]


def parts(facts: Facts) -> list[object]:
    return [facts.leaderboard, facts.accounts, facts.tracked, facts.history, facts.videos]


def names(facts: Facts) -> list[str | None]:
    """The name of each part that is missing; None for one that is there."""
    return [one.part if isinstance(one, Missing) else None for one in parts(facts)]


EACH = [
    ("board", "GET /creators/top", ["Top creators", None, None, None, None]),
    ("tracked", "GET /accounts", [None, LISTED, LISTED, None, None]),
    ("metrics", "POST /accounts/metrics", [None, None, TRACKED, None, None]),
    ("identity", "GET /whoami", [None, None, None, HISTORY, None]),
    ("tracked_videos", "GET /videos", [None, None, None, None, POSTS]),
    ("discovered", "GET /account-videos", [None, None, None, None, POSTS]),
    ("metrics_of_videos", "POST /videos/metrics", [None, None, None, None, POSTS]),
    ("metrics_of_discovered", "POST /account-videos/metrics", [None, None, None, None, POSTS]),
]


def with_posts() -> MemorySource:
    """A source with one post of each kind."""
    return MemorySource(
        tracked_videos=(Video("v1", "tiktok"),),
        discovered=(Video("7", "tiktok"),),
        metrics_of_videos=BatchMetrics(None, {"v1": NUMBERS}),
        metrics_of_discovered=PlatformMetrics(
            BatchMetrics(None, {}), BatchMetrics(None, {"7": NUMBERS})
        ),
    )


@pytest.mark.parametrize(("failing", "_", "missing"), EACH)
async def test_a_part_that_fails_is_missing_alone(
    failing: str, _: str, missing: list[str | None]
) -> None:
    """Its reason is the error's sentence for readers; all others are there."""
    source = with_posts()
    setattr(source, failing, ScopeMissing("The key may not do that.", "403 INSUFFICIENT_SCOPE"))
    facts = await collected(collector(source, MemorySnapshots()))
    assert names(facts) == missing
    assert {one.because for one in parts(facts) if isinstance(one, Missing)} == {
        "The key may not do that."
    }


@pytest.mark.parametrize(("_", "question", "missing"), EACH)
async def test_a_part_that_is_slow_is_missing_alone(
    _: str, question: str, missing: list[str | None]
) -> None:
    """The recap goes out without it when its time is over."""
    source = with_posts()
    source.stuck = question
    facts = await collected(collector(source, MemorySnapshots(), within=SLOW))
    assert names(facts) == missing
    assert {one.because for one in parts(facts) if isinstance(one, Missing)} == {TOO_SLOW}
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize(("failing", "_", "missing"), EACH)
async def test_a_bug_in_a_part_costs_that_part(
    failing: str, _: str, missing: list[str | None]
) -> None:
    """It is logged with its trace, and nobody is told of divisions by zero."""
    source = with_posts()
    setattr(source, failing, BUG)
    with capture_logs() as logs:
        facts = await collected(collector(source, MemorySnapshots()))
    assert names(facts) == missing
    assert {one.because for one in parts(facts) if isinstance(one, Missing)} == {UNREADABLE}
    assert [(line["event"], line["part"], line["exc_info"]) for line in logs] == [
        ("part_failed", next(filter(None, missing)), True)
    ]


@pytest.mark.parametrize("method", ["ended", "followers"])
async def test_a_store_that_is_away_costs_the_history(method: str) -> None:
    """What moved can't be said; everything else can."""
    store = Snapshots(broken={method: AWAY})
    facts = await collected(collector(MemorySource(), store))
    assert facts.history == Missing(HISTORY, "Recap's database is away.")
    assert names(facts) == [None, None, None, HISTORY, None]


async def test_a_store_that_hangs_costs_the_history() -> None:
    """Nobody waits for a database longer than for CreatorAudit."""
    facts = await collected(collector(MemorySource(), Snapshots(stuck="ended"), within=SLOW))
    assert facts.history == Missing(HISTORY, TOO_SLOW)


async def test_without_a_store_nobody_asks_for_a_history() -> None:
    """Neither is it missing, nor is anybody asked whose key this is."""
    source = MemorySource()
    facts = await collected(collector(source))
    assert facts.history is None
    assert "GET /whoami" not in source.asked


@pytest.mark.parametrize("numbers", [BUSY, BUG])
async def test_only_the_overview_raises(numbers: Exception) -> None:
    """Without a headline there is no recap; what was asked beside it is ended."""
    source = MemorySource(numbers=numbers, stuck="GET /accounts")
    with pytest.raises(type(numbers)):
        await collected(collector(source, MemorySnapshots()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


async def test_an_overview_that_fails_at_once() -> None:
    """Also before anything else was asked, nothing is left behind: no task and no question."""

    class Refused(MemorySource):
        async def overview(self, period: Period) -> Fetched[Overview]:  # noqa: ARG002
            raise RecapError("CreatorAudit is busy.", "GET failed: 503.")

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(RecapError):
            await collector(Refused()).quick(Period.WEEK, DAY)
        await asyncio.sleep(0)
        gc.collect()
    assert [str(one.message) for one in seen] == []
    assert len(asyncio.all_tasks()) == 1


async def test_nobody_tracked_is_an_answer() -> None:
    """Without accounts there is nothing to ask for, and nothing is missing."""
    source = MemorySource(tracked=())
    facts = await collected(collector(source, MemorySnapshots()))
    assert isinstance(facts.tracked, Fetched)
    tracked = facts.tracked.value
    assert (tracked.accounts, tracked.current.by_account) == ((), {})
    assert (tracked.before.by_account, tracked.other_days) == ({}, None)
    assert facts.tracked.calls == ()
    assert not any(question.startswith("POST /accounts") for question in source.asked)


async def test_the_scale_is_proved_by_the_window_itself() -> None:
    """0.042 is a fraction when the accounts' likes, comments and shares say 4.2 %."""
    rates = {"engagement_rate": 0.042}, {"engagement_rate": 0.04}
    source = MemorySource(numbers=overview({**CURRENT, **rates[0]}, {**PREVIOUS, **rates[1]}))
    one = collector(source)
    assert (await one.quick(Period.WEEK, DAY)).scale.factor is None
    assert (await collected(one)).scale.factor == 100
    assert (await one.quick(Period.WEEK, DAY)).scale.factor == 100


async def test_the_list_of_accounts_serves_once_more() -> None:
    """What was listed since then is not listed again; what comes from the future is."""
    source, clock = MemorySource(), FixedClock()
    one = collector(source, clock=clock)
    for instant, since, times in (
        (NOON, NOON, 1),
        (NOON + timedelta(minutes=1), NOON, 1),
        (NOON + timedelta(minutes=2), NOON + timedelta(seconds=1), 2),
        (NOON, NOON, 3),
    ):
        clock.instant = instant
        await collected(one, since=since)
        assert source.asked.count("GET /accounts (None)") == times


async def test_a_list_of_accounts_that_failed_is_asked_for_again() -> None:
    """Only what there was serves once more."""
    source = MemorySource(tracked=BUSY)
    one = collector(source)
    assert isinstance((await collected(one)).accounts, Missing)
    source.tracked = (account("a"),)
    assert isinstance((await collected(one)).accounts, Fetched)


async def test_whose_key_it_is_is_asked_once() -> None:
    """It never changes while a key is in use; a failure is no answer."""
    source = MemorySource(identity=BUSY)
    one = collector(source, MemorySnapshots())
    assert isinstance((await collected(one)).history, Missing)
    source.identity = Identity("org_1", "Recap")
    for _ in range(2):
        assert isinstance((await collected(one)).history, History)
    assert source.asked.count("GET /whoami") == 2


async def test_a_key_of_no_organization_has_no_history() -> None:
    """Snapshots of two organizations must never mix, so none is read and none is kept."""
    source, store = MemorySource(identity=Identity(None, "Recap")), MemorySnapshots()
    one = collector(source, store)
    facts = await collected(one)
    assert facts.history == Missing(HISTORY, NO_ORGANIZATION)
    await one.keep(facts, Period.WEEK, NOON)
    assert store == MemorySnapshots()


async def test_posts_of_both_kinds() -> None:
    """Each with its own numbers, asked by what the endpoint takes; others are left out."""
    source = with_posts()
    insta, silent, odd = Video("7", "instagram"), Video("8", "tiktok"), Video("9", None)
    source.tracked_videos = (Video("v1", "tiktok"), Video("v2", "tiktok"))
    source.discovered = (Video("7", "tiktok"), insta, silent, odd)
    other = NUMBERS._replace(views=5)
    source.metrics_of_discovered = PlatformMetrics(
        BatchMetrics(None, {"7": other}), BatchMetrics(None, {"7": NUMBERS})
    )
    facts = await collected(collector(source))
    assert isinstance(facts.videos, Fetched)
    assert facts.videos.value.posts == (
        (Video("v1", "tiktok"), NUMBERS),
        (Video("7", "tiktok"), NUMBERS),
        (insta, other),
    )
    assert calls(facts)[-4:] == [
        "GET /videos (1000)",
        "GET /account-videos (1000)",
        "POST /videos/metrics 2026-11-16/2026-11-22 v1,v2",
        "POST /account-videos/metrics 2026-11-16/2026-11-22 7 7,8",
    ]


async def test_no_posts_no_questions() -> None:
    """Metrics of nothing are not asked for: the API refuses an empty list."""
    source = MemorySource()
    await collected(collector(source))
    assert not any("videos/metrics" in question for question in source.asked)


async def test_a_month_looks_at_a_month() -> None:
    """The window, its numbers and what they are compared with follow the period."""
    source, store = MemorySource(), MemorySnapshots()
    counted = [NOON.date() - timedelta(days=days) for days in (7, 29, 30, 33, 34)]
    for day in counted:
        await store.keep_followers(Followers("org_1", day, {"a": day.day}))
    facts = await collected(collector(source, store), Period.MONTH)
    assert facts.window == Window(date(2026, 10, 24), date(2026, 11, 22))
    assert "POST /accounts/metrics 2026-09-24/2026-10-23 a,b" in source.asked
    assert isinstance(facts.history, History)
    assert facts.history.followers == Followers("org_1", date(2026, 10, 24), {"a": 24})


@pytest.mark.parametrize(
    ("days", "found"), [(3, False), (4, True), (7, True), (10, True), (11, False)]
)
async def test_followers_of_about_one_window_ago(days: int, found: bool) -> None:  # noqa: FBT001
    """Counted when the window began, or a few days from it."""
    store = MemorySnapshots()
    followers = Followers("org_1", DAY - timedelta(days=days), {"a": 5})
    await store.keep_followers(followers)
    facts = await collected(collector(MemorySource(), store))
    assert isinstance(facts.history, History)
    assert facts.history.followers == (followers if found else None)


@pytest.mark.parametrize(("period", "weeks"), [(Period.MONTH, 4), (Period.QUARTER, 13)])
async def test_a_monday_is_always_near(period: Period, weeks: int) -> None:
    """Thirty and ninety days ago was none: who recaps on Mondays still learns of a change."""
    store = MemorySnapshots()
    for week in range(1, 20):
        day = DAY - timedelta(weeks=week)
        await store.keep_followers(Followers("org_1", day, {"a": week}))
    facts = await collected(collector(MemorySource(), store), period)
    assert isinstance(facts.history, History)
    assert facts.history.followers is not None
    assert facts.history.followers.counts == {"a": weeks}


async def test_what_is_kept() -> None:
    """The printed totals by metric, the ranking, who was refreshed, and everybody's followers."""
    today = datetime(2026, 11, 23, 1, tzinfo=UTC)
    accounts = (
        replace(account("a"), last_scrape_time=today),
        replace(account("b"), last_scrape_time=today - timedelta(days=1), follower_count=0),
        replace(account("c"), last_scrape_time=None),
        replace(account("d"), follower_count=None),
    )
    source, store = MemorySource(tracked=accounts), MemorySnapshots()
    source.numbers = overview({**CURRENT, "saves": 3, "tracked_videos": None}, PREVIOUS)
    one = collector(source, store)
    await one.keep(await collected(one), Period.WEEK, NOON)
    assert await kept(store) == Snapshot(
        organization="org_1",
        period=Period.WEEK,
        window=WEEK,
        taken_at=NOON,
        refreshed=2,
        totals={
            "views": 1_243_531,
            "likes": 30,
            "followers": 10,
            "engagement_rate": 4.2,
            "comments": 8,
            "shares": 4,
            "active_accounts": 118,
            "account_videos": 412,
            "saves": 3,
        },
        standings=(
            Standing("c1", "Mia Chen", 245_120),
            Standing("c2", "<!channel> & Co", 98_000),
            Standing("c3", "سارة", None),
        ),
    )
    counted = await store.followers("org_1", [DAY])
    assert counted == Followers("org_1", DAY, {"a": 10, "b": 0})


async def test_what_was_kept_is_the_history_of_next_week() -> None:
    """A window's end is found again, week by week."""
    store = MemorySnapshots()
    one = collector(MemorySource(), store)
    first = await collected(one)
    await one.keep(first, Period.WEEK, NOON)
    later = closed_window(Period.WEEK, DAY + timedelta(days=14))
    quick = asyncio.create_task(one.quick(Period.WEEK, DAY + timedelta(days=14)))
    facts = await one.whole(quick, Period.WEEK, DAY + timedelta(days=14), since=NOON)
    assert facts.window == later
    assert isinstance(facts.history, History)
    assert facts.history.weeks == (None, await kept(store), *[None] * (WEEKS - 2))


async def test_nothing_is_kept_without_accounts() -> None:
    """How fresh the numbers were can't be said, so they must not displace others."""
    source, store = MemorySource(tracked=BUSY), MemorySnapshots()
    one = collector(source, store)
    await one.keep(await collected(one), Period.WEEK, NOON)
    assert store == MemorySnapshots()


async def test_nothing_is_kept_without_a_store() -> None:
    """There is nowhere to keep it."""
    one = collector(MemorySource())
    await one.keep(await collected(one), Period.WEEK, NOON)


async def test_nothing_is_ranked_without_a_leaderboard() -> None:
    """The accounts' own sums rank others, so they are no ranking to compare with."""
    source, store = MemorySource(board=BUSY), MemorySnapshots()
    one = collector(source, store)
    await one.keep(await collected(one), Period.WEEK, NOON)
    snapshot = await kept(store)
    assert snapshot is not None
    assert snapshot.standings == ()


async def test_what_is_too_old_is_forgotten_once_a_day() -> None:
    """Snapshots do not pile up for ever; the first recap of a day sees to it."""
    store = MemorySnapshots()
    one = collector(MemorySource(), store)
    facts = await collected(one)
    days = [DAY - SNAPSHOT_LIFE, DAY - SNAPSHOT_LIFE - timedelta(days=1)]
    for instant, left in ((NOON, 1), (NOON + timedelta(hours=9), 2), (NOON + timedelta(days=1), 0)):
        for day in days:
            await store.keep_followers(Followers("org_1", day, {"a": 5}))
        await one.keep(facts, Period.WEEK, instant)
        found = [await store.followers("org_1", [day]) for day in days]
        assert len([followers for followers in found if followers]) == left


@pytest.mark.parametrize("failing", ["board", "metrics"])
async def test_a_poorer_snapshot_does_not_displace_a_whole_one(failing: str) -> None:
    """A ranking that took too long an hour later must not cost next week its movement."""
    source, store = MemorySource(), MemorySnapshots()
    one = collector(source, store)
    await one.keep(await collected(one), Period.WEEK, NOON)
    first = await kept(store)
    good = getattr(source, failing)
    setattr(source, failing, BUSY)
    await one.keep(await collected(one), Period.WEEK, NOON + timedelta(hours=1))
    assert await kept(store) == first
    setattr(source, failing, good)
    await one.keep(await collected(one), Period.WEEK, NOON + timedelta(hours=2))
    last = await kept(store)
    assert last is not None
    assert last.taken_at == NOON + timedelta(hours=2)


@pytest.mark.parametrize("method", ["keep", "keep_followers"])
async def test_a_snapshot_that_can_not_be_kept_costs_only_itself(method: str) -> None:
    """The recap goes out; whoever runs Recap reads why the next one will lack something."""
    store = Snapshots(broken={method: AWAY})
    one = collector(MemorySource(), store)
    facts = await collected(one)
    with capture_logs() as logs:
        await one.keep(facts, Period.WEEK, NOON)
    assert [(line["event"], line["log_level"], line["detail"]) for line in logs] == [
        ("snapshot_not_kept", "warning", "disk I/O error")
    ]


async def test_a_store_that_hangs_does_not_hold_the_recap() -> None:
    """What is kept is for later weeks; this one is ready."""
    store = Snapshots(stuck="keep")
    one = collector(MemorySource(), store, within=SLOW)
    facts = await collected(one)
    with capture_logs() as logs:
        await one.keep(facts, Period.WEEK, NOON)
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("snapshot_not_kept", "warning")
    ]


async def test_a_bug_in_what_is_kept_costs_only_that() -> None:
    """It is logged with its trace."""
    one = collector(MemorySource(), Snapshots(broken={"keep": BUG}))
    facts = await collected(one)
    with capture_logs() as logs:
        await one.keep(facts, Period.WEEK, NOON)
    assert [(line["event"], line["exc_info"]) for line in logs] == [("snapshot_not_kept", True)]
