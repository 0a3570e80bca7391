"""Reading and writing, for every store on one engine."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import Executable, RowMapping
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.engine import READ_ONLY, TURN, translated


class Database:
    """Transactions on an engine; every method may raise ``TryLater``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        options = engine.get_execution_options()
        self._turn: AbstractAsyncContextManager[object] = options.get(TURN, nullcontext())
        self.upsert: Any = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
        """An ``INSERT`` that can say what happens where the row is there already."""

    async def read(self, statement: Executable) -> Sequence[RowMapping]:
        """All rows of ``statement``."""
        with translated():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                return (await connection.execute(statement)).mappings().all()

    @asynccontextmanager
    async def writing(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """One transaction, committed at the end; an ``urgent`` one passes the line of the others.

        Nothing is written when the work in it raises.
        """
        turn = nullcontext() if urgent else self._turn
        with translated():
            async with turn, self._engine.begin() as connection:
                yield connection
