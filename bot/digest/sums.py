"""Account by account into sums: of everybody, and of each creator."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.digest.engagement import measured_percent
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
        engagement: (likes + comments + shares) / views in the window, in percent, over the
            accounts that know all four; None where none does.
    """

    key: str
    name: str
    current: WindowMetrics
    before: WindowMetrics
    engagement: float | None

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
        engagement: The rate in percent, over the accounts that know all that it is made of.
        engagement_before: The same for the window before.
    """

    accounts: tuple[Account, ...]
    counted: int
    creators: tuple[CreatorSums, ...]
    current: WindowMetrics
    before: WindowMetrics
    engagement: float | None
    engagement_before: float | None


@lru_cache(maxsize=2)
def people(tracked: Tracked, platform: Platform | None) -> People:
    """Everybody in ``tracked``, added up once for all who are due together."""
    accounts = of_platform(tracked.accounts, platform)
    current = metrics_of(accounts, tracked.current)
    creators = by_creator(accounts, tracked.current, tracked.before)
    return People(
        accounts=accounts,
        counted=len(current),
        creators=tuple(creators),
        current=summed(one.current for one in creators),
        before=summed(one.before for one in creators),
        engagement=measured_percent(current),
        engagement_before=measured_percent(metrics_of(accounts, tracked.before)),
    )


def summed(metrics: Iterable[WindowMetrics]) -> WindowMetrics:
    """Each metric over those that know it; None where none does."""
    rows = [
        (one.views, one.plays, one.likes, one.comments, one.shares, one.engagement)
        for one in metrics
    ]
    return WindowMetrics(*map(total, zip(*rows, strict=True))) if rows else NOTHING


def total(values: Iterable[Number | None]) -> Number | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


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
    return [_of_creator(key, own, current, before) for key, own in together.items()]


def _of_creator(
    key: str, own: Sequence[Account], current: BatchMetrics, before: BatchMetrics
) -> CreatorSums:
    now = metrics_of(own, current)
    earlier = summed(metrics_of(own, before))
    return CreatorSums(key, _name(own), summed(now), earlier, measured_percent(now))


def _name(accounts: Sequence[Account]) -> str:
    first = accounts[0]
    if first.creator_id and (named := next(filter(None, (a.creator_name for a in accounts)), None)):
        return named
    return account_name(first)


def account_name(account: Account) -> str:
    """``@mia.1``; user text."""
    return f"@{account.username}" if account.username else account.id
