"""An ``ApiKeys`` in a dictionary, for the services' own tests."""

from dataclasses import dataclass, field, replace

from bot.errors import TryLater
from bot.tenants.api_key import ApiKey


@dataclass
class MemoryApiKeys:
    """Counts versions as the real one does; ``meanwhile`` is what somebody else has put first."""

    kept: dict[str, ApiKey] = field(default_factory=dict)
    meanwhile: list[ApiKey | None] = field(default_factory=list)
    is_away: bool = False

    async def of(self, team: str) -> ApiKey | None:
        self._check()
        return self.kept.get(team)

    async def put(self, before: ApiKey | None, after: ApiKey) -> bool:
        self._check()
        if self.meanwhile:
            other = self.meanwhile.pop(0)
            self.kept = {after.team: other} if other else {}
        if self.kept.get(after.team) != before:
            return False
        version = before.version + 1 if before else after.version
        self.kept[after.team] = replace(after, version=version)
        return True

    async def remove(self, team: str) -> None:
        self._check()
        self.kept.pop(team, None)

    def _check(self) -> None:
        if self.is_away:
            raise TryLater("Recap's database does not answer.", "locked")
