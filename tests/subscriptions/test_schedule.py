"""Recurrence: the wall clock of the zone rules, and a date has one slot."""

import os
import subprocess
import sys
import zoneinfo
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from itertools import islice, pairwise, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.subscriptions.schedule import ONE_DAY, Schedule, Slot, Weekday

MON, TUE, SUN = Weekday.MON, Weekday.TUE, Weekday.SUN
FIRST, LAST = date(2026, 1, 1), date(2037, 12, 31)
ZONES = sorted(zoneinfo.available_timezones())


def _rules(zone: str) -> bytes:
    """The file that says everything of ``zone``; names of one zone have the same one."""
    return files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()


DIFFERENT = sorted({_rules(zone): zone for zone in ZONES}.values())
"""One name of each zone."""


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_the_usual_monday() -> None:
    """09:00 in Berlin is 08:00 in UTC in winter and 07:00 in summer."""
    schedule = Schedule(frozenset({MON}), time(9), "Europe/Berlin")
    slots = list(islice(schedule.slots_after(utc(2026, 10, 18)), 3))
    assert slots == [
        Slot(date(2026, 10, 19), utc(2026, 10, 19, 7)),
        Slot(date(2026, 10, 26), utc(2026, 10, 26, 8)),
        Slot(date(2026, 11, 2), utc(2026, 11, 2, 8)),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        # Clocks jump from 02:00 to 03:00: 02:30 is due at 03:30.
        ("Europe/Berlin", date(2027, 3, 28), time(2, 30), utc(2027, 3, 28, 1, 30)),
        # From 03:00 back to 02:00: the first 02:30.
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), utc(2026, 10, 25, 0, 30)),
        # Half an hour of summer time.
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), utc(2026, 10, 3, 15, 45)),
        # Midnight itself does not exist: Beirut jumps at 00:00.
        ("Asia/Beirut", date(2027, 3, 28), time(0), utc(2027, 3, 27, 22)),
        # A whole day that Samoa left out of its calendar.
        ("Pacific/Apia", date(2011, 12, 30), time(9), utc(2011, 12, 30, 19)),
    ],
)
def test_clock_changes(zone: str, day: date, at: time, expected: datetime) -> None:
    """Gaps move forward, repeated hours count the first time."""
    assert Schedule(frozenset({MON}), at, zone).slot(day).due_at == expected


def test_after_is_after() -> None:
    """At the very instant of a slot the next one is asked for; just before it, itself."""
    schedule = Schedule(frozenset({MON}), time(9), "UTC")
    at = utc(2026, 11, 23, 9)
    assert next(schedule.slots_after(at)).day == date(2026, 11, 30)
    assert next(schedule.slots_after(at - timedelta(microseconds=1))).day == date(2026, 11, 23)


def test_after_a_gap_that_moves_a_slot_past_midnight() -> None:
    """Greenland jumps from 23:00 on Saturday to midnight: 23:30 is due on Sunday at 00:30."""
    schedule = Schedule(frozenset({Weekday.SAT}), time(23, 30), "America/Nuuk")
    due_at = schedule.slot(date(2027, 3, 27)).due_at
    assert due_at.astimezone(ZoneInfo("America/Nuuk")).date() == date(2027, 3, 28)
    assert next(schedule.slots_after(due_at - timedelta(minutes=1))).day == date(2027, 3, 27)


def test_until() -> None:
    """Both ends count."""
    schedule = Schedule(frozenset({MON, TUE}), time(9), "UTC")
    found = list(schedule.slots_until(date(2026, 11, 23), utc(2026, 11, 30, 9)))
    assert [slot.day.day for slot in found] == [23, 24, 30]
    assert list(schedule.slots_until(date(2026, 12, 1), utc(2026, 11, 30, 9))) == []


def test_a_schedule_has_a_day() -> None:
    """Without one, nothing would ever be due."""
    with pytest.raises(ValueError, match="at least one day"):
        Schedule(frozenset(), time(9), "UTC")


def test_what_the_machine_thinks_of_a_zone_does_not_count(tmp_path: Path) -> None:
    """A machine whose own tables put Berlin on UTC posts at Berlin's nine o'clock all the same."""
    (tmp_path / "Europe").mkdir()
    wrong = (files("tzdata.zoneinfo") / "UTC").read_bytes()
    (tmp_path / "Europe" / "Berlin").write_bytes(wrong)
    asked = (
        "import datetime; from bot.subscriptions.schedule import Schedule;"
        "print(Schedule(zone='Europe/Berlin').slot(datetime.date(2026, 11, 23)).due_at)"
    )
    answer = subprocess.check_output(  # noqa: S603 -- our own words, no input
        [sys.executable, "-c", asked],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONTZPATH": str(tmp_path)},
        text=True,
    )
    assert answer.strip() == "2026-11-23 08:00:00+00:00"


@pytest.mark.parametrize("at", [time(0), time(2, 30), time(9), time(23, 59)])
def test_every_zone_and_every_week(at: time) -> None:
    """2026 to 2037: each Sunday and Monday of each zone has one slot, in order, at its hour.

    A zone of several names is one zone. Sundays are when clocks change; walking by
    ``slots_after`` is how the ledger walks.
    """
    days = frozenset({MON, SUN})
    wanted = [FIRST + n * ONE_DAY for n in range((LAST - FIRST).days + 1)]
    wanted = [day for day in wanted if day.weekday() in days]
    for zone in DIFFERENT:
        schedule = Schedule(days, at, zone)
        start = schedule.slot(FIRST).due_at - timedelta(hours=1)
        walked = list(takewhile(lambda slot: slot.day <= LAST, schedule.slots_after(start)))
        assert [slot.day for slot in walked] == wanted, zone
        instants = [slot.due_at for slot in walked]
        assert all(one < other for one, other in pairwise(instants)), zone
        local = [slot.due_at.astimezone(ZoneInfo(zone)) for slot in walked]
        moved = Counter(one.time() != at for one in local)[True]
        assert moved <= 36, f"{zone}: only gaps move a slot, at most a few a year"


@settings(max_examples=300)
@given(
    zone=st.sampled_from(ZONES),
    days=st.frozensets(st.sampled_from(Weekday), min_size=1),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    began=st.datetimes(datetime(2026, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    steps=st.lists(st.integers(1, 60 * 24 * 9), min_size=1, max_size=40),
)
def test_however_often_it_is_asked(
    zone: str, days: frozenset[Weekday], at: time, began: datetime, steps: list[int]
) -> None:
    """A clock that moves in any steps meets every scheduled date exactly once."""
    schedule = Schedule(days, at, zone)
    upcoming, met, now = next(schedule.slots_after(began)), [], began
    first = upcoming.day
    for minutes in steps:
        now += timedelta(minutes=minutes)
        met += list(schedule.slots_until(upcoming.day, now))
        upcoming = next(
            slot for slot in schedule.slots_after(now) if not met or slot.day > met[-1].day
        )
    expected = [
        first + n * ONE_DAY
        for n in range((upcoming.day - first).days)
        if (first + n * ONE_DAY).weekday() in days
    ]
    assert [slot.day for slot in met] == expected
