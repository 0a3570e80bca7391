"""The stores of tenants in memory: the same contracts; nothing outlives the process."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.tenants.api_key import ApiKey
from bot.tenants.installation import Installation


@dataclass
class MemoryInstallations:
    """``Installations`` in dictionaries."""

    _installations: dict[str, Installation] = field(default_factory=dict, repr=False)
    _members: dict[str, str] = field(default_factory=dict)

    async def of(self, team: str) -> Installation | None:
        """The one that covers the workspace ``team``: its own, else that of its organization."""
        organization = self._installations.get(self._members.get(team, ""))
        if organization and not organization.is_org:
            organization = None
        return self._installations.get(team, organization)

    async def called(self, identifier: str) -> Installation | None:
        """The one with this id, of a workspace or of an organization."""
        return self._installations.get(identifier)

    async def belongs(self, team: str, enterprise: str) -> None:
        """Remember that the workspace ``team`` is one of the organization ``enterprise``."""
        self._members[team] = enterprise

    async def teams(self, identifier: str) -> Sequence[str]:
        """The workspaces that are known to be covered by the installation with this id."""
        known = sorted({*self._installations, *self._members})
        found = [(team, await self.of(team)) for team in known]
        return [
            team
            for team, one in found
            if one and one.id == identifier and not (one.is_org and team == identifier)
        ]

    async def put(self, before: Installation | None, after: Installation) -> bool:
        """Write ``after`` in the place of ``before``; False when somebody else was faster."""
        kept = self._installations.get(after.id)
        if (kept and kept.version) != (before and before.version):
            return False
        version = before.version + 1 if before else 0
        self._installations[after.id] = replace(after, version=version)
        return True

    async def remove(self, identifier: str) -> None:
        """Forget the one with this id and its tokens for good; none is fine, too."""
        self._installations.pop(identifier, None)
        self._members = {
            team: enterprise
            for team, enterprise in self._members.items()
            if enterprise != identifier
        }

    async def everything(self) -> Sequence[Installation]:
        """All of them, by their names."""
        return sorted(self._installations.values(), key=lambda one: (one.name, one.id))


@dataclass
class MemoryApiKeys:
    """``ApiKeys`` in a dictionary."""

    kept: dict[str, ApiKey] = field(default_factory=dict, repr=False)

    async def of(self, team: str) -> ApiKey | None:
        """The key of the workspace ``team``."""
        return self.kept.get(team)

    async def put(self, before: ApiKey | None, after: ApiKey) -> bool:
        """Write ``after`` in the place of ``before``; False when somebody else was faster."""
        kept = self.kept.get(after.team)
        if (kept and kept.version) != (before and before.version):
            return False
        version = before.version + 1 if before else 0
        self.kept[after.team] = replace(after, version=version)
        return True

    async def remove(self, team: str) -> None:
        """Forget the key of the workspace ``team`` for good; none is fine, too."""
        self.kept.pop(team, None)


@dataclass
class MemoryOAuthStates:
    """``OAuthStates`` in a dictionary."""

    _states: dict[str, datetime] = field(default_factory=dict, repr=False)

    async def issue(self, state: str, until: datetime) -> None:
        """Remember ``state`` until it is used, or until that instant."""
        self._states.setdefault(state, until)

    async def use(self, state: str, now: datetime) -> bool:
        """Whether ``state`` was issued, is not over and was not used before; it is used then."""
        if self._states.get(state, now) <= now:
            return False
        del self._states[state]
        return True
