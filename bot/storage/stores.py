"""Everything that one database holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from bot.ports import Hosts, Ledger, Pacer, SnapshotStore
from bot.storage.engine import open_database
from bot.storage.hosts import shared_file
from bot.storage.ledger import SqlLedger
from bot.storage.pace import shared_pace
from bot.storage.snapshots import SqlSnapshots
from bot.storage.upgrade import make_ready


class Stores(NamedTuple):
    """What the services need of a database.

    Attributes:
        ledger: What was posted.
        snapshots: What the numbers were.
        pace: The turns of all processes; None where each keeps its own.
        hosts: Who is at work; None where any number of machines may be.
    """

    ledger: Ledger
    snapshots: SnapshotStore
    pace: Pacer | None
    hosts: Hosts | None


@asynccontextmanager
async def stores_in(database_url: str) -> AsyncIterator[Stores]:
    """What is in the database at ``database_url``, brought up to date where that is ours to do.

    Raises:
        RecapError: The database can't be used, or is not up to date.
    """
    async with open_database(database_url) as engine:
        await make_ready(engine)
        yield Stores(
            SqlLedger(engine), SqlSnapshots(engine), shared_pace(engine), shared_file(engine)
        )
