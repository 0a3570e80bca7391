"""Everything that was fetched for one recap, each part for itself: it is there, or missing."""

from dataclasses import dataclass

from bot.digest.engagement import Scale
from bot.digest.facts import (
    Account,
    Call,
    Fetched,
    Leaderboard,
    Overview,
    Video,
    WindowMetrics,
)
from bot.digest.model import Missing
from bot.digest.periods import Window
from bot.digest.snapshots import History
from bot.digest.sums import Tracked


@dataclass(frozen=True, slots=True)
class VideoBoard:
    """Posts with their numbers in the window, in no order."""

    posts: tuple[tuple[Video, WindowMetrics], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was fetched for one recap.

    What is None nobody asked for; what is ``Missing`` could not be had.

    Attributes:
        overview: The headline's source; without it there is no recap.
        leaderboard: The top creators.
        scale: What the engagement rate is measured in.
        more_calls: Made besides, for the receipt only (the calibration of the scale).
        window: The closed window that the accounts' numbers are for.
        accounts: All of them.
        tracked: Their numbers.
        history: What earlier recaps printed.
        videos: The posts.
    """

    overview: Fetched[Overview]
    leaderboard: Fetched[Leaderboard] | Missing
    scale: Scale
    more_calls: tuple[Call, ...] = ()
    window: Window | None = None
    accounts: Fetched[tuple[Account, ...]] | Missing | None = None
    tracked: Fetched[Tracked] | Missing | None = None
    history: History | Missing | None = None
    videos: Fetched[VideoBoard] | Missing | None = None

    @property
    def is_current(self) -> bool:
        """Whether the presets of the overview and the ranking cover the days of ``window``.

        A preset ends the day before it is asked for. A slot of yesterday evening whose recap had to
        wait has another window by then.
        """
        if self.window is None or not self.overview.calls:
            return True
        return self.overview.calls[-1].fetched_at.date() == self.window.closed_at.date()

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call that gave a part, in the order in which the parts are read."""
        parts = (self.overview, self.leaderboard, self.accounts, self.tracked, self.videos)
        found = (part.calls for part in parts if isinstance(part, Fetched))
        return tuple(call for calls in found for call in calls) + self.more_calls
