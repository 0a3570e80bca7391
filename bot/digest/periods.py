"""The windows that a recap can look at."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum


class Period(StrEnum):
    """A preset window of CreatorAudit's ``/overview`` and ``/creators/top``.

    Which UTC days a preset covers is CreatorAudit's own business: only the batch metrics' ``meta``
    ever says so (docs.creatoraudit.com, /api-reference/analytics).
    """

    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"

    @property
    def days(self) -> int:
        """Length of the window in days."""
        return int(self.value.removesuffix("d"))


@dataclass(frozen=True, slots=True)
class Window:
    """Whole UTC days from ``start`` to ``end``, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Number of days, both ends included."""
        return (self.end - self.start).days + 1

    @property
    def closed_at(self) -> datetime:
        """The first instant after it, in UTC: numbers that were fetched before may still grow."""
        return datetime.combine(self.end + timedelta(days=1), time(), UTC)

    @property
    def before(self) -> "Window":
        """As many days, up to the day before this one starts."""
        length = timedelta(days=self.days)
        return Window(self.start - length, self.end - length)


def closed_window(period: Period, today: date) -> Window:
    """The last whole days before ``today``, a UTC date: what happens today is not over yet."""
    return Window(today - timedelta(days=period.days), today - timedelta(days=1))
