"""A send: the recap of one window for one target, asked for on the command line.

    posting → sent | failed | unconfirmed

``posting`` is written down before the call. A target can't be looked into, so what may have arrived
is never sent again by itself: a person looks, and says so.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import Final

from bot.digest.preferences import Ask
from bot.subscriptions.deliveries import State
from bot.subscriptions.outcomes import Busy, Result, Sent, Unsure
from bot.subscriptions.targets import Target, identity

UNDER_WAY: Final = timedelta(seconds=60)
"""Longer than a call may take: whatever is ``posting`` for longer was cut off."""


@dataclass(frozen=True, slots=True)
class Send:
    """What is known of one send; ``key`` is unique for ever.

    Attributes:
        key: Window, platform and target, the latter unreadable.
        shown: The target as people may see it.
        state: ``posting``, ``sent``, ``failed`` or ``unconfirmed``.
        begun_at: When it was last begun.
        number: How often it was wanted: each time after the first is another message.
        version: Counts the changes; whoever changes an old version is refused.
        ready_at: Before when it may not be tried again; None where nobody said.
        detail: What the target said.
        message: What the target calls the message, where it says.
    """

    key: str
    shown: str
    state: State
    begun_at: datetime
    number: int = 1
    version: int = 1
    ready_at: datetime | None = None
    detail: str = ""
    message: str = ""

    @property
    def idempotency_key(self) -> str:
        """The same for every try of the same message, so that a target may tell a repetition."""
        return self.key if self.number == 1 else f"{self.key}/{self.number}"


class Step(Enum):
    """What to do with a send, or why nothing."""

    GO = auto()
    ALREADY = auto()
    IN_DOUBT = auto()
    UNDER_WAY = auto()
    WAIT = auto()


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one target; ``result`` only where something was tried."""

    step: Step
    send: Send
    result: Result | None = None


def key_of(ask: Ask, day: date, target: Target, owner: str) -> str:
    """The key of the recap whose window ends before ``day``, a UTC date, for ``target``.

    How many creators it names, and in which order, makes no other recap of it. ``owner`` parts
    those who share a database.
    """
    where = ask.preferences.platform or "all"
    return f"{ask.period}/{day}/{where}/{identity(target, owner)}"


def next_step(send: Send | None, now: datetime, *, again: bool) -> Step:
    """What to do; ``again`` when a person wants another one, or has looked."""
    match send:
        case None:
            return Step.GO
        case Send(state=State.POSTING, begun_at=begun_at) if abs(now - begun_at) < UNDER_WAY:
            return Step.UNDER_WAY
        case Send(state=State.FAILED, number=number) if number > 1 and not again:
            return Step.ALREADY
        case Send(state=State.FAILED, ready_at=ready_at):
            return Step.WAIT if ready_at and now < ready_at else Step.GO
        case _ if again:
            return Step.GO
        case Send(state=State.SENT):
            return Step.ALREADY
        case _:
            return Step.IN_DOUBT


def begun(before: Send | None, key: str, shown: str, now: datetime) -> Send:
    """The send as it must be written down before the call."""
    if before is None:
        return Send(key, shown, State.POSTING, now)
    number = before.number + (before.state is State.SENT)
    version = before.version + 1
    return Send(key, shown, State.POSTING, now, number=number, version=version)


def ended(send: Send, result: Result, now: datetime) -> Send:
    """``send``, which is ``posting``, once the call has ended."""
    after = replace(send, version=send.version + 1)
    match result:
        case Sent(ts=message):
            return replace(after, state=State.SENT, message=message)
        case Unsure(detail=detail):
            return replace(after, state=State.UNCONFIRMED, detail=detail)
        case Busy(detail=detail, wait=wait):
            ready_at = now + timedelta(seconds=wait) if wait else None
            return replace(after, state=State.FAILED, detail=detail, ready_at=ready_at)
        case _:
            return replace(after, state=State.FAILED, detail=result.code)
