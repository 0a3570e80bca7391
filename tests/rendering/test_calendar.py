"""Schedules, slots and delays in words."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest

from bot.rendering import calendar
from bot.rendering.numbers import Numbers
from bot.subscriptions.schedule import Schedule, Slot, Weekday

MON, TUE, WED, THU, FRI, SAT, SUN = Weekday
BERLIN = Schedule(frozenset({MON}), time(9), "Europe/Berlin")
numbers = Numbers()


def slots(schedule: Schedule, first: date, count: int = 3) -> list[Slot]:
    return list(islice(schedule.slots_from(first), count))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({MON}, "every Monday"),
        ({SUN}, "every Sunday"),
        ({THU, TUE}, "every Tuesday and Thursday"),
        ({FRI, MON, WED}, "every Monday, Wednesday and Friday"),
        ({SAT, SUN}, "every Saturday and Sunday"),
        ({MON, TUE, WED, THU, FRI}, "Monday to Friday"),
        (
            {MON, TUE, WED, THU, FRI, SAT},
            "every Monday, Tuesday, Wednesday, Thursday, Friday and Saturday",
        ),
        (set(Weekday), "every day"),
    ],
)
def test_every(days: set[Weekday], words: str) -> None:
    """Days in the order of the week, with shorter words for the usual sets."""
    schedule = Schedule(frozenset(days), time(9, 5), "America/New_York")
    assert calendar.every(schedule) == f"{words} at 09:05 (America/New_York)"


@pytest.mark.parametrize(
    ("schedule", "day", "words"),
    [
        (BERLIN, date(2026, 11, 30), "Mon, Nov 30 at 09:00"),
        (Schedule(at=time(0), zone="Pacific/Apia"), date(2026, 12, 7), "Mon, Dec 7 at 00:00"),
        (Schedule(at=time(23, 59), zone="America/Adak"), date(2027, 1, 4), "Mon, Jan 4 at 23:59"),
        # The clock jumps over it, by an hour and, in Greenland, past midnight.
        (
            Schedule(at=time(2, 30), zone="Europe/Berlin"),
            date(2027, 3, 28),
            "Sun, Mar 28 at 03:30",
        ),
        (
            Schedule(at=time(23, 30), zone="America/Nuuk"),
            date(2027, 3, 27),
            "Sun, Mar 28 at 00:30",
        ),
    ],
)
def test_when(schedule: Schedule, day: date, words: str) -> None:
    """What the wall clock of the zone shows."""
    assert calendar.when(schedule.slot(day), schedule, numbers) == words


def test_dates() -> None:
    """Dates alone; the hour only where it is not the usual one."""
    assert calendar.dates([], BERLIN, numbers) == ""
    shown = calendar.dates(slots(BERLIN, date(2026, 11, 24)), BERLIN, numbers)
    assert shown == "Mon, Nov 30 · Mon, Dec 7 · Mon, Dec 14"
    night = Schedule(frozenset({SUN}), time(2, 30), "Europe/Berlin")
    shown = calendar.dates(slots(night, date(2027, 3, 21)), night, numbers)
    assert shown == "Sun, Mar 21 · Sun, Mar 28 at 03:30 · Sun, Apr 4"


@pytest.mark.parametrize(
    ("first", "count", "zone", "says"),
    [
        (date(2026, 10, 12), 2, "Europe/Berlin", False),
        (date(2026, 10, 19), 2, "Europe/Berlin", True),
        (date(2026, 10, 19), 1, "Europe/Berlin", False),
        (date(2026, 10, 12), 3, "Europe/Berlin", True),
        (date(2027, 3, 22), 2, "Europe/Berlin", True),
        (date(2026, 10, 19), 3, "Asia/Kolkata", False),
        (date(2026, 10, 19), 0, "Europe/Berlin", False),
    ],
)
def test_clock_change(first: date, count: int, zone: str, *, says: bool) -> None:
    """It is said only when it happens between the dates that are shown."""
    schedule = Schedule(at=time(9), zone=zone)
    sentence = "The clocks change in between; it stays 09:00 local time." if says else None
    assert calendar.clock_change(slots(schedule, first, count), schedule) == sentence


@pytest.mark.parametrize(
    ("delay", "words"),
    [
        (timedelta(0), "less than a minute"),
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59.4), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=89), "1 minute"),
        (timedelta(seconds=91), "2 minutes"),
        (timedelta(minutes=20), "20 minutes"),
        (timedelta(minutes=59, seconds=29), "59 minutes"),
        (timedelta(minutes=59, seconds=31), "1 hour"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=3, minutes=10), "3 hours"),
        (timedelta(hours=23, minutes=29), "23 hours"),
        (timedelta(hours=23, minutes=31), "1 day"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=47), "2 days"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_how_long(delay: timedelta, words: str) -> None:
    """The largest unit, rounded, and never sixty of the smaller one."""
    assert calendar.how_long(delay) == words


def test_another_locale() -> None:
    """Dates are written as the readers write them."""
    slot = Slot(date(2026, 11, 30), datetime(2026, 11, 30, 8, tzinfo=UTC))
    assert calendar.when(slot, BERLIN, Numbers("de")) == "Mo., 30. Nov. at 09:00"
