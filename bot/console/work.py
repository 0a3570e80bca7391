"""``recap worker``."""

import asyncio
import signal

import structlog

from bot.settings import Settings, for_machines
from bot.storage.engine import missing_extra

log = structlog.get_logger(__name__)


async def work(settings: Settings) -> None:
    """Plan and post until SIGTERM or SIGINT, then let what is under way finish.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    for_machines(settings)
    with missing_extra():
        from bot.wiring.workers import open_worker  # noqa: PLC0415 -- what it needs is an extra
    stopping = asyncio.Event()
    async with open_worker(settings) as greeting:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        log.info(greeting)
        await stopping.wait()
        log.info("Stopping: posts under way get a few seconds to finish.")
