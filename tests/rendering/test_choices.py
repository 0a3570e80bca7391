"""What can be chosen of a recap, and what somebody chose, in words."""

from dataclasses import replace

import pytest

from bot.digest.preferences import Ask, Metric, Platform, Preferences, Ranking
from bot.rendering.choices import METRICS, PLATFORMS, RANKINGS, unusual
from tests.examples import subscription

ONE = subscription()


@pytest.mark.parametrize(
    ("preferences", "wait_hours", "words"),
    [
        (Preferences(), 0, ""),
        (Preferences(top=25), 0, ""),
        (Preferences(platform=Platform.INSTAGRAM), 0, "Instagram only"),
        (Preferences(ranking=Ranking.ENGAGEMENT), 0, "ranked by engagement"),
        (Preferences(metrics=(Metric.ENGAGEMENT_RATE,)), 0, "shows engagement rate"),
        (Preferences(), 1, "waits up to 1 hour"),
        (
            Preferences(5, (Metric.LIKES, Metric.VIEWS), Ranking.GAIN, Platform.TIKTOK),
            4,
            "TikTok only · ranked by gain · shows likes, views · waits up to 4 hours",
        ),
    ],
)
def test_unusual(preferences: Preferences, wait_hours: int, words: str) -> None:
    """Only what differs from a recap as it usually is."""
    one = replace(ONE, ask=Ask(preferences=preferences), wait_hours=wait_hours)
    assert unusual(one) == words


def test_everything_has_a_name() -> None:
    """In the order in which it is offered."""
    assert (list(METRICS), list(RANKINGS), list(PLATFORMS)) == (
        list(Metric),
        list(Ranking),
        list(Platform),
    )
