"""What somebody wants of a subscription."""

from dataclasses import dataclass, replace
from datetime import time

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.subscriptions.model import Subscription
from bot.subscriptions.schedule import Schedule, Weekday


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for; None leaves it as it is, or as it usually is."""

    days: frozenset[Weekday] | None = None
    at: time | None = None
    zone: str | None = None
    period: Period | None = None
    top: int | None = None


def merged(one: Subscription, wish: Wish) -> Subscription:
    """``one`` as ``wish`` wants it; its slots are not touched."""
    schedule = Schedule(
        wish.days or one.schedule.days,
        one.schedule.at if wish.at is None else wish.at,
        wish.zone or one.schedule.zone,
    )
    ask = Ask(
        wish.period or one.ask.period,
        Preferences(wish.top or one.ask.preferences.top),
    )
    return replace(one, schedule=schedule, ask=ask)


def described(one: Subscription) -> str:
    """``one`` in a line of the audit trail."""
    days = ",".join(day.name.lower() for day in sorted(one.schedule.days))
    return f"{days} {one.schedule.at:%H:%M} {one.schedule.zone} {one.ask.period} {one.status}"
