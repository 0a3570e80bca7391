"""Installations that were begun, on SQLite and PostgreSQL."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.database import Database
from bot.storage.schema import oauth_states

LONG_OVER: Final = timedelta(days=1)
"""A state lives for minutes: what ends so long before a new one is over."""


class SqlOAuthStates:
    """``OAuthStates`` on an engine whose database has the newest tables.

    What is kept can't be used: whoever reads the table does not learn a state from it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._database = Database(engine)

    async def issue(self, state: str, until: datetime) -> None:
        """Remember ``state`` until it is used, or until that instant."""
        statement = self._database.upsert(oauth_states).values(digest=_digest(state), until=until)
        old = delete(oauth_states).where(oauth_states.c.until < until - LONG_OVER)
        async with self._database.writing() as connection:
            await connection.execute(old)
            await connection.execute(statement.on_conflict_do_nothing(index_elements=["digest"]))

    async def use(self, state: str, now: datetime) -> bool:
        """Whether ``state`` was issued, is not over and was not used before; it is used then."""
        statement = delete(oauth_states).where(
            oauth_states.c.digest == _digest(state), oauth_states.c.until > now
        )
        async with self._database.writing() as connection:
            used = await connection.execute(statement.returning(oauth_states.c.digest))
            return used.first() is not None


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
