"""``recap backup`` and ``recap restored``."""

import asyncio
import sys
from pathlib import Path

from bot.clock import SystemClock
from bot.services.restored import doubt
from bot.settings import Settings, setting_error
from bot.storage.backup import back_up, file_of, unmark
from bot.storage.canary import check_vault
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.upgrade import upgrade
from bot.storage.vault import Vault
from bot.wiring import policy_of


async def backup(settings: Settings, file: Path) -> None:
    """Copy the SQLite file to ``file``, also while Recap runs.

    Raises:
        OperatorMustAct: The database is no SQLite file, or one of the two can't be used.
    """
    source = file_of(settings.database_url)
    if source is None:
        raise setting_error(
            "`recap backup` copies a SQLite file; DATABASE_URL names PostgreSQL: use pg_dump."
        )
    await asyncio.to_thread(back_up, source, file)
    sys.stdout.write(f"{file} is a backup of the database.\n")


async def restored(settings: Settings) -> None:
    """Have everything looked for that the restored database owes.

    Raises:
        RecapError: The database can't be used.
    """
    async with open_database(settings.database_url) as engine:
        await upgrade(engine)
        vault = Vault(settings.encryption_keys)
        await check_vault(engine, vault)
        count = await doubt(SqlLedger(engine, vault), SystemClock(), policy_of(settings))
        await unmark(engine)
    sys.stdout.write(
        f"The database can be used. Open messages: {count}. Recap looks for each in Slack before "
        "it posts it.\n"
    )
