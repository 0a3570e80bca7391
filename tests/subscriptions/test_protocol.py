"""Old state + what happened + now → new state, for every state and everything that can happen."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.subscriptions.deliveries import Delivery, Frozen, Kind, State
from bot.subscriptions.model import Pause, Subscription, paused, removed, with_next_slot
from bot.subscriptions.outcomes import (
    BadMessage,
    Busy,
    Gone,
    Hidden,
    NotAllowed,
    NotThere,
    Outcome,
    Sent,
    Sighting,
    Unsure,
)
from bot.subscriptions.protocol import (
    End,
    Go,
    Look,
    Plan,
    Policy,
    after_look,
    after_post,
    again,
    are_data_blocks_refused,
    backoff,
    ended,
    handed,
    held_back,
    may_wait,
    next_step,
    plan,
    put_off,
    sent,
    thread_goes_on,
    wait_ended,
    waiting,
    waits_until,
    without_data_blocks,
    without_key,
    without_numbers,
    woken,
)
from bot.subscriptions.schedule import Schedule, Slot, Weekday
from tests.examples import MONDAY, owed, subscription

POLICY = Policy()
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
LIMIT = timedelta(hours=48)
ACTIVE = subscription()
HELLO = Frozen("Hello.", ({"type": "divider"},))
WITH_DATA = Frozen("Hello.", ({"type": "data_table"},), HELLO.blocks)
THERE = Sent("C1", "1.0")
LATER = MONDAY + 10 * SECOND

CLAIMED = owed(state=State.CLAIMED, owner="w1", fence=1, tries=2, message=HELLO)
FIRST = replace(CLAIMED, state=State.POSTING, posting_at=MONDAY, handed_at=MONDAY)
"""Handed to Slack for the first time."""
SECOND_TRY = replace(FIRST, posting_at=MONDAY - HOUR)
"""Handed to Slack at ``MONDAY``, after an earlier attempt that nobody knows the fate of."""
NOTICE = replace(FIRST, kind=Kind.NOTICE, target="U1")


# What to do with a claimed delivery


@pytest.mark.parametrize(
    ("delivery", "one", "as_of", "step"),
    [
        (owed(), ACTIVE, MONDAY, Go()),
        (owed(), ACTIVE, MONDAY - DAY, Go()),
        (owed(), ACTIVE, MONDAY + LIMIT, Go()),
        (owed(), ACTIVE, MONDAY + LIMIT + SECOND, End(State.MISSED, "too_late")),
        (owed(), subscription(since=MONDAY), MONDAY, Go()),
        (owed(), subscription(since=MONDAY + SECOND), MONDAY, End(State.SKIPPED, "rescheduled")),
        (owed(), paused(ACTIVE, Pause.ARCHIVED), MONDAY, End(State.SKIPPED, "archived")),
        (owed(), paused(ACTIVE, Pause.BY_PERSON), MONDAY, End(State.SKIPPED, "by_person")),
        (owed(), removed(ACTIVE), MONDAY, End(State.SKIPPED, "removed")),
        (owed(), None, MONDAY, End(State.SKIPPED, "removed")),
        # Somebody asked for it: neither its age nor a pause is in the way, an end is.
        (owed(asked_by="U1"), ACTIVE, MONDAY + 9 * DAY, Go()),
        (owed(asked_by="U1"), paused(ACTIVE, Pause.BY_PERSON), MONDAY, Go()),
        (owed(asked_by="U1"), subscription(since=MONDAY + SECOND), MONDAY, Go()),
        (owed(asked_by="U1"), removed(ACTIVE), MONDAY, End(State.SKIPPED, "removed")),
        # A reply belongs to what is there already.
        (owed(kind=Kind.REPLY), removed(ACTIVE), MONDAY, Go()),
        (owed(kind=Kind.REPLY), paused(ACTIVE, Pause.ARCHIVED), MONDAY + 7 * DAY, Go()),
        (
            owed(kind=Kind.REPLY),
            ACTIVE,
            MONDAY + 7 * DAY + SECOND,
            End(State.FAILED, "too_late"),
        ),
        # A correction watches a post that is there, for a day and the time that a last look takes.
        (owed(kind=Kind.CORRECTION), paused(ACTIVE, Pause.ARCHIVED), MONDAY + DAY, Go()),
        (owed(kind=Kind.CORRECTION), subscription(since=LATER), MONDAY + DAY + HOUR / 2, Go()),
        (
            owed(kind=Kind.CORRECTION),
            ACTIVE,
            MONDAY + DAY + HOUR / 2 + SECOND,
            End(State.SKIPPED, "too_late"),
        ),
        (owed(kind=Kind.CORRECTION), removed(ACTIVE), MONDAY, End(State.SKIPPED, "removed")),
        # A notice is told whatever becomes of the subscription, but not for ever.
        (owed(kind=Kind.NOTICE), removed(ACTIVE), MONDAY, Go()),
        (owed(kind=Kind.NOTICE), None, MONDAY + 7 * DAY, Go()),
        (owed(kind=Kind.NOTICE), None, MONDAY + 7 * DAY + SECOND, End(State.FAILED, "too_late")),
    ],
)
def test_next_step(delivery: Delivery, one: object, as_of: datetime, step: Look | Go | End) -> None:
    """Without a doubt it is posted, unless it is not wanted any more."""
    assert next_step(delivery, one, as_of, POLICY) == step  # type: ignore[arg-type]
    in_doubt = replace(delivery, posting_at=MONDAY)
    assert next_step(in_doubt, one, as_of, POLICY) == Look()  # type: ignore[arg-type]
    assert next_step(in_doubt, one, as_of, POLICY, looked=True) == step  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(0, 5), (1, 10), (2, 20), (3, 40), (4, 80), (5, 160), (6, 300), (7, 300), (10_000, 300)],
)
def test_backoff(tries: int, seconds: float) -> None:
    """Twice as long every time, and never longer than five minutes."""
    assert backoff(tries) == seconds


@pytest.mark.parametrize(
    ("tries", "wait", "seconds"),
    [(0, None, 5), (0, 0.0, 5), (0, 4.9, 5), (0, 30.0, 30), (3, 30.0, 40), (9, 3_600.0, 3_600)],
)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State.CLAIMED, State.PLANNED),
        (State.PLANNED, State.PLANNED),
        (State.POSTING, State.POSTING),
    ],
)
def test_put_off(
    before: State, after: State, tries: int, wait: float | None, seconds: float
) -> None:
    """Never sooner than the other side asked for; what may be there stays to be looked for."""
    delivery = replace(FIRST, state=before, tries=tries)
    assert put_off(delivery, LATER, wait) == replace(
        delivery,
        state=after,
        owner=None,
        ready_at=LATER + seconds * SECOND,
        tries=tries + 1,
    )


def test_held_back() -> None:
    """Nobody owns it until its workspace may post again, and it has cost no try."""
    assert held_back(CLAIMED, LATER) == replace(
        CLAIMED, state=State.PLANNED, owner=None, ready_at=LATER
    )


def test_ended() -> None:
    """Nobody owns it and nobody claims it any more; what was in doubt is still known."""
    assert ended(FIRST, State.FAILED, "no_text") == replace(
        FIRST, state=State.FAILED, reason="no_text", ready_at=None, owner=None
    )


# Waiting for fresh data

PATIENT = subscription(wait_hours=4)
DEADLINE = MONDAY + 4 * HOUR


@pytest.mark.parametrize(
    ("delivery", "one", "until"),
    [
        (owed(), PATIENT, DEADLINE),
        (owed(), subscription(wait_hours=0), None),
        (owed(asked_by="U1"), PATIENT, None),
        # It is out before it would be too late.
        (owed(), subscription(wait_hours=100), MONDAY + LIMIT - HOUR / 2),
    ],
)
def test_waits_until(delivery: Delivery, one: Subscription, until: datetime | None) -> None:
    """As long as the subscription wants, and never what a person has asked for."""
    assert waits_until(delivery, one, POLICY) == until


@pytest.mark.parametrize(
    ("now", "next_look", "ready_at"),
    [
        (MONDAY, None, MONDAY + HOUR / 4),
        (MONDAY, MONDAY + HOUR, MONDAY + HOUR),
        (MONDAY, MONDAY, MONDAY + HOUR / 12),
        (MONDAY, MONDAY + 5 * HOUR, DEADLINE),
        (DEADLINE - SECOND, None, DEADLINE),
    ],
)
def test_waiting(now: datetime, next_look: datetime | None, ready_at: datetime) -> None:
    """Until it may be better, not more often than every five minutes, and once at the end."""
    assert waiting(CLAIMED, DEADLINE, next_look, now) == replace(
        CLAIMED,
        state=State.PLANNED,
        owner=None,
        ready_at=ready_at,
        reason="waiting_for_data",
        waits_until=DEADLINE,
    )


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"state": State.PLANNED, "reason": "waiting_for_data"}, True),
        ({"state": State.PLANNED}, False),
        ({"posting_at": MONDAY}, False),
        ({"kind": Kind.CORRECTION}, False),
        ({"state": State.POSTING, "reason": "waiting_for_data"}, False),
        ({"state": State.SENT}, False),
    ],
)
def test_may_wait(changes: dict[str, object], may: bool) -> None:  # noqa: FBT001
    """Nothing that Slack may have, and nothing that waits for something else."""
    assert may_wait(replace(CLAIMED, **changes)) is may  # type: ignore[arg-type]


def test_woken() -> None:
    """Claimed anew at once; the one who has it now is overtaken."""
    assert woken(CLAIMED, LATER) == replace(
        CLAIMED, state=State.PLANNED, owner=None, ready_at=LATER, fence=CLAIMED.fence + 1
    )


@pytest.mark.parametrize(
    ("until", "ended"), [(None, None), (LATER + SECOND, LATER), (LATER, LATER), (MONDAY, MONDAY)]
)
def test_wait_ended(until: datetime | None, ended: datetime | None) -> None:
    """The first end counts: whatever takes long after it is late."""
    waits = replace(CLAIMED, reason="waiting_for_data", waits_until=until)
    assert wait_ended(waits, LATER) == replace(CLAIMED, reason=None, waits_until=ended)


@pytest.mark.parametrize(("is_refused", "reason"), [(True, "key_refused"), (False, "no_key")])
def test_without_key(is_refused: bool, reason: str) -> None:  # noqa: FBT001
    """It is tried again like anything else, but it says what it waits for; fresh data is not it."""
    waited = replace(CLAIMED, waits_until=MONDAY + HOUR, reason="waiting_for_data")
    later = without_key(waited, LATER, is_refused=is_refused)
    assert later == replace(put_off(CLAIMED, LATER), waits_until=LATER, reason=reason)
    assert handed(replace(later, state=State.CLAIMED), HELLO, LATER, POLICY).reason is None


@pytest.mark.parametrize(
    ("deadline", "reason"),
    [(LATER + SECOND, "waiting_for_data"), (LATER, None), (MONDAY, None), (None, None)],
)
def test_without_numbers(deadline: datetime | None, reason: str | None) -> None:
    """Nobody is told that it is late as long as it may wait, and everybody from then on."""
    waits = replace(CLAIMED, reason="waiting_for_data", waits_until=deadline)
    assert without_numbers(waits, deadline, LATER, 90.0) == replace(
        put_off(waits, LATER, 90.0), reason=reason
    )


# Before the call


def test_handed() -> None:
    """The message, the instant and the lease are written down before Slack hears of it."""
    fresh = replace(CLAIMED, message=None, reason="waiting_for_data", waits_until=LATER + SECOND)
    assert handed(fresh, HELLO, LATER, POLICY) == replace(
        fresh,
        reason=None,
        waits_until=LATER,
        state=State.POSTING,
        message=HELLO,
        posting_at=LATER,
        handed_at=LATER,
        ready_at=LATER + 60 * SECOND,
    )


def test_handed_again() -> None:
    """The first attempt that is in doubt stays the one from which the channel is searched."""
    once_more = handed(replace(FIRST, state=State.CLAIMED), HELLO, LATER, POLICY)
    assert once_more == replace(FIRST, handed_at=LATER, ready_at=LATER + 60 * SECOND)


# After the call

OVER = {"owner": None, "ready_at": None}
"""Settled."""
OPEN_AGAIN = {"state": State.PLANNED, "owner": None, "tries": 3}
"""After its third try."""
AT_ONCE = {"state": State.PLANNED, "owner": None, "ready_at": LATER}
"""In another form, which is no try more of the same."""


@pytest.mark.parametrize(
    ("before", "outcome", "changes"),
    [
        (
            FIRST,
            Sent("C1", "2.0"),
            {
                **OVER,
                "state": State.SENT,
                "posting_at": None,
                "absent_at": None,
                "posted_in": "C1",
                "ts": "2.0",
                "sent_at": LATER,
            },
        ),
        (
            FIRST,
            Unsure("timeout"),
            {"owner": None, "ready_at": LATER + 20 * SECOND, "tries": 3},
        ),
        (
            FIRST,
            Busy("503"),
            {**OPEN_AGAIN, "ready_at": LATER + 20 * SECOND, "posting_at": None},
        ),
        (
            FIRST,
            Busy("ratelimited", wait=90.0, hold=True),
            {**OPEN_AGAIN, "ready_at": LATER + 90 * SECOND, "posting_at": None},
        ),
        (
            FIRST,
            NotAllowed(Pause.ARCHIVED, "is_archived"),
            {**OVER, "state": State.FAILED, "reason": "is_archived", "posting_at": None},
        ),
        (
            FIRST,
            NotAllowed(Pause.INSTALL_GONE, "token_revoked"),
            {**OVER, "state": State.FAILED, "reason": "token_revoked", "posting_at": None},
        ),
        (
            FIRST,
            BadMessage("invalid_blocks", "/blocks/0"),
            {**AT_ONCE, "message": Frozen("Hello."), "posting_at": None},
        ),
        (
            replace(FIRST, message=WITH_DATA),
            BadMessage("invalid_blocks", "/blocks/0"),
            {**AT_ONCE, "message": HELLO, "posting_at": None},
        ),
        (
            replace(FIRST, message=Frozen("Hello.")),
            BadMessage("msg_too_long"),
            {**OVER, "state": State.FAILED, "reason": "msg_too_long", "posting_at": None},
        ),
        (
            FIRST,
            Gone("thread_not_found"),
            {**OVER, "state": State.FAILED, "reason": "thread_not_found", "posting_at": None},
        ),
        (
            NOTICE,
            NotAllowed(Pause.INSTALL_GONE, "token_revoked"),
            {**OPEN_AGAIN, "ready_at": LATER + 600 * SECOND, "posting_at": None},
        ),
        (
            NOTICE,
            NotAllowed(Pause.CHANNEL_GONE, "user_not_found"),
            {**OVER, "state": State.FAILED, "reason": "user_not_found", "posting_at": None},
        ),
        # The earlier attempt is no clearer for the refusal of the later one.
        (SECOND_TRY, Busy("503"), {**OPEN_AGAIN, "ready_at": LATER + 20 * SECOND}),
        (
            SECOND_TRY,
            NotAllowed(Pause.ARCHIVED, "is_archived"),
            {**OVER, "state": State.FAILED, "reason": "is_archived"},
        ),
        (
            SECOND_TRY,
            BadMessage("invalid_blocks"),
            {**AT_ONCE, "message": Frozen("Hello.")},
        ),
        (
            replace(SECOND_TRY, kind=Kind.NOTICE),
            NotAllowed(Pause.INSTALL_GONE, "token_revoked"),
            {**OPEN_AGAIN, "ready_at": LATER + 600 * SECOND},
        ),
        (
            SECOND_TRY,
            Unsure("reset"),
            {"owner": None, "ready_at": LATER + 20 * SECOND, "tries": 3},
        ),
    ],
)
def test_after_post(before: Delivery, outcome: Outcome, changes: dict[str, object]) -> None:
    """What each answer means; only a certain refusal of the only attempt ends the doubt."""
    after = replace(before, **changes)  # type: ignore[arg-type]
    assert after_post(before, outcome, LATER, POLICY) == after


@pytest.mark.parametrize(
    ("message", "outcome", "refused"),
    [
        (WITH_DATA, BadMessage("invalid_blocks"), True),
        (WITH_DATA, BadMessage("invalid_blocks_format"), True),
        (WITH_DATA, BadMessage("msg_too_long"), False),
        (WITH_DATA, Busy("invalid_blocks"), False),
        (HELLO, BadMessage("invalid_blocks"), False),
        (None, BadMessage("invalid_blocks"), False),
    ],
)
def test_data_blocks_refused(message: Frozen | None, outcome: Outcome, *, refused: bool) -> None:
    """Only a word about blocks, and only where there are data blocks among them."""
    assert are_data_blocks_refused(message, outcome) is refused


def test_without_data_blocks() -> None:
    """The classic form where there is one; what has no data blocks stays as it is."""
    whole = replace(WITH_DATA, replies=(WITH_DATA,), headline={"views": 1})
    assert without_data_blocks(whole) == replace(whole, blocks=HELLO.blocks, classic=())
    assert without_data_blocks(HELLO) == HELLO


def test_a_refused_second_attempt_is_looked_for_first() -> None:
    """The way from a refusal back to Slack leads through the channel while a doubt is left."""
    refused = after_post(SECOND_TRY, Busy("503"), LATER, POLICY)
    assert next_step(refused, ACTIVE, LATER, POLICY) == Look()
    certain = after_post(FIRST, Busy("503"), LATER, POLICY)
    assert next_step(certain, ACTIVE, LATER, POLICY) == Go()


# After a look

SETTLED = MONDAY + 20 * SECOND


@pytest.mark.parametrize("state", [State.POSTING, State.CLAIMED])
@pytest.mark.parametrize(
    ("sighting", "now", "changes"),
    [
        (
            THERE,
            LATER,
            {
                **OVER,
                "state": State.SENT,
                "posting_at": None,
                "absent_at": None,
                "posted_in": "C1",
                "ts": "1.0",
                "sent_at": LATER,
            },
        ),
        (
            Hidden("not_in_channel"),
            LATER,
            {**OVER, "state": State.UNCONFIRMED, "reason": "not_in_channel"},
        ),
        (
            Busy("503", wait=1.0),
            MONDAY + LIMIT + SECOND,
            {**OVER, "state": State.UNCONFIRMED, "reason": "too_late"},
        ),
        # Certain, from the very instant on at which it would show.
        (NotThere(), SETTLED, {"state": State.CLAIMED}),
        (NotThere(), SETTLED + DAY, {"state": State.CLAIMED}),
        # Too early to tell: whoever takes it then has to look once more.
        (
            NotThere(),
            SETTLED - SECOND,
            {"state": State.POSTING, "owner": None, "ready_at": SETTLED},
        ),
        (NotThere(), MONDAY, {"state": State.POSTING, "owner": None, "ready_at": SETTLED}),
        # The clock was put back an hour: waited for is the time that it takes, not the hour.
        (
            NotThere(),
            MONDAY - HOUR,
            {
                "state": State.POSTING,
                "owner": None,
                "absent_at": MONDAY - HOUR,
                "ready_at": SETTLED - HOUR,
            },
        ),
    ],
)
def test_after_look(
    state: State, sighting: Sighting, now: datetime, changes: dict[str, object]
) -> None:
    """What each sighting means, whether the last attempt or only an earlier one is in doubt."""
    before = replace(FIRST, state=state, absent_at=MONDAY)
    after = replace(before, **changes)  # type: ignore[arg-type]
    assert after_look(before, sighting, now, POLICY) == after


@pytest.mark.parametrize(
    ("before", "after"), [(State.POSTING, State.POSTING), (State.CLAIMED, State.PLANNED)]
)
@pytest.mark.parametrize(
    ("wait", "now", "seconds"), [(None, LATER, 20), (90.0, LATER, 90), (1.0, MONDAY + LIMIT, 20)]
)
def test_a_look_that_could_not_be_had(
    before: State, after: State, wait: float | None, now: datetime, seconds: float
) -> None:
    """It is tried again, up to the hour at which the post would be too late anyway."""
    delivery = replace(FIRST, state=before)
    looked = after_look(delivery, Busy("503", wait=wait), now, POLICY)
    assert looked == replace(
        delivery, state=after, owner=None, ready_at=now + seconds * SECOND, tries=3
    )
    assert next_step(looked, ACTIVE, now, POLICY) == Look()


def test_a_clock_that_was_put_back_costs_no_hour() -> None:
    """What is waited for is the time that it takes, by the new clock."""
    first = after_look(replace(FIRST, absent_at=MONDAY), NotThere(), MONDAY - HOUR, POLICY)
    assert first.ready_at == SETTLED - HOUR
    second = after_look(first, NotThere(), SETTLED - HOUR, POLICY)
    assert second == replace(first, state=State.CLAIMED)


def test_it_goes_again_once_it_was_looked_for_twice() -> None:
    """A lease that ended does not prove that the call has: the clock may have been put forward."""
    first = after_look(FIRST, NotThere(), LATER + DAY, POLICY)
    settled = LATER + DAY + 20 * SECOND
    assert first == replace(FIRST, owner=None, absent_at=LATER + DAY, ready_at=settled)
    assert next_step(first, ACTIVE, settled, POLICY) == Look()
    second = after_look(first, NotThere(), settled, POLICY)
    assert second == replace(first, state=State.CLAIMED)
    handed_again = handed(second, HELLO, settled, POLICY)
    assert handed_again.absent_at is None


# At its end, and once more


def test_sent() -> None:
    """Where it is and since when, and nothing of the troubles on the way."""
    before = replace(SECOND_TRY, reason="timeout", absent_at=MONDAY)
    assert sent(before, Sent("D7", "7.0"), LATER) == replace(
        before,
        state=State.SENT,
        reason=None,
        owner=None,
        ready_at=None,
        posting_at=None,
        absent_at=None,
        posted_in="D7",
        ts="7.0",
        sent_at=LATER,
    )


@pytest.mark.parametrize(
    ("kind", "state", "goes_on"),
    [
        (Kind.RECAP, State.SENT, True),
        (Kind.RECAP, State.UNCONFIRMED, False),
        (Kind.RECAP, State.FAILED, False),
        (Kind.RECAP, State.POSTING, False),
        (Kind.REPLY, State.SENT, True),
        (Kind.REPLY, State.UNCONFIRMED, True),
        (Kind.REPLY, State.FAILED, False),
        (Kind.REPLY, State.PLANNED, False),
        (Kind.NOTICE, State.SENT, False),
    ],
)
def test_thread_goes_on(kind: Kind, state: State, *, goes_on: bool) -> None:
    """After a post that is there, and after what may be there; never after a refusal."""
    assert thread_goes_on(owed(kind=kind, state=state)) is goes_on


def test_again() -> None:
    """A person has looked: the doubt is over, and neither age nor pause is in the way."""
    unconfirmed = ended(SECOND_TRY, State.UNCONFIRMED, "missing_scope")
    wanted = again(unconfirmed, "U2", LATER)
    assert wanted == replace(
        unconfirmed,
        state=State.PLANNED,
        reason=None,
        ready_at=LATER,
        posting_at=None,
        asked_by="U2",
    )
    assert next_step(wanted, paused(ACTIVE, Pause.ARCHIVED), MONDAY + 9 * DAY, POLICY) == Go()


# What is owed

DAILY = subscription(
    schedule=Schedule(frozenset(Weekday), time(9), "UTC"),
    next_slot=Slot(date(2026, 11, 23), datetime(2026, 11, 23, 9, tzinfo=UTC)),
)


def daily(day: date) -> Slot:
    return Slot(day, datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


FIRST_DAY = date(2026, 11, 23)
DUE = daily(FIRST_DAY).due_at


@pytest.mark.parametrize(
    ("as_of", "slot", "missed", "upcoming"),
    [
        # (days after the first slot: the one to post, those that were missed, the next one)
        (DUE - SECOND, None, [], 0),
        (DUE, 0, [], 1),
        (DUE + DAY - SECOND, 0, [], 1),
        (DUE + DAY, 1, [0], 2),
        (DUE + 3 * DAY + HOUR, 3, [0, 1, 2], 4),
    ],
)
def test_plan(as_of: datetime, slot: int | None, missed: list[int], upcoming: int) -> None:
    """The latest slot is posted, earlier ones are missed, and each is planned once."""
    planned = plan(DAILY, as_of, POLICY, "2026.2")
    last_day = None if slot is None else FIRST_DAY + slot * DAY
    assert planned == Plan(
        slot=None if last_day is None else daily(last_day),
        missed=tuple(daily(FIRST_DAY + number * DAY) for number in missed),
        missed_count=len(missed),
        after=replace(
            DAILY, last_day=last_day, next_slot=daily(FIRST_DAY + upcoming * DAY), rules="2026.2"
        ),
    )


@pytest.mark.parametrize("late", [LIMIT, LIMIT + SECOND])
def test_catch_up(late: timedelta) -> None:
    """A weekly post goes out up to 48 hours late, the last second included; then it is missed."""
    slot = Slot(date(2026, 11, 23), MONDAY)
    planned = plan(ACTIVE, MONDAY + late, POLICY, "2026.2")
    after = with_next_slot(replace(ACTIVE, last_day=slot.day), MONDAY + late, "2026.2")
    assert after.next_slot == Slot(date(2026, 11, 30), MONDAY + 7 * DAY)
    if late <= LIMIT:
        assert planned == Plan(slot, (), 0, after)
    else:
        assert planned == Plan(None, (slot,), 1, after)


@pytest.mark.parametrize(("slots", "recorded"), [(31, 30), (32, 31), (33, 31), (400, 31)])
def test_a_long_absence(slots: int, recorded: int) -> None:
    """The latest is posted, the newest 31 of the others are written down, all are counted."""
    last = FIRST_DAY + (slots - 1) * DAY
    planned = plan(DAILY, daily(last).due_at, POLICY, "2026.2")
    assert planned == Plan(
        slot=daily(last),
        missed=tuple(daily(last - number * DAY) for number in range(recorded, 0, -1)),
        missed_count=slots - 1,
        after=replace(DAILY, last_day=last, next_slot=daily(last + DAY), rules="2026.2"),
    )


def test_an_absence_that_leaves_nothing_to_post() -> None:
    """A monthly gap in a weekly schedule: the newest slot is too old as well."""
    as_of = MONDAY + 30 * DAY
    planned = plan(ACTIVE, as_of, POLICY, "2026.2")
    days = [date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7), date(2026, 12, 14)]
    assert planned.slot == Slot(date(2026, 12, 21), MONDAY + 28 * DAY)
    assert [slot.day for slot in planned.missed] == days
    later = plan(ACTIVE, as_of + DAY, POLICY, "2026.2")
    assert (later.slot, [slot.day for slot in later.missed], later.missed_count) == (
        None,
        [*days, date(2026, 12, 21)],
        5,
    )


def test_what_is_planned_is_never_planned_again() -> None:
    """Planning again at the same instant owes nothing, even with the time moved to later today."""
    after = plan(DAILY, DUE + HOUR, POLICY, "2026.2").after
    assert plan(after, DUE + HOUR, POLICY, "2026.2") == Plan(None, (), 0, after)
    moved = replace(after, schedule=Schedule(frozenset(Weekday), time(18), "UTC"))
    moved = with_next_slot(moved, DUE + HOUR, "2026.2")
    assert moved.next_slot == Slot(date(2026, 11, 24), DUE + DAY + 9 * HOUR)


# At most once, whatever happens


class AtMostOnce(RuleBasedStateMachine):
    """One delivery, a worker that may die at any point, and a Slack that may not answer.

    Slack shows a message within 30 seconds of taking it. The worker's clock may be put back, and
    what it is told of the channel is true. Where calls take no time, the delivery may be taken up
    sooner than planned.
    """

    def __init__(self) -> None:
        super().__init__()
        self.delivery = owed()
        self.clock = MONDAY
        self.elapsed = timedelta(0)
        self.shows_at: list[timedelta] = []
        self.early = False
        self.put_forward = False

    @initialize(early=st.booleans(), kind=st.sampled_from([Kind.RECAP, Kind.REPLY]))
    def begins(self, *, early: bool, kind: Kind) -> None:
        self.early = early
        self.delivery = owed(kind=kind)

    def pass_by(self, seconds: int) -> None:
        self.clock += seconds * SECOND
        self.elapsed += seconds * SECOND

    @rule(seconds=st.sampled_from([1, 25, 60, 3_600]))
    def clock_is_put_back(self, seconds: int) -> None:
        self.clock -= seconds * SECOND

    @precondition(lambda self: not self.put_forward)
    @rule(seconds=st.sampled_from([1, 25, 60, 3_600]))
    def clock_is_put_forward_once(self, seconds: int) -> None:
        self.clock += seconds * SECOND
        self.put_forward = True

    @precondition(lambda self: self.delivery.ready_at is not None)
    @rule(
        idle=st.sampled_from([0, 0, 1, 19, 20, 300]),
        seen=st.sampled_from(["truth", "busy", "hidden"]),
        came=st.sampled_from(
            ["answer lost", "call lost", "busy", "bad", "dies before", "dies", "barred", "sent"]
        ),
        takes=st.sampled_from([0, 5, 20]),
        shows=st.sampled_from([0, 20]),
    )
    def worked_on(self, idle: int, seen: str, came: str, takes: int, shows: int) -> None:
        ready_at = self.clock if self.early else self.delivery.ready_at
        wait = (ready_at or self.clock) - self.clock
        self.pass_by(max(0, -(-wait // SECOND)) + idle)
        self.delivery = replace(
            self.delivery,
            state=(State.POSTING if self.delivery.state is State.POSTING else State.CLAIMED),
            ready_at=self.clock + POLICY.lease,
        )
        step = next_step(self.delivery, ACTIVE, self.clock, POLICY)
        if step == Look():
            self.delivery = after_look(self.delivery, self.look(seen), self.clock, POLICY)
            if self.delivery.state is not State.CLAIMED:
                return
            step = next_step(self.delivery, ACTIVE, self.clock, POLICY, looked=True)
        if isinstance(step, End):
            self.delivery = ended(self.delivery, step.state, step.reason)
            return
        assert step == Go()
        self.delivery = handed(
            self.delivery, self.delivery.message or WITH_DATA, self.clock, POLICY
        )
        if came != "dies before":
            self.post(came, 0 if self.early else takes, shows)

    def look(self, seen: str) -> Sighting:
        if seen == "busy":
            return Busy("503")
        if seen == "hidden":
            return Hidden("missing_scope")
        return THERE if any(at <= self.elapsed for at in self.shows_at) else NotThere()

    def post(self, came: str, takes: int, shows: int) -> None:
        self.pass_by(takes)
        if came in {"sent", "answer lost", "dies"}:
            self.shows_at.append(self.elapsed + shows * SECOND)
        if came == "dies":
            return
        outcomes: dict[str, Outcome] = {
            "sent": THERE,
            "answer lost": Unsure("timeout"),
            "call lost": Unsure("reset"),
            "busy": Busy("503"),
            "bad": BadMessage("invalid_blocks"),
            "barred": NotAllowed(Pause.ARCHIVED, "is_archived"),
        }
        self.delivery = after_post(self.delivery, outcomes[came], self.clock, POLICY)

    @precondition(lambda self: self.delivery.state is State.UNCONFIRMED and not self.shows_at)
    @rule()
    def somebody_looks_and_posts_again(self) -> None:
        self.delivery = again(self.delivery, "U1", self.clock)

    @invariant()
    def there_is_at_most_one_message(self) -> None:
        assert len(self.shows_at) <= 1

    @invariant()
    def sent_means_that_it_is_there(self) -> None:
        assert self.delivery.state is not State.SENT or len(self.shows_at) == 1


def test_at_most_once() -> None:
    """No sequence of answers, deaths, looks and clocks ever leads to a second message."""
    run_state_machine_as_test(
        AtMostOnce,
        settings=settings(
            max_examples=250,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
