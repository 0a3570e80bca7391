"""The columns that hold secrets, and what binds a sealed value to where it stands."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column

from bot.storage.schema import api_keys, installations, targets, vault


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


SECRETS: Final = (
    Secrets(installations.c.id, installations.c.token),
    Secrets(installations.c.id, installations.c.refresh_token),
    Secrets(api_keys.c.team, api_keys.c.secret),
    Secrets(targets.c.id, targets.c.address, may_be_plain=True),
    # Last: an older key fits the database until nothing is sealed with it any more.
    Secrets(vault.c.id, vault.c.sealed),
)


def place(column: Column[Any], identifier: str) -> str:
    """Where a value stands: ``TABLE/ROW/COLUMN``."""
    return f"{column.table.name}/{identifier}/{column.name}"
