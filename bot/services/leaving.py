"""Recap is no longer welcome in a workspace: its token is dead, and what it kept goes."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Final

import structlog

from bot.errors import OperatorMustAct
from bot.ports import ApiKeys, Installations, Ledger
from bot.services.insist import insist
from bot.tenants.installation import Installation

log = structlog.get_logger(__name__)

AGAIN: Final = (2.0, 10.0, 60.0, 300.0)
"""Seconds between tries while the database is away."""


async def persist(leave: Callable[[], Awaitable[None]]) -> None:
    """Let ``leave`` happen, even where that takes some tries: Slack has its answer by then.

    Raises:
        TryLater: The database is away for more than six minutes.
    """
    await insist(AGAIN, leave, "not_left_yet")


class Leaving:
    """What becomes of an installation that ends; every method may raise ``TryLater``.

    Slack says it in two events, in any order and perhaps late: an installation that is newer than
    the event is left alone. ``stop`` pauses every subscription of a workspace.
    """

    def __init__(
        self,
        ledger: Ledger,
        installations: Installations,
        keys: ApiKeys,
        stop: Callable[[str], Awaitable[None]],
    ) -> None:
        self._ledger = ledger
        self._installations = installations
        self._keys = keys
        self._stop = stop

    async def revoked(self, identifier: str, at: datetime) -> None:
        """The token of ``identifier`` was revoked: its subscriptions wait for another one."""
        found = await self._installations.called(identifier)
        while found and found.installed_at <= at:
            if await self._installations.put(found, found.without_token()):
                break
            # A token was just renewed, or Recap installed anew.
            found = await self._installations.called(identifier)
        else:
            return
        for team in await self._installations.teams(identifier):
            await self._stop(team)
        log.info("token_revoked", installation=identifier)

    async def uninstalled(self, identifier: str, at: datetime) -> None:
        """Recap was uninstalled from ``identifier``: all that belongs to it is erased."""
        if await self._is_newer(identifier, at):
            return
        await self.taken_out(await self._installations.teams(identifier))
        await self._installations.remove(identifier)
        log.info("uninstalled", installation=identifier)

    async def taken_out(self, teams: Iterable[str]) -> None:
        """Recap is no longer in ``teams``, whatever becomes of the rest of their organization."""
        for team in teams:
            await self._ledger.forget(team)
            await self._keys.remove(team)

    async def _is_newer(self, identifier: str, at: datetime) -> bool:
        """Whether the installation that there is was made after ``at``."""
        try:
            found: Installation | None = await self._installations.called(identifier)
        except OperatorMustAct:
            # Its token can't be read any more, which is no reason to keep it.
            return False
        return found is not None and found.installed_at > at
