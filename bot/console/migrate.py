"""``recap migrate``."""

import sys

from bot.settings import Settings
from bot.storage.engine import missing_extra, open_database
from bot.storage.upgrade import upgrade


async def migrate(settings: Settings) -> None:
    """Bring the database to the newest form, and on PostgreSQL the queue of the workers, too.

    Raises:
        RecapError: The database can't be used.
    """
    async with open_database(settings.database_url) as engine:
        revision = await upgrade(engine)
        if engine.dialect.name == "postgresql":
            with missing_extra():
                from bot.scheduling.jobs import tables  # noqa: PLC0415 -- it is an extra
                from bot.storage.queue_tables import prepare  # noqa: PLC0415
            await prepare(engine, tables())
    sys.stdout.write(f"The database is up to date (revision {revision}).\n")
