"""Bringing the tables of the queue into the ledger's PostgreSQL; they are procrastinate's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.engine import refused, translated_at_start, unhurried
from bot.storage.upgrade import LOCK

MARK: Final = "Recap: "
"""Begins the remark on the table that says how far it has come: procrastinate itself keeps no
record of that."""

REMARK: Final = text("""
SELECT coalesce(obj_description(oid, 'pg_class'), '') FROM pg_class
WHERE oid = to_regclass('procrastinate_jobs')
""")

FOREIGN: Final = (
    "The database holds the queue of another program that uses procrastinate: give Recap a "
    "database of its own."
)


@dataclass(frozen=True, slots=True)
class QueueTables:
    """What the installed release of procrastinate needs.

    Attributes:
        whole: The script for a database that has nothing of it yet.
        steps: The scripts that led there, in their order.
    """

    whole: str
    steps: Mapping[str, str]

    @property
    def newest(self) -> str:
        """The last step."""
        return max(self.steps)


async def prepare(engine: AsyncEngine, tables: QueueTables) -> None:
    """Bring ``engine``'s database, which is PostgreSQL, to ``tables``; again changes nothing.

    Raises:
        OperatorMustAct: The tables are there and not ours.
        TryLater: The database can't be reached.
    """
    with translated_at_start():
        async with engine.begin() as connection, unhurried(connection):
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            come_to = await _come_to(connection)
            steps = [name for name in sorted(tables.steps) if come_to and name > come_to]
            for script in [tables.steps[name] for name in steps] if come_to else [tables.whole]:
                await _run(connection, script)
            mark = MARK + max(tables.newest, come_to or "")
            await _run(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{mark}'")


async def check_queue(engine: AsyncEngine, tables: QueueTables) -> None:
    """That ``engine``'s database has ``tables``.

    Raises:
        OperatorMustAct: It lacks them, or they are older or not ours.
        TryLater: The database can't be reached.
    """
    with translated_at_start():
        async with engine.connect() as connection:
            come_to = await _come_to(connection)
    if come_to is None or come_to < tables.newest:
        raise refused(
            "The database has no queue for workers yet, or an older one: run `recap migrate` "
            "once, then start again."
        )


async def _come_to(connection: AsyncConnection) -> str | None:
    """The last step that the tables have taken; None where there are no tables."""
    remark: str | None = (await connection.execute(REMARK)).scalar_one_or_none()
    if remark is not None and not remark.startswith(MARK):
        raise refused(FOREIGN)
    return remark and remark.removeprefix(MARK)


async def _run(connection: AsyncConnection, script: str) -> None:
    # The driver takes many statements at once where none has a parameter.
    await connection.exec_driver_sql(script, execution_options={"no_parameters": True})
