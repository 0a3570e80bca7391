"""Whether the keys at hand are those that the database's secrets were sealed with."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorMustAct
from bot.storage.database import Database
from bot.storage.places import SECRETS, place
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


async def check_vault(engine: AsyncEngine, vault: Vault, *, settles: bool = True) -> None:
    """See that ``vault`` fits the database on ``engine``; the first keys that come are its own.

    Everything that is sealed there is opened once: what can't be read is better known at a start
    than on a Monday. Without ``settles`` nothing is written, and the first keys are still to come.

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
    if sealed is not None:
        _compare(sealed, vault)
    for secrets in SECRETS:
        async for batch in secrets.batches(database):
            for row in batch:
                secrets.open(row, vault)
    if sealed is None and settles:
        # Another process may be faster, with other keys: whose they are is read again.
        _compare(await _settle(database, vault), vault)


def _compare(sealed: str, vault: Vault) -> None:
    try:
        vault.open(sealed, place(table.c.sealed, CANARY))
    except OperatorMustAct:
        raise unreadable(LOST) from None


async def _canary(database: Database) -> str | None:
    found = await database.read(select(table.c.sealed).where(table.c.id == CANARY))
    return found[0]["sealed"] if found else None


async def _settle(database: Database, vault: Vault) -> str:
    sealed = vault.seal(SONG, place(table.c.sealed, CANARY))
    statement = database.upsert(table).values(id=CANARY, sealed=sealed)
    statement = statement.on_conflict_do_update(
        index_elements=["id"], set_={"sealed": table.c.sealed}
    )
    async with database.writing() as connection:
        # What stands there is not changed, and comes back either way.
        kept = await connection.scalar(statement.returning(table.c.sealed))
        return str(kept)
