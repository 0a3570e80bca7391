"""Whether the keys at hand are those that the database's secrets were sealed with."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorMustAct
from bot.storage.database import Database
from bot.storage.places import place
from bot.storage.schema import vault as table
from bot.storage.vault import Vault, unreadable

CANARY: Final = "canary"
SONG: Final = "These keys are the ones."
LOST: Final = (
    "No key in RECAP_ENCRYPTION_KEYS opens what this database holds: put back the key that its "
    "secrets were sealed with. Nothing was overwritten."
)
GONE: Final = (
    "RECAP_ENCRYPTION_KEYS is not set, but this database holds sealed secrets: put back the keys "
    "that they were sealed with."
)


async def check_vault(engine: AsyncEngine, vault: Vault) -> None:
    """See that ``vault`` fits the database on ``engine``; the first keys that come are its own.

    Raises:
        OperatorMustAct: The keys are others, or gone; the sentence says what to put back.
        TryLater: The database is away.
    """
    database = Database(engine)
    sealed = await _canary(database)
    if not vault.has_keys:
        if sealed:
            raise unreadable(GONE)
        return
    if sealed is None:
        await _settle(database, vault)
        # Another process may have been faster, with other keys.
        sealed = await _canary(database)
    try:
        vault.open(sealed or "", place(table.c.sealed, CANARY))
    except OperatorMustAct:
        raise unreadable(LOST) from None


async def _canary(database: Database) -> str | None:
    found = await database.read(select(table.c.sealed).where(table.c.id == CANARY))
    return found[0]["sealed"] if found else None


async def _settle(database: Database, vault: Vault) -> None:
    sealed = vault.seal(SONG, place(table.c.sealed, CANARY))
    statement = database.upsert(table).values(id=CANARY, sealed=sealed)
    async with database.writing() as connection:
        await connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]))
