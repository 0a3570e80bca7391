"""``recap worker``."""

from bot.console.serve import listen, until_stopped
from bot.settings import Settings, for_machines
from bot.storage.engine import missing_extra


async def work(settings: Settings) -> None:
    """Plan and post until SIGTERM or SIGINT, then let what is under way finish.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    for_machines(settings)
    with missing_extra():
        from bot.wiring.workers import open_worker  # noqa: PLC0415 -- what it needs is an extra
    with listen(settings.port) as sock:
        async with open_worker(settings) as running:
            await until_stopped(running, sock)
