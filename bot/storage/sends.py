"""What the command line has sent, on SQLite and PostgreSQL."""

from dataclasses import asdict

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.database import Database
from bot.storage.schema import sends
from bot.subscriptions.deliveries import State
from bot.subscriptions.sends import Send


class SqlSends:
    """``SendStore`` on an engine whose database has the newest tables."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._database = Database(engine)

    async def find(self, key: str) -> Send | None:
        """The one with this key."""
        rows = await self._database.read(select(sends).where(sends.c.key == key))
        return next((Send(**dict(row) | {"state": State(row["state"])}) for row in rows), None)

    async def put(self, before: Send | None, after: Send) -> bool:
        """Write ``after`` in the place of ``before``; False when somebody else was faster."""
        values = asdict(after) | {"state": after.state.value}
        if before is None:
            statement = self._database.upsert(sends).values(values)
            statement = statement.on_conflict_do_nothing(index_elements=["key"])
        else:
            unchanged = (sends.c.key == before.key) & (sends.c.version == before.version)
            statement = update(sends).where(unchanged).values(values)
        async with self._database.writing() as connection:
            written = await connection.execute(statement.returning(sends.c.key))
            return written.first() is not None
