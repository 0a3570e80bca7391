"""Bringing a database to the newest form of its tables (alembic)."""

from collections.abc import Callable
from functools import cache
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.backup import is_backup
from bot.storage.engine import READ_ONLY, refused, translated_at_start, unhurried

LOCK: Final = 7_262_412
"""An arbitrary number that all of Recap's processes ask the same PostgreSQL lock for."""


async def upgrade(engine: AsyncEngine) -> str:
    """Run the migrations that ``engine``'s database lacks; returns the revision it then has.

    Raises:
        OperatorMustAct: The database was made by a newer Recap.
        TryLater: The database can't be reached, or is locked for too long.
    """
    with translated_at_start():
        async with engine.begin() as connection:
            # Two processes that start together: the second finds nothing left to do. On SQLite
            # the transaction itself is exclusive.
            if connection.dialect.name == "sqlite":
                return await connection.run_sync(_upgrade)
            async with unhurried(connection):
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
                return await connection.run_sync(_upgrade)


async def is_current(engine: AsyncEngine) -> bool:
    """Whether ``engine``'s database is as this Recap needs it.

    Raises:
        OperatorMustAct: It was made by a newer Recap.
        TryLater: It can't be reached.
    """
    with translated_at_start():
        async with engine.connect() as connection:
            await connection.execution_options(**{READ_ONLY: True})
            return await connection.run_sync(_revision) == _newest()


async def make_ready(engine: AsyncEngine) -> None:
    """Bring SQLite up to date; see that PostgreSQL is, since other processes may be using it.

    Raises:
        OperatorMustAct: PostgreSQL is behind, the database is of a newer Recap, or a backup.
        TryLater: The database can't be reached.
    """
    if engine.dialect.name == "sqlite":
        await upgrade(engine)
        await _refuse_backup(engine)
    elif not await is_current(engine):
        raise refused(
            "The database is older than this Recap: run `recap migrate` once, then start again."
        )


async def _refuse_backup(engine: AsyncEngine) -> None:
    with translated_at_start():
        async with engine.connect() as connection:
            await connection.execution_options(**{READ_ONLY: True})
            found = await is_backup(connection)
    if found:
        raise refused(
            "The database is a backup, and knows nothing of what was posted since: run "
            "`recap restored` once, then start again."
        )


def _upgrade(connection: Connection) -> str:
    _revision(connection)
    _config_with(connection, lambda config: command.upgrade(config, "head"))
    return _newest()


def _revision(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision not in _known():
        raise refused(
            f"The database is of a newer Recap (revision {revision}): upgrade this one, or use "
            "another DATABASE_URL."
        )
    return revision


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    return config


def _config_with(connection: Connection, run: Callable[[Config], None]) -> None:
    config = _config()
    config.attributes["connection"] = connection
    run(config)


@cache
def _known() -> frozenset[str]:
    """All of this Recap's; a process that reports its readiness asks every second."""
    return frozenset(
        script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()
    )


@cache
def _newest() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # noqa: S101 -- there is a first migration
    return head
