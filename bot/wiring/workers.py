"""The composition root of a worker: it plans and posts, and hears nothing of Slack.

Needs PostgreSQL and the extra that brings its driver and procrastinate.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final

from bot import reporting
from bot.clock import SystemClock
from bot.ports import Clock, Route
from bot.scheduling.jobs import tables, working
from bot.scheduling.scheduler import EVERY
from bot.services.carrying import Carrying
from bot.services.dispatch import AT_ONCE, COPIES_AT_ONCE, CORRECTIONS_AT_ONCE
from bot.services.readiness import Pulse
from bot.settings import Settings, for_machines
from bot.storage.engine import open_database
from bot.storage.postgresql import conninfo
from bot.storage.queue import SqlQueue
from bot.storage.queue_tables import check_queue
from bot.web.app import create_app
from bot.wiring.app import DRAIN, Running, inside_of, open_house, watched_ticks

PLACES: Final = {
    Route.SLACK: AT_ONCE,
    Route.CORRECTIONS: CORRECTIONS_AT_ONCE,
    Route.ELSEWHERE: COPIES_AT_ONCE,
}
WRITERS: Final = 3
"""Transactions of the queue at once, beside the ledger's: every worker needs its connections, and
PostgreSQL has a hundred for all, as it is delivered."""


@asynccontextmanager
async def open_worker(
    settings: Settings, *, clock: Clock | None = None, every: timedelta = EVERY
) -> AsyncIterator[Running]:
    """A worker at work; what it has begun ends within ten seconds.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    address = for_machines(settings)
    async with AsyncExitStack() as stack:
        metering = reporting.metering(settings, clock or SystemClock())
        metrics = await stack.enter_async_context(metering)
        house = await stack.enter_async_context(open_house(settings, clock, metrics))
        engine = await stack.enter_async_context(open_database(address, writers=WRITERS))
        await check_queue(engine, tables())
        shared = house.shared
        carrying = Carrying(
            house.dispatcher, shared.ledger, SqlQueue(engine), shared.clock, shared.policy
        )
        pulse = Pulse(metrics)
        carrying.on_batch = pulse.beat
        stack.push_async_callback(shared.background.drain, 0)
        await stack.enter_async_context(working(conninfo(engine), carrying.deliver, PLACES, DRAIN))
        ticks = watched_ticks(house, metrics, pulse, carrying.tick, every)
        probe = await stack.enter_async_context(ticks)
        web = create_app(_health, None, more=inside_of(house, metrics, probe))
        yield Running(web, f"{house.greeting} (a worker).")


async def _health() -> Mapping[str, object]:
    return {"status": "ok", "mode": "worker"}
