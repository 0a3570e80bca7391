"""The real app as a process of its own: ``python -m bot.playground.app``.

Its settings come from its environment. Each line of its standard input says how many seconds its
clock is ahead of the machine's; the first one comes before anything else, and the end of the input
is the end of the process.
"""

import asyncio
import logging
import sys
from datetime import timedelta
from typing import Final

from bot import logs, settings
from bot.playground.travel import TravelClock
from bot.wiring import open_app

EVERY: Final = timedelta(seconds=0.2)
"""Nobody who has travelled to Monday wants to wait for the next tick."""


async def main() -> None:
    """Run until the input ends."""
    loaded = settings.load()
    # What Recap says in Slack is the show; its log is worth a line only when something is wrong.
    logs.configure("console", loaded.secrets, level=logging.WARNING)
    clock, lines = TravelClock(), await _lines()
    clock.ahead = timedelta(seconds=float(await lines.readline()))
    async with open_app(loaded, clock=clock, every=EVERY):
        async for line in lines:
            clock.ahead = timedelta(seconds=float(line))


async def _lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    return reader


if __name__ == "__main__":
    asyncio.run(main())
