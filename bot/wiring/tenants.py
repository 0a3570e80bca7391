"""Which workspace a request or a delivery belongs to."""

from typing import Protocol

from bot.listeners.desk import Payload
from bot.services.deliver import Delivering
from bot.wiring.tenant import Tenant


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

        ``body`` is the event that says so, ``app_uninstalled`` or ``tokens_revoked``.

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


class DeliveringOf:
    """What posts in a workspace, found by Slack's id of it."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    async def __call__(self, team: str) -> Delivering:
        """What posts in the workspace ``team``; errors as ``Tenants.of``."""
        return (await self._tenants.of(team)).delivering
