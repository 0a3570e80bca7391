"""Schedules, slots and delays in words."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from bot.rendering.numbers import Numbers
from bot.subscriptions.schedule import Schedule, Slot, Weekday

NAMES: Final = {
    Weekday.MON: "Monday",
    Weekday.TUE: "Tuesday",
    Weekday.WED: "Wednesday",
    Weekday.THU: "Thursday",
    Weekday.FRI: "Friday",
    Weekday.SAT: "Saturday",
    Weekday.SUN: "Sunday",
}
WORKDAYS: Final = frozenset(Weekday) - {Weekday.SAT, Weekday.SUN}
HOUR: Final = 3600
DAY: Final = 24 * HOUR


def every(schedule: Schedule) -> str:
    """``every Monday at 09:00 (Europe/Berlin)``."""
    return f"{_days(schedule.days)} at {schedule.at:%H:%M} ({schedule.zone})"


def _days(days: frozenset[Weekday]) -> str:
    if len(days) == len(Weekday):
        return "every day"
    if days == WORKDAYS:
        return "Monday to Friday"
    *some, last = [NAMES[day] for day in sorted(days)]
    return f"every {', '.join(some)} and {last}" if some else f"every {last}"


def when(slot: Slot, schedule: Schedule, numbers: Numbers) -> str:
    """``Mon, Nov 30 at 09:00``: what the wall clock of the zone shows when it is due."""
    return moment(slot.due_at, schedule, numbers)


def moment(instant: datetime, schedule: Schedule, numbers: Numbers) -> str:
    """The same of any ``instant``."""
    local = instant.astimezone(ZoneInfo(schedule.zone))
    return f"{numbers.day(local.date())} at {local:%H:%M}"


def dates(slots: Iterable[Slot], schedule: Schedule, numbers: Numbers) -> str:
    """Several slots: ``Mon, Nov 30 · Mon, Dec 7``, with the hour where it is another one."""
    shown = []
    for slot in slots:
        moved = slot.due_at.astimezone(ZoneInfo(schedule.zone)).time() != schedule.at
        shown.append(when(slot, schedule, numbers) if moved else numbers.day(slot.day))
    return " · ".join(shown)


def clock_change(slots: Iterable[Slot], schedule: Schedule) -> str | None:
    """Says that the clock changes between two of ``slots``, and that the hour stays."""
    zone = ZoneInfo(schedule.zone)
    local = [slot.due_at.astimezone(zone) for slot in slots]
    if any(one.utcoffset() != other.utcoffset() for one, other in pairwise(local)):
        return f"The clocks change in between; it stays {schedule.at:%H:%M} local time."
    return None


def how_long(delay: timedelta) -> str:
    """``20 minutes``, ``3 hours``, ``2 days``: the largest unit, rounded."""
    seconds = delay.total_seconds()
    for size, unit, smaller in ((DAY, "day", HOUR), (HOUR, "hour", 60), (60, "minute", 1)):
        # What would round to sixty minutes is an hour.
        if round(seconds / smaller) * smaller >= size:
            count = round(seconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
