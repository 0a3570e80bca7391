"""Who has Recap, and whose numbers they see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.tenants.api_key import ApiKey
from bot.tenants.installation import Installation


class Installations(Protocol):
    """The installations that OAuth left, with their tokens encrypted at rest.

    Every method may raise ``TryLater`` when the database is away. What returns an installation may
    raise ``OperatorMustAct`` when no key in ``RECAP_ENCRYPTION_KEYS`` opens it; nothing is
    overwritten then.
    """

    async def of(self, team: str) -> Installation | None:
        """The one that covers the workspace ``team``: its own, else that of its organization."""
        ...

    async def called(self, identifier: str) -> Installation | None:
        """The one with this id, of a workspace or of an organization."""
        ...

    async def belongs(self, team: str, enterprise: str) -> None:
        """Remember that the workspace ``team`` is one of the organization ``enterprise``."""
        ...

    async def teams(self, identifier: str) -> Sequence[str]:
        """The workspaces that are known to be covered by the installation with this id."""
        ...

    async def put(self, before: Installation | None, after: Installation) -> bool:
        """Write ``after`` in the place of ``before``, None where there is none yet.

        False, and nothing is written, when somebody else was faster. The version is counted here.
        """
        ...

    async def remove(self, identifier: str) -> None:
        """Forget the one with this id and its tokens for good; none is fine, too."""
        ...

    async def everything(self) -> Sequence[Installation]:
        """All of them, by their names."""
        ...


class ApiKeys(Protocol):
    """The CreatorAudit keys of workspaces, encrypted at rest; errors as ``Installations``."""

    async def of(self, team: str) -> ApiKey | None:
        """The key of the workspace ``team``."""
        ...

    async def put(self, before: ApiKey | None, after: ApiKey) -> bool:
        """Write ``after`` in the place of ``before``, None where there is none yet.

        False, and nothing is written, when somebody else was faster. The version is counted here.
        """
        ...

    async def remove(self, team: str) -> None:
        """Forget the key of the workspace ``team`` for good; none is fine, too."""
        ...


class OAuthStates(Protocol):
    """What an installation that was begun is known by; may raise ``TryLater``."""

    async def issue(self, state: str, until: datetime) -> None:
        """Remember ``state`` until it is used, or until that instant."""
        ...

    async def use(self, state: str, now: datetime) -> bool:
        """Whether ``state`` was issued, is not over and was not used before; it is used then."""
        ...
