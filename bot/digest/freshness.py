"""How complete a closed window is, and when it will be more so.

An account's numbers of a window are complete once the account has been refreshed after the window
closed (docs.creatoraudit.com, /data-freshness).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.digest.facts import Account
from bot.digest.periods import Window

ENOUGH: Final = 0.9
"""A recap that may wait for fresh data waits for this share of the accounts."""

TIGHTEST: Final = timedelta(minutes=5)
WIDEST: Final = timedelta(hours=1)
USUAL_HOURS: Final = 24
"""``scrape_interval_hours`` where CreatorAudit does not say (its own default)."""

SENSIBLE_HOURS: Final = 0.01, 24 * 7
"""Anything else in its place is no interval."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many accounts have been refreshed since a window closed; names are user text.

    Attributes:
        of: Accounts that are refreshed at all: neither paused nor unavailable.
        refreshed: Those of them that were refreshed since the window closed.
        stale: The names of those that were not, but had been before.
        waiting: The names of those whose first refresh has not landed.
        paused: The names of accounts whose tracking is off.
        unavailable: The names of accounts that are gone or private.
    """

    of: int
    refreshed: int
    stale: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The refreshed part; 1 where there is nothing to wait for."""
        return self.refreshed / self.of if self.of else 1.0

    @property
    def is_enough(self) -> bool:
        """Whether a recap that may wait need not wait any longer."""
        return self.share >= ENOUGH

    @property
    def is_complete(self) -> bool:
        """Whether later numbers of the window will be the same."""
        return self.refreshed == self.of


def coverage(accounts: Iterable[Account], window: Window) -> Coverage:
    """The coverage of ``window`` over ``accounts``."""
    paused: list[str] = []
    unavailable: list[str] = []
    waiting, stale = [], []
    refreshed, closed_at = 0, window.closed_at
    for one in accounts:
        last = one.last_scrape_time
        if one.is_active is False:
            paused.append(one.name)
        elif one.is_unavailable:
            unavailable.append(one.name)
        elif last is None:
            waiting.append(one.name)
        elif last < closed_at:
            stale.append(one.name)
        else:
            refreshed += 1
    return Coverage(
        of=refreshed + len(stale) + len(waiting),
        refreshed=refreshed,
        stale=tuple(stale),
        waiting=tuple(waiting),
        paused=tuple(paused),
        unavailable=tuple(unavailable),
    )


def is_refreshed(account: Account, closed_at: datetime) -> bool:
    """Whether the numbers of ``account`` for a window that closed then are complete."""
    last = account.last_scrape_time
    return last is not None and last >= closed_at and _is_on(account)


def _is_on(account: Account) -> bool:
    """Whether ``account`` is refreshed at all: it is neither paused nor unavailable."""
    return account.is_active is not False and not account.is_unavailable


def next_look(
    accounts: Sequence[Account], window: Window, now: datetime, share: float = ENOUGH
) -> datetime:
    """When to ask again whether ``share`` of the accounts are refreshed.

    When that is to be expected from their intervals, but not sooner than in five minutes and not
    later than in an hour, since a refresh may also come out of turn.
    """
    closed_at = window.closed_at
    refreshed, stale = 0, []
    for one in accounts:
        last = one.last_scrape_time
        if last is None or one.is_active is False or one.is_unavailable:
            continue
        if last < closed_at:
            stale.append(one)
        else:
            refreshed += 1
    # Those that are refreshed already were so before now: only when the others follow matters.
    wanted = max(1, math.ceil(share * (refreshed + len(stale)))) - refreshed
    at = now
    if stale and wanted > 0:
        at = sorted(_expected(one, closed_at) for one in stale)[wanted - 1]
    return min(max(at, now + TIGHTEST), now + WIDEST)


def _expected(account: Account, closed_at: datetime) -> datetime:
    """When ``account``, last refreshed before ``closed_at``, should be for the first time after."""
    last, hours = account.last_scrape_time, account.scrape_interval_hours
    assert last is not None  # noqa: S101 -- those that wait for their first refresh never get here
    least, most = SENSIBLE_HOURS
    interval = timedelta(hours=hours if hours and least <= hours <= most else USUAL_HOURS)
    return last + math.ceil((closed_at - last) / interval) * interval
