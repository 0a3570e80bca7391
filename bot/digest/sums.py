"""Account by account into sums: of everybody, and of each creator."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.digest.facts import Account, BatchMetrics, Number, Tracked, WindowMetrics
from bot.digest.preferences import Platform

NOTHING = WindowMetrics(None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class CreatorSums:
    """One creator, or one account without a creator, in a window and in the one before.

    Attributes:
        key: CreatorAudit's id of the creator, or of the account.
        name: User text.
        current: Sums over the accounts whose numbers are known.
        before: The same for the window before.
    """

    key: str
    name: str
    current: WindowMetrics
    before: WindowMetrics

    @property
    def gain(self) -> Number | None:
        """Views more than in the window before; None where either is unknown."""
        return difference(self.current.views, self.before.views)


def difference(current: Number | None, before: Number | None) -> Number | None:
    """``current - before``, None where either is unknown."""
    return None if current is None or before is None else current - before


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of one platform, or of all.

    Attributes:
        accounts: Theirs.
        counted: How many of the accounts have numbers for the window.
        creators: Each one's sums.
        current: Over everybody.
        before: The same for the window before.
    """

    accounts: tuple[Account, ...]
    counted: int
    creators: tuple[CreatorSums, ...]
    current: WindowMetrics
    before: WindowMetrics


@lru_cache(maxsize=2)
def people(tracked: Tracked, platform: Platform | None) -> People:
    """Everybody in ``tracked``, added up once for all who are due together."""
    accounts = of_platform(tracked.accounts, platform)
    creators = by_creator(accounts, tracked.current, tracked.before)
    return People(
        accounts=accounts,
        counted=sum(one.id in tracked.current.by_account for one in accounts),
        creators=tuple(creators),
        current=summed(one.current for one in creators),
        before=summed(one.before for one in creators),
    )


def summed(metrics: Iterable[WindowMetrics]) -> WindowMetrics:
    """Each metric over those that know it; None where none does.

    Written out, because thousands of accounts go through here for every recap.
    """
    views: Number | None = None
    plays: Number | None = None
    likes: Number | None = None
    comments: Number | None = None
    shares: Number | None = None
    engagement: Number | None = None
    for one in metrics:
        views = _plus(views, one.views)
        plays = _plus(plays, one.plays)
        likes = _plus(likes, one.likes)
        comments = _plus(comments, one.comments)
        shares = _plus(shares, one.shares)
        engagement = _plus(engagement, one.engagement)
    return WindowMetrics(views, plays, likes, comments, shares, engagement)


def _plus(one: Number | None, other: Number | None) -> Number | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


def total(values: Iterable[Number | None]) -> Number | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def engagement_percent(metrics: WindowMetrics) -> float | None:
    """(likes + comments + shares) / views in percent; None where one of them is unknown."""
    views, parts = metrics.views, (metrics.likes, metrics.comments, metrics.shares)
    if not views or any(part is None for part in parts):
        return None
    return 100 * sum(part for part in parts if part is not None) / views


def of_platform(accounts: Sequence[Account], platform: Platform | None) -> tuple[Account, ...]:
    """The accounts of ``platform``; all of them for None."""
    return tuple(one for one in accounts if platform is None or one.platform == platform.value)


def metrics_of(accounts: Iterable[Account], batch: BatchMetrics) -> list[WindowMetrics]:
    """The metrics of those of ``accounts`` that ``batch`` has."""
    found = (batch.by_account.get(one.id) for one in accounts)
    return [one for one in found if one is not None]


def by_creator(
    accounts: Iterable[Account], current: BatchMetrics, before: BatchMetrics
) -> list[CreatorSums]:
    """Everybody's sums; an account without a creator stands for itself."""
    together: dict[str, list[Account]] = defaultdict(list)
    for account in accounts:
        together[account.creator_id or account.id].append(account)
    return [
        CreatorSums(key, _name(own), _sums(own, current), _sums(own, before))
        for key, own in together.items()
    ]


def _sums(accounts: Sequence[Account], batch: BatchMetrics) -> WindowMetrics:
    found = metrics_of(accounts, batch)
    return found[0] if len(found) == 1 else summed(found)


def _name(accounts: Sequence[Account]) -> str:
    first = accounts[0]
    if first.creator_id and (named := next(filter(None, (a.creator_name for a in accounts)), None)):
        return named
    return account_name(first)


def account_name(account: Account) -> str:
    """``@mia.1``; user text."""
    return f"@{account.username}" if account.username else account.id
