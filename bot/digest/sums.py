"""Account by account into sums: of everybody, and of each creator."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Final

from bot.digest.creators import CreatorSums
from bot.digest.engagement import interactions, measured_percent, percent
from bot.digest.facts import Account, BatchMetrics, Number, WindowMetrics
from bot.digest.freshness import Coverage, coverage, is_refreshed
from bot.digest.movers import Movers, find_movers
from bot.digest.periods import Window
from bot.digest.preferences import Metric, Platform

NOTHING: Final = WindowMetrics(None, None, None, None, None)
SUMMED: Final = (Metric.VIEWS, Metric.LIKES, Metric.COMMENTS, Metric.SHARES)
"""What the batch calls count, and add up over any accounts."""


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
        movers: Who of them moved; None where nobody's views compare.
        metrics: Everybody's sums.
        added: Who is new; their views are nobody's gain.
        engagement: The rate in percent, over the accounts that know all that it is made of.
        engagement_before: The same for the window before.
    """

    accounts: tuple[Account, ...]
    counted: int
    coverage: Coverage | None
    creators: tuple[CreatorSums, ...]
    movers: Movers | None
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

    ``known`` and ``pairs`` count the accounts that know their views, and that compare;
    ``interactions`` belong to the views ``rated``.
    """

    first: Account
    name: str | None = None
    known: int = 0
    views: Number = 0
    pairs: int = 0
    of_both: Number = 0
    before: Number = 0
    rated: Number = 0
    interactions: Number = 0

    def sums(self, key: str) -> CreatorSums:
        return CreatorSums(
            key,
            self.name or self.first.name,
            self.views if self.known else None,
            self.of_both if self.pairs else None,
            self.before if self.pairs else None,
            percent(self.interactions, self.rated),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """The accounts, and their numbers in a window and in the one before it.

    ``window`` is what was asked for; None where nobody knows.
    """

    accounts: tuple[Account, ...]
    current: BatchMetrics
    before: BatchMetrics
    window: Window | None = None
    _people: dict[Platform | None, People] = field(default_factory=dict, init=False, repr=False)

    @property
    def other_days(self) -> tuple[Window, Window] | None:
        """The days that were summed, and those that were asked for, where the two differ."""
        if self.window is None:
            return None
        asked = (self.current, self.window), (self.before, self.window.before)
        differ = ((one.window, days) for one, days in asked if one.window and one.window != days)
        return next(differ, None)

    def people(self, platform: Platform | None) -> People:
        """Everybody of ``platform``, added up once for all who are due together."""
        found = self._people.get(platform)
        if found is None:
            found = self._people[platform] = _added_up(self, platform)
        return found


def _added_up(tracked: Tracked, platform: Platform | None) -> People:
    accounts = of_platform(tracked.accounts, platform)
    current = metrics_of(accounts, tracked.current)
    before = metrics_of(accounts, tracked.before)
    now, then = _columns(current), _columns(before)
    added = [
        not was and _is_added(account, tracked.window)
        for account, was in zip(accounts, then[Metric.VIEWS], strict=True)
    ]
    brought = [views for new, views in zip(added, now[Metric.VIEWS], strict=True) if new and views]
    covered = coverage(accounts, tracked.window) if tracked.window else None
    ready = _ready(accounts, tracked, covered)
    compare = [there and not new for there, new in zip(ready, added, strict=True)]
    views = zip(now[Metric.VIEWS], then[Metric.VIEWS], strict=True)
    creators = _creators(accounts, views, interactions(current), compare)
    return People(
        accounts=accounts,
        counted=sum(one is not NOTHING for one in current),
        coverage=covered,
        creators=creators,
        movers=find_movers(creators),
        metrics={metric: compared(now[metric], then[metric], ready) for metric in SUMMED},
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
    views: Iterable[tuple[Number | None, Number | None]],
    interacted: Sequence[Number | None],
    compare: Sequence[bool],
) -> tuple[CreatorSums, ...]:
    """Everybody's sums; an account without a creator stands for itself."""
    together: dict[str, _Adding] = {}
    for account, (now, then), many, compares in zip(
        accounts, views, interacted, compare, strict=True
    ):
        key = account.creator_id or account.id
        one = together.get(key)
        if one is None:
            one = together[key] = _Adding(account)
        if not one.name and account.creator_id:
            one.name = account.creator_name
        if now is None:
            continue
        one.known += 1
        one.views += now
        if compares and then is not None:
            one.pairs += 1
            one.of_both += now
            one.before += then
        if many is not None:
            one.interactions += many
            one.rated += now
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


def _columns(rows: Sequence[WindowMetrics]) -> Mapping[Metric, Sequence[Number | None]]:
    """What is summed of ``rows``, by metric."""
    columns = dict(zip(WindowMetrics._fields, zip(*rows, strict=True), strict=bool(rows)))
    return {metric: columns.get(metric.value, ()) for metric in SUMMED}


def compared(
    current: Sequence[Number | None],
    before: Sequence[Number | None],
    ready: Sequence[bool] | None = None,
) -> Compared:
    """One metric of the same accounts in two windows; without ``ready``, all of them compare."""
    known, known_before = _known(current), _known(before)
    now_total, before_total, count = _sum(known), _sum(known_before), len(current)
    if count == len(known) == len(known_before) and (ready is None or all(ready)):
        return Compared(now_total, before_total, now_total, before_total, count, count, count)
    pairs = [
        compares and now is not None and then is not None
        for now, then, compares in zip(current, before, ready or [True] * count, strict=True)
    ]
    return Compared(
        current=now_total,
        before=before_total,
        current_of_both=total(compress(current, pairs)),
        before_of_both=total(compress(before, pairs)),
        known=len(known),
        known_before=len(known_before),
        known_both=sum(pairs),
    )


def total(values: Iterable[Number | None]) -> Number | None:
    """The sum of what is known; None where nothing is."""
    return _sum(_known(values))


def _known(values: Iterable[Number | None]) -> list[Number]:
    return [value for value in values if value is not None]


def _sum(known: Sequence[Number]) -> Number | None:
    return sum(known) if known else None


def of_platform(accounts: Sequence[Account], platform: Platform | None) -> tuple[Account, ...]:
    """The accounts of ``platform``; all of them for None."""
    if platform is None:
        return tuple(accounts)
    return tuple(one for one in accounts if one.platform == platform.value)
