"""Migrations on a real SQLite file and a real PostgreSQL."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorMustAct, TryLater
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.schema import metadata
from bot.storage.upgrade import is_current, make_ready, upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/recap.db"
    else:
        address = request.getfixturevalue("postgres")
    async with open_database(address) as engine:
        yield engine


async def test_upgrade(engine: AsyncEngine) -> None:
    """From nothing to the newest revision; once more changes nothing."""
    assert not await is_current(engine)
    assert await upgrade(engine) == "0003"
    assert await is_current(engine)
    assert await upgrade(engine) == "0003"


async def test_migrations_make_what_the_code_expects(engine: AsyncEngine) -> None:
    """Alembic's own comparison of the migrated database with the tables in the code."""
    await upgrade(engine)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_two_processes_start_together(engine: AsyncEngine) -> None:
    """The second one waits, and finds nothing to do."""
    assert list(await asyncio.gather(upgrade(engine), upgrade(engine))) == ["0003", "0003"]


async def test_a_newer_database_is_left_alone(engine: AsyncEngine) -> None:
    """An old Recap never works on tables that it does not know."""
    await upgrade(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(OperatorMustAct, match=r"of a newer Recap \(revision 9999\)"):
        await upgrade(engine)
    with pytest.raises(OperatorMustAct, match="of a newer Recap"):
        await is_current(engine)


async def test_make_ready(engine: AsyncEngine) -> None:
    """SQLite is brought up to date; PostgreSQL may be in use by others, so a person decides."""
    if engine.dialect.name == "postgresql":
        with pytest.raises(OperatorMustAct) as caught:
            await make_ready(engine)
        assert caught.value.operator == (
            "The database is older than this Recap: run `recap migrate` once, then start again."
        )
        await upgrade(engine)
    await make_ready(engine)
    assert await is_current(engine)


async def test_a_locked_database_is_temporary(tmp_path: Path) -> None:
    """Another program holds the file: later, not never."""
    file = tmp_path / "recap.db"
    async with open_database(f"sqlite:///{file}") as engine:
        await upgrade(engine)
        other = sqlite3.connect(file, isolation_level=None)
        async with engine.connect() as connection:
            await connection.exec_driver_sql("PRAGMA busy_timeout=50")
            await connection.rollback()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryLater) as caught:
            await upgrade(engine)
        assert caught.value.operator == "The database does not answer: database is locked."
        # Readers never wait for a writer.
        assert await SqlLedger(engine).subscriptions() == []
        other.execute("ROLLBACK")
        other.close()
        assert await is_current(engine)
