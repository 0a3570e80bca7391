"""Carrying on PostgreSQL: what the queue does with a job, and what the ledger says of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import TryLater
from bot.ports import Route
from bot.scheduling.jobs import tables
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.queue import SqlQueue
from bot.storage.queue_tables import prepare
from bot.storage.upgrade import upgrade
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Kind, State
from tests.services.post_office import MONDAY, SECOND, subscription

LEASE = timedelta(seconds=60)
CARRIED = MONDAY + LEASE
AT_ONCE = timedelta(0)
SOON = timedelta(seconds=0.3)


def delivery(identifier: str, team: str = "T1", **values: object) -> Delivery:
    one = Delivery(
        id=identifier,
        key=f"s1/{identifier}",
        kind=Kind.RECAP,
        team=team,
        target=f"C-{identifier}",
        due_at=MONDAY,
        planned_at=MONDAY,
        ready_at=MONDAY,
        subscription="s1",
    )
    return replace(one, **values)  # type: ignore[arg-type]


@pytest.fixture
async def engine(postgres: str) -> AsyncIterator[AsyncEngine]:
    async with open_database(postgres) as engine:
        await upgrade(engine)
        await prepare(engine, tables())
        yield engine


@pytest.fixture
async def ledger(engine: AsyncEngine) -> SqlLedger:
    ledger = SqlLedger(engine)
    assert await ledger.commit(Change(subscription=(None, subscription())))
    return ledger


async def jobs(engine: AsyncEngine, queue: Route = Route.SLACK) -> list[tuple[str, str, int]]:
    """What waits: its delivery, its lock and how many are before it in its workspace."""
    statement = text(
        "SELECT args ->> 'delivery', lock, -priority FROM procrastinate_jobs "
        "WHERE queue_name = :queue AND status = 'todo' ORDER BY priority DESC, id"
    )
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(statement, {"queue": queue})]


async def run(engine: AsyncEngine, statement: str) -> int:
    async with engine.begin() as connection:
        return (await connection.execute(text(statement))).rowcount


async def fetch(engine: AsyncEngine, queue: Route = Route.SLACK) -> str | None:
    """As a worker does that then falls silent."""
    statement = text(
        "SELECT args ->> 'delivery' FROM procrastinate_fetch_job_v2(ARRAY[:queue]::varchar[], NULL)"
    )
    async with engine.begin() as connection:
        found: str | None = (await connection.execute(statement, {"queue": queue})).scalar()
        return found


async def carry(queue: SqlQueue, route: Route = Route.SLACK) -> int:
    return await queue.carry(route, MONDAY, CARRIED)


async def test_carry(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """What is ready gets a job of its own, and belongs to the queue for a while."""
    later = delivery("later", ready_at=MONDAY + SECOND)
    await ledger.commit(Change(new=(delivery("d1"), later)))
    queue = SqlQueue(engine)
    assert await carry(queue) == 1
    assert await jobs(engine) == [("d1", "T1/C-d1", 1)]
    one = await ledger.delivery("d1")
    assert one
    assert (one.owner, one.ready_at, one.state, one.fence) == ("queue", CARRIED, State.PLANNED, 0)
    assert await carry(queue) == 0


async def test_corrections_have_a_queue_of_their_own(
    engine: AsyncEngine, ledger: SqlLedger
) -> None:
    """However many posts are looked at again, none of them stands before a new one."""
    looks = [delivery(f"k{number}", kind=Kind.CORRECTION) for number in range(3)]
    await ledger.commit(Change(new=(*looks, delivery("d1"))))
    queue = SqlQueue(engine, depth=2)
    assert [await carry(queue, route) for route in Route] == [1, 2, 0]
    assert [one for one, _, _ in await jobs(engine)] == ["d1"]
    assert [one for one, _, _ in await jobs(engine, Route.CORRECTIONS)] == ["k0", "k1"]


async def test_details_come_behind_all_posts(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """The second post of a workspace does not wait for what is in the threads of another."""
    other = subscription("s2", "C2", "T2")
    details = delivery("r1", kind=Kind.REPLY, team="T2", subscription="s2")
    posts = [delivery(name, due_at=MONDAY + number * SECOND) for number, name in enumerate("ab")]
    await ledger.commit(Change(subscription=(None, other), new=(details, *posts)))
    assert await carry(SqlQueue(engine)) == 3
    assert [one for one, _, _ in await jobs(engine)] == ["a", "b", "r1"]
    assert await SqlQueue(engine, depth=2).carry(Route.SLACK, CARRIED, CARRIED + LEASE) == 2
    owned = [await ledger.delivery(one) for one in ("a", "b", "r1")]
    assert [one and one.ready_at for one in owned] == [CARRIED + LEASE, CARRIED + LEASE, CARRIED]


async def test_both_or_nothing(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """Where no job can come into being, the ledger does not say that one was carried."""
    await ledger.commit(Change(new=(delivery("d1"),)))
    await run(engine, "ALTER TABLE procrastinate_jobs ADD CHECK (lock <> 'T1/C-d1')")
    with pytest.raises(Exception, match="violates check constraint"):
        await carry(SqlQueue(engine))
    one = await ledger.delivery("d1")
    assert one
    assert (one.owner, one.ready_at) == (None, MONDAY)


async def test_a_change_that_fails_leaves_no_job(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """The other way round: the job goes with the row."""
    await ledger.commit(Change(new=(delivery("d1"),)))
    await run(engine, "ALTER TABLE deliveries ADD CHECK (owner IS NULL)")
    with pytest.raises(Exception, match="violates check constraint"):
        await carry(SqlQueue(engine))
    assert await jobs(engine) == []


async def test_a_lost_job_is_carried_again(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """And one that still waits is not doubled."""
    await ledger.commit(Change(new=(delivery("d1"), delivery("d2"))))
    queue = SqlQueue(engine)
    assert await carry(queue) == 2
    await run(engine, "DELETE FROM procrastinate_jobs WHERE args ->> 'delivery' = 'd1'")
    assert await queue.carry(Route.SLACK, CARRIED - SECOND, CARRIED + LEASE) == 0
    assert await queue.carry(Route.SLACK, CARRIED, CARRIED + LEASE) == 2
    assert sorted(name for name, _, _ in await jobs(engine)) == ["d1", "d2"]


async def test_take(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """Once: the same job a second time gets nothing."""
    await ledger.commit(Change(new=(delivery("d1"),)))
    queue = SqlQueue(engine)
    assert await queue.take("d1", "me", MONDAY, LEASE) is None
    await carry(queue)
    taken = await queue.take("d1", "me", MONDAY, LEASE)
    assert taken == await ledger.delivery("d1")
    assert taken
    assert (taken.owner, taken.fence, taken.state) == ("me", 1, State.CLAIMED)
    assert taken.ready_at == MONDAY + LEASE
    assert await queue.take("d1", "you", MONDAY, LEASE) is None
    assert await queue.take("unknown", "me", MONDAY, LEASE) is None


async def test_a_silent_worker_loses_its_delivery(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """Its word counts no more once it is carried again, and what was in doubt stays so."""
    await ledger.commit(Change(new=(delivery("d1"),)))
    queue = SqlQueue(engine)
    await carry(queue)
    old = await queue.take("d1", "me", MONDAY, LEASE)
    assert old
    posting = replace(old, state=State.POSTING, posting_at=MONDAY)
    assert await ledger.commit(Change(delivery=(old, posting)))
    assert await queue.carry(Route.SLACK, MONDAY + LEASE, CARRIED + LEASE) == 1
    assert not await ledger.commit(Change(delivery=(posting, replace(posting, tries=1))))
    again = await queue.take("d1", "you", MONDAY + LEASE, LEASE)
    assert again
    assert (again.owner, again.fence, again.state) == ("you", 3, State.POSTING)


async def test_the_job_of_a_silent_worker(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """It blocks its channel no longer than the lease."""
    await ledger.commit(Change(new=(delivery("d1"), delivery("d2", target="C-d1"))))
    queue = SqlQueue(engine, silent=AT_ONCE)
    await carry(queue)
    assert await fetch(engine) == "d1"
    assert await queue.take("d1", "me", MONDAY, LEASE)
    assert await fetch(engine) is None
    await carry(queue)
    assert await fetch(engine) is None
    await queue.carry(Route.SLACK, MONDAY + LEASE, CARRIED + LEASE)
    assert await fetch(engine) == "d1"


async def test_a_job_that_has_just_begun(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """Its worker is about to claim, or has ended this very moment: it is left alone."""
    await ledger.commit(Change(new=(delivery("d1"), delivery("d2", target="C-d1"))))
    queue = SqlQueue(engine)
    await carry(queue)
    assert await fetch(engine) == "d1"
    await queue.carry(Route.SLACK, CARRIED, CARRIED + LEASE)
    assert await fetch(engine) is None


async def test_turns(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """A workspace with many stands behind the first one of each other, also in a later pass."""
    many = [delivery(f"m{number}", due_at=MONDAY - SECOND) for number in range(4)]
    queue = SqlQueue(engine, depth=3)
    await ledger.commit(Change(new=(*many, delivery("a1", "T2"))))
    assert await carry(queue) == 3
    assert [(name, turn) for name, _, turn in await jobs(engine)] == [
        ("m0", 1),
        ("a1", 1),
        ("m1", 2),
    ]
    await ledger.commit(Change(new=(delivery("b1", "T3"),)))
    assert await carry(queue) == 0
    assert await carry(SqlQueue(engine, depth=5)) == 2
    assert [(name, turn) for name, _, turn in await jobs(engine)] == [
        ("m0", 1),
        ("a1", 1),
        ("b1", 1),
        ("m1", 2),
        ("m2", 3),
    ]


async def test_two_that_carry_at_once(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """Every delivery gets one job."""
    await ledger.commit(Change(new=tuple(delivery(f"d{number}") for number in range(40))))
    queues = [SqlQueue(engine) for _ in range(8)]
    assert sum(await asyncio.gather(*map(carry, queues))) == 40
    assert len(await jobs(engine)) == 40


async def plans(queue: SqlQueue) -> bool:
    async with queue.planning() as is_ours:
        return is_ours


async def test_one_plans_at_a_time(engine: AsyncEngine) -> None:
    """Whoever comes meanwhile does not wait for it."""
    queue = SqlQueue(engine)
    async with queue.planning() as is_ours:
        assert is_ours
        assert not await plans(queue)
    assert await plans(queue)


async def falls_silent(queue: SqlQueue, other: SqlQueue) -> None:
    async with queue.planning(), asyncio.timeout(60):
        while not await plans(other):  # noqa: ASYNC110 -- a database tells nobody
            await asyncio.sleep(0.1)


async def test_a_planner_that_falls_silent(engine: AsyncEngine) -> None:
    """It loses its turn, whatever the server's own limits are, and is told so in the end."""
    with pytest.raises(TryLater) as told:
        await falls_silent(SqlQueue(engine, planned_within=SOON), SqlQueue(engine))
    assert "idle-in-transaction" in str(told.value.operator)


async def test_a_workspace_that_has_to_wait(engine: AsyncEngine, ledger: SqlLedger) -> None:
    """Nothing is carried for it, and what was is put back; its copies are not Slack's matter."""
    first, copy = delivery("d1"), delivery("c1", kind=Kind.COPY, way="w1")
    await ledger.commit(Change(new=(first, copy)))
    queue, until = SqlQueue(engine), MONDAY + timedelta(hours=1)
    assert await carry(queue) == 1
    await ledger.hold("T1", until)
    await ledger.commit(Change(new=(delivery("d2"),)))
    assert await carry(queue) == 0
    assert await queue.take("d1", "me", MONDAY, LEASE) is None
    kept = await ledger.delivery("d1")
    assert kept
    assert (kept.owner, kept.ready_at) == (None, until)
    assert await carry(queue, Route.ELSEWHERE) == 1
    assert await jobs(engine, Route.ELSEWHERE) == [("c1", "T1/w1", 1)]
    assert await queue.take("c1", "me", MONDAY, LEASE) is not None
