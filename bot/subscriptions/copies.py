"""How a copy goes on: the recap of a slot for a target beside the channel.

Nobody can look into a target. Some can tell a repetition: they get what they may have already once
more, as it was. With all others a person decides.
"""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.subscriptions import protocol
from bot.subscriptions.deliveries import (
    WAITING_FOR_DATA,
    Delivery,
    Frozen,
    Kind,
    State,
    lateness,
)
from bot.subscriptions.model import Pause, Status, Subscription
from bot.subscriptions.outcomes import Busy, Result, Sent, Unsure
from bot.subscriptions.protocol import RESCHEDULED, TOO_LATE, End, Go, Policy
from bot.subscriptions.targets import TargetKind
from bot.subscriptions.ways import Way

REPEATABLE: Final = frozenset({TargetKind.WEBHOOK, TargetKind.JSON, TargetKind.EMAIL})
"""What can tell a repetition by its ``Idempotency-Key`` or its Message-ID."""

CUT_SHORT: Final = "cut_short"
TARGET_PAUSED: Final = "target_paused"
TARGET_REMOVED: Final = "target_removed"
"""Why a copy ended otherwise than ``sent``, beside what its target said."""

INFIX: Final = "/to/"
HEAD_START: Final = timedelta(seconds=15)
"""What a recap has to be built in before its copies ask for their numbers themselves. Most never
do: they get theirs with the recap's, and may go at once."""

LONGEST_HEAD_START: Final = timedelta(seconds=60)
"""The same for a recap that stands in a queue for Slack: its copies don't wait for that."""

LONGEST_NAME: Final = 32


def key(recap: str, way: Way) -> str:
    """The key of the copy for ``way`` of the recap with the key ``recap``."""
    return f"{recap}{INFIX}{way.id}"


def recap_key(copy: Delivery) -> str:
    """The key of the recap that ``copy`` is one of."""
    return copy.key.partition(INFIX)[0]


def planned(recap: Delivery, way: Way) -> Delivery:
    """The copy of ``recap``, which has just been planned, for ``way``."""
    return replace(
        recap,
        id=uuid.uuid4().hex,
        key=key(recap.key, way),
        kind=Kind.COPY,
        target="",
        ready_at=recap.planned_at + HEAD_START,
        way=way.id,
    )


def next_step(
    copy: Delivery,
    subscription: Subscription | None,
    way: Way | None,
    as_of: datetime,
    policy: Policy,
) -> Go | End:
    """What to do with a claimed ``copy``."""
    if subscription is None or subscription.status is Status.REMOVED:
        return End(State.SKIPPED, Status.REMOVED.value)
    if way is None:
        return End(State.SKIPPED, TARGET_REMOVED)
    if copy.state is State.POSTING and way.target.kind not in REPEATABLE:
        return End(State.UNCONFIRMED, CUT_SHORT)
    if copy.asked_by is not None:
        return Go()
    return _still_wanted(copy, subscription, way, as_of, policy)


def _still_wanted(
    copy: Delivery, subscription: Subscription, way: Way, as_of: datetime, policy: Policy
) -> Go | End:
    if not way.is_active:
        return End(State.SKIPPED, TARGET_PAUSED)
    # What is in the channel's way alone keeps nothing else from what it was promised.
    if subscription.pause is Pause.BY_PERSON:
        return End(State.SKIPPED, subscription.pause.value)
    if copy.message is None and copy.due_at < subscription.since:
        return End(State.SKIPPED, RESCHEDULED)
    if lateness(copy, as_of) > policy.catch_up:
        return End(State.UNCONFIRMED if copy.posting_at else State.FAILED, TOO_LATE)
    return Go()


def waits_for(
    copy: Delivery, recap: Delivery | None, now: datetime, *, is_held: bool
) -> datetime | None:
    """When to look again whether ``recap`` was built: its copies have the same numbers.

    None where ``copy`` has to ask for them itself. ``is_held`` means that Slack takes nothing in
    the workspace of ``recap`` for now.
    """
    if recap is None or not recap.is_open or recap.message is not None:
        return None
    later = now + HEAD_START
    if recap.reason == WAITING_FOR_DATA and recap.waits_until:
        given_up = recap.waits_until + LONGEST_HEAD_START
        return later if now < given_up else None
    is_next = recap.state is State.CLAIMED or recap.tries == 0
    if is_held or not is_next or now >= copy.planned_at + LONGEST_HEAD_START:
        return None
    return later


def handed(copy: Delivery, message: Frozen, now: datetime, policy: Policy) -> Delivery:
    """``copy`` as it must be committed before its target is called with ``message``."""
    posting = protocol.handed(copy, message, now, policy)
    return replace(posting, ready_at=now + policy.copy_lease)


def after_send(copy: Delivery, kind: TargetKind, result: Result, now: datetime) -> Delivery:
    """``copy``, which is in ``posting``, once the call has ended."""
    match result:
        case Sent(ts=ts):
            there = replace(protocol.sent(copy, result, now), posted_in=None)
            return replace(there, ts=ts if 0 < len(ts) <= LONGEST_NAME else None)
        case Unsure() if kind in REPEATABLE:
            return protocol.put_off(copy, now)
        case Unsure(detail=detail):
            return protocol.ended(copy, State.UNCONFIRMED, detail)
        case Busy(wait=wait):
            return protocol.put_off(protocol.taken_back(copy), now, wait)
        case _:
            return protocol.ended(protocol.taken_back(copy), State.FAILED, result.code)
