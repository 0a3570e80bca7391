"""Which of the kept weeks stand for the weeks before."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.digest.periods import Window
from bot.digest.snapshots import SLACK_DAYS, WEEKS, weekly, weekly_ends
from tests.digest.examples import WEEK, snapshot


def test_the_days_that_stand_for_a_week() -> None:
    """The same day of the week before that, or a few days from it, the nearest first."""
    ends = weekly_ends(date(2026, 11, 22))
    assert [days[0] for days in ends] == [
        date(2026, 11, 15), date(2026, 11, 8), date(2026, 11, 1), date(2026, 10, 25),
        date(2026, 10, 18), date(2026, 10, 11), date(2026, 10, 4), date(2026, 9, 27),
    ]  # fmt: skip
    assert ends[0] == tuple(date(2026, 11, day) for day in (15, 14, 16, 13, 17, 12, 18))


def test_no_day_stands_for_two_weeks() -> None:
    """One snapshot is never counted twice."""
    days = [day for days in weekly_ends(WEEK.end) for day in days]
    assert len(days) == len(set(days)) == WEEKS * (2 * SLACK_DAYS + 1)


def test_the_nearest_one_stands_for_its_week() -> None:
    """A few days early or late will do; a week that nobody looked at is a gap."""
    one, two, five = snapshot(1, 10), snapshot(2, 20), snapshot(5, 50)
    assert weekly([five, two, one], WEEK.end) == (one, two, None, None, five, None, None, None)
    for days in (-3, -1, 2, 3):
        assert weekly([one, two], WEEK.end + timedelta(days=days))[:2] == (one, two)
    assert weekly([one, two], WEEK.end + timedelta(days=4))[:3] == (None, one, two)
    assert weekly([one, two], WEEK.end - timedelta(days=4))[:2] == (two, None)


def test_two_of_one_week() -> None:
    """The nearest stands for it; of two as near the earlier one, whose days overlap less."""
    late, early, earlier = (
        replace(snapshot(1, views), window=Window(WEEK.start, WEEK.end - timedelta(days=days)))
        for views, days in ((1, 5), (2, 8), (3, 9))
    )
    assert weekly([late, early, earlier], WEEK.end)[0] == early
    assert weekly([late, earlier], WEEK.end)[0] == earlier


@given(st.sets(st.integers(1, 90)))
def test_every_week_has_one_at_most(days: set[int]) -> None:
    """Whatever was kept, there are eight places, and none is in two."""
    kept = [
        replace(snapshot(1, ago), window=Window(WEEK.start, WEEK.end - timedelta(days=ago)))
        for ago in days
    ]
    found = [one.totals["views"] if one else None for one in weekly(kept, WEEK.end)]
    for week, ago in enumerate(found, start=1):
        near = [one for one in days if abs(one - 7 * week) <= SLACK_DAYS]
        assert abs((ago or 0) - 7 * week) == min(
            (abs(one - 7 * week) for one in near), default=7 * week
        )
    assert len(found) == WEEKS
