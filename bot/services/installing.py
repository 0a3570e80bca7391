"""Installing by OAuth, from the first click to what the person reads at the end."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from bot.errors import TryLater, Unusable
from bot.ports import Clock, Installations, OAuth, OAuthStates
from bot.tenants.installation import Installation

log = structlog.get_logger(__name__)

STATE_LIFE: Final = timedelta(minutes=10)
"""As long as Slack's own code lives."""

TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Installed:
    """What came of an installation, and the scopes that it lacks."""

    installation: Installation
    lacking: tuple[str, ...]


class Installing:
    """Begins and ends installations.

    Args:
        oauth: Slack's side.
        installations: Where they are kept.
        states: What a begun one is known by.
        clock: The wall clock.
        scopes: What Recap asks for.
        redirect_uri: Where Slack sends people back to; None for the one that the app names.
    """

    def __init__(
        self,
        oauth: OAuth,
        installations: Installations,
        states: OAuthStates,
        clock: Clock,
        scopes: Collection[str],
        redirect_uri: str | None,
    ) -> None:
        self._oauth = oauth
        self._installations = installations
        self._states = states
        self._clock = clock
        self._scopes = tuple(scopes)
        self._redirect_uri = redirect_uri

    async def begin(self) -> str:
        """A state that nobody can guess, and that one installation may end with."""
        state = secrets.token_urlsafe(32)
        await self._states.issue(state, self._clock.now() + STATE_LIFE)
        return state

    async def finish(self, state: str, code: str) -> Installed:
        """Keep what Slack gives for ``code``.

        Raises:
            RecapError: The state is not one of ours, was used or is over; or Slack refuses the
                code.
        """
        now = self._clock.now()
        if not await self._states.use(state, now):
            raise Unusable(
                "This installation was begun too long ago, or has been finished already. Begin it "
                "again.",
                "An OAuth state came back that is unknown, used or over.",
            )
        given = await self._oauth.installed(code, self._redirect_uri, now)
        await self._keep(given)
        lacking = tuple(scope for scope in self._scopes if scope not in given.scopes)
        log.info("installed", installation=given.id, by=given.installed_by, lacking=lacking)
        return Installed(given, lacking)

    async def _keep(self, given: Installation) -> None:
        """Write ``given`` down in the place of whatever there is."""
        for _ in range(TRIES):
            before = await self._installations.called(given.id)
            if await self._installations.put(before, given):
                return
        raise TryLater(
            "Several people are installing Recap at this moment. Begin it again in a minute.",
            f"The installation of {given.id} was changed {TRIES} times meanwhile.",
        )
