"""The tick (APScheduler); nothing else of the schedule lives in the process.

What is due is a question to the ledger. A restart, a second process or a tick that never came
changes nothing but the moment at which the question is asked.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, timedelta
from typing import Any, Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.ports import Clock

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(seconds=1)
LOOK: Final = 15.0
"""Seconds, by a clock that never goes back, between two looks at the wall clock."""


@asynccontextmanager
async def ticking(
    tick: Callable[[], Awaitable[None]],
    clock: Clock,
    *,
    every: timedelta = EVERY,
    look: float = LOOK,
) -> AsyncIterator[None]:
    """Call ``tick`` now and then ``every`` so often; a tick that is still at work is not doubled.

    A clock that is put back would keep APScheduler waiting for the hour that comes again, so the
    next tick is drawn near as soon as it lies further ahead than it ever should. At the end, a tick
    that is still at work is cancelled, and has ended when this has.
    """
    working = asyncio.Lock()

    async def once() -> None:
        # Only the end cancels a tick, and that is nothing to log.
        with suppress(asyncio.CancelledError):
            async with working:
                await tick()

    scheduler = AsyncIOScheduler(timezone=UTC)
    job = scheduler.add_job(
        once,
        "interval",
        seconds=every.total_seconds(),
        # Slots are due on whole minutes; nobody waits for a tick that comes most of a second later.
        next_run_time=clock.now().replace(microsecond=0),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    guard = asyncio.create_task(_guard(job, clock, every, look))
    try:
        yield
    finally:
        guard.cancel()
        scheduler.shutdown(wait=False)
        # APScheduler cancels a tick without waiting for it; what it works on is closed next.
        await asyncio.gather(guard, return_exceptions=True)
        async with working:
            pass


async def _guard(job: Any, clock: Clock, every: timedelta, look: float) -> None:  # noqa: ANN401
    while True:
        await asyncio.sleep(look)
        now = clock.now()
        if job.next_run_time - now > 2 * every:
            log.warning("clock_put_back", by=str(job.next_run_time - now))
            job.modify(next_run_time=now)
