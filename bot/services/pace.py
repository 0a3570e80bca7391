"""As fast as Slack allows: one message a second in a channel, some hundred a minute in all.

Slack publishes "1 per second per channel" and "several hundred messages per minute" for the
workspace, with bursts (docs.slack.dev, /apis/web-api/rate-limits).
"""

from typing import Final

BURST: Final = 500
PER_SECOND: Final = 10.0
CHANNEL_INTERVAL: Final = 1.0
REMEMBERED: Final = 10_000
"""Channels whose last post is remembered; a second is soon over."""


class Pace:
    """When the next message may go: one turn at a time, in the order in which they are asked for.

    Instants are seconds of a clock that never goes back.
    """

    def __init__(
        self,
        burst: int = BURST,
        per_second: float = PER_SECOND,
        channel_interval: float = CHANNEL_INTERVAL,
    ) -> None:
        self._ahead = burst / per_second
        self._each = 1 / per_second
        self._interval = channel_interval
        self._used_up_to: dict[str, float] = {}
        self._channel_free_at: dict[str, float] = {}

    def turn(self, team: str, channel: str, now: float) -> float:
        """Take the next turn of ``channel`` in the workspace ``team``; seconds to wait for it."""
        # Every message uses up a tenth of a second, and a burst may use it in advance.
        earned = now - self._ahead
        used = max(self._used_up_to.get(team, earned), earned) + self._each
        self._used_up_to[team] = used
        at = max(used, now, self._channel_free_at.pop(channel, 0.0))
        self._channel_free_at[channel] = at + self._interval
        if len(self._channel_free_at) > REMEMBERED:
            del self._channel_free_at[next(iter(self._channel_free_at))]
        return at - now
