"""Opening the database that ``DATABASE_URL`` names."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import OperatorMustAct

DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
WRITE_PROBE: Final = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "CREATE TABLE recap_doctor (probe INTEGER)",
}
"""Fails where nothing could be written, and is rolled back."""

PRAGMAS: Final = ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON")


@asynccontextmanager
async def open_database(database_url: str) -> AsyncIterator[AsyncEngine]:
    """The engine for ``database_url``, closed at the end.

    Raises:
        OperatorMustAct: The SQLite file can't be opened, or PostgreSQL's driver is not installed.
    """
    url = make_url(database_url)
    url = url.set(drivername=DRIVERS[url.drivername])
    engine = _create(url)
    if url.get_backend_name() == "sqlite":
        _try_to_open(str(url.database))
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    try:
        yield engine
    finally:
        await engine.dispose()


def _create(url: URL) -> AsyncEngine:
    try:
        return create_async_engine(url)
    except ModuleNotFoundError as error:
        raise _refused(
            "DATABASE_URL names PostgreSQL, but its driver is not installed: "
            "pip install 'creatoraudit-recap[postgres]'."
        ) from error


def _try_to_open(file: str) -> None:
    # Before aiosqlite does: its thread outlives an open that failed, and then calls into an event
    # loop that may be closed by now.
    try:
        sqlite3.connect(file).close()
    except sqlite3.Error as error:
        raise _refused(f"DATABASE_URL can't be used: {error}.") from error


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def check(engine: AsyncEngine) -> str:
    """That ``engine`` answers and can be written to; returns the server's name and version.

    Raises:
        OperatorMustAct: It does not; the sentence says what the database said.
    """
    try:
        async with engine.connect() as connection:
            await connection.execute(text(WRITE_PROBE[engine.dialect.name]))
            await connection.execute(text("ROLLBACK"))
            version = ".".join(map(str, connection.dialect.server_version_info or ()))
            return f"{engine.dialect.name} {version}"
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise _refused(f"DATABASE_URL can't be used: {reason}.") from error


def _refused(sentence: str) -> OperatorMustAct:
    return OperatorMustAct("Recap is not set up yet. Ask whoever runs it.", sentence)
