"""Turns at Slack's pace: those of one process, and how a delivery waits for one."""

import asyncio
from collections.abc import Callable
from typing import Final

from bot.ports import Pacer
from bot.subscriptions.pace import BEHIND, FARTHEST, NEAR, PUBLISHED, Rate

REMEMBERED: Final = 10_000
"""Channels whose last post is remembered; a second is soon over."""


async def near(pacer: Pacer, team: str, channel: str, *, yields: bool = False) -> float:
    """Wait for a turn that is near, and return 0; else at once the seconds until there may be one.

    Raises:
        TryLater: The database is away.
    """
    wait = await pacer.turn(team, channel, yields=yields)
    if wait > NEAR:
        return wait
    await asyncio.sleep(wait)
    return 0.0


async def patiently(pacer: Pacer, team: str, channel: str) -> None:
    """Wait for a turn, however far it is.

    Raises:
        TryLater: The database is away.
    """
    wait = await near(pacer, team, channel)
    while wait:
        await asyncio.sleep(wait)
        wait = await near(pacer, team, channel)


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


class Pace:
    """``Pacer`` for the only process that posts to its workspaces.

    Args:
        rate: How fast.
        now: Seconds of a clock that never goes back; the event loop's where none is given.
    """

    def __init__(self, rate: Rate = PUBLISHED, now: Callable[[], float] = _loop_time) -> None:
        self._rate = rate
        self._now = now
        self._used_up_to: dict[str, float] = {}
        self._sent_away_to: dict[tuple[str, bool], float] = {}
        self._channel_free_at: dict[tuple[str, str], float] = {}

    async def turn(self, team: str, channel: str, *, yields: bool = False) -> float:
        """Take the next turn of ``channel`` in the workspace ``team``; seconds to wait for it."""
        now, each = self._now(), self._rate.each
        free_at = self._channel_free_at.get((team, channel), now)
        if free_at - now > NEAR:
            return free_at - now
        # Every message uses up its share of a second, and a burst may use it in advance.
        earned = now - self._rate.ahead
        used = max(self._used_up_to.get(team, earned), earned) + each
        first = used
        if yields:
            first = max(used, self._sent_away_to.get((team, False), used)) + BEHIND
        if first - now > NEAR:
            return self._send_away(team, first, now, yields=yields)
        self._used_up_to[team] = used
        at = max(used, now, free_at)
        self._remember(team, channel, at)
        return at - now

    def _send_away(self, team: str, first: float, now: float, *, yields: bool) -> float:
        """Those who are sent away come back one after the other, each when there is a turn."""
        behind = self._sent_away_to.get((team, yields), 0.0) + self._rate.each
        if behind - now > FARTHEST:
            behind = first
        self._sent_away_to[team, yields] = max(behind, first)
        return self._sent_away_to[team, yields] - now

    def _remember(self, team: str, channel: str, at: float) -> None:
        self._channel_free_at.pop((team, channel), None)
        self._channel_free_at[team, channel] = at + self._rate.channel_interval
        if len(self._channel_free_at) > REMEMBERED:
            del self._channel_free_at[next(iter(self._channel_free_at))]
