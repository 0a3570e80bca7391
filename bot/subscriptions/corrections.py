"""How a correction goes on: the post that it watches + the numbers of now → new state. All pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.subscriptions import protocol
from bot.subscriptions.deliveries import Delivery, Frozen, State
from bot.subscriptions.outcomes import BadMessage, Busy, Gone, NotAllowed, Sent, Unsure
from bot.subscriptions.protocol import Policy

UNCHANGED: Final = "unchanged"
CHANGED_PERCENT: Final = 1
"""A figure that has moved by as much of what was posted is corrected."""


def changed(before: Mapping[str, int | float], after: Mapping[str, int | float]) -> tuple[str, ...]:
    """The metrics of both that differ by a hundredth of what they were ``before``, or more."""
    return tuple(
        key
        for key, was in before.items()
        if key in after and after[key] != was
        if 100 * abs(after[key] - was) >= CHANGED_PERCENT * abs(was)
    )


def compared(
    correction: Delivery,
    *,
    complete: bool,
    next_look: datetime | None,
    now: datetime,
    policy: Policy,
) -> Delivery:
    """A claimed ``correction`` once its post agrees with the numbers that there are now.

    It goes on until the numbers are ``complete``, or until they may be as they are.
    """
    if complete:
        return looked_enough(correction, UNCHANGED)
    last = correction.due_at + policy.correct_for
    if now >= last:
        return looked_enough(correction, protocol.TOO_LATE)
    return replace(
        protocol.held_back(correction, min(protocol.look_at(next_look, now), last)), tries=0
    )


def looked_enough(correction: Delivery, reason: str) -> Delivery:
    """``correction`` settled: ``sent`` where it has ever changed the post, else why it has not."""
    if correction.sent_at is not None:
        return replace(protocol.ended(correction, State.SENT, reason), reason=None)
    return protocol.ended(correction, State.SKIPPED, reason)


def begun(correction: Delivery, message: Frozen) -> Delivery:
    """A claimed ``correction`` as it must be committed before anything in Slack is touched.

    From here on it is finished with this very ``message``, whoever goes on with it: a post that
    says one thing and a thread that says another are not left behind.
    """
    return replace(correction, state=State.POSTING, message=message)


def in_line(correction: Delivery, now: datetime, wait: float) -> Delivery:
    """A ``correction`` in ``posting`` that has no turn before ``wait`` seconds."""
    return replace(correction, owner=None, ready_at=now + timedelta(seconds=wait))


def edited(
    correction: Delivery, there: Sent, message: Frozen, now: datetime, policy: Policy
) -> Delivery:
    """A ``correction`` in ``posting`` once ``message`` stands in the place of the post."""
    there_now = replace(
        correction,
        state=State.CLAIMED,
        message=message,
        posted_in=there.channel,
        ts=there.ts,
        sent_at=now,
    )
    more = message.provisional
    return compared(
        there_now,
        complete=more is None,
        next_look=more.look_at if more else None,
        now=now,
        policy=policy,
    )


def after_edit(
    correction: Delivery, outcome: Busy | Unsure | NotAllowed | BadMessage | Gone, now: datetime
) -> Delivery:
    """A ``correction`` in ``posting`` whose edit was not confirmed.

    What is in doubt is edited once more: that leaves the same message, however often it is done.
    """
    match outcome:
        case Busy(wait=wait):
            return protocol.put_off(correction, now, wait)
        case Unsure():
            return protocol.put_off(correction, now)
        case _:
            return protocol.ended(correction, State.FAILED, outcome.code)
