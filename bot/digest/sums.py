"""Account by account into sums: of everybody, and of each creator."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Final

from bot.digest.engagement import interactions_of, measured_percent, percent
from bot.digest.facts import Account, BatchMetrics, Number, Tracked, WindowMetrics
from bot.digest.freshness import Coverage, coverage, is_refreshed
from bot.digest.periods import Window
from bot.digest.preferences import Metric, Platform

NOTHING: Final = WindowMetrics(None, None, None, None, None)
SUMMED: Final = (Metric.VIEWS, Metric.LIKES, Metric.COMMENTS, Metric.SHARES)
"""What the batch calls count, and add up over any accounts."""


@dataclass(frozen=True, slots=True)
class CreatorSums:
    """One creator, or one account without a creator, in a window and in the one before.

    Attributes:
        key: CreatorAudit's id of the creator, or of the account.
        name: User text.
        views: Over the accounts whose views are known; None where none are.
        views_of_both: Over the accounts that compare: their views are known for both windows, they
            are not newly added, and ``People.is_early`` does not count them out. None where none
            compares.
        before_of_both: The same accounts in the window before.
        engagement: (likes + comments + shares) / views in the window, in percent, over the
            accounts that know all four; None where none does.
    """

    key: str
    name: str
    views: Number | None
    views_of_both: Number | None
    before_of_both: Number | None
    engagement: float | None = None

    @property
    def gain(self) -> Number | None:
        """Views more than in the window before; None where no account compares."""
        return difference(self.views_of_both, self.before_of_both)


@dataclass(frozen=True, slots=True)
class Added:
    """The accounts that were added within the window and brought views.

    An account that had views before it was added is like any other.
    """

    accounts: int
    views: Number


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric over many accounts, in a window and in the one before.

    Attributes:
        current: Over the accounts that know it for the window; None where none does.
        before: The same for the window before.
        current_of_both: Over the accounts that compare: they know it for both windows, and
            ``People.is_early`` does not count them out.
        before_of_both: The same for the window before.
        known: How many accounts know it for the window.
        known_before: The same for the window before.
        known_both: How many compare.
    """

    current: Number | None
    before: Number | None
    current_of_both: Number | None
    before_of_both: Number | None
    known: int
    known_before: int
    known_both: int


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of one platform, or of all.

    Attributes:
        accounts: Theirs.
        counted: How many of the accounts have numbers for the window.
        coverage: How complete the window is for them; None where nobody knows its days.
        creators: Each one's sums.
        metrics: Everybody's sums.
        added: Who is new; their views are nobody's gain.
        engagement: The rate in percent, over the accounts that know all that it is made of.
        engagement_before: The same for the window before.
    """

    accounts: tuple[Account, ...]
    counted: int
    coverage: Coverage | None
    creators: tuple[CreatorSums, ...]
    metrics: Mapping[Metric, Compared]
    added: Added
    engagement: float | None
    engagement_before: float | None

    @property
    def is_early(self) -> bool:
        """Whether so few are refreshed since the window closed that only those compare.

        Days that have not landed yet count 0, which would be told as a fall.
        """
        return self.coverage is not None and not self.coverage.is_enough


@dataclass(slots=True)
class _Adding:
    """The sums of one creator, account by account.

    ``pairs`` counts the accounts that compare; ``interactions`` belong to the views ``rated``.
    """

    first: Account
    name: str | None = None
    views: Number | None = None
    pairs: int = 0
    of_both: Number = 0
    before: Number = 0
    rated: Number = 0
    interactions: Number = 0

    def add(self, now: WindowMetrics, then: WindowMetrics, *, compares: bool) -> None:
        views, before = now.views, then.views
        if views is None:
            return
        self.views = views if self.views is None else self.views + views
        if compares and before is not None:
            self.pairs += 1
            self.of_both += views
            self.before += before
        interactions = interactions_of(now)
        if interactions is not None:
            self.rated += views
            self.interactions += interactions

    def sums(self, key: str) -> CreatorSums:
        of_both, before = (self.of_both, self.before) if self.pairs else (None, None)
        name = self.name or self.first.name
        return CreatorSums(
            key, name, self.views, of_both, before, percent(self.interactions, self.rated)
        )


@lru_cache(maxsize=2)
def people(tracked: Tracked, platform: Platform | None) -> People:
    """Everybody in ``tracked``, added up once for all who are due together."""
    accounts = of_platform(tracked.accounts, platform)
    current = metrics_of(accounts, tracked.current)
    before = metrics_of(accounts, tracked.before)
    added = [
        not then.views and _is_added(account, tracked.window)
        for account, then in zip(accounts, before, strict=True)
    ]
    brought = [now.views for new, now in zip(added, current, strict=True) if new and now.views]
    covered = coverage(accounts, tracked.window) if tracked.window else None
    ready = _ready(accounts, tracked, covered)
    compare = [there and not new for there, new in zip(ready, added, strict=True)]
    return People(
        accounts=accounts,
        counted=sum(one is not NOTHING for one in current),
        coverage=covered,
        creators=_creators(accounts, current, before, compare),
        metrics={
            metric: compared(_column(metric, current), _column(metric, before), ready)
            for metric in SUMMED
        },
        added=Added(len(brought), sum(brought)),
        engagement=measured_percent(current),
        engagement_before=measured_percent(before),
    )


def _ready(
    accounts: Sequence[Account], tracked: Tracked, covered: Coverage | None
) -> Sequence[bool]:
    """Which of ``accounts`` may be compared; none where other days were summed than asked for."""
    if tracked.other_days:
        return [False] * len(accounts)
    if tracked.window is None or covered is None or covered.is_enough:
        return [True] * len(accounts)
    closed_at = tracked.window.closed_at
    return [is_refreshed(one, closed_at) for one in accounts]


def _is_added(account: Account, window: Window | None) -> bool:
    added = account.added_at
    return window is not None and added is not None and window.start <= added.date() <= window.end


def _creators(
    accounts: Sequence[Account],
    current: Sequence[WindowMetrics],
    before: Sequence[WindowMetrics],
    compare: Sequence[bool],
) -> tuple[CreatorSums, ...]:
    """Everybody's sums; an account without a creator stands for itself."""
    together: dict[str, _Adding] = {}
    for account, now, then, compares in zip(accounts, current, before, compare, strict=True):
        key = account.creator_id or account.id
        one = together.get(key)
        if one is None:
            one = together[key] = _Adding(account)
        if not one.name and account.creator_id:
            one.name = account.creator_name
        one.add(now, then, compares=compares)
    return tuple([one.sums(key) for key, one in together.items()])


def metrics_of(accounts: Iterable[Account], batch: BatchMetrics) -> list[WindowMetrics]:
    """What ``batch`` has of each of ``accounts``: ``NOTHING`` of those that it lacks.

    Before the first refresh of an account nothing was measured, so no 0 of it is one.
    """
    known = batch.by_account
    return [
        NOTHING
        if (metrics := known.get(one.id)) is None
        or (one.last_scrape_time is None and not metrics.views)
        else metrics
        for one in accounts
    ]


def _column(metric: Metric, rows: Iterable[WindowMetrics]) -> list[Number | None]:
    return list(map(attrgetter(metric.value), rows))


def compared(
    current: Sequence[Number | None],
    before: Sequence[Number | None],
    ready: Sequence[bool] | None = None,
) -> Compared:
    """One metric of the same accounts in two windows; without ``ready``, all of them compare."""
    now_total, before_total = total(current), total(before)
    if None not in current and None not in before and (ready is None or all(ready)):
        count = len(current)
        return Compared(now_total, before_total, now_total, before_total, count, count, count)
    pairs = [
        (now, then)
        for now, then, compares in zip(current, before, ready or [True] * len(current), strict=True)
        if compares and now is not None and then is not None
    ]
    return Compared(
        current=now_total,
        before=before_total,
        current_of_both=total([now for now, _ in pairs]),
        before_of_both=total([then for _, then in pairs]),
        known=len(current) - current.count(None),
        known_before=len(before) - before.count(None),
        known_both=len(pairs),
    )


def total(values: Iterable[Number | None]) -> Number | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def difference(current: Number | None, before: Number | None) -> Number | None:
    """``current - before``, None where either is unknown."""
    return None if current is None or before is None else current - before


def of_platform(accounts: Sequence[Account], platform: Platform | None) -> tuple[Account, ...]:
    """The accounts of ``platform``; all of them for None."""
    if platform is None:
        return tuple(accounts)
    return tuple(one for one in accounts if one.platform == platform.value)
