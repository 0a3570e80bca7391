"""What follows a post in its thread, as deliveries of their own."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.subscriptions import protocol
from bot.subscriptions.deliveries import Delivery, Frozen, Kind, State

CORRECTION: Final = "/correction"
"""What the key of a recap's correction adds to that of the recap."""


def of(after: Delivery, now: datetime) -> tuple[Delivery, ...]:
    """Everything that is due now that ``after`` is settled."""
    return (*_next_reply(after, now), *_correction(after, now))


def _next_reply(after: Delivery, now: datetime) -> tuple[Delivery, ...]:
    """The reply that is due now that ``after`` is settled: the first to a recap, then the next.

    Each takes the ones behind it along. So they come in their order, whoever delivers them, and
    none is tried once the thread is out of reach.
    """
    message = after.message
    if message is None or not message.replies or not protocol.thread_goes_on(after):
        return ()
    key = reply_key(after.key, 1)
    if after.kind is Kind.REPLY:
        stem, _, last = after.key.rpartition("/")
        key = f"{stem}/{int(last) + 1}"
    return (_chained(after, key, message.replies, now),)


def reply_key(recap: str, number: int) -> str:
    """The key of a reply to the recap whose key is ``recap``, counted from 1."""
    return f"{recap}/reply/{number}"


def further(
    recap: Delivery, there: Sequence[Delivery], replies: Sequence[Frozen], now: datetime
) -> tuple[Delivery, ...]:
    """Those of ``replies`` that come behind the ones that are ``there``, as far as they may."""
    more = replies[len(there) :]
    if not more or not all(map(protocol.thread_goes_on, there)):
        return ()
    return (_chained(recap, reply_key(recap.key, len(there) + 1), more, now),)


def _chained(after: Delivery, key: str, replies: Sequence[Frozen], now: datetime) -> Delivery:
    first, *rest = replies
    return reply(after, key, replace(first, replies=tuple(rest)), now)


def _correction(after: Delivery, now: datetime) -> tuple[Delivery, ...]:
    """The comparison with fuller numbers, for a recap that was posted before there were any."""
    provisional = after.message.provisional if after.message else None
    if after.kind is not Kind.RECAP or after.state is not State.SENT or provisional is None:
        return ()
    made = Delivery(
        id=uuid.uuid4().hex,
        key=after.key + CORRECTION,
        kind=Kind.CORRECTION,
        team=after.team,
        target=after.posted_in or after.target,
        due_at=now,
        planned_at=now,
        ready_at=max(provisional.look_at, now),
        subscription=after.subscription,
        thread=after.ts,
        day=after.day,
    )
    return (made,)


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
