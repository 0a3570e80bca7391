"""Subscriptions for whatever measures the schedule."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.digest.periods import Period
from bot.digest.preferences import Ask
from bot.subscriptions.model import Subscription
from bot.subscriptions.schedule import Schedule, Weekday
from bot.subscriptions.zones import rules_version


def subscription(number: int, due: datetime, period: Period = Period.WEEK) -> Subscription:
    """One that is due then, and on the same weekday ever after."""
    schedule = Schedule(frozenset({Weekday(due.weekday())}), due.time())
    made = Subscription(
        id=f"s{number}",
        team="T0ACME",
        channel=f"C{number}",
        channel_name=f"c{number}",
        schedule=schedule,
        ask=Ask(period),
        contact=None,
        since=due - timedelta(hours=1),
        rules=rules_version(),
    )
    return replace(made, next_slot=schedule.slot(due.date()))
