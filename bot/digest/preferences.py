"""What the reader chose; the rest of a recap follows from the facts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.digest.periods import Period

SMALLEST_TOP: Final = 1
LARGEST_TOP: Final = 25
"""``/creators/top`` gives at most 25 rows (docs.creatoraudit.com, /limits-and-quotas)."""


class Metric(StrEnum):
    """The figures that a headline can show, in the order in which it does by itself."""

    VIEWS = "views"
    LIKES = "likes"
    FOLLOWERS = "followers"
    ENGAGEMENT_RATE = "engagement_rate"
    COMMENTS = "comments"
    SHARES = "shares"
    ACTIVE_ACCOUNTS = "active_accounts"
    ACCOUNT_VIDEOS = "account_videos"
    TRACKED_VIDEOS = "tracked_videos"


class Ranking(StrEnum):
    """What creators are ranked by."""

    VIEWS = "views"
    GAIN = "gain"
    ENGAGEMENT = "engagement"


class Platform(StrEnum):
    """Where an account lives; CreatorAudit knows no other (docs.creatoraudit.com, /platforms)."""

    INSTAGRAM = "instagram"
    TIKTOK = "tiktok"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a recap shows.

    Attributes:
        top: How many creators of the ranking, from 1 to 25.
        metrics: The headline's figures in their order; empty shows all of them.
        ranking: What creators are ranked by.
        platform: Only the accounts of this platform; None for all.
    """

    top: int = 5
    metrics: tuple[Metric, ...] = ()
    ranking: Ranking = Ranking.VIEWS
    platform: Platform | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to Recap: which window, and how much of it."""

    period: Period = Period.WEEK
    preferences: Preferences = Preferences()
