"""Sealing everything anew, so that an old key can go."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.database import Database
from bot.storage.places import CANARIES, SECRETS, Secrets, place
from bot.storage.vault import Vault


async def reseal(engine: AsyncEngine, vault: Vault) -> int:
    """Seal what is not yet sealed with the first key of ``vault``; returns how many values.

    Recap may be at work meanwhile: what it writes is never replaced by what stood there before.
    This may be ended at any moment and run again.

    Raises:
        OperatorMustAct: Something can't be opened; it is left as it is.
        TryLater: The database is away.
    """
    database = Database(engine)
    # The canary is the last: an older key fits until nothing is sealed with it any more.
    return sum([await _reseal(database, secrets, vault) for secrets in (*SECRETS, CANARIES)])


async def _reseal(database: Database, secrets: Secrets, vault: Vault) -> int:
    count = overtaken = 0
    async for batch in secrets.batches(database):
        old = [row for row in batch if not vault.is_newest(row["stored"])]
        written = await _write(database, secrets, vault, old) if old else 0
        count += written
        overtaken += len(old) - written
    # Whoever was faster may seal with an older key still.
    return count + (await _reseal(database, secrets, vault) if overtaken else 0)


async def _write(
    database: Database, secrets: Secrets, vault: Vault, old: Sequence[RowMapping]
) -> int:
    fresh = [
        vault.seal(secrets.open(row, vault), place(secrets.column, row["identifier"]))
        for row in old
    ]
    count = 0
    async with database.writing() as connection:
        for row, sealed in zip(old, fresh, strict=True):
            unchanged = (secrets.identity == row["identifier"]) & (secrets.column == row["stored"])
            statement = update(secrets.column.table).where(unchanged)
            written = await connection.execute(statement.values({secrets.column: sealed}))
            count += written.rowcount
    return count
