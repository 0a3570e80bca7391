"""``Procfile`` as real processes on one PostgreSQL: some answer, some post, each post once."""

import asyncio
import signal
import socket
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg
import pytest

from bot.clock import SystemClock
from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import BOT, Channel
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.subscriptions.change import Change
from tests.app.conftest import MARKETING, MIA
from tests.app.test_operators import figures, page
from tests.console.processes import recap, started
from tests.console.test_doctor import free_port, healthy
from tests.faults.harness import due_subscription, messages
from tests.reporting.receiver import receiving
from tests.reporting.test_traces import spans

SLOTS = 30


async def running(process: asyncio.subprocess.Process) -> str:
    """The line that says that it runs, and as what."""
    assert process.stderr is not None
    async with asyncio.timeout(30):
        async for line in process.stderr:
            if b"Recap is running" in line:
                asyncio.get_running_loop().create_task(process.stderr.read())
                return line.decode()
    raise AssertionError("it never ran")


@pytest.fixture
async def settings(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path, postgres: str
) -> dict[str, str]:
    """Of an app on a PostgreSQL that was released to."""
    settings = {**healthy(slack, api), "DATABASE_URL": postgres}
    done = await recap(tmp_path, "migrate", **settings)
    assert (done.code, done.err) == (0, "")
    return settings


def address(settings: dict[str, str]) -> str:
    """Where a process with these ``settings`` is asked how it is."""
    return f"http://127.0.0.1:{settings['PORT']}"


async def owe(settings: dict[str, str], slack: SlackStandIn) -> None:
    """Subscribe as many channels as there are ``SLOTS``, all due this minute."""
    due = SystemClock().now().replace(second=0, microsecond=0)
    async with open_database(settings["DATABASE_URL"]) as engine:
        for number in range(SLOTS):
            slack.workspace.channels[f"C{number}"] = Channel(f"C{number}", f"c{number}", {BOT})
            one = due_subscription(number, due)
            assert await SqlLedger(engine).commit(Change(subscription=(None, one)))


def posts(slack: SlackStandIn) -> Counter[str]:
    """How many messages each slot has, by its key."""
    return Counter({key: count for key, count in messages(slack).items() if key.count("/") == 1})


async def test_web_and_workers(
    slack: SlackStandIn, settings: dict[str, str], tmp_path: Path
) -> None:
    """One answers and posts nothing; two post each slot once; SIGTERM ends them in time."""
    await owe(settings, slack)
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(started(tmp_path, "web", **settings))
        assert "(Socket Mode)" in await running(web)
        await slack.command(MIA, MARKETING, "7d")
        await slack.until(lambda: bool(slack.workspace.messages))
        assert posts(slack) == Counter()
        # A worker listens to nobody, so it needs no more of Slack than the bot token.
        theirs = [{**settings, "SLACK_APP_TOKEN": "", "PORT": free_port()} for _ in range(2)]
        workers = [
            await stack.enter_async_context(started(tmp_path, "worker", **one)) for one in theirs
        ]
        for worker in workers:
            assert "(a worker)" in await running(worker)
        await slack.until(lambda: len(posts(slack)) == SLOTS)
        for process in (web, *workers):
            process.send_signal(signal.SIGTERM)
        ended = [await asyncio.wait_for(process.wait(), 10) for process in (web, *workers)]
    assert ended == [0, 0, 0]
    assert set(posts(slack).values()) == {1}


async def test_what_operators_see_of_a_worker(
    slack: SlackStandIn, settings: dict[str, str], tmp_path: Path
) -> None:
    """It is ready and ticks; lag, outcomes and traces are those of what it posts."""
    await owe(settings, slack)
    with receiving() as collector:
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{collector.port}"
        async with started(tmp_path, "worker", **settings) as worker:
            await running(worker)
            alive = await page(address(settings), "/healthz")
            ready = await page(address(settings), "/readyz")
            async with asyncio.timeout(30):
                while True:
                    found = await figures(address(settings))
                    if found["recap_deliveries_total recap,sent"] == SLOTS:
                        break
                    await asyncio.sleep(0.1)
            worker.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(worker.wait(), 10) == 0
        names = [span.name for span in spans(collector)]
    assert (alive.status_code, alive.json()) == (200, {"status": "ok", "mode": "worker"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert list(ready.json()["checks"]) == ["database", "migrations", "slots", "tick"]
    assert found["recap_delivery_lag_seconds_count"] == SLOTS
    assert found["recap_tick_duration_seconds_count"] > 0
    assert found["recap_tick_age_seconds"] >= 0
    assert "recap_socket_silence_seconds" not in found
    assert names.count("delivery recap") == SLOTS


async def test_what_operators_see_of_web(
    slack: SlackStandIn, settings: dict[str, str], tmp_path: Path
) -> None:
    """It posts nothing, so nothing is said of ticks."""
    async with started(tmp_path, "web", **settings) as web:
        await running(web)
        ready = await page(address(settings), "/readyz")
        found = await figures(address(settings))
    assert list(ready.json()["checks"]) == ["database", "migrations", "slots", "socket"]
    assert found["recap_slots_due"] == 0
    assert not any(name.startswith("recap_tick") for name in found)
    assert slack.workspace.messages == []


async def test_a_port_that_is_taken(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """By a process of this machine that answers, say; nobody else is asked anything before."""
    nowhere = "postgresql://recap@127.0.0.1:1/recap"
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 -- as the app does
        settings = healthy(slack, api) | {"PORT": str(taken.getsockname()[1])}
        done = await recap(tmp_path, "worker", **{**settings, "DATABASE_URL": nowhere})
    assert done.code == 3
    assert done.err == (
        f"PORT {settings['PORT']} can't be used: Address already in use. Set PORT to a free one.\n"
    )


async def test_a_worker_that_is_told_to_stop(
    slack: SlackStandIn, api: CreatorAuditStandIn, settings: dict[str, str], tmp_path: Path
) -> None:
    """What it has begun is posted and written down; nobody has to look for it."""
    api.latency = 1.0
    await owe(settings, slack)
    async with started(tmp_path, "worker", **settings) as worker:
        await running(worker)
        async with asyncio.timeout(20):
            while not api.exchanges:  # noqa: ASYNC110 -- the stand-in tells nobody
                await asyncio.sleep(0.05)
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 10) == 0
    with psycopg.connect(settings["DATABASE_URL"]) as connection:
        found = connection.execute("SELECT state, count(*) FROM deliveries GROUP BY 1").fetchall()
        jobs = connection.execute("SELECT FROM procrastinate_jobs WHERE status = 'doing'").rowcount
    assert set(dict(found)) <= {"planned", "sent"}
    assert jobs == 0


async def test_a_worker_on_sqlite(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """One sentence names the database that it takes and the command that SQLite takes."""
    done = await recap(tmp_path, "worker", **healthy(slack, api))
    assert done.code == 3
    assert done.err == (
        "`recap worker` needs a PostgreSQL in DATABASE_URL. On SQLite one process does "
        "everything: `recap run`.\n"
    )


async def test_a_database_without_the_queue(
    settings: dict[str, str], tmp_path: Path, slack: SlackStandIn
) -> None:
    """One that was brought up to date before there were workers; the command is named."""
    with psycopg.connect(settings["DATABASE_URL"]) as connection:
        connection.execute("COMMENT ON TABLE procrastinate_jobs IS 'Recap: 00'")
    done = await recap(tmp_path, "worker", **settings)
    assert done.code == 3
    assert "run `recap migrate` once, then start again." in done.err.splitlines()[-1]
    assert slack.workspace.messages == []
