"""What a day brings: numbers that follow from a pattern and a date, and from nothing else."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

WEEKDAYS: Final = (0.9, 0.92, 0.97, 1.0, 1.12, 1.2, 1.05)
RARE: Final = 0.992
SURGE: Final = 25.0
SURGE_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Day:
    """Numbers of one UTC day, or of several together."""

    views: int = 0
    plays: int = 0
    likes: int = 0
    comments: int = 0
    shares: int = 0

    def __add__(self, other: "Day") -> "Day":
        return Day(
            self.views + other.views,
            self.plays + other.plays,
            self.likes + other.likes,
            self.comments + other.comments,
            self.shares + other.shares,
        )

    def part(self, share: float) -> "Day":
        """A share of everything, in whole numbers."""
        return Day(
            int(self.views * share),
            int(self.plays * share),
            int(self.likes * share),
            int(self.comments * share),
            int(self.shares * share),
        )

    @property
    def engagement(self) -> int:
        """Likes, comments and shares: a count, not a rate."""
        return self.likes + self.comments + self.shares


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the days of an account or a video are made of.

    Attributes:
        number: Another number is other luck.
        surge_on: First of the days on which it explodes; None for never.
    """

    number: int
    platform: str
    base_views: float
    swing: float
    phase: float
    like_rate: float
    surge_on: date | None = None

    def day(self, day: date) -> Day:
        """What happens on ``day``."""
        week = day.toordinal() / 7
        season = 1 + self.swing * math.sin(week * 0.9 + self.phase)
        luck = 0.7 + 0.6 * noise(self.number, day.toordinal())
        return self.numbers(
            self.base_views * WEEKDAYS[day.weekday()] * season * luck * self._boost(day)
        )

    def numbers(self, views: float) -> Day:
        """What comes along with so many views."""
        whole = int(views)
        likes = int(whole * self.like_rate)
        plays = whole if self.platform == "tiktok" else int(whole * 1.3)
        return Day(whole, plays, likes, likes // 14, likes // 22)

    def total(self, start: date, end: date) -> Day:
        """Sums over whole days, both ends included; nothing where ``end`` is before ``start``."""
        return _total(self, start, end) if start <= end else Day()

    def _boost(self, day: date) -> float:
        """Rarely, one week goes through the roof."""
        if self.surge_on and 0 <= (day - self.surge_on).days < SURGE_DAYS:
            return SURGE
        return 9.0 if noise(self.number * 31, day.toordinal() // 7) > RARE else 1.0


@lru_cache(maxsize=65_536)
def _total(pattern: Pattern, start: date, end: date) -> Day:
    days = (start + timedelta(days=offset) for offset in range((end - start).days + 1))
    return sum((pattern.day(day) for day in days), Day())


def noise(one: int, other: int) -> float:
    """A number in [0, 1) that depends on both arguments and on nothing else."""
    mixed = (one * 2_654_435_761 + other * 2_246_822_519 + 374_761_393) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_507) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 3_266_489_909) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 16)) / 2**32
