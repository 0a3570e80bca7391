"""How a delivery goes on: old state + what happened + now → new state. Nothing here does anything.

The one rule behind all of it: a message that Slack may have taken is looked for before it is handed
over again, and where it can't be looked for, a person decides.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.subscriptions.deliveries import (
    KEY_REFUSED,
    NO_KEY,
    RECORDED_MISSED,
    WAITING_FOR_DATA,
    Delivery,
    Frozen,
    Kind,
    State,
    lateness,
)
from bot.subscriptions.model import Pause, Status, Subscription, with_next_slot
from bot.subscriptions.outcomes import (
    BadMessage,
    Busy,
    Hidden,
    NotAllowed,
    Outcome,
    Sent,
    Sighting,
    Unsure,
)
from bot.subscriptions.schedule import Slot

FIRST_WAIT: Final = 5.0
LONGEST_WAIT: Final = 300.0
REINSTALL: Final = 600.0
LOOK_AGAIN: Final = timedelta(minutes=15)
"""When to ask for fuller numbers once more, where nobody can say when there will be any."""

TIGHTEST: Final = timedelta(minutes=5)
"""CreatorAudit is never asked for fuller numbers more often than this."""

BLOCKS_REFUSED: Final = frozenset({"invalid_blocks", "invalid_blocks_format"})
TOO_LATE: Final = "too_late"
RESCHEDULED: Final = "rescheduled"


@dataclass(frozen=True, slots=True)
class Policy:
    """How long is how long.

    Attributes:
        catch_up: A slot older than this is missed and not posted late.
        lease: A worker that is silent for this long has lost its delivery to the next one.
        copy_lease: The same for what goes elsewhere than to Slack: longer than a mail server may
            take.
        settle: Longer than a call to Slack may take, and a message that Slack took shows in the
            channel within this time.
        patience: A slot without a message for this long is told to the contact.
        notice_life: A notice or a reply that could not be delivered for this long is given up.
        correct_for: A post is compared with fuller numbers for this long.
    """

    catch_up: timedelta = timedelta(hours=48)
    lease: timedelta = timedelta(seconds=60)
    copy_lease: timedelta = timedelta(seconds=120)
    settle: timedelta = timedelta(seconds=20)
    patience: timedelta = timedelta(minutes=30)
    notice_life: timedelta = timedelta(days=7)
    correct_for: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a subscription owes as of an instant.

    Attributes:
        slot: What is due and still worth posting; None when all of it is too old.
        missed: The newest of what is too old, oldest first.
        missed_count: How many there are in all.
        after: The subscription once this is in the ledger.
    """

    slot: Slot | None
    missed: tuple[Slot, ...]
    missed_count: int
    after: Subscription


def plan(subscription: Subscription, as_of: datetime, policy: Policy, rules: str) -> Plan:
    """What to write into the ledger for ``subscription``: the latest slot, and what was missed."""
    assert subscription.next_slot is not None  # noqa: S101 -- only active ones are ever due
    first = subscription.next_slot.day
    due = list(subscription.unskipped(subscription.schedule.slots_until(first, as_of)))
    latest = due[-1] if due and as_of - due[-1].due_at <= policy.catch_up else None
    missed = due[:-1] if latest else due
    last_day = due[-1].day if due else subscription.last_day
    ahead = {day for day in subscription.skipped if day >= subscription.schedule.local_date(as_of)}
    planned = replace(subscription, last_day=last_day, skipped=frozenset(ahead))
    after = with_next_slot(planned, as_of, rules)
    return Plan(latest, tuple(missed[-RECORDED_MISSED:]), len(missed), after)


@dataclass(frozen=True, slots=True)
class Look:
    """Find out first whether it is there already."""


@dataclass(frozen=True, slots=True)
class Go:
    """Build and post it."""


@dataclass(frozen=True, slots=True)
class End:
    """It is not posted at all."""

    state: State
    reason: str


def next_step(
    delivery: Delivery,
    subscription: Subscription | None,
    as_of: datetime,
    policy: Policy,
    *,
    looked: bool = False,
) -> Look | Go | End:
    """What to do with a claimed ``delivery``; ``looked`` when its channel has just been read."""
    if delivery.posting_at is not None and not looked:
        return Look()
    if delivery.kind in {Kind.NOTICE, Kind.REPLY}:
        expired = lateness(delivery, as_of) > policy.notice_life
        return End(State.FAILED, TOO_LATE) if expired else Go()
    if subscription is None or subscription.status is Status.REMOVED:
        return End(State.SKIPPED, Status.REMOVED.value)
    if delivery.kind is Kind.CORRECTION:
        # The last look is planned for the very end.
        too_late = lateness(delivery, as_of) > policy.correct_for + policy.patience
        return End(State.SKIPPED, TOO_LATE) if too_late else Go()
    if delivery.asked_by is not None:
        return Go()
    return _still_wanted(delivery, subscription, as_of, policy)


def _still_wanted(
    delivery: Delivery, subscription: Subscription, as_of: datetime, policy: Policy
) -> Go | End:
    if subscription.pause is not None:
        return End(State.SKIPPED, subscription.pause.value)
    if delivery.due_at < subscription.since:
        return End(State.SKIPPED, RESCHEDULED)
    if lateness(delivery, as_of) > policy.catch_up:
        return End(State.MISSED, TOO_LATE)
    return Go()


def ended(delivery: Delivery, state: State, reason: str) -> Delivery:
    """``delivery`` settled as ``state``."""
    return replace(delivery, state=state, reason=reason, ready_at=None, owner=None)


def doubted(delivery: Delivery, now: datetime) -> Delivery:
    """``delivery`` as if it had been handed over as soon as it was owed, and the answer lost."""
    first = delivery.posting_at or min(delivery.due_at, delivery.planned_at)
    return replace(
        delivery,
        state=State.POSTING,
        owner=None,
        posting_at=first,
        handed_at=delivery.handed_at or first,
        absent_at=None,
        ready_at=now,
    )


def put_off(delivery: Delivery, now: datetime, wait: float | None = None) -> Delivery:
    """``delivery`` to be claimed again later: never sooner than ``wait`` seconds."""
    state = State.POSTING if delivery.state is State.POSTING else State.PLANNED
    seconds = max(wait or 0.0, backoff(delivery.tries))
    return replace(
        delivery,
        state=state,
        owner=None,
        ready_at=now + timedelta(seconds=seconds),
        tries=delivery.tries + 1,
    )


def held_back(delivery: Delivery, until: datetime) -> Delivery:
    """A claimed ``delivery`` that is not handed over before ``until``."""
    return replace(delivery, state=State.PLANNED, owner=None, ready_at=until)


def waits_until(delivery: Delivery, subscription: Subscription, policy: Policy) -> datetime | None:
    """How long ``delivery`` may wait for fresh data; None for what never waits.

    It has to be out in good time before it would count as missed.
    """
    if delivery.asked_by is not None or not subscription.wait_hours:
        return None
    longest = policy.catch_up - policy.patience
    return delivery.due_at + min(timedelta(hours=subscription.wait_hours), longest)


def waiting(
    delivery: Delivery, deadline: datetime, next_look: datetime | None, now: datetime
) -> Delivery:
    """A claimed ``delivery`` that waits for fresh data, until ``deadline`` at the longest."""
    later = look_at(next_look, now)
    return replace(
        held_back(delivery, min(later, deadline)), reason=WAITING_FOR_DATA, waits_until=deadline
    )


def may_wait(delivery: Delivery) -> bool:
    """Whether ``delivery`` waits for fresh data, or a worker is about to decide that it does."""
    if delivery.state is State.CLAIMED:
        return delivery.kind is Kind.RECAP and delivery.posting_at is None
    return delivery.state is State.PLANNED and delivery.reason == WAITING_FOR_DATA


def woken(delivery: Delivery, now: datetime) -> Delivery:
    """``delivery`` to be claimed at once; whoever has it in hand knows less, and loses it."""
    return replace(held_back(delivery, now), fence=delivery.fence + 1)


def wait_ended(delivery: Delivery, now: datetime) -> Delivery:
    """``delivery``, which waits for nothing but its message any more: from here on it is late."""
    until = delivery.waits_until
    return replace(delivery, reason=None, waits_until=min(until, now) if until else None)


def look_at(next_look: datetime | None, now: datetime) -> datetime:
    """When to ask for fuller numbers again, where they are to be expected at ``next_look``."""
    return max(next_look or now + LOOK_AGAIN, now + TIGHTEST)


def without_numbers(
    delivery: Delivery, deadline: datetime | None, now: datetime, wait: float | None
) -> Delivery:
    """``delivery``, which could not be built, to be tried again.

    It still counts as waiting for fresh data until ``deadline``; from then on it is late.
    """
    later = put_off(delivery, now, wait)
    still_waits = deadline is not None and now < deadline
    return later if still_waits else wait_ended(later, now)


def without_key(delivery: Delivery, now: datetime, *, is_refused: bool) -> Delivery:
    """``delivery``, whose workspace has no key that works: one that does wakes it at once."""
    later = wait_ended(put_off(delivery, now), now)
    return replace(later, reason=KEY_REFUSED if is_refused else NO_KEY)


def backoff(tries: int) -> float:
    """Seconds to wait after ``tries`` attempts that came to nothing."""
    return min(LONGEST_WAIT, FIRST_WAIT * float(1 << min(tries, 10)))


def handed(delivery: Delivery, message: Frozen, now: datetime, policy: Policy) -> Delivery:
    """``delivery`` as it must be committed before Slack is called with ``message``."""
    return replace(
        wait_ended(delivery, now),
        state=State.POSTING,
        message=message,
        posting_at=delivery.posting_at or now,
        handed_at=now,
        absent_at=None,
        ready_at=now + policy.lease,
    )


def after_post(delivery: Delivery, outcome: Outcome, now: datetime, policy: Policy) -> Delivery:
    """``delivery``, which is in ``posting``, once the call has ended."""
    match outcome:
        case Sent():
            return sent(delivery, outcome, now)
        case Unsure():
            later = now + policy.settle
            return replace(delivery, owner=None, ready_at=later, tries=delivery.tries + 1)
        case Busy(wait=wait):
            return put_off(taken_back(delivery), now, wait)
        case NotAllowed(pause=Pause.INSTALL_GONE) if delivery.kind is Kind.NOTICE:
            # The person is told once Recap is installed again.
            return put_off(taken_back(delivery), now, REINSTALL)
        case BadMessage() if message := simpler(delivery.message):
            # The definite kind of refusal: another form of the same may be sent.
            return replace(held_back(taken_back(delivery), now), message=message)
        case _:
            return ended(taken_back(delivery), State.FAILED, outcome.code)


def without_data_blocks(message: Frozen) -> Frozen:
    """``message`` for a workspace that refuses data blocks."""
    return replace(message, blocks=message.classic, classic=()) if message.classic else message


def are_data_blocks_refused(message: Frozen | None, outcome: Outcome) -> bool:
    """Whether the ``outcome`` of ``message`` means that the workspace knows no data blocks."""
    with_data = message is not None and bool(message.classic)
    return with_data and isinstance(outcome, BadMessage) and outcome.code in BLOCKS_REFUSED


def simpler(message: Frozen | None) -> Frozen | None:
    """``message`` in the next form that asks less of Slack; None for what is words alone."""
    if message is None or not message.blocks:
        return None
    return replace(message, blocks=message.classic, classic=())


def after_look(delivery: Delivery, sighting: Sighting, now: datetime, policy: Policy) -> Delivery:
    """``delivery``, of which Slack may have a message, once the channel has been read.

    ``claimed`` in the answer means that it is certainly not there and may be handed over again.
    """
    match sighting:
        case Sent():
            return sent(delivery, sighting, now)
        case Hidden(code=code):
            return ended(delivery, State.UNCONFIRMED, code)
        case Busy() if lateness(delivery, now) > policy.catch_up:
            return ended(delivery, State.UNCONFIRMED, TOO_LATE)
        case Busy(wait=wait):
            return put_off(delivery, now, wait)
        case _:
            return _not_there(delivery, now, policy)


def _not_there(delivery: Delivery, now: datetime, policy: Policy) -> Delivery:
    """``delivery``, which is not in the channel: it may go again once that was seen twice.

    One look would trust the wall clock. A clock that is put forward ends a lease, or the time in
    which a message may yet show, in the middle of a call.
    """
    # A clock that was put back since would make the wait as long as the jump.
    absent_at = min(delivery.absent_at or now, now)
    certain_at = absent_at + policy.settle
    if now >= certain_at:
        return replace(delivery, state=State.CLAIMED)
    return replace(
        delivery, state=State.POSTING, owner=None, absent_at=absent_at, ready_at=certain_at
    )


def sent(delivery: Delivery, there: Sent, now: datetime) -> Delivery:
    """``delivery`` with its message found or confirmed."""
    return replace(
        delivery,
        state=State.SENT,
        reason=None,
        owner=None,
        ready_at=None,
        posting_at=None,
        absent_at=None,
        posted_in=there.channel,
        ts=there.ts,
        sent_at=now,
    )


def thread_goes_on(delivery: Delivery) -> bool:
    """Whether the next reply may go into the thread that ``delivery`` began or stands in.

    Not after a refusal: the thread is gone then, or the channel takes nothing more.
    """
    if delivery.kind is Kind.REPLY:
        return delivery.state in {State.SENT, State.UNCONFIRMED}
    return delivery.kind is Kind.RECAP and delivery.state is State.SENT


def again(delivery: Delivery, user: str, now: datetime) -> Delivery:
    """An ``unconfirmed`` delivery that ``user`` wants posted, having looked."""
    return replace(
        delivery, state=State.PLANNED, reason=None, ready_at=now, posting_at=None, asked_by=user
    )


def taken_back(delivery: Delivery) -> Delivery:
    """Slack has certainly not taken this attempt; an earlier one may still be in doubt."""
    only_one = delivery.posting_at == delivery.handed_at
    return replace(
        delivery, state=State.CLAIMED, posting_at=None if only_one else delivery.posting_at
    )
