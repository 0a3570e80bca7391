"""What earlier recaps printed, on SQLite and PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.digest.periods import Period
from bot.digest.snapshots import Followers, Snapshot
from bot.storage import rows, schema
from bot.storage.database import Database


class SqlSnapshots:
    """``SnapshotStore`` on an engine whose database has the newest tables."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._database = Database(engine)

    async def keep(self, snapshot: Snapshot) -> None:
        """Keep ``snapshot`` in place of the one of the same window, unless that had fresher data.

        One statement looks and writes: of two processes that print the same window together, the
        staler one can't come in between.
        """
        table = schema.snapshots
        insert = self._database.upsert(table).values(rows.snapshot_row(snapshot))
        not_fresher = table.c.refreshed <= insert.excluded.refreshed
        await self._put(insert, not_fresher)

    async def ended(
        self, organization: str, period: Period, days: Collection[date]
    ) -> Sequence[Snapshot]:
        """The snapshots of ``period`` whose windows ended on one of ``days``, newest first."""
        table = schema.snapshots
        statement = (
            select(table)
            .where(
                table.c.organization == organization,
                table.c.period == period.value,
                table.c.ended_on.in_(days),
            )
            .order_by(table.c.ended_on.desc())
        )
        return [rows.snapshot(row) for row in await self._database.read(statement)]

    async def keep_followers(self, followers: Followers) -> None:
        """Keep ``followers`` in place of what was counted on the same day."""
        await self._put(
            self._database.upsert(schema.followers).values(rows.followers_row(followers))
        )

    async def _put(self, insert: Any, where: Any = None) -> None:  # noqa: ANN401 -- two dialects'
        """Insert the row, or overwrite the one with its key where that is as ``where`` says."""
        statement = insert.on_conflict_do_update(
            index_elements=list(insert.table.primary_key),
            set_={
                column.name: insert.excluded[column.name]
                for column in insert.table.columns
                if not column.primary_key
            },
            where=where,
        )
        async with self._database.writing() as connection:
            await connection.execute(statement)

    async def followers(self, organization: str, days: Sequence[date]) -> Followers | None:
        """The count of the first one of ``days`` on which there was one."""
        table = schema.followers
        wanted = table.c.organization == organization, table.c.day.in_(days)
        counted = {
            row["day"] for row in await self._database.read(select(table.c.day).where(*wanted))
        }
        first = next((day for day in days if day in counted), None)
        if first is None:
            return None
        statement = select(table).where(wanted[0], table.c.day == first)
        return next(map(rows.followers, await self._database.read(statement)), None)

    async def forget(self, before: date) -> int:
        """Remove all windows that ended, and all counts, before that day; returns how many."""
        ages = (schema.snapshots.c.ended_on, schema.followers.c.day)
        async with self._database.writing() as connection:
            gone = [await connection.execute(delete(age.table).where(age < before)) for age in ages]
        return sum(result.rowcount for result in gone)
