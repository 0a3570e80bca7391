"""Tokens that end are exchanged in time, by one process at a time."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from bot.errors import NotInstalled, RecapError, TryLater
from bot.ports import Clock, Installations, OAuth
from bot.services.insist import insist
from bot.tenants.installation import Installation

log = structlog.get_logger(__name__)

TURN: Final = timedelta(seconds=30)
"""How long one process may be about an exchange; Slack is given ten seconds."""

WAIT: Final = 0.3
TRIES: Final = 20
"""Looks, so many seconds apart, at what another process is about."""

RECORD_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the tries to keep a token: Slack gives it for a refresh token that is used up."""


class Rotation:
    """Good tokens.

    A refresh token works once, and whoever used it has to keep what it gave: so an exchange is
    begun by writing down that it is, which only one of several processes can.
    """

    def __init__(self, installations: Installations, oauth: OAuth, clock: Clock) -> None:
        self._installations = installations
        self._oauth = oauth
        self._clock = clock

    async def good(self, one: Installation) -> Installation:
        """``one`` with a token that is not about to end.

        Raises:
            NotInstalled: Slack gives none any more.
            TryLater: There is none at the moment.
        """
        for _ in range(TRIES):
            now = self._clock.now()
            if one.refresh_token is None or not one.ends_soon(now):
                return one
            if one.is_being_rotated(now):
                if not one.has_ended(now):
                    return one
                await asyncio.sleep(WAIT)
            else:
                begun = replace(one, rotating_until=now + TURN)
                if await self._installations.put(one, begun):
                    return await self._exchanged(replace(begun, version=one.version + 1))
            one = await self._again(one)
        raise TryLater(
            "Recap's access to this workspace is being renewed. Try again in a minute.",
            f"The token of {one.id} has ended, and the process that renews it has not done so.",
        )

    async def _again(self, one: Installation) -> Installation:
        """``one`` as it is now."""
        found = await self._installations.called(one.id)
        if found is None:
            raise gone(one.id)
        return found

    async def _exchanged(self, begun: Installation) -> Installation:
        now = self._clock.now()
        try:
            renewed = await self._oauth.renewed(begun, now)
        except RecapError as error:
            log.warning("token_not_renewed", installation=begun.id, detail=error.operator)
            if not begun.has_ended(now):
                # It is good for a while; the next one tries again when this turn is over.
                return begun
            if isinstance(error, NotInstalled):
                # Nobody has to wait for a turn to learn it.
                await self._installations.put(begun, begun.without_token())
            raise
        kept = replace(renewed, rotating_until=None)
        await self._keep(begun, kept)
        log.info("token_renewed", installation=kept.id)
        return replace(kept, version=begun.version + 1)

    async def _keep(self, begun: Installation, kept: Installation) -> None:
        """Write ``kept``, which can't be had again, for a while also when the database is away."""

        async def write() -> None:
            await self._write(begun, kept)

        await insist(RECORD_PAUSES, write, "token_not_kept", installation=kept.id)

    async def _write(self, begun: Installation, kept: Installation) -> None:
        """Write ``kept`` down, unless there is something newer.

        A process that was stopped for a while may find that another one has had a turn, which came
        to nothing since the refresh token was used up.
        """
        before: Installation | None = begun
        while before and _is_older(before, begun):
            if await self._installations.put(before, kept):
                return
            before = await self._installations.called(begun.id)


def _is_older(one: Installation, begun: Installation) -> bool:
    """Whether ``one`` has nothing that came after ``begun``: no renewed token, no new install."""
    used_up = {begun.refresh_token, None}
    return one.installed_at == begun.installed_at and one.refresh_token in used_up


def gone(identifier: str) -> NotInstalled:
    """Recap is not installed in the workspace ``identifier``."""
    return NotInstalled(
        "Recap is not installed in this workspace any more. Ask an admin to install it again.",
        f"Recap is not installed in {identifier}.",
    )
