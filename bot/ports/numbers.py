"""Where numbers come from, and what earlier recaps printed."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from bot.digest.facts import (
    Account,
    BatchMetrics,
    Fetched,
    Identity,
    Leaderboard,
    Overview,
    PlatformMetrics,
    Video,
)
from bot.digest.periods import Period, Window
from bot.digest.snapshots import Followers, Snapshot


class CreatorSource(Protocol):
    """Where the numbers come from: one CreatorAudit key, one method per question.

    Every method may raise the family of ``bot.errors``: ``TryLater`` once its own retries are used
    up or the wait would exceed its time budget, ``OperatorMustAct`` (``ScopeMissing`` where only
    this call is barred) and ``Unusable``. It never raises anything else for what the other side
    does, and never waits less than a ``Retry-After`` asks for.
    """

    async def whoami(self) -> Fetched[Identity]:
        """Whose key this is."""
        ...

    async def overview(self, period: Period) -> Fetched[Overview]:
        """The organization's figures for a preset window."""
        ...

    async def top_creators(self, period: Period) -> Fetched[Leaderboard]:
        """At most 25 creators in the server's order for a preset window."""
        ...

    async def accounts(self, *, at_most: int | None = None) -> Fetched[tuple[Account, ...]]:
        """The tracked accounts, all of them or the first ``at_most``."""
        ...

    async def account_metrics(
        self, account_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        """Sums per account over a preset or a custom window, in as many batches as it takes."""
        ...

    async def videos(self, *, at_most: int | None = None) -> Fetched[tuple[Video, ...]]:
        """The posts that were added by hand, all of them or the first ``at_most``."""
        ...

    async def video_metrics(
        self, video_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        """Sums per post of ``videos``, like ``account_metrics``."""
        ...

    async def account_videos(self, *, at_most: int | None = None) -> Fetched[tuple[Video, ...]]:
        """The posts that were discovered on the tracked accounts, each with its platform."""
        ...

    async def account_video_metrics(
        self, instagram_ids: Sequence[str], tiktok_ids: Sequence[str], window: Period | Window
    ) -> Fetched[PlatformMetrics]:
        """Sums per post of ``account_videos``; the two platforms may use the same ids."""
        ...


class SnapshotStore(Protocol):
    """What earlier recaps printed; every method may raise ``TryLater`` where the store is away."""

    async def keep(self, snapshot: Snapshot) -> None:
        """Keep ``snapshot`` in place of the one of the same window, unless that had fresher data.

        Fresher is more accounts refreshed since the window closed; with as many, the later wins.
        """
        ...

    async def ended(
        self, organization: str, period: Period, days: Collection[date]
    ) -> Sequence[Snapshot]:
        """The snapshots of ``period`` whose windows ended on one of ``days``, newest first."""
        ...

    async def keep_followers(self, followers: Followers) -> None:
        """Keep ``followers`` in place of what was counted on the same day."""
        ...

    async def followers(self, organization: str, days: Sequence[date]) -> Followers | None:
        """The count of the first one of ``days`` on which there was one."""
        ...

    async def forget(self, before: date) -> int:
        """Remove all windows that ended, and all counts, before that day; returns how many."""
        ...
