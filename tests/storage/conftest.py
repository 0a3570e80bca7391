"""The stores that keep one contract: memory, a SQLite file, a PostgreSQL server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.ports import Ledger, SnapshotStore
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.memory import MemoryLedger, MemorySnapshots
from bot.storage.snapshots import SqlSnapshots
from bot.storage.upgrade import upgrade
from bot.storage.vault import Vault, fresh_key


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[AsyncEngine | None]:
    """A database with the newest tables; None for memory, which has none."""
    if request.param == "memory":
        yield None
        return
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/recap.db"
    else:
        address = request.getfixturevalue("postgres")
    async with open_database(address) as engine:
        await upgrade(engine)
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database with the newest tables."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/recap.db"
    else:
        address = request.getfixturevalue("postgres")
    async with open_database(address) as engine:
        await upgrade(engine)
        yield engine


@pytest.fixture
def ledger(database: AsyncEngine | None) -> Ledger:
    """An empty ledger of each kind; in databases addresses are sealed."""
    return MemoryLedger() if database is None else SqlLedger(database, Vault([fresh_key()]))


@pytest.fixture
def store(database: AsyncEngine | None) -> SnapshotStore:
    """An empty store of snapshots of each kind."""
    return MemorySnapshots() if database is None else SqlSnapshots(database)
