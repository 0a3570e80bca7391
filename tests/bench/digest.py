"""What a recap of 120, 1,000 and 5,000 accounts costs: ``python -m tests.bench.digest``."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from bot.creatoraudit.client import open_client
from bot.digest.builder import build_digest
from bot.digest.collected import Facts
from bot.digest.engagement import ScaleSetting
from bot.digest.facts import Fetched
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn, RateLimit
from bot.playground.organisation import Organisation
from bot.rendering.blocks import render_private
from bot.rendering.numbers import Numbers
from bot.rendering.thread import render_thread
from bot.services.collect import Collector
from bot.storage.memory import MemorySnapshots
from tests.bench.running import LATENCY, MARKETING, MIA, Row, bench, resident, running
from tests.services.fakes import FixedClock

KEY = "bench-key"
SIZES = (120, 1_000, 5_000)
ROUNDS = 5
ROUNDS_OF_CODE = 50


async def fetched(accounts: int) -> tuple[float, int, Facts]:
    """Median seconds and calls to collect everything at 100 ms a call, and what was collected."""
    now = datetime.now(UTC)
    keys = {KEY: ApiKey(Organisation(now.date(), accounts=accounts))}
    unlimited = RateLimit(limit=1_000_000)
    seconds = []
    async with CreatorAuditStandIn(
        keys, now=lambda: now, latency=LATENCY, rate_limit=unlimited
    ) as api:
        for _ in range(ROUNDS):
            async with open_client(KEY, api.base_url, FixedClock(now)) as source:
                api.exchanges.clear()
                collector = Collector(
                    source, MemorySnapshots(), FixedClock(now), ScaleSetting.PERCENT
                )
                began = time.perf_counter()
                quick = asyncio.create_task(collector.quick(Period.WEEK, now.date()))
                facts = await collector.whole(quick, Period.WEEK, now.date(), since=now)
                seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), len(api.exchanges), facts


def added_up(facts: Facts) -> list[float]:
    """Seconds to add the accounts up, which is done once for all who are due together."""
    assert isinstance(facts.tracked, Fetched)
    seconds = []
    for _ in range(ROUNDS_OF_CODE):
        tracked = replace(facts.tracked.value)
        began = time.perf_counter()
        tracked.people(None)
        seconds.append(time.perf_counter() - began)
    return seconds


def built(facts: Facts, *, new_numbers: bool) -> list[float]:
    """Seconds to build and render everything that a post and its thread say.

    With ``new_numbers`` none of them has been printed before, by any recap of the process.
    """
    numbers, ask = Numbers(), Ask(Period.WEEK, Preferences(25))
    seconds = []
    for _ in range(ROUNDS_OF_CODE):
        if new_numbers:
            numbers = Numbers()
        began = time.perf_counter()
        digest = build_digest(facts, ask.period, ask.preferences, datetime.now(UTC))
        render_private(digest, ask, numbers)
        render_thread(digest, numbers, classic=False)
        seconds.append(time.perf_counter() - began)
    return seconds


def told(seconds: Sequence[float]) -> str:
    """The least is what the code takes, the median what this machine makes of it."""
    return f"{1e3 * min(seconds):.1f} ms, median {1e3 * statistics.median(seconds):.1f}"


async def answered(accounts: int) -> Sequence[Row]:
    """Seconds until something of the recap is there, until it is whole, and memory after it."""
    async with bench(accounts) as on:
        on.api.latency = LATENCY
        async with running(on) as (_, pid):
            shown: list[float] = []
            messages = on.slack.workspace.messages
            before = len(messages)
            began = time.perf_counter()
            await on.slack.command(MIA, MARKETING, "7d")
            while not (shown and "still being counted" not in messages[-1].text):
                await on.slack.until(lambda: len(messages) > before, 60)
                await asyncio.sleep(0.01)
                if messages[-1].text.startswith("Recap"):
                    shown.append(time.perf_counter() - began)
            memory = resident(pid)
    return [
        Row(f"/recap 7d, {accounts:,} accounts: figures are there", f"{shown[0]:.1f} s", "≤ 3 s"),
        Row("  complete", f"{shown[-1]:.1f} s", ""),
        Row("  resident memory then", f"{memory:.0f} MB", "≤ 150 MB at 5,000"),
    ]


async def main() -> None:
    table = Table("What", "Measured", "Promised", title="A recap, measured")
    for size in SIZES:
        seconds, calls, facts = await fetched(size)
        promised = "≤ 10 ms" if size == SIZES[-1] else ""
        rows = [
            Row(f"{size:,} accounts at 100 ms a call", f"{seconds:.1f} s, {calls} calls", ""),
            Row("  adding them up, once a fetch", told(added_up(facts)), ""),
            Row(
                "  digest and rendering, 25 movers", told(built(facts, new_numbers=False)), promised
            ),
            Row("    with new numbers only", told(built(facts, new_numbers=True)), ""),
            *await answered(size),
        ]
        for row in rows:
            table.add_row(row.what, row.measured, row.promised)
        table.add_section()
    Console(width=100).print(table)


if __name__ == "__main__":
    asyncio.run(main())
