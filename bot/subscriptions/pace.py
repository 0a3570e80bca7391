"""As fast as Slack allows: one message a second in a channel, some hundred a minute in all.

Slack publishes "1 per second per channel" and "several hundred messages per minute" for the
workspace, with bursts (docs.slack.dev, /apis/web-api/rate-limits).
"""

from dataclasses import dataclass
from typing import Final

NEAR: Final = 1.0
"""Seconds that a message may hold its place for: at ten a second, one workspace that has used up
its burst so takes a quarter of the places of a process, and never all of them."""

BEHIND: Final = NEAR / 2
"""Seconds that a message which yields stands behind all others, so that those find a place before
it even where such messages take every turn that they get."""

FARTHEST: Final = 900.0
"""Seconds that a message is sent away for at most; then it asks once more."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many messages go to one workspace, and to one channel of it.

    Attributes:
        burst: Messages that a workspace takes at once.
        per_second: What it takes from then on.
        channel_interval: Seconds between two messages in one channel.
    """

    burst: int = 500
    per_second: float = 10.0
    channel_interval: float = 1.0

    @property
    def each(self) -> float:
        """Seconds that a message uses up."""
        return 1 / self.per_second

    @property
    def ahead(self) -> float:
        """Seconds that a workspace has in hand when nothing was posted for long."""
        return self.burst / self.per_second


PUBLISHED: Final = Rate()
