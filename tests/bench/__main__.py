"""Measures what the product promises, side by side with what it is compared with.

The app runs in a process of its own, between stand-ins in this one. Nothing here is a test: these
machines are noisy, so the figures are printed and read by people.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn, RateLimit
from bot.playground.organisation import Organisation
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import Workspace
from tests.console.processes import recap, started

KEY = "bench-key"
MIA, MARKETING = "U0MIA", "C0MARKETING"
LATENCY = 0.1
ROUNDS = 20
AT_ONCE = 50


@dataclass(frozen=True)
class Row:
    """One measured promise."""

    what: str
    measured: str
    promised: str


@dataclass
class Bench:
    """The stand-ins and the settings of an app between them."""

    slack: SlackStandIn
    api: CreatorAuditStandIn
    folder: Path

    def settings(self, **more: str) -> dict[str, str]:
        return {
            "CREATORAUDIT_API_KEY": KEY,
            "CREATORAUDIT_BASE_URL": self.api.base_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "PORT": "39117",
            **more,
        }


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    now = datetime.now(UTC)
    keys = {KEY: ApiKey(Organisation(now.date()))}
    unlimited = RateLimit(limit=1_000_000)
    async with (
        CreatorAuditStandIn(keys, now=lambda: datetime.now(UTC), rate_limit=unlimited) as api,
        SlackStandIn(Workspace.sample(), now=time.time) as slack,
    ):
        with tempfile.TemporaryDirectory() as folder:
            yield Bench(slack, api, Path(folder))


@asynccontextmanager
async def running(on: Bench, **more: str) -> AsyncIterator[tuple[float, int]]:
    """The app while it runs: seconds until it was ready, and its process id."""
    began = time.perf_counter()
    async with started(on.folder, "run", **on.settings(**more)) as process:
        assert process.stderr is not None
        while b"Recap is running" not in await process.stderr.readline():
            pass
        yield time.perf_counter() - began, process.pid


async def answered(on: Bench, text: str = "7d") -> float:
    """Seconds from typing a command until its answer is there."""
    messages = on.slack.workspace.messages
    before = len(messages)
    began = time.perf_counter()
    await on.slack.command(MIA, MARKETING, text)
    await on.slack.until(
        lambda: len(messages) > before and messages[-1].text.startswith("Recap"), 30
    )
    return time.perf_counter() - began


async def tutorial(on: Bench) -> float:
    """The public tutorial: two calls, one after the other, each with a connection of its own."""
    headers = {"Authorization": f"Bearer {KEY}"}
    began = time.perf_counter()
    for path in ("/overview?period=7d", "/creators/top?period=7d&limit=5"):
        async with httpx.AsyncClient(headers=headers) as http:
            (await http.get(on.api.base_url + path)).raise_for_status()
    return time.perf_counter() - began


async def answer_time() -> list[Row]:
    async with bench() as on:
        on.api.latency = LATENCY
        two = statistics.median([await tutorial(on) for _ in range(ROUNDS)])
        firsts = []
        for _ in range(5):
            async with running(on):
                firsts.append(await answered(on))
        async with running(on):
            await answered(on)
            later = statistics.median([await answered(on) for _ in range(ROUNDS)])
    first, chain = statistics.median(firsts), 2 * LATENCY
    return [
        Row("tutorial: two calls of 100 ms in a row", f"{two * 1e3:.0f} ms", ""),
        Row("/recap 7d, only those two needed", f"{later * 1e3:.0f} ms", ""),
        Row("  ratio to the tutorial", f"{later / two:.2f}", "≤ 0.65"),
        Row("/recap 7d, at once after the start (measures the scale)", f"{first * 1e3:.0f} ms", ""),
        Row("  ratio to its longest chain of calls (200 ms)", f"{first / chain:.2f}", "≤ 1.25"),
    ]


async def ack_latency(mode: str, **more: str) -> list[Row]:
    async with bench() as on:
        on.api.latency = LATENCY
        if mode == "HTTP":
            more = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": on.slack.signing_secret}
            on.slack.request_url = "http://127.0.0.1:39117/slack/events"
        async with running(on, **more):
            seconds = []
            for _ in range(4):
                deliveries = await asyncio.gather(
                    *(on.slack.command(MIA, MARKETING, "7d") for _ in range(AT_ONCE))
                )
                assert all(delivery.error is None for delivery in deliveries)
                seconds += [delivery.seconds for delivery in deliveries]
                await asyncio.sleep(1.5)
    cuts = statistics.quantiles(seconds, n=100)
    return [
        Row(
            f"acknowledgement, {AT_ONCE} commands at once, {mode}",
            f"p50 {cuts[49] * 1e3:.0f} ms, p99 {cuts[98] * 1e3:.0f} ms",
            "p99 ≤ 300 ms",
        )
    ]


async def unchanged() -> list[Row]:
    async with bench() as on, running(on):
        await answered(on)
        first = sum(len(one.body) for one in on.api.exchanges)
        on.api.exchanges.clear()
        await answered(on)
        second = sum(len(one.body) for one in on.api.exchanges)
        calls = len(on.api.exchanges)
    return [
        Row("body bytes from the API, first recap", f"{first:,}", ""),
        Row(f"body bytes, second recap ({calls} calls), nothing changed", f"{second:,}", "0"),
    ]


async def start_up() -> list[Row]:
    async with bench() as on:
        helps, readies, sizes = [], [], []
        for _ in range(5):
            began = time.perf_counter()
            await recap(on.folder, "--help")
            helps.append(time.perf_counter() - began)
            async with running(on) as (ready, pid):
                readies.append(ready)
                await answered(on)
                sizes.append(resident(pid))
    return [
        Row("recap --help", f"{statistics.median(helps):.2f} s", "≤ 0.5 s"),
        Row("recap run, until it is ready", f"{statistics.median(readies):.2f} s", "≤ 2 s"),
        Row("recap run, resident memory after a recap", f"{max(sizes):.0f} MB", "≤ 120 MB"),
    ]


def resident(pid: int) -> float:
    """Resident memory of a process in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def main() -> None:
    table = Table("What", "Measured", "Promised", title="Recap, measured")
    for rows in (
        await answer_time(),
        await ack_latency("Socket Mode"),
        await ack_latency("HTTP"),
        await unchanged(),
        await start_up(),
    ):
        for row in rows:
            table.add_row(row.what, row.measured, row.promised)
        table.add_section()
    Console(width=100).print(table)


asyncio.run(main())
