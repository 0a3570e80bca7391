"""An ``ApiKeys`` in a dictionary that somebody else writes to, or that is away."""

from dataclasses import dataclass, field

from bot.errors import TryLater
from bot.storage import memory_tenants
from bot.tenants.api_key import ApiKey


@dataclass
class MemoryApiKeys(memory_tenants.MemoryApiKeys):
    """``meanwhile`` is what somebody else has put first, one for each ``put``."""

    meanwhile: list[ApiKey | None] = field(default_factory=list)
    is_away: bool = False

    async def of(self, team: str) -> ApiKey | None:
        self._check()
        return await super().of(team)

    async def put(self, before: ApiKey | None, after: ApiKey) -> bool:
        self._check()
        if self.meanwhile:
            other = self.meanwhile.pop(0)
            self.kept = {after.team: other} if other else {}
        return await super().put(before, after)

    async def remove(self, team: str) -> None:
        self._check()
        await super().remove(team)

    def _check(self) -> None:
        if self.is_away:
            raise TryLater("Recap's database does not answer.", "locked")
