"""What somebody wants of a subscription."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time
from typing import Final

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Metric, Platform, Preferences, Ranking
from bot.subscriptions.model import Subscription
from bot.subscriptions.schedule import Schedule, Weekday

LONGEST_WAIT: Final = 24
"""Hours: a recap that waits longer would meet the next one of a daily subscription."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for; None leaves it as it is, or as it usually is.

    ``platforms`` names all of them where none is to be left out.
    """

    days: frozenset[Weekday] | None = None
    at: time | None = None
    zone: str | None = None
    period: Period | None = None
    top: int | None = None
    metrics: tuple[Metric, ...] | None = None
    ranking: Ranking | None = None
    platforms: frozenset[Platform] | None = None
    wait_hours: int | None = None


def only(platforms: frozenset[Platform]) -> Platform | None:
    """The one that is meant; None where all of them are, or none was named."""
    return next(iter(platforms)) if len(platforms) == 1 else None


def merged(one: Subscription, wish: Wish) -> Subscription:
    """``one`` as ``wish`` wants it; its slots are not touched."""
    schedule = Schedule(
        wish.days or one.schedule.days,
        one.schedule.at if wish.at is None else wish.at,
        wish.zone or one.schedule.zone,
    )
    ask = Ask(wish.period or one.ask.period, _preferences(one.ask.preferences, wish))
    wait_hours = one.wait_hours if wish.wait_hours is None else wish.wait_hours
    return replace(one, schedule=schedule, ask=ask, wait_hours=wait_hours)


def _preferences(before: Preferences, wish: Wish) -> Preferences:
    return Preferences(
        top=wish.top or before.top,
        metrics=before.metrics if wish.metrics is None else wish.metrics,
        ranking=wish.ranking or before.ranking,
        platform=before.platform if wish.platforms is None else only(wish.platforms),
    )


def described(one: Subscription) -> str:
    """``one`` in a line of the audit trail."""
    days = ",".join(day.name.lower() for day in sorted(one.schedule.days))
    when = f"{days} {one.schedule.at:%H:%M} {one.schedule.zone} {one.ask.period}"
    return " ".join([when, *_chosen(one.ask.preferences), *_waits(one), one.status])


def _chosen(preferences: Preferences) -> Iterator[str]:
    usual = Preferences()
    if preferences.top != usual.top:
        yield f"top {preferences.top}"
    if preferences.ranking is not usual.ranking:
        yield f"by {preferences.ranking}"
    if preferences.metrics:
        yield ",".join(preferences.metrics)
    if preferences.platform is not None:
        yield preferences.platform


def _waits(one: Subscription) -> Iterator[str]:
    if one.wait_hours:
        yield f"wait {one.wait_hours}h"
