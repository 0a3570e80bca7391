"""Asking CreatorAudit and the store for everything that a recap is made of, side by side."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

import structlog

from bot.digest.collected import Facts, VideoBoard
from bot.digest.engagement import ScaleSetting
from bot.digest.facts import (
    Account,
    BatchMetrics,
    Call,
    Fetched,
    Leaderboard,
    Video,
    WindowMetrics,
)
from bot.digest.freshness import coverage
from bot.digest.headline import followers_of, headline
from bot.digest.labels import metric_of
from bot.digest.model import Missing
from bot.digest.periods import Period, Window, closed_window
from bot.digest.preferences import Preferences
from bot.digest.ranking import PART, standings_of
from bot.digest.snapshots import Followers, History, Snapshot, around, weekly, weekly_ends
from bot.digest.sums import Tracked
from bot.errors import RecapError
from bot.ports import Clock, CreatorSource, SnapshotStore
from bot.services.gauge import Gauge

log = structlog.get_logger(__name__)

T = TypeVar("T")

WITHIN: Final = 15.0
"""Seconds that all parts but the headline get; then the recap goes out without them."""

SNAPSHOT_LIFE: Final = timedelta(weeks=60)
"""More than a year, so that a week can be seen beside the same week of the year before."""

VIDEOS: Final = 1_000
"""Posts of each kind that are looked at: the newest, since an older one seldom still gains."""

TOO_SLOW: Final = "CreatorAudit took too long to answer."
UNREADABLE: Final = "Recap could not make sense of an answer."
NO_ORGANIZATION: Final = "CreatorAudit does not say which organization the key belongs to."

OTHER_DAYS: Final = "CreatorAudit's own ranking is of other days by now."

TRACKED: Final = "Movers, likes, comments and shares"
LISTED: Final = "Movers, likes, comments, shares, followers and coverage"
HISTORY: Final = "Rank movement and trend"
POSTS: Final = "Top videos"


class Collector:
    """Collects ``Facts``; a part that can't be had is ``Missing``, only the headline raises."""

    def __init__(
        self,
        source: CreatorSource,
        store: SnapshotStore | None,
        clock: Clock,
        scale: ScaleSetting,
        *,
        snapshot_life: timedelta = SNAPSHOT_LIFE,
        within: float = WITHIN,
    ) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._gauge = Gauge(scale)
        self._snapshot_life = snapshot_life
        self._within = within
        self._tidied_on: date | None = None
        self._organization: str | None = None
        self._accounts: tuple[datetime, Fetched[tuple[Account, ...]]] | None = None

    async def quick(self, period: Period, day: date) -> Facts:
        """What two calls give.

        Raises:
            RecapError: The overview could not be had.
        """
        board = asyncio.create_task(self._board(period))
        try:
            overview = await self._source.overview(period)
            scale = self._gauge.scale(overview.value, ())
            window = closed_window(period, day)
            return Facts(overview, await board, scale, window=window)
        finally:
            board.cancel()

    async def whole(
        self, quick: Awaitable[Facts], period: Period, day: date, *, since: datetime
    ) -> Facts:
        """Everything but the posts, besides what ``quick`` gives.

        A list of accounts that was fetched after ``since`` serves once more.

        Raises:
            RecapError: The overview could not be had.
        """
        window = closed_window(period, day)
        tasks = (
            asyncio.create_task(self._people(window, since)),
            asyncio.create_task(self._past(period, window)),
        )
        try:
            facts = await quick
            accounts, tracked = await tasks[0]
            return self._together(facts, accounts, tracked, await tasks[1])
        finally:
            for task in tasks:
                task.cancel()

    def _together(
        self,
        facts: Facts,
        accounts: Fetched[tuple[Account, ...]] | Missing,
        tracked: Fetched[Tracked] | Missing,
        history: History | Missing | None,
    ) -> Facts:
        metrics: tuple[WindowMetrics, ...] = ()
        if isinstance(tracked, Fetched):
            metrics = tuple(tracked.value.current.by_account.values())
        scale = self._gauge.scale(facts.overview.value, metrics)
        if not facts.is_current:
            facts = replace(facts, leaderboard=Missing(PART, OTHER_DAYS))
        return replace(facts, scale=scale, accounts=accounts, tracked=tracked, history=history)

    async def with_videos(self, facts: Facts) -> Facts:
        """``facts`` with the posts of their window."""
        assert facts.window is not None  # noqa: S101 -- whole() gave one
        videos = await self._part(POSTS, self._videos(facts.window), self._deadline())
        return replace(facts, videos=videos)

    async def keep(self, facts: Facts, period: Period, taken_at: datetime) -> None:
        """Keep what ``facts`` say for the recaps of later weeks; a failure costs only those.

        Where parts are missing, what was kept of the window stays.
        """
        store, organization = self._store, self._organization
        if store is None or organization is None or not isinstance(facts.accounts, Fetched):
            return
        counted = Followers(organization, taken_at.date(), followers_of(facts.accounts.value))
        try:
            async with asyncio.timeout_at(self._deadline()):
                snapshot = _snapshot(organization, facts, period, taken_at)
                days = [snapshot.window.end]
                if _is_whole(facts) or not await store.ended(organization, period, days):
                    await store.keep(snapshot)
                await store.keep_followers(counted)
                await self._tidy(store, taken_at)
        except RecapError as error:
            log.warning("snapshot_not_kept", detail=error.operator)
        except TimeoutError:
            log.warning("snapshot_not_kept", detail="The database did not answer in time.")
        except Exception:
            # The recap itself is there; a bug in what is kept of it must not take it away.
            log.exception("snapshot_not_kept")

    async def _tidy(self, store: SnapshotStore, now: datetime) -> None:
        """Once a day, forget what is too old."""
        if self._tidied_on == now.date():
            return
        await store.forget((now - self._snapshot_life).date())
        self._tidied_on = now.date()

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._within

    async def _part(self, part: str, asking: Awaitable[T], deadline: float) -> T | Missing:
        try:
            async with asyncio.timeout_at(deadline):
                return await asking
        except TimeoutError:
            return Missing(part, TOO_SLOW)
        except RecapError as error:
            return Missing(part, error.reader)
        except Exception:
            # The other parts are no worse for a bug in this one.
            log.exception("part_failed", part=part)
            return Missing(part, UNREADABLE)

    async def _board(self, period: Period) -> Fetched[Leaderboard] | Missing:
        return await self._part(PART, self._source.top_creators(period), self._deadline())

    async def _people(
        self, window: Window, since: datetime
    ) -> tuple[Fetched[tuple[Account, ...]] | Missing, Fetched[Tracked] | Missing]:
        deadline = self._deadline()
        accounts = await self._part(LISTED, self._listed(since), deadline)
        if isinstance(accounts, Missing):
            return accounts, accounts
        return accounts, await self._part(TRACKED, self._tracked(accounts.value, window), deadline)

    async def _listed(self, since: datetime) -> Fetched[tuple[Account, ...]]:
        now = self._clock.now()
        if self._accounts is None or not since <= self._accounts[0] <= now:
            self._accounts = now, await self._source.accounts()
        return self._accounts[1]

    async def _tracked(self, accounts: tuple[Account, ...], window: Window) -> Fetched[Tracked]:
        ids = [one.id for one in accounts]
        if not ids:
            current, before = BatchMetrics(window, {}), BatchMetrics(window.before, {})
            return Fetched(Tracked((), current, before, window), ())
        now, then = await asyncio.gather(
            self._source.account_metrics(ids, window),
            self._source.account_metrics(ids, window.before),
        )
        tracked = Tracked(accounts, now.value, then.value, window)
        return Fetched(tracked, now.calls + then.calls)

    async def _past(self, period: Period, window: Window) -> History | Missing | None:
        if self._store is None:
            return None
        return await self._part(
            HISTORY, self._history(self._store, period, window), self._deadline()
        )

    async def _history(self, store: SnapshotStore, period: Period, window: Window) -> History:
        organization = await self._of_organization()
        ends = [day for days in weekly_ends(window.end) for day in days]
        found = await store.ended(organization, period, ends)
        counted = window.end + timedelta(days=1 - period.days)
        followers = await store.followers(organization, around(counted))
        return History(weekly(found, window.end), followers)

    async def _of_organization(self) -> str:
        if self._organization is None:
            identity = (await self._source.whoami()).value
            if identity.organization_id is None:
                raise RecapError(NO_ORGANIZATION, "GET /whoami names no organization_id.")
            self._organization = identity.organization_id
        return self._organization

    async def _videos(self, window: Window) -> Fetched[VideoBoard]:
        tracked, discovered = await asyncio.gather(
            self._source.videos(at_most=VIDEOS), self._source.account_videos(at_most=VIDEOS)
        )
        calls = [*tracked.calls, *discovered.calls]
        posts = [
            *await self._of_tracked(tracked.value, window, calls),
            *await self._of_discovered(discovered.value, window, calls),
        ]
        return Fetched(VideoBoard(tuple(posts)), tuple(calls))

    async def _of_tracked(
        self, videos: tuple[Video, ...], window: Window, calls: list[Call]
    ) -> list[tuple[Video, WindowMetrics]]:
        if not videos:
            return []
        answer = await self._source.video_metrics([video.id for video in videos], window)
        calls += answer.calls
        metrics = answer.value.by_account
        return [(video, metrics[video.id]) for video in videos if video.id in metrics]

    async def _of_discovered(
        self, videos: tuple[Video, ...], window: Window, calls: list[Call]
    ) -> list[tuple[Video, WindowMetrics]]:
        if not videos:
            return []
        ids: dict[str | None, list[str]] = {"instagram": [], "tiktok": []}
        for video in videos:
            ids.setdefault(video.platform, []).append(video.id)
        answer = await self._source.account_video_metrics(ids["instagram"], ids["tiktok"], window)
        calls += answer.calls
        known = ((video, answer.value.of(video)) for video in videos)
        return [(video, metrics) for video, metrics in known if metrics is not None]


def _is_whole(facts: Facts) -> bool:
    return isinstance(facts.leaderboard, Fetched) and isinstance(facts.tracked, Fetched)


def _snapshot(organization: str, facts: Facts, period: Period, taken_at: datetime) -> Snapshot:
    assert facts.window is not None  # noqa: S101 -- whole() gave one
    assert isinstance(facts.accounts, Fetched)  # noqa: S101 -- keep() has looked
    figures = headline(facts, period, Preferences()).figures
    totals = {
        (metric_of(figure.key) or figure.key): figure.current
        for figure in figures
        if figure.current is not None
    }
    return Snapshot(
        organization=organization,
        period=period,
        window=facts.window,
        taken_at=taken_at,
        refreshed=coverage(facts.accounts.value, facts.window).refreshed,
        totals={str(key): value for key, value in totals.items()},
        standings=standings_of(facts),
    )
