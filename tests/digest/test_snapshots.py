"""Which of the kept weeks stand for the weeks before."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.digest.snapshots import SLACK_DAYS, WEEKS, weekly, weekly_ends
from tests.digest.examples import WEEK, snapshot


def test_the_days_that_stand_for_a_week() -> None:
    """The same day of the week before that, or a few days earlier."""
    ends = weekly_ends(date(2026, 11, 22))
    assert [days[0] for days in ends] == [
        date(2026, 11, 15), date(2026, 11, 8), date(2026, 11, 1), date(2026, 10, 25),
        date(2026, 10, 18), date(2026, 10, 11), date(2026, 10, 4), date(2026, 9, 27),
    ]  # fmt: skip
    assert ends[0] == tuple(date(2026, 11, day) for day in (15, 14, 13, 12))


def test_no_day_stands_for_two_weeks() -> None:
    """One snapshot is never counted twice."""
    days = [day for days in weekly_ends(WEEK.end) for day in days]
    assert len(days) == len(set(days)) == WEEKS * (SLACK_DAYS + 1)


def test_the_nearest_one_stands_for_its_week() -> None:
    """A few days early will do, a day late overlaps; a week that nobody looked at is a gap."""
    one, two, five = snapshot(1, 10), snapshot(2, 20), snapshot(5, 50)
    assert weekly([five, two, one], WEEK.end) == (one, two, None, None, five, None, None, None)
    later = WEEK.end + timedelta(days=2)
    assert weekly([one, two], later)[:2] == (one, two)
    assert weekly([one, two], WEEK.end + timedelta(days=4)) == (None,) * WEEKS
    assert weekly([one, two], WEEK.end - timedelta(days=1)) == (None,) * WEEKS


@given(st.sets(st.integers(1, 12)), st.integers(0, 6))
def test_every_week_has_one_at_most(weeks: set[int], late: int) -> None:
    """Whatever was kept, there are eight places, and each snapshot is in its own."""
    found = weekly([snapshot(n, n) for n in weeks], WEEK.end + timedelta(days=late))
    assert len(found) == WEEKS
    for place, one in enumerate(found, start=1):
        expected = place if late <= SLACK_DAYS and place in weeks else None
        assert (one.totals["views"] if one else None) == expected
