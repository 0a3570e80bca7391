"""What follows a post in its thread, as deliveries of their own."""

import uuid
from dataclasses import replace
from datetime import datetime

from bot.subscriptions import protocol
from bot.subscriptions.deliveries import Delivery, Frozen, Kind, State


def replies(after: Delivery, now: datetime) -> tuple[Delivery, ...]:
    """The reply that is due now that ``after`` is settled: the first to a recap, then the next.

    Each takes the ones behind it along. So they come in their order, whoever delivers them, and
    none is tried once the thread is out of reach.
    """
    message = after.message
    if message is None or not message.replies or not protocol.thread_goes_on(after):
        return ()
    first, *rest = message.replies
    stem, number = f"{after.key}/reply", 1
    if after.kind is Kind.REPLY:
        stem, _, last = after.key.rpartition("/")
        number = int(last) + 1
    return (reply(after, f"{stem}/{number}", replace(first, replies=tuple(rest)), now),)


def reply(after: Delivery, key: str, message: Frozen, now: datetime) -> Delivery:
    """``message`` for the thread that ``after`` stands in, or has begun."""
    return Delivery(
        id=uuid.uuid4().hex,
        key=key,
        kind=Kind.REPLY,
        team=after.team,
        target=after.posted_in or after.target,
        due_at=now,
        planned_at=now,
        state=State.PLANNED,
        ready_at=now,
        subscription=after.subscription,
        thread=after.thread or after.ts,
        message=message,
    )
