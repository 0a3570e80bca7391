"""Which workspace a request or a delivery belongs to."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from slack_bolt.authorization import AuthorizeResult

from bot.listeners.desk import Payload
from bot.ports import ApiKeys, Installations
from bot.services.deliver import Delivering
from bot.services.keyed import KeyedRecaps, KeyWatch
from bot.services.leaving import Leaving
from bot.services.rotation import Rotation, gone
from bot.tenants.installation import Installation
from bot.wiring.stores import recap_on
from bot.wiring.tenant import Shared, Tenant, tenant

FRESH: Final = 5.0
"""Seconds for which an installation is not read again; a token is renewed two hours ahead."""

UNINSTALLED: Final = "app_uninstalled"
TAKEN_OUT: Final = "team_access_revoked"


class Tenants(Protocol):
    """The workspaces that have Recap."""

    async def of(self, team: str, enterprise: str | None = None) -> Tenant:
        """The workspace ``team``, which is one of the organization ``enterprise``, if of any.

        Raises:
            RecapError: Recap is not installed there, or the database is away.
        """
        ...

    async def leave(self, identifier: str, body: Payload) -> None:
        """Recap is no longer installed in the workspace, or the organization, ``identifier``.

        ``body`` is the event that says so: ``app_uninstalled``, ``tokens_revoked``, or
        ``team_access_revoked`` for some workspaces of an organization.

        Raises:
            TryLater: The database is away.
        """
        ...


class OneTenant:
    """The workspace that ``SLACK_BOT_TOKEN`` is for; whatever comes in is its own."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def of(self, team: str, enterprise: str | None = None) -> Tenant:  # noqa: ARG002
        """That workspace."""
        return self._tenant

    async def leave(self, identifier: str, body: Payload) -> None:  # noqa: ARG002
        """Every subscription stops; who runs Recap can install it again."""
        await self._tenant.desk.happenings.install_gone()


@dataclass(frozen=True, slots=True)
class _Made:
    """A workspace whose installation was read at ``at``, a moment of the loop's clock."""

    tenant: Tenant
    installed: Installation
    at: float


class InstalledTenants:
    """The workspaces that have installed Recap, each made when it is first asked for.

    Nothing of one is ever handed to another: its token, its key and its cache are found by its id.
    """

    def __init__(
        self,
        shared: Shared,
        installations: Installations,
        keys: ApiKeys,
        rotation: Rotation,
        leaving: Leaving,
    ) -> None:
        self._shared = shared
        self._installations = installations
        self._keys = keys
        self._rotation = rotation
        self._leaving = leaving
        self._made: dict[str, _Made] = {}
        self._recaps: dict[str, KeyedRecaps] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, team: str, enterprise: str | None = None) -> Tenant:
        """The workspace ``team``."""
        if not team:
            # What belongs to no workspace would belong to all that don't say which they are.
            raise gone(enterprise or "a request that names no workspace")
        async with self._turns[team]:
            now, made = asyncio.get_running_loop().time(), self._made.get(team)
            if made is not None and self._is_fresh(made, now):
                return made.tenant
            installed = await self._rotation.good(await self._installed(team, enterprise))
            if made is not None and made.installed.token == installed.token:
                current = made.tenant
            else:
                if team not in self._recaps:
                    self._recaps[team] = keyed_recaps(self._shared, self._keys, team)
                recap = self._recaps[team]
                current = tenant(self._shared, _authorized(team, installed), recap, self._keys)
            self._made[team] = _Made(current, installed, now)
            return current

    def _is_fresh(self, made: _Made, now: float) -> bool:
        # The loop's clock stands still while a machine sleeps, and tokens go on to end.
        return now < made.at + FRESH and not made.installed.ends_soon(self._shared.clock.now())

    async def _installed(self, team: str, enterprise: str | None) -> Installation:
        found = await self._installations.of(team)
        if found is None and enterprise:
            found = await self._installations.called(enterprise)
            if found is not None:
                await self._installations.belongs(team, enterprise)
        if found is None or not found.token:
            self._made.pop(team, None)
            raise gone(team)
        return found

    async def leave(self, identifier: str, body: Payload) -> None:
        """All of an uninstalled one is erased; one whose token was revoked waits for another."""
        at, event = datetime.fromtimestamp(body["event_time"], UTC), body["event"]
        if event["type"] == UNINSTALLED:
            await self._leaving.uninstalled(identifier, at)
        elif event["type"] == TAKEN_OUT:
            await self._leaving.taken_out(event["team_ids"])
        else:
            await self._leaving.revoked(identifier, at)
        # What is kept here is read again; clients of those that are gone are closed at the end.
        self._made.clear()

    async def close(self) -> None:
        """End what is under way with CreatorAudit."""
        for recap in self._recaps.values():
            await recap.close()


def keyed_recaps(shared: Shared, keys: ApiKeys, team: str) -> KeyedRecaps:
    """Recaps with the key that the workspace ``team`` has in ``keys``; to be closed."""
    watch = KeyWatch(keys, shared.ledger, shared.clock, team)
    made = recap_on(shared.settings, shared.clock, shared.snapshots)
    return KeyedRecaps(watch, shared.opening, made)


def _authorized(team: str, installed: Installation) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=installed.enterprise,
        team_id=team,
        bot_id=installed.bot_id,
        bot_user_id=installed.bot_user,
        bot_token=installed.token,
    )


class DeliveringOf:
    """What posts in a workspace, found by Slack's id of it."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    async def __call__(self, team: str) -> Delivering:
        """What posts in the workspace ``team``; errors as ``Tenants.of``."""
        return (await self._tenants.of(team)).delivering
