"""The tick of a worker and the work of a job, on PostgreSQL: the ledger decides, whatever comes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.errors import TryLater
from bot.ports import Route
from bot.scheduling.jobs import tables
from bot.services.carrying import CARRIED_FOR, Carrying
from bot.services.dispatch import PLANNED_AT_ONCE
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.memory import MemoryLedger
from bot.storage.queue import SqlQueue
from bot.storage.queue_tables import prepare
from bot.storage.upgrade import upgrade
from bot.subscriptions.deliveries import Delivery, State
from bot.subscriptions.model import Subscription
from bot.subscriptions.outcomes import Busy
from tests.services.fakes import FixedClock
from tests.services.post_office import MONDAY, PostOffice, subscription

AWAY = TryLater("away", "The database does not answer: locked.")


class Depot:
    """Workers on one PostgreSQL; a test says which of the jobs are done, and by whom."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.clock = FixedClock(MONDAY)
        self.ledger = SqlLedger(engine)
        # It asks for nothing that only the one in memory has.
        self.office = PostOffice(ledger=cast("MemoryLedger", self.ledger), clock=self.clock)
        self.queue = SqlQueue(engine)
        self.worker = self.another()

    def another(self) -> Carrying:
        office = self.office
        return Carrying(office.another(), self.ledger, self.queue, self.clock, office.policy)

    async def jobs(self, *, kept: bool = False) -> list[str]:
        """The deliveries whose jobs wait, in their order; they are gone then, unless ``kept``."""
        statement = "SELECT args ->> 'delivery' FROM procrastinate_jobs ORDER BY priority DESC, id"
        async with self.engine.begin() as connection:
            found = list((await connection.execute(text(statement))).scalars())
            if not kept:
                await connection.execute(text("DELETE FROM procrastinate_jobs"))
        return found

    async def round(self) -> None:
        """One pass, and every job that it made."""
        await self.worker.tick()
        for one in await self.jobs():
            await self.worker.deliver(Route.SLACK, one)

    async def recap(self) -> Delivery:
        (one,) = await self.ledger.history("s1", 2)
        return one


@pytest.fixture
async def depot(postgres: str) -> AsyncIterator[Depot]:
    async with open_database(postgres) as engine:
        await upgrade(engine)
        await prepare(engine, tables())
        yield Depot(engine)


async def test_planned_carried_delivered(depot: Depot) -> None:
    """The tick itself posts nothing; one job is one post."""
    await depot.office.keep(subscription())
    await depot.worker.tick()
    assert depot.office.posts() == []
    (job,) = await depot.jobs(kept=True)
    await depot.worker.deliver(Route.SLACK, job)
    assert depot.office.posts() == ["Recap: last 7 days"]
    assert (await depot.recap()).state is State.SENT


async def test_signs_of_life(depot: Depot) -> None:
    """A long tick gives one with every batch that it hands over."""
    signs: list[int] = []
    depot.worker.on_batch = lambda: signs.append(len(signs))
    for number in range(PLANNED_AT_ONCE + 1):
        await depot.office.keep(subscription(f"s{number}", f"C{number}"))
    await depot.worker.tick()
    assert len(await depot.jobs()) == PLANNED_AT_ONCE + 1
    assert len(signs) == 3, "two batches, and the pass itself"


async def test_one_worker_plans_for_all(depot: Depot) -> None:
    """The others hand over what is planned already, and plan when it does no longer."""
    await depot.office.keep(subscription("s1", "C1"))
    await depot.worker.tick()
    await depot.jobs()
    depot.clock.instant += CARRIED_FOR
    await depot.office.keep(subscription("s2", "C2"))
    async with depot.queue.planning():
        await depot.another().tick()
        assert len(await depot.jobs()) == 1
    await depot.worker.tick()
    assert len(await depot.jobs()) == 1


async def test_a_plan_that_takes_longer_than_its_turn(depot: Depot) -> None:
    """What was planned is handed over at once all the same; a failed plan ends the tick."""
    await depot.office.keep(subscription())
    queue = SqlQueue(depot.engine, planned_within=timedelta(seconds=0.3))
    office = depot.office
    worker = Carrying(office.another(), depot.ledger, queue, depot.clock, office.policy)
    due = depot.ledger.due

    async def slow(as_of: datetime, limit: int) -> Sequence[Subscription]:
        await asyncio.sleep(1.0)
        return await due(as_of, limit)

    depot.ledger.due = slow  # type: ignore[method-assign]
    with capture_logs() as logs:
        await worker.tick()
    assert len(await depot.jobs()) == 1
    warnings = [line["event"] for line in logs if line["log_level"] == "warning"]
    assert warnings == ["planned_slowly", "tick_cut_short"], "the second plan found nothing"


async def test_a_job_that_runs_twice(depot: Depot) -> None:
    """Here or elsewhere: there is one message."""
    await depot.office.keep(subscription())
    await depot.worker.tick()
    (job,) = await depot.jobs()
    for worker in (depot.worker, depot.another(), depot.worker):
        await worker.deliver(Route.SLACK, job)
    assert len(depot.office.posts()) == 1


async def test_a_job_that_is_lost(depot: Depot) -> None:
    """The post is late by a minute, and that is all."""
    await depot.office.keep(subscription())
    await depot.worker.tick()
    await depot.jobs()
    depot.clock.instant += CARRIED_FOR - timedelta(seconds=1)
    await depot.round()
    assert depot.office.posts() == []
    depot.clock.instant += timedelta(seconds=1)
    await depot.round()
    assert depot.office.posts() == ["Recap: last 7 days"]


async def test_a_worker_that_dies(depot: Depot) -> None:
    """Another one goes on once the lease is over, and what the dead one begins is refused."""
    await depot.office.keep(subscription())
    await depot.worker.tick()
    (job,) = await depot.jobs()
    dead = await depot.queue.take(job, "dead", MONDAY, depot.office.policy.lease)
    assert dead
    depot.clock.instant += depot.office.policy.lease
    await depot.round()
    assert depot.office.posts() == ["Recap: last 7 days"]
    assert not await depot.office.delivering._record.begin(dead, dead)


async def test_what_has_to_wait_is_carried_anew(depot: Depot) -> None:
    """A long Retry-After ends the job; no job waits for that long."""
    depot.office.messenger.outcomes = [Busy("ratelimited", wait=3600, hold=True)]
    await depot.office.keep(subscription())
    await depot.round()
    await depot.worker.tick()
    assert await depot.jobs(kept=True) == []
    depot.clock.instant += timedelta(hours=1)
    await depot.round()
    assert depot.office.posts() == ["1 hour late: this was due on Mon, Nov 23 at 09:00."]


async def test_a_large_workspace(depot: Depot) -> None:
    """300 slots of one keep none of twenty others with one slot each waiting behind them."""
    large = [subscription(f"large{number}", f"L{number}") for number in range(300)]
    small = [
        replace(subscription(f"small{number}", f"S{number}"), team=f"T-{number}")
        for number in range(20)
    ]
    await depot.office.keep(*large)
    await depot.worker.tick()
    await depot.office.keep(*small)
    await depot.worker.tick()
    for one in (await depot.jobs())[:21]:
        await depot.worker.deliver(Route.SLACK, one)
    assert sum(target.startswith("S") for target, _, _ in depot.office.messenger.posted) == 20


async def test_a_database_that_is_away(depot: Depot) -> None:
    """A pass and a job end with a line in the log, and later all goes on."""
    await depot.office.keep(subscription())
    await depot.worker.tick()
    (job,) = await depot.jobs()
    taken = []

    async def away(*arguments: object) -> object:
        taken.append(arguments)
        raise AWAY

    with capture_logs() as logs:
        for name in ("due", "briefs"):
            setattr(depot.ledger, name, away)
        await depot.worker.tick()
        await depot.worker.deliver(Route.SLACK, job)
    events = [line["event"] for line in logs if line["log_level"] == "warning"]
    assert events == ["tick_cut_short", "delivery_cut_short"]
    for name in ("due", "briefs"):
        delattr(depot.ledger, name)
    depot.clock.instant += depot.office.policy.lease
    await depot.round()
    assert depot.office.posts() == ["Recap: last 7 days"]
