"""On time and growth, measured: ``python -m tests.bench.schedule``."""

import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from bot.clock import SystemClock
from bot.creatoraudit.client import open_client
from bot.digest.periods import Period
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.playground.organisation import Organisation
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import BOT, Channel, Message, Workspace
from bot.posting.messenger import SlackMessenger
from bot.posting.outbox import Outbox
from bot.posting.slack import web_client
from bot.posting.webhook import WebhookSender
from bot.rendering.numbers import Numbers
from bot.services.build import Builder
from bot.services.deliver import Delivering
from bot.services.dispatch import Dispatcher
from bot.services.recap import RecapService
from bot.storage import rows
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.schema import subscriptions
from bot.storage.upgrade import upgrade
from bot.subscriptions.model import Subscription
from bot.subscriptions.protocol import Policy
from tests.bench.schedule_rows import lateness, subscription
from tests.console.processes import started
from tests.services.fakes import only

KEY = "bench"
SLOTS = 1_000
TICKS = 200
PERIODS = tuple(Period)


async def on_time() -> list[list[str]]:
    """A thousand slots due at the same minute, Slack answering in 100 ms, paced as published."""
    workspace = Workspace.sample()
    workspace.channels |= {f"C{n}": Channel(f"C{n}", f"c{n}", {BOT}) for n in range(SLOTS)}
    now = datetime.now(UTC)
    keys = {KEY: ApiKey(Organisation(now.date()))}
    due = (now + timedelta(minutes=1)).replace(second=0, microsecond=0)
    if due - now < timedelta(seconds=15):
        due += timedelta(minutes=1)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            CreatorAuditStandIn(keys, now=lambda: datetime.now(UTC)) as api,
            SlackStandIn(workspace, now=time.time, channel_interval=1.0) as slack,
        ):
            slack.faults.add(Fault("slow", "chat.postMessage", times=None, seconds=0.1))
            database = f"sqlite:///{folder}/recap.db"
            await _fill(database, [subscription(n, due, PERIODS[n % 3]) for n in range(SLOTS)])
            settings = {
                "CREATORAUDIT_API_KEY": KEY,
                "CREATORAUDIT_BASE_URL": api.base_url,
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_APP_TOKEN": slack.app_token,
                "SLACK_API_URL": slack.api_url,
                "DATABASE_URL": database,
                "ENGAGEMENT_RATE_SCALE": "percent",
                "PORT": "39118",
            }
            async with started(Path(folder), "run", **settings) as process:
                reading = asyncio.create_task(process.communicate())
                await slack.until(lambda: len(posts(workspace)) >= SLOTS, 300.0)
                process.terminate()
                await reading
            async with open_database(database) as engine:
                late = await lateness(engine, due)
            calls = len(api.exchanges)
    cuts = statistics.quantiles(late, n=100)
    asked = f"{calls} calls for {len(PERIODS)} windows"
    return [
        [f"{SLOTS:,} slots due at once, p50 after the slot", f"{cuts[49]:.1f} s", "≤ 5 s"],
        ["  p99 after the slot", f"{cuts[98]:.1f} s", "≤ 60 s"],
        ["  calls to CreatorAudit", asked, "one fetch per window"],
    ]


def posts(workspace: Workspace) -> list[Message]:
    """What stands in the channels; the threads come after all of it."""
    return [message for message in workspace.messages if message.thread_ts is None]


async def _fill(database: str, given: list[Subscription]) -> None:
    async with open_database(database) as engine:
        await upgrade(engine)
        async with engine.begin() as connection:
            await connection.execute(insert(subscriptions), list(map(rows.subscription_row, given)))


async def growth() -> list[list[str]]:
    """A tick with nothing due, by the number of subscriptions."""
    medians = {}
    for count in (1_000, 100_000):
        with tempfile.TemporaryDirectory() as folder:
            database = f"sqlite:///{folder}/recap.db"
            far = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=3)
            await _fill(database, [subscription(n, far) for n in range(count)])
            async with open_database(database) as engine:
                medians[count] = await _idle(SqlLedger(engine))
    small, large = medians.values()
    return [
        [f"tick with nothing due, {count:,} subscriptions", f"{took * 1e3:.1f} ms", "≤ 20 ms"]
        for count, took in medians.items()
    ] + [["  ratio", f"{large / small:.2f}", "≤ 2"]]


async def _idle(ledger: SqlLedger) -> float:
    async with aiohttp.ClientSession() as session:
        messenger = SlackMessenger(web_client("xoxb", "http://127.0.0.1:9/", session), None)
        clock, numbers, policy = SystemClock(), Numbers(), Policy()
        async with open_client(KEY, "http://127.0.0.1:9", clock) as source:
            recap = RecapService(source, clock)
            builder = Builder(recap, clock, numbers, policy)
            delivering = Delivering(
                ledger, messenger, Outbox(WebhookSender(clock)), builder, clock, numbers, policy
            )
            dispatcher = Dispatcher(ledger, only(delivering), clock, numbers, policy)
            seconds = []
            for _ in range(TICKS):
                began = time.perf_counter()
                await dispatcher.tick()
                seconds.append(time.perf_counter() - began)
            return statistics.median(seconds)


async def main() -> None:
    table = Table("What", "Measured", "Promised", title="The schedule, measured")
    for section in (await growth(), await on_time()):
        for row in section:
            table.add_row(*row)
        table.add_section()
    Console(width=110).print(table)


asyncio.run(main())
