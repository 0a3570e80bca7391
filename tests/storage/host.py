"""A process at work on a SQLite file: ``python -m tests.storage.host URL HOST STALE``."""

import asyncio
import sys

from bot.clock import SystemClock
from bot.services.hosts import Beat, only_host
from bot.storage.engine import open_database
from bot.storage.hosts import SqlHosts
from bot.storage.upgrade import upgrade


async def main(url: str, host: str, stale: str) -> None:
    """Say so, and stay until standard input ends."""
    beat = Beat(every=0.1, stale=float(stale), look=0.1)
    async with open_database(url) as engine:
        await upgrade(engine)
        async with only_host(SqlHosts(engine), host, f"name-{host}", SystemClock(), beat):
            sys.stdout.write("here\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
