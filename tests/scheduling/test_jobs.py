"""The workers that procrastinate runs: jobs come, the database goes, and the end is in time."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import psycopg
import pytest
from structlog.testing import capture_logs

from bot.ports import Route
from bot.scheduling.jobs import tables, working
from bot.storage.engine import open_database
from bot.storage.postgresql import conninfo
from bot.storage.queue_tables import prepare

PLACES = {Route.SLACK: 2, Route.CORRECTIONS: 1, Route.ELSEWHERE: 1}
SOON = 20.0
"""Seconds that nothing here ever takes."""

DEFER = """
SELECT procrastinate_defer_jobs_v1(array_agg(
    ROW(%(queue)s, %(queue)s, 0, lock, job, jsonb_build_object('delivery', job), NULL)
    ::procrastinate_job_to_defer_v1 ORDER BY job
)) FROM unnest(%(jobs)s::text[], %(locks)s::text[]) AS wanted(job, lock)
"""


class Jobs:
    """Does each job as long as ``gate`` is shut, and knows what was begun and what ended."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self._changed = asyncio.Condition()

    async def deliver(self, route: Route, delivery: str) -> None:
        self.begun.append(delivery)
        await self._tell()
        if gate := self.gates.get(delivery):
            await gate.wait()
        self.ended.append(f"{route} {delivery}")
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, *begun: str) -> None:
        async with asyncio.timeout(SOON), self._changed:
            await self._changed.wait_for(lambda: sorted(self.begun) == sorted(begun))

    async def defer(self, *jobs: str, route: Route = Route.SLACK, lock: str | None = None) -> None:
        values = {"queue": route, "jobs": list(jobs), "locks": [lock or job for job in jobs]}
        await self.sql(DEFER, values)

    async def sql(self, statement: str, values: Mapping[str, object] | None = None) -> int:
        connecting = psycopg.AsyncConnection.connect(self.address, autocommit=True)
        async with await connecting as connection:
            return (await connection.execute(statement.encode(), values)).rowcount


@pytest.fixture
async def jobs(postgres: str) -> AsyncIterator[Jobs]:
    async with open_database(postgres) as engine:
        await prepare(engine, tables())
        yield Jobs(conninfo(engine))


async def test_each_job_once(jobs: Jobs) -> None:
    """By its route, and nothing of it stays in the database."""
    async with working(jobs.address, jobs.deliver, PLACES, SOON):
        await jobs.defer("a", "b")
        await jobs.defer("c", route=Route.ELSEWHERE)
        await jobs.until("a", "b", "c")
    assert sorted(jobs.ended) == ["recap_elsewhere c", "recap_slack a", "recap_slack b"]
    assert await jobs.sql("SELECT FROM procrastinate_jobs") == 0
    assert await jobs.sql("SELECT FROM procrastinate_workers") == 0


async def test_one_at_a_time_in_a_channel(jobs: Jobs) -> None:
    """The others go on meanwhile."""
    gate = jobs.gates["a"] = asyncio.Event()
    await jobs.defer("a", "b", lock="T1/C1")
    async with working(jobs.address, jobs.deliver, PLACES, SOON):
        await jobs.until("a")
        await jobs.defer("other")
        await jobs.until("a", "other")
        gate.set()
        await jobs.until("a", "other", "b")


async def test_targets_that_hang(jobs: Jobs) -> None:
    """They use up their own places only."""
    gate = jobs.gates["hangs"] = asyncio.Event()
    async with working(jobs.address, jobs.deliver, PLACES, SOON):
        await jobs.defer("hangs", "waits", route=Route.ELSEWHERE)
        await jobs.until("hangs")
        await jobs.defer("post")
        await jobs.until("hangs", "post")
        gate.set()
        await jobs.until("hangs", "post", "waits")


async def test_the_end_waits_for_what_is_under_way(jobs: Jobs) -> None:
    """And begins nothing more."""
    gate = jobs.gates["a"] = asyncio.Event()
    async with working(jobs.address, jobs.deliver, {**PLACES, Route.SLACK: 1}, SOON):
        await jobs.defer("a", "b")
        await jobs.until("a")
        asyncio.get_running_loop().call_later(0.2, gate.set)
    assert (jobs.begun, jobs.ended) == (["a"], ["recap_slack a"])


async def test_the_end_does_not_wait_for_ever(jobs: Jobs) -> None:
    """What has not ended by then is given up; in the ledger its lease runs out."""
    jobs.gates["a"] = asyncio.Event()
    async with working(jobs.address, jobs.deliver, PLACES, 0.1):
        await jobs.defer("a")
        await jobs.until("a")
    assert jobs.ended == []
    assert await jobs.sql("SELECT FROM procrastinate_jobs") == 0


async def test_a_database_that_restarts(jobs: Jobs) -> None:
    """Every connection is lost, and then the workers begin anew."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
    async with working(jobs.address, jobs.deliver, PLACES, SOON):
        await jobs.defer("a")
        await jobs.until("a")
        await jobs.sql(others + "current_database() AND pid <> pg_backend_pid()")
        await jobs.defer("b")
        await jobs.until("a", "b")


async def test_a_worker_that_others_took_for_dead(jobs: Jobs) -> None:
    """A machine that slept is struck off their list; it signs on again."""
    async with working(jobs.address, jobs.deliver, PLACES, SOON):
        await jobs.defer("a")
        await jobs.until("a")
        await jobs.sql("DELETE FROM procrastinate_workers")
        await jobs.defer("b")
        await jobs.until("a", "b")


async def test_a_job_that_was_given_to_another(jobs: Jobs) -> None:
    """Its end is one line in the log, and the worker goes on."""
    gate = jobs.gates["a"] = asyncio.Event()
    with capture_logs() as logs:
        async with working(jobs.address, jobs.deliver, PLACES, SOON):
            await jobs.defer("a")
            await jobs.until("a")
            await jobs.sql("DELETE FROM procrastinate_jobs")
            gate.set()
            await jobs.defer("b")
            await jobs.until("a", "b")
    (line,) = [line for line in logs if line["event"] == "job_not_ended"]
    assert line["detail"].startswith("Job was not found")


async def test_the_end_while_the_database_is_away(jobs: Jobs) -> None:
    """A worker that can't sign off ends all the same."""
    async with working(jobs.address, jobs.deliver, PLACES, SOON):
        await jobs.defer("a")
        await jobs.until("a")
        await jobs.sql("DROP FUNCTION procrastinate_unregister_worker_v1")
    assert jobs.ended == ["recap_slack a"]
