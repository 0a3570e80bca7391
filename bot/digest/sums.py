"""Account by account into sums: of everybody, and of each creator."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.digest.facts import Account, BatchMetrics, Number, WindowMetrics
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


def summed(metrics: Iterable[WindowMetrics]) -> WindowMetrics:
    """Each metric over those that know it; None where none does."""
    known = list(metrics)
    return WindowMetrics(
        views=total(one.views for one in known),
        plays=total(one.plays for one in known),
        likes=total(one.likes for one in known),
        comments=total(one.comments for one in known),
        shares=total(one.shares for one in known),
        engagement=total(one.engagement for one in known),
    )


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
        CreatorSums(
            key,
            _name(own),
            summed(metrics_of(own, current)),
            summed(metrics_of(own, before)),
        )
        for key, own in together.items()
    ]


def _name(accounts: Sequence[Account]) -> str:
    first = accounts[0]
    if first.creator_id and (named := next(filter(None, (a.creator_name for a in accounts)), None)):
        return named
    return account_name(first)


def account_name(account: Account) -> str:
    """``@mia.1``; user text."""
    return f"@{account.username}" if account.username else account.id
