"""A copy of the SQLite file, made while Recap works on it, and the mark by which it is known.

Whoever goes on with a copy doesn't know what was posted since, so it is not used before
``bot.services.restored`` has been through it.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.engine import refused, translated_at_start

MARK: Final = "user_version"
"""A number in the file's head that SQLite keeps for its user; 0 in all but copies."""


def file_of(database_url: str) -> Path | None:
    """The SQLite file that ``database_url`` names; None where it names PostgreSQL."""
    url = make_url(database_url)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def back_up(source: Path, target: Path) -> None:
    """Copy the SQLite file ``source`` to ``target``, as it is at one moment (blocking).

    Only its owner can read ``target``, which must not exist.

    Raises:
        OperatorMustAct: One of the two can't be used; ``target`` is not there then, or is as it
            was.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise refused(f"{target} exists already: name another file.") from error
    except OSError as error:
        raise refused(f"{target} can't be written: {error.strerror}.") from error
    try:
        _copy(source, target)
    except sqlite3.Error as error:
        target.unlink()
        raise refused(f"{source} can't be backed up: {error}.") from error


def _copy(source: Path, target: Path) -> None:
    address = f"{source.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True)) as original,
        closing(sqlite3.connect(target, isolation_level=None)) as copied,
    ):
        original.backup(copied)
        # One file: without this, the next one who opens it would put two others beside it.
        copied.execute("PRAGMA journal_mode=DELETE")
        copied.execute(f"PRAGMA {MARK}=1")


async def is_backup(connection: AsyncConnection) -> bool:
    """Whether ``connection``'s SQLite file is a copy that nobody has been through."""
    return bool((await connection.execute(text(f"PRAGMA {MARK}"))).scalar())


async def unmark(engine: AsyncEngine) -> None:
    """Let the copy be used, if ``engine`` has one."""
    if engine.dialect.name == "sqlite":
        with translated_at_start():
            async with engine.begin() as connection:
                await connection.execute(text(f"PRAGMA {MARK}=0"))
