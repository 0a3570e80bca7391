"""What a recap printed, kept so that later ones can say what moved.

A snapshot belongs to an organization, a period and the day on which its window ended; followers,
which have no window, to the day on which they were counted. All days are UTC.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.digest.facts import Number
from bot.digest.periods import Period, Window

WEEKS: Final = 8
"""How far back a trend and a median look."""

SLACK_DAYS: Final = 3
"""A recap that came a few days early or late still stands for its week, and for no other one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of a ranking as it was; its place in the ranking is its rank.

    Attributes:
        key: CreatorAudit's id of the creator, or of the account where there is no creator.
        name: User text.
        views: Views in the window; None where they were not known.
    """

    key: str
    name: str
    views: Number | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One closed window as it was printed.

    Attributes:
        organization: CreatorAudit's id of the organization.
        period: The length of the window.
        window: Its days.
        taken_at: When its facts were complete, in UTC.
        refreshed: Accounts that had been refreshed since the window closed.
        totals: The headline by metric; only what was known.
        standings: The ranking by views, best first.
    """

    organization: str
    period: Period
    window: Window
    taken_at: datetime
    refreshed: int
    totals: Mapping[str, Number]
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Followers:
    """Followers of every account of an organization, by account id, as counted on ``day``."""

    organization: str
    day: date
    counts: Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class History:
    """What is known of earlier weeks.

    Attributes:
        weeks: The snapshot of one week ago, of two weeks ago and so on; None where there is none.
        followers: As counted about one window ago; None where they were not.
    """

    weeks: tuple[Snapshot | None, ...] = ()
    followers: Followers | None = None


def around(day: date) -> tuple[date, ...]:
    """``day`` and those that may stand for it, the nearest first and the earlier one of two."""
    near = range(1, SLACK_DAYS + 1)
    shifts = (0, *(shift for days in near for shift in (-days, days)))
    return tuple(day + timedelta(days=shift) for shift in shifts)


def weekly_ends(ended_on: date) -> tuple[tuple[date, ...], ...]:
    """The days on which windows may have ended that stand for each of the weeks before."""
    return tuple(around(ended_on - timedelta(weeks=week)) for week in range(1, WEEKS + 1))


def weekly(snapshots: Iterable[Snapshot], ended_on: date) -> tuple[Snapshot | None, ...]:
    """For each of the weeks before ``ended_on`` the snapshot that is nearest to it."""
    by_end = {one.window.end: one for one in snapshots}
    return tuple(
        next((by_end[day] for day in days if day in by_end), None) for days in weekly_ends(ended_on)
    )
