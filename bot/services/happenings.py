"""What happens to channels, and what that means for their subscriptions.

Slack may tell things in another order, and twice where nobody could tell (``bot.services.once``):
each step looks at what holds now.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog

from bot.ports import Clock, Ledger, Workspace
from bot.rendering import contact
from bot.rendering.numbers import Numbers
from bot.services.tidings import notice, pause_notice
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Entry
from bot.subscriptions.model import Pause, Subscription, activated, paused
from bot.subscriptions.zones import rules_version

log = structlog.get_logger(__name__)

SLACK: Final = "slack"
"""The actor of what an event brought about."""

TRIES: Final = 5
WITHOUT_RECAP: Final = frozenset({Pause.NOT_IN_CHANNEL, Pause.CHANNEL_GONE})


class Happenings:
    """Events of one workspace; no method raises anything but ``TryLater`` of the database."""

    def __init__(
        self, ledger: Ledger, workspace: Workspace, clock: Clock, numbers: Numbers, team: str
    ) -> None:
        self._ledger = ledger
        self._workspace = workspace
        self._clock = clock
        self._numbers = numbers
        self._team = team

    async def stopped(self, channel: str, why: Pause) -> None:
        """Nothing can be posted in ``channel`` any more."""
        await self._change(channel, lambda one: paused(one, why) if one.is_active else one)

    async def unarchived(self, channel: str) -> None:
        """``channel`` is back; Slack may have put Recap out of it meanwhile."""
        problem = (await self._workspace.place(channel)).problem
        await self._change(channel, lambda one: self._back(one, {Pause.ARCHIVED}, problem))

    async def joined(self, channel: str) -> None:
        """Recap was invited to ``channel``."""
        await self._change(channel, lambda one: self._back(one, WITHOUT_RECAP, None))

    async def renamed(self, channel: str, name: str) -> None:
        """``channel`` is called ``name`` now."""
        await self._change(channel, lambda one: replace(one, channel_name=name))

    async def install_gone(self) -> None:
        """Recap was uninstalled, or its token revoked: every subscription stops."""
        for one in await self._ledger.subscriptions(self._team):
            await self.stopped(one.channel, Pause.INSTALL_GONE)

    def _back(
        self, one: Subscription, undone: set[Pause] | frozenset[Pause], problem: Pause | None
    ) -> Subscription:
        """``one`` going on, if nothing but ``undone`` was in its way."""
        if one.pause not in undone:
            return one
        if problem is not None:
            return paused(one, problem)
        return activated(one, self._clock.now(), rules_version())

    async def _change(self, channel: str, how: Callable[[Subscription], Subscription]) -> None:
        for _ in range(TRIES):
            before = await self._ledger.of_channel(self._team, channel)
            if before is None or (after := how(before)) == before:
                return
            now = self._clock.now()
            said = after.pause.value if after.pause else after.status.value
            change = Change(
                subscription=(before, after),
                new=self._told(before, after),
                entry=Entry(now, SLACK, "happened", before.id, f"{said} #{after.channel_name}"),
            )
            if await self._ledger.commit(change):
                log.info("subscription_followed", subscription=before.id, now=said)
                return

    def _told(self, before: Subscription, after: Subscription) -> tuple[Delivery, ...]:
        now = self._clock.now()
        if after.pause is not None and after.pause is not before.pause:
            return (pause_notice(before, after.pause, now),)
        if after.is_active and not before.is_active:
            key = f"notice/resumed/{before.id}/{before.version}"
            return (notice(key, before, contact.resumed(after, self._numbers), now),)
        return ()
