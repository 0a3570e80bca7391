"""Opening the database that ``DATABASE_URL`` names."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    InternalError,
    InvalidatePoolError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as SQLAlchemyTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import OperatorMustAct, TryLater
from bot.storage.group_commit import GroupCommit

DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
AWAY: Final = (InterfaceError, InternalError, OperationalError, OSError, SQLAlchemyTimeout)
"""``InternalError`` is what a PostgreSQL raises that takes no writes: a standby, or a host's whose
disk is nearly full."""

WRITE_PROBE: Final = "CREATE TABLE recap_doctor (probe INTEGER)"
"""Fails where nothing could be written, and is rolled back."""

PRAGMAS: Final = (
    "journal_mode=WAL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    "secure_delete=ON",
)
"""What is overwritten or deleted is gone from the file, too, whatever SQLite was built with.
``synchronous`` stays at its default FULL: a commit has to outlive a power cut, or a message that
was posted would be forgotten and posted again."""

PATIENCE: Final = 10.0
"""Seconds that PostgreSQL gets to take a connection, and for each answer; then it is away. A call
waits so at most three times: for one of the pool's connections to be free, to learn that it is
dead, and for a new one."""

MIGRATION: Final = 3600.0
"""Seconds that one step of a migration may take."""

LIMITS: Final = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
"""What PostgreSQL itself ends, so that nothing goes on there that nobody waits for any more."""

READ_ONLY: Final = "recap_read_only"
"""Execution option of a connection that only reads, so that it never waits for a writer."""

USED: Final = "recap_used"
IDLE: Final = 1.0
"""Seconds after which one of the pool's connections is asked whether it is still there."""

TURN: Final = "recap_turn"
"""Execution option: the line in which writers wait. SQLite has one at a time, and who
waits in line for this lock does not poll for the file's."""

GROUP: Final = "recap_group"
"""Execution option: what writes to SQLite what several want to be written."""

WRITERS: Final = 8
"""Transactions at once on PostgreSQL; the pool holds fifteen connections."""


@asynccontextmanager
async def open_database(
    database_url: str, *, patience: float = PATIENCE, writers: int = WRITERS
) -> AsyncIterator[AsyncEngine]:
    """The engine for ``database_url``, closed at the end.

    ``patience`` is how many seconds PostgreSQL may leave a question unanswered, ``writers`` how
    many transactions it gets at once.

    Raises:
        OperatorMustAct: The address is impossible, the SQLite file can't be opened, or
            PostgreSQL's driver is not installed.
    """
    engine, group = _create(database_url, patience), None
    if engine.dialect.name == "sqlite":
        _try_to_open(str(engine.url.database))
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        turn = asyncio.Lock()
        group = GroupCommit(_for_thread(engine), turn)
        engine.update_execution_options(**{TURN: turn, GROUP: group})
    else:
        # Some of the pool's connections stay free for what can't wait in line.
        engine.update_execution_options(**{TURN: asyncio.Semaphore(writers)})
    try:
        yield engine
    finally:
        if group is not None:
            await group.close()
        await engine.dispose()


def _for_thread(engine: AsyncEngine) -> Engine:
    """Another engine for the SQLite file of ``engine``, to be used in a thread of its own."""
    made = create_engine(engine.url.set(drivername="sqlite"), hide_parameters=True)
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def _create(database_url: str, patience: float) -> AsyncEngine:
    try:
        url = make_url(database_url)
        url = url.set(drivername=DRIVERS[url.drivername])
        if url.get_backend_name() == "sqlite":
            return create_async_engine(url, hide_parameters=True)
        with missing_extra():
            return _postgresql(url, patience)
    except (ArgumentError, TypeError, ValueError) as error:
        raise refused(f"DATABASE_URL can't be used: {_reason(error)}.") from error


@contextmanager
def missing_extra() -> Iterator[None]:
    """Turn what Python raises where the extra for PostgreSQL is not installed into our own error.

    Raises:
        OperatorMustAct: It is not; the sentence says how to install it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise refused(
            f"DATABASE_URL names PostgreSQL, but {error.name} is not installed: "
            "pip install 'creatoraudit-recap[postgres]'."
        ) from error


def _postgresql(url: URL, patience: float) -> AsyncEngine:
    from bot.storage.postgresql import connecting  # noqa: PLC0415 -- its driver is an extra

    engine = create_async_engine(
        url,
        connect_args={"async_creator_fn": connecting(patience, LIMITS)},
        pool_timeout=patience,
        hide_parameters=True,  # a traceback of SQLAlchemy's would hold what was to be written
    )
    event.listen(engine.sync_engine, "checkin", _laid_down)
    event.listen(engine.sync_engine, "checkout", _taken_up(engine.sync_engine))
    return engine


def _laid_down(_: object, record: ConnectionPoolEntry) -> None:
    record.info[USED] = time.monotonic()


def _taken_up(engine: Engine) -> Callable[[DBAPIConnection, ConnectionPoolEntry, object], None]:
    def taken_up(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        # A question to each would cost as much as the work. But without any, a PostgreSQL that was
        # restarted fails the first work after it.
        driver: Any = record.driver_connection
        now = time.monotonic()
        try:
            if now - record.info.get(USED, now) > IDLE or driver.has_news:
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    return taken_up


@asynccontextmanager
async def unhurried(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let the transaction on ``connection``, which is PostgreSQL's, take its time."""
    for limit in LIMITS:
        await connection.execute(text(f"SET LOCAL {limit} = 0"))
    driver: Any = (await connection.get_raw_connection()).driver_connection
    patience, driver.patience = driver.patience, MIGRATION
    try:
        yield
    finally:
        driver.patience = patience


def _try_to_open(file: str) -> None:
    # Before aiosqlite does: its thread outlives an open that failed, and then calls into an event
    # loop that may be closed by now.
    try:
        sqlite3.connect(file).close()
    except (sqlite3.Error, ValueError) as error:
        raise refused(f"DATABASE_URL can't be used: {error}.") from error


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver would begin a transaction at the first write only, which then fails at once
    # instead of waiting, when somebody else has written since it began to read.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the database's driver raises into our own errors.

    Raises:
        TryLater: The database is away, locked, full or read-only; nothing of the work was written,
            unless all of it was and only the answer to its commit was lost.
    """
    try:
        yield
    except AWAY as error:
        raise TryLater(
            "Recap's database does not answer. Try again in a minute.",
            f"The database does not answer: {_reason(error)}.",
        ) from error


@contextmanager
def translated_at_start() -> Iterator[None]:
    """The same for the first words with the database, when an option may still be wrong.

    Raises:
        OperatorMustAct: The database, or its driver, does not take what ``DATABASE_URL`` says.
        TryLater: The database is away, locked or full.
    """
    try:
        with translated():
            yield
    except ProgrammingError as error:
        raise refused(f"DATABASE_URL can't be used: {_reason(error)}.") from error


async def check(engine: AsyncEngine) -> str:
    """That ``engine`` answers and can be written to; returns the server's name and version.

    Raises:
        OperatorMustAct: It does not; the sentence says what the database said.
    """
    try:
        async with engine.connect() as connection:
            # Nothing to probe on SQLite: the transaction began as a writer's.
            if engine.dialect.name == "postgresql":
                await connection.execute(text(WRITE_PROBE))
            await connection.rollback()
            version = ".".join(map(str, connection.dialect.server_version_info or ()))
            return f"{engine.dialect.name} {version}"
    except (SQLAlchemyError, OSError) as error:
        raise refused(f"DATABASE_URL can't be used: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """What the database itself said, in its first line."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def refused(sentence: str) -> OperatorMustAct:
    """The database can't be used until somebody does what ``sentence`` says."""
    return OperatorMustAct("Recap is not set up yet. Ask whoever runs it.", sentence)
