"""The demo's clock, and the instants that people like to travel to."""

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.clock import SystemClock

NINE: Final = time(9)
A_YEAR: Final = 366 * 24
"""Hours within which a zone that changes its clocks at all has changed them."""


class TravelClock:
    """The machine's clock, and later whatever time it was moved to; it never stands still."""

    def __init__(self) -> None:
        self._machine = SystemClock()
        self.ahead = timedelta(0)
        """How far it is ahead of the machine's clock."""

    def now(self) -> datetime:
        """The current instant of the demo, aware, in UTC."""
        return self._machine.now() + self.ahead

    def travel(self, instant: datetime) -> None:
        """Go on from ``instant``."""
        self.ahead = instant - self._machine.now()

    def come_back(self) -> None:
        """Show the machine's time again."""
        self.ahead = timedelta(0)


def next_monday(now: datetime, zone: ZoneInfo) -> datetime:
    """The first Monday 09:00 of ``zone`` after ``now``."""
    today = now.astimezone(zone).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), NINE, zone)
    return monday if monday > now else monday + timedelta(days=7)


def next_clock_change(now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant after ``now`` at which the clocks of ``zone`` change; None where they don't."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    before = now.astimezone(zone).utcoffset()
    for _ in range(A_YEAR):
        hour += timedelta(hours=1)
        if hour.astimezone(zone).utcoffset() != before:
            return _to_the_minute(hour, zone)
    return None


def _to_the_minute(hour: datetime, zone: ZoneInfo) -> datetime:
    """The first minute of the hour before ``hour`` that has the offset of ``hour``."""
    after = hour.astimezone(zone).utcoffset()
    minutes = (hour - timedelta(minutes=60 - one) for one in range(1, 61))
    return next(one for one in minutes if one.astimezone(zone).utcoffset() == after)
