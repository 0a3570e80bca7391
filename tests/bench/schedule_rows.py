"""Subscriptions for whatever measures the schedule, and when their recaps came."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.digest.periods import Period
from bot.digest.preferences import Ask
from bot.storage.schema import deliveries
from bot.subscriptions.deliveries import Kind
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


async def lateness(engine: AsyncEngine, due: datetime) -> list[float]:
    """Seconds from the slot until Slack had said of each recap that it is there."""
    recaps = select(deliveries.c.sent_at).where(deliveries.c.kind == Kind.RECAP.value)
    async with engine.connect() as connection:
        sent = (await connection.execute(recaps)).scalars()
        return [(at - due).total_seconds() for at in sent]
