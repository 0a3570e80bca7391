"""A subscription from one status to the next, and what its deliveries know of themselves."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.subscriptions.deliveries import State, lateness
from bot.subscriptions.model import (
    Pause,
    Status,
    activated,
    paused,
    removed,
    unskipped,
    with_next_slot,
)
from bot.subscriptions.schedule import Schedule, Slot, Weekday
from tests.examples import MONDAY, owed, subscription

SECOND = timedelta(seconds=1)
EDITION = "2026.2"
NEXT_MONDAY = Slot(date(2026, 11, 30), datetime(2026, 11, 30, 8, tzinfo=UTC))
NEXT = NEXT_MONDAY.day


def test_activated_posts_from_now_on() -> None:
    """What was due up to this instant, and why it had stopped, no longer counts."""
    stopped = paused(subscription(), Pause.ARCHIVED)
    assert activated(stopped, MONDAY, EDITION) == replace(
        stopped,
        status=Status.ACTIVE,
        pause=None,
        since=MONDAY,
        next_slot=NEXT_MONDAY,
        rules=EDITION,
    )


def test_a_slot_in_the_next_second_is_still_to_come() -> None:
    """Whoever subscribes just before nine gets the recap at nine."""
    one = activated(subscription(), MONDAY - SECOND, EDITION)
    assert one.next_slot == Slot(date(2026, 11, 23), MONDAY)


def test_a_date_has_one_slot_for_ever() -> None:
    """A time that is moved to later on the same day brings no second post on that day."""
    one = replace(
        subscription(),
        schedule=Schedule(frozenset(Weekday), time(18), "Europe/Berlin"),
        last_day=date(2026, 11, 23),
    )
    assert with_next_slot(one, MONDAY, EDITION) == replace(
        one,
        next_slot=Slot(date(2026, 11, 24), datetime(2026, 11, 24, 17, tzinfo=UTC)),
        rules=EDITION,
    )


def test_dates_that_were_left_out_ahead_stay_left_out() -> None:
    """A skip of next Monday holds, whatever is changed before it."""
    one = replace(subscription(), skipped=frozenset({date(2026, 11, 30), date(2026, 12, 14)}))
    after = with_next_slot(one, MONDAY, EDITION)
    assert after.next_slot == Slot(date(2026, 12, 7), datetime(2026, 12, 7, 8, tzinfo=UTC))
    assert [slot.day for slot in after.upcoming(2)] == [date(2026, 12, 7), date(2026, 12, 21)]


def test_a_skip_is_taken_back() -> None:
    """Its date comes again and the other one stays; dates that were posted stay behind."""
    first, second = date(2026, 11, 30), date(2026, 12, 7)
    one = replace(subscription(), last_day=date(2026, 11, 23), skipped=frozenset({first, second}))
    one = with_next_slot(one, MONDAY, EDITION)
    again = unskipped(one, first, MONDAY, EDITION)
    assert again.skipped == {second}
    assert [slot.day for slot in again.upcoming(2)] == [first, date(2026, 12, 14)]
    assert unskipped(again, second, MONDAY, EDITION).next_slot == again.next_slot
    assert again.last_day == one.last_day


def test_a_skip_is_taken_back_while_another_slot_is_due() -> None:
    """That one is not lost over it: the next tick plans it, and then what comes after."""
    one = activated(subscription(), MONDAY - SECOND, EDITION)
    one = replace(one, skipped=frozenset({date(2026, 11, 30)}))
    again = unskipped(one, date(2026, 11, 30), MONDAY, EDITION)
    assert again == replace(one, skipped=frozenset())


def test_a_forced_pass_does_not_keep_a_skip_from_being_taken_back() -> None:
    """Also where later dates are in the ledger already."""
    one = replace(subscription(), last_day=date(2026, 12, 7), skipped=frozenset({NEXT}))
    again = unskipped(with_next_slot(one, MONDAY, EDITION), NEXT, MONDAY, EDITION)
    assert again.next_slot == again.schedule.slot(NEXT)


@pytest.mark.parametrize("why", Pause)
def test_paused(why: Pause) -> None:
    """Nothing is to come, and it is known why."""
    one = subscription()
    stopped = paused(one, why)
    assert stopped == replace(one, status=Status.PAUSED, pause=why, next_slot=None)
    assert not stopped.is_active
    assert stopped.upcoming(3) == ()


def test_removed() -> None:
    """It ends for good, whether it was paused or not."""
    one = subscription()
    assert removed(one) == replace(one, status=Status.REMOVED, next_slot=None)
    assert removed(paused(one, Pause.BY_PERSON)) == removed(one)
    assert not removed(one).is_active


def test_upcoming() -> None:
    """As many as are asked for, beginning with the next one; the hour stays when clocks change."""
    one = activated(subscription(), datetime(2026, 10, 17, tzinfo=UTC), EDITION)
    assert one.is_active
    assert one.upcoming(0) == ()
    assert one.upcoming(2) == (
        Slot(date(2026, 10, 19), datetime(2026, 10, 19, 7, tzinfo=UTC)),
        Slot(date(2026, 10, 26), datetime(2026, 10, 26, 8, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        (State.PLANNED, True),
        (State.CLAIMED, True),
        (State.POSTING, True),
        (State.SENT, False),
        (State.FAILED, False),
        (State.UNCONFIRMED, False),
        (State.SKIPPED, False),
        (State.MISSED, False),
    ],
)
def test_open(state: State, *, is_open: bool) -> None:
    """Three states are on the way; the others are the end of it."""
    assert owed(state=state).is_open is is_open


@pytest.mark.parametrize(("seconds", "late"), [(-1, 0), (0, 0), (1, 1), (3 * 86_400, 3 * 86_400)])
def test_lateness(seconds: int, late: int) -> None:
    """Counted from when it was due, and never negative: a clock may be behind."""
    assert lateness(owed(), MONDAY + seconds * SECOND) == late * SECOND
