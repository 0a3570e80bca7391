"""What can be chosen of a recap, and what somebody chose, in words."""

from collections.abc import Iterator
from typing import Final

from bot.digest.preferences import Metric, Platform, Preferences, Ranking
from bot.subscriptions.model import Subscription

METRICS: Final = {
    Metric.VIEWS: "Views",
    Metric.LIKES: "Likes",
    Metric.FOLLOWERS: "Followers",
    Metric.ENGAGEMENT_RATE: "Engagement rate",
    Metric.COMMENTS: "Comments",
    Metric.SHARES: "Shares",
    Metric.ACTIVE_ACCOUNTS: "Active accounts",
    Metric.ACCOUNT_VIDEOS: "Account videos",
    Metric.TRACKED_VIDEOS: "Tracked videos",
}
RANKINGS: Final = {
    Ranking.VIEWS: "Views",
    Ranking.GAIN: "Gain",
    Ranking.ENGAGEMENT: "Engagement",
}
PLATFORMS: Final = {Platform.INSTAGRAM: "Instagram", Platform.TIKTOK: "TikTok"}


def hours(count: int) -> str:
    """``1 hour``, ``4 hours``."""
    return f"{count} hour{'' if count == 1 else 's'}"


def unusual(subscription: Subscription) -> str:
    """What differs from a recap as it usually is; empty where nothing does.

    ``TikTok only · ranked by gain · waits up to 4 hours``
    """
    waits = [f"waits up to {hours(subscription.wait_hours)}"] if subscription.wait_hours else []
    return " · ".join([*_unusual(subscription.ask.preferences), *waits])


def _unusual(preferences: Preferences) -> Iterator[str]:
    if preferences.platform is not None:
        yield f"{PLATFORMS[preferences.platform]} only"
    if preferences.ranking is not Preferences().ranking:
        yield f"ranked by {RANKINGS[preferences.ranking].lower()}"
    if preferences.metrics:
        yield f"shows {', '.join(METRICS[one].lower() for one in preferences.metrics)}"
