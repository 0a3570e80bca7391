"""The composition root of a worker: it plans and posts, and listens to nobody.

Needs PostgreSQL and the extra that brings its driver and procrastinate.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final

from bot.clock import SystemClock
from bot.ports import Clock, Route
from bot.scheduling.jobs import tables, working
from bot.scheduling.scheduler import EVERY, ticking
from bot.services.carrying import Carrying
from bot.services.dispatch import AT_ONCE, COPIES_AT_ONCE
from bot.settings import Settings, for_machines
from bot.storage.engine import open_database
from bot.storage.postgresql import conninfo
from bot.storage.queue import SqlQueue
from bot.storage.queue_tables import check_queue
from bot.wiring.app import DRAIN, open_house, renew_plans

PLACES: Final = {Route.SLACK: AT_ONCE, Route.ELSEWHERE: COPIES_AT_ONCE}
WRITERS: Final = 3
"""Transactions of the queue at once, beside the ledger's: every worker needs its connections, and
PostgreSQL has a hundred for all, as it is delivered."""


@asynccontextmanager
async def open_worker(
    settings: Settings, *, clock: Clock | None = None, every: timedelta = EVERY
) -> AsyncIterator[str]:
    """A worker at work; what it has begun ends within ten seconds. Yields what to say at start.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    address = for_machines(settings)
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(settings, clock))
        engine = await stack.enter_async_context(open_database(address, writers=WRITERS))
        await check_queue(engine, tables())
        shared = house.shared
        carrying = Carrying(
            house.dispatcher, shared.ledger, SqlQueue(engine), shared.clock, shared.policy
        )
        background = shared.background
        stack.push_async_callback(background.drain, 0)
        background.start(renew_plans(house.dispatcher))
        await stack.enter_async_context(working(conninfo(engine), carrying.deliver, PLACES, DRAIN))
        await stack.enter_async_context(ticking(carrying.tick, SystemClock(), every=every))
        yield f"{house.greeting} (a worker)."
