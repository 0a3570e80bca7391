"""Reading and writing, for every store on one engine."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import Column, Executable, RowMapping, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.engine import GROUP, READ_ONLY, TURN, translated
from bot.storage.group_commit import GroupCommit
from bot.storage.step import OvertakenError, Step, together


class Database:
    """Transactions on an engine; every method may raise ``TryLater``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        options = engine.get_execution_options()
        self._turn: AbstractAsyncContextManager[object] = options.get(TURN, nullcontext())
        self._reading: Mapping[str, Any] = {READ_ONLY: True}
        if engine.dialect.name == "postgresql":
            # One statement sees one state of the tables; to begin and to end are questions, too.
            self._reading = {"isolation_level": "AUTOCOMMIT"}
        self._group: GroupCommit | None = options.get(GROUP)
        self.upsert: Any = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
        """An ``INSERT`` that can say what happens where the row is there already."""

    async def read(self, statement: Executable) -> Sequence[RowMapping]:
        """All rows of ``statement``."""
        with translated():
            async with self._engine.connect() as connection:
                await connection.execution_options(**self._reading)
                return (await connection.execute(statement)).mappings().all()

    async def commit(self, steps: Sequence[Step]) -> bool:
        """Write all of ``steps``; False, and nothing is written, when they come too late."""
        if self._group is not None:
            with translated():
                return await self._group.write(steps)
        try:
            async with self.writing() as connection:
                await _execute(connection, steps)
        except (OvertakenError, IntegrityError):
            return False
        return True

    async def commit_each(self, changes: Sequence[Sequence[Step]]) -> Sequence[bool]:
        """Write each of ``changes`` unless it comes too late; its first statement tells that."""
        if self._group is not None:
            return await asyncio.gather(*map(self.commit, changes))
        try:
            async with self.writing() as connection:
                await _execute(connection, together(changes))
        except OvertakenError:
            return await self._one_by_one(changes)
        return [True] * len(changes)

    async def _one_by_one(self, changes: Sequence[Sequence[Step]]) -> Sequence[bool]:
        written = []
        async with self.writing() as connection:
            for change in changes:
                try:
                    await _execute(connection, change)
                except OvertakenError:
                    written.append(False)
                else:
                    written.append(True)
        return written

    async def replace(
        self, key: Column[str], values: Mapping[str, Any], before: int | None
    ) -> bool:
        """Write ``values`` in the place of the row that has their ``key`` and version ``before``.

        Returns:
            False, and nothing is written, when that row is another by now; None stands for no row.
        """
        table, name = key.table, key.name
        if before is None:
            statement = self.upsert(table).values({**values, "version": 0})
            statement = statement.on_conflict_do_nothing(index_elements=[name])
        else:
            unchanged = (key == values[name]) & (table.c.version == before)
            statement = update(table).where(unchanged).values({**values, "version": before + 1})
        async with self.writing() as connection:
            return (await connection.execute(statement.returning(key))).first() is not None

    @asynccontextmanager
    async def writing(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """One transaction, committed at the end; an ``urgent`` one passes the line of the others.

        Nothing is written when the work in it raises.
        """
        turn = nullcontext() if urgent else self._turn
        with translated():
            async with turn, self._engine.begin() as connection:
                yield connection


async def _execute(connection: AsyncConnection, steps: Sequence[Step]) -> None:
    for step in steps:
        step.check(await connection.execute(step.statement, step.values))
