"""What somebody wants of a subscription."""

from dataclasses import replace
from datetime import time

import pytest

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Metric, Platform, Preferences, Ranking
from bot.subscriptions.model import Subscription
from bot.subscriptions.schedule import Weekday
from bot.subscriptions.wishes import Wish, described, merged, only
from tests.examples import subscription

ONE = subscription()
CHOSEN = replace(
    ONE,
    ask=Ask(
        Period.MONTH,
        Preferences(7, (Metric.LIKES, Metric.VIEWS), Ranking.GAIN, Platform.TIKTOK),
    ),
    wait_hours=4,
)


@pytest.mark.parametrize(
    ("named", "platform"),
    [
        ({Platform.TIKTOK}, Platform.TIKTOK),
        (set(Platform), None),
        (set(), None),
    ],
)
def test_only(named: set[Platform], platform: Platform | None) -> None:
    """All of them are no choice."""
    assert only(frozenset(named)) is platform


def test_what_was_not_named_stays() -> None:
    """Another time is no reason to forget the rest."""
    wish = Wish(frozenset({Weekday.MON}), time(9))
    assert merged(CHOSEN, wish) == CHOSEN
    assert merged(CHOSEN, Wish()) == CHOSEN


@pytest.mark.parametrize(
    ("wish", "preferences", "wait_hours"),
    [
        (Wish(top=3), replace(CHOSEN.ask.preferences, top=3), 4),
        (Wish(metrics=()), replace(CHOSEN.ask.preferences, metrics=()), 4),
        (
            Wish(metrics=(Metric.SHARES,)),
            replace(CHOSEN.ask.preferences, metrics=(Metric.SHARES,)),
            4,
        ),
        (Wish(ranking=Ranking.VIEWS), replace(CHOSEN.ask.preferences, ranking=Ranking.VIEWS), 4),
        (
            Wish(platforms=frozenset({Platform.INSTAGRAM})),
            replace(CHOSEN.ask.preferences, platform=Platform.INSTAGRAM),
            4,
        ),
        (
            Wish(platforms=frozenset(Platform)),
            replace(CHOSEN.ask.preferences, platform=None),
            4,
        ),
        (Wish(wait_hours=0), CHOSEN.ask.preferences, 0),
        (Wish(wait_hours=24), CHOSEN.ask.preferences, 24),
    ],
)
def test_one_thing_changes(wish: Wish, preferences: Preferences, wait_hours: int) -> None:
    """The usual choice is one that can be wished for, too."""
    ask = Ask(Period.MONTH, preferences)
    assert merged(CHOSEN, wish) == replace(CHOSEN, ask=ask, wait_hours=wait_hours)


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (ONE, "mon 09:00 Europe/Berlin 7d active"),
        (
            CHOSEN,
            "mon 09:00 Europe/Berlin 30d top 7 by gain likes,views tiktok wait 4h active",
        ),
    ],
)
def test_described(one: Subscription, line: str) -> None:
    """The trail says everything that a person has chosen."""
    assert described(one) == line
