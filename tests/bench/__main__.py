"""Measures what the product promises, side by side with what it is compared with.

The app runs in a process of its own, between stand-ins in this one. Nothing here is a test: these
machines are noisy, so the figures are printed and read by people.
"""

import asyncio
import statistics
import time

import httpx
from rich.console import Console
from rich.table import Table

from tests.bench.running import KEY, LATENCY, MARKETING, MIA, Bench, Row, bench, resident, running
from tests.console.processes import recap

ROUNDS = 20
AT_ONCE = 50


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
        Row("/recap 7d, whole, the accounts listed a moment ago", f"{later * 1e3:.0f} ms", ""),
        Row("  ratio to the tutorial", f"{later / two:.2f}", "≤ 0.65"),
        Row("/recap 7d, whole, at once after the start", f"{first * 1e3:.0f} ms", ""),
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
        first = sum(len(one.body) for one in on.api.exchanges if one.method == "GET")
        on.api.exchanges.clear()
        await answered(on)
        second = sum(len(one.body) for one in on.api.exchanges if one.method == "GET")
        calls = len(on.api.exchanges)
    return [
        Row("body bytes of GETs, first recap", f"{first:,}", ""),
        Row(f"body bytes of GETs, second recap ({calls} calls)", f"{second:,}", "0"),
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
