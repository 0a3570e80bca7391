"""Why a post comes when it comes, in words."""

from datetime import timedelta

import pytest

from bot.digest.freshness import Coverage
from bot.rendering import timing
from bot.rendering.numbers import Numbers
from bot.subscriptions.schedule import Schedule, Slot
from tests.examples import MONDAY

numbers = Numbers()
BERLIN = Schedule(zone="Europe/Berlin")
HOUR = timedelta(hours=1)


def test_late() -> None:
    """How late, and when it was due where the channel is."""
    slot = Slot(MONDAY.date(), MONDAY)
    assert timing.late(slot, 2 * HOUR, BERLIN, numbers) == (
        "2 hours late: this was due on Mon, Nov 23 at 09:00."
    )


@pytest.mark.parametrize(
    ("after", "coverage", "said"),
    [
        (
            2 * HOUR,
            Coverage(of=50, refreshed=46),
            "Posted at 11:00 instead of 09:00, once 92% of the accounts were refreshed.",
        ),
        (
            2 * HOUR,
            Coverage(of=100, refreshed=61),
            "Posted at 11:00 instead of 09:00; 61% of the accounts were refreshed by then.",
        ),
        (2 * HOUR, None, "Posted at 11:00 instead of 09:00."),
        (
            16 * HOUR,
            None,
            "Posted on Tue, Nov 24 at 01:00 instead of Mon, Nov 23 at 09:00.",
        ),
    ],
)
def test_waited(after: timedelta, coverage: Coverage | None, said: str) -> None:
    """When, instead of when, and what the wait was good for."""
    assert timing.waited(MONDAY, MONDAY + after, coverage, BERLIN, numbers) == said


@pytest.mark.parametrize(
    ("wait", "when"), [(4 * HOUR, "at 13:00"), (16 * HOUR, "on Tue, Nov 24 at 01:00")]
)
def test_waiting(wait: timedelta, when: str) -> None:
    """Until when at the longest, where the channel is."""
    assert timing.waiting(MONDAY, MONDAY + wait, BERLIN, numbers) == (
        f"is waiting for fresh data and comes {when} at the latest"
    )


@pytest.mark.parametrize(
    ("changed", "refreshed", "said"),
    [
        (("views",), 3, "views 1.21M → 1.24M after 3 accounts were refreshed."),
        (("views",), 1, "views 1.21M → 1.24M after 1 account was refreshed."),
        (("views", "total_likes"), 0, "views 1.21M → 1.24M, total likes 5 → 0."),
        (("views",), -1, "views 1.21M → 1.24M."),
    ],
)
def test_corrected(changed: tuple[str, ...], refreshed: int, said: str) -> None:
    """When, what, and why, where that is known."""
    before, after = {"views": 1_210_000, "total_likes": 5}, {"views": 1_240_000, "total_likes": 0}
    at = MONDAY + timedelta(hours=2, minutes=20)
    line = timing.corrected(at, before, after, changed, refreshed, BERLIN, numbers)
    assert line == f"Corrected on Mon 11:20: {said}"
