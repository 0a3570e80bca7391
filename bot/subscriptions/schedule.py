"""When a subscription is due: days of the week, a wall-clock time, an IANA time zone.

A slot is a local date. The wall clock of the zone rules: a time that the clock jumps over is due
when the clock has jumped, and a time that comes twice is due the first time.
"""

import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from itertools import takewhile
from typing import Final
from zoneinfo import ZoneInfo

# The rules of the tzdata that is installed with Recap: every machine then agrees on every slot,
# whatever its own tables say or lack.
zoneinfo.reset_tzpath(to=())

ONE_DAY: Final = timedelta(days=1)


class Weekday(IntEnum):
    """A day of the week, numbered as ``date.weekday()`` does."""

    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6


@dataclass(frozen=True, slots=True)
class Slot:
    """One time at which a recap is due.

    Attributes:
        day: The local date; a subscription has at most one slot for it, for ever.
        due_at: The instant, in UTC.
    """

    day: date
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days, a time and a zone.

    Attributes:
        days: Never empty.
        at: Wall-clock time in ``zone``, to the minute.
        zone: A key of the IANA database that ``ZoneInfo`` takes.
    """

    days: frozenset[Weekday] = frozenset({Weekday.MON})
    at: time = time(9)
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("a schedule has at least one day")

    def slot(self, day: date) -> Slot:
        """The slot of ``day``, whether ``day`` is scheduled or not."""
        # fold=0 is the first of two equal times, and the offset before a gap: 02:30 in a gap of
        # one hour is the instant that the clock then shows as 03:30 (PEP 495).
        local = datetime.combine(day, self.at, ZoneInfo(self.zone))
        return Slot(day, local.astimezone(UTC))

    def slots_from(self, day: date) -> Iterator[Slot]:
        """Every slot from the local date ``day`` on, without end."""
        while True:
            if day.weekday() in self.days:
                yield self.slot(day)
            day += ONE_DAY

    def slots_after(self, instant: datetime) -> Iterator[Slot]:
        """Every slot that is due after ``instant``, without end."""
        # A slot that a gap has moved past midnight belongs to the day before.
        yesterday = self.local_date(instant) - ONE_DAY
        return (slot for slot in self.slots_from(yesterday) if slot.due_at > instant)

    def slots_until(self, first: date, instant: datetime) -> Iterator[Slot]:
        """The slots from the local date ``first`` on that are due at ``instant`` or before."""
        return takewhile(lambda slot: slot.due_at <= instant, self.slots_from(first))

    def local_date(self, instant: datetime) -> date:
        """The date that a calendar in the zone shows at ``instant``."""
        return instant.astimezone(ZoneInfo(self.zone)).date()
