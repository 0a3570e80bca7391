"""The CreatorAudit keys of workspaces, on SQLite and PostgreSQL."""

from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.database import Database
from bot.storage.places import place
from bot.storage.schema import api_keys
from bot.storage.vault import Vault
from bot.tenants.api_key import ApiKey


class SqlApiKeys:
    """``ApiKeys`` on an engine whose database has the newest tables."""

    def __init__(self, engine: AsyncEngine, vault: Vault) -> None:
        self._database = Database(engine)
        self._vault = vault

    async def of(self, team: str) -> ApiKey | None:
        """The key of the workspace ``team``."""
        for row in await self._database.read(select(api_keys).where(api_keys.c.team == team)):
            secret = self._vault.open(row["secret"], place(api_keys.c.secret, team))
            return ApiKey(**dict(row) | {"secret": secret})
        return None

    async def put(self, before: ApiKey | None, after: ApiKey) -> bool:
        """Write ``after`` in the place of ``before``; False when somebody else was faster."""
        sealed = self._vault.seal(after.secret, place(api_keys.c.secret, after.team))
        values = asdict(after) | {"secret": sealed}
        return await self._database.replace(
            api_keys.c.team, values, before.version if before else None
        )

    async def remove(self, team: str) -> None:
        """Forget the key of the workspace ``team`` for good; none is fine, too."""
        async with self._database.writing() as connection:
            await connection.execute(delete(api_keys).where(api_keys.c.team == team))
