"""The columns that hold secrets, and what binds a sealed value to where it stands."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, RowMapping, select

from bot.storage.database import Database
from bot.storage.schema import api_keys, installations, targets
from bot.storage.schema import vault as canaries
from bot.storage.vault import Vault, is_sealed

BATCH: Final = 100
"""Values that are read, or written, at once: nobody waits long for his turn."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """A column of secrets.

    Attributes:
        identity: The column that a row is known by.
        column: The column itself.
        may_be_plain: Whether it also holds what was written before there were keys.
    """

    identity: Column[str]
    column: Column[Any]
    may_be_plain: bool = False

    async def batches(self, database: Database) -> AsyncIterator[Sequence[RowMapping]]:
        """What stands there, as ``identifier`` and ``stored``; what is none is left out."""
        every = (
            select(self.identity.label("identifier"), self.column.label("stored"))
            .where(self.column.is_not(None))
            .order_by(self.identity)
            .limit(BATCH)
        )
        rows = await database.read(every)
        while rows:
            yield rows
            rows = await database.read(every.where(self.identity > rows[-1]["identifier"]))

    def open(self, row: RowMapping, vault: Vault) -> str:
        """The secret in ``row``.

        Raises:
            OperatorMustAct: No key opens it, or it belongs to another row.
        """
        if self.may_be_plain and not is_sealed(row["stored"]):
            return str(row["stored"])
        return vault.open(row["stored"], place(self.column, row["identifier"]))


SECRETS: Final = (
    Secrets(installations.c.id, installations.c.token),
    Secrets(installations.c.id, installations.c.refresh_token),
    Secrets(api_keys.c.team, api_keys.c.secret),
    Secrets(targets.c.id, targets.c.address, may_be_plain=True),
)
CANARIES: Final = Secrets(canaries.c.id, canaries.c.sealed)
"""What the database's keys are known by."""


def place(column: Column[Any], identifier: str) -> str:
    """Where a value stands: ``TABLE/ROW/COLUMN``."""
    return f"{column.table.name}/{identifier}/{column.name}"
