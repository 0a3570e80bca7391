"""``recap migrate``."""

import sys

from bot.settings import Settings
from bot.storage.engine import open_database
from bot.storage.upgrade import upgrade


async def migrate(settings: Settings) -> None:
    """Bring the database to the newest form.

    Raises:
        RecapError: The database can't be used.
    """
    async with open_database(settings.database_url) as engine:
        revision = await upgrade(engine)
    sys.stdout.write(f"The database is up to date (revision {revision}).\n")
