"""Accounts, their numbers and weeks that tests of the core start from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.digest.collected import Facts
from bot.digest.creators import CreatorSums
from bot.digest.facts import (
    Account,
    BatchMetrics,
    Fetched,
    Leaderboard,
    LeaderboardRow,
    Number,
    Overview,
    WindowMetrics,
)
from bot.digest.periods import Period, Window
from bot.digest.snapshots import WEEKS, History, Snapshot, Standing
from bot.digest.sums import Tracked
from tests.examples import NOON, call, facts

WEEK = Window(date(2026, 11, 16), date(2026, 11, 22))
LONG_AGO = NOON - timedelta(days=400)

Pair = tuple[Number | None, Number | None]
"""Views in the window, and in the one before."""


def account(identifier: str, creator: str | None = None, **changes: object) -> Account:
    """One that has been tracked for long and was refreshed at noon; ``changes`` come last."""
    made = Account(
        id=identifier,
        platform="tiktok",
        username=f"name.{identifier}",
        creator_id=creator,
        creator_name=f"Creator {creator}" if creator else None,
        is_active=True,
        is_unavailable=False,
        follower_count=100,
        added_at=LONG_AGO,
        last_scrape_time=NOON,
        scrape_interval_hours=24,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def metrics(
    views: Number | None,
    likes: Number | None = None,
    comments: Number | None = None,
    shares: Number | None = None,
) -> WindowMetrics:
    return WindowMetrics(views, views, likes, comments, shares)


def batch(
    views: Mapping[str, Number | WindowMetrics | None], window: Window | None = None
) -> BatchMetrics:
    """By account: views, or all of its numbers."""
    numbers = {
        key: one if isinstance(one, WindowMetrics) else metrics(one) for key, one in views.items()
    }
    return BatchMetrics(window, numbers)


def tracked(views: Mapping[str, Pair], *accounts: Account) -> Tracked:
    """Accounts with the views of two windows; those not given have no creator."""
    given = {one.id: one for one in accounts}
    return Tracked(
        tuple(given.get(key) or account(key) for key in views),
        batch({key: pair[0] for key, pair in views.items()}, WEEK),
        batch({key: pair[1] for key, pair in views.items()}, WEEK.before),
        WEEK,
    )


def creator(key: str, views: Number | None, before: Number | None) -> CreatorSums:
    """The accounts that compare are all that are known."""
    both = (None, None) if None in (views, before) else (views, before)
    return CreatorSums(key, f"Creator {key}", views, *both)


def snapshot(weeks_ago: int, views: Number | None, *ranked: str) -> Snapshot:
    """The week that ended so long before ``WEEK``; ``ranked`` are keys of creators."""
    back = timedelta(days=7 * weeks_ago)
    return Snapshot(
        organization="org_1",
        period=Period.WEEK,
        window=Window(WEEK.start - back, WEEK.end - back),
        taken_at=NOON - back,
        refreshed=1,
        totals={} if views is None else {"views": views},
        standings=tuple(Standing(key, f"Creator {key}", None) for key in ranked),
    )


def history(*weeks: Snapshot | None) -> History:
    """What is known of the weeks before, the last one first."""
    return History(weeks + (None,) * (WEEKS - len(weeks)))


def board(*rows: tuple[str | None, str, Number | None]) -> Fetched[Leaderboard]:
    found = tuple(LeaderboardRow(*row) for row in rows)
    return Fetched(Leaderboard("views", found), (call("GET /creators/top?period=7d"),))


def whole(
    numbers: Overview | None = None,
    given: Tracked | None = None,
    *,
    accounts: Sequence[Account] | None = None,
    **changes: object,
) -> Facts:
    """Facts of ``WEEK`` with the accounts' own numbers; ``changes`` come last."""
    own = given or tracked({})
    made = replace(
        facts(numbers),
        window=WEEK,
        accounts=Fetched(own.accounts if accounts is None else tuple(accounts), ()),
        tracked=Fetched(own, ()),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def at(day: date, hour: int = 12) -> datetime:
    return NOON.replace(year=day.year, month=day.month, day=day.day, hour=hour)
