"""What the reader chose; the rest of a recap follows from the facts."""

from dataclasses import dataclass
from typing import Final

from bot.digest.periods import Period

SMALLEST_TOP: Final = 1
LARGEST_TOP: Final = 25
"""``/creators/top`` gives at most 25 rows (docs.creatoraudit.com, /limits-and-quotas)."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """How much of the leaderboard to show; between 1 and 25 creators."""

    top: int = 5


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to Recap: which window, and how much of it."""

    period: Period = Period.WEEK
    preferences: Preferences = Preferences()
