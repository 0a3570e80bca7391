"""A PostgreSQL that takes connections and questions but does not answer: it never holds Recap."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorMustAct, TryLater
from bot.storage import engine as module
from bot.storage.engine import LIMITS, PATIENCE, check, open_database
from bot.storage.ledger import SqlLedger
from bot.storage.upgrade import LOCK, is_current, make_ready, upgrade
from tests.storage.test_trouble import (
    CALLS,
    READS,
    TABLES,
    WRITES,
    Call,
    administer,
    begun,
    everything,
    refused,
    works_again,
)

BRIEF = 0.05
"""For servers that never answer: the shorter, the better."""

LONGER = 2.0
MUCH_LONGER = 6.0
"""For servers that have to answer until a test stops them, on a machine that is busy."""

SERVER_WAITS = "&options=-c statement_timeout%3D1min -c lock_timeout%3D1min"
"""So that the client is the first to lose its patience, whatever else the machine does."""

AT_ONCE = 8
"""Writers that get a connection at once; whoever comes later waits for one of them."""

STARTS: tuple[Callable[[AsyncEngine], Awaitable[object]], ...] = (is_current, upgrade, make_ready)
LOGGED_IN = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I"
"""AuthenticationOk and ReadyForQuery."""

WAITING = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""

RESTING = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'
"""


async def away(work: Awaitable[object], why: str) -> None:
    with pytest.raises(TryLater, match=f"The database does not answer: .*{why}"):
        await work


async def impossible(engine: AsyncEngine, why: str) -> None:
    with pytest.raises(OperatorMustAct, match=f"DATABASE_URL can't be used: {why}"):
        await check(engine)


@contextmanager
def unanswering() -> Iterator[int]:
    """The port of a server whose system takes connections, and that does nothing with them."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@asynccontextmanager
async def silent_once_logged_in(hung_up: asyncio.Queue[str]) -> AsyncIterator[str]:
    """The address of a server that lets everybody in, and tells when they have left."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(LOGGED_IN)
        await reader.read()
        hung_up.put_nowait("")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"postgresql://recap@127.0.0.1:{port}/recap?sslmode=disable&gssencmode=disable"


async def test_a_server_that_takes_connections_only() -> None:
    """Nothing waits for the login longer than the driver's two seconds."""
    with unanswering() as port:
        address = f"postgresql://recap@127.0.0.1:{port}/recap"
        async with open_database(address, patience=BRIEF) as engine:
            ledger = SqlLedger(engine)
            calls = [*(start(engine) for start in STARTS), ledger.subscriptions()]
            await asyncio.gather(
                *(away(call, "connection timeout expired") for call in calls),
                impossible(engine, "connection timeout expired"),
            )


async def test_a_server_that_only_lets_in() -> None:
    """Every way to begin ends, and so does every connection."""
    hung_up: asyncio.Queue[str] = asyncio.Queue()
    async with (
        silent_once_logged_in(hung_up) as address,
        open_database(address, patience=BRIEF) as engine,
    ):
        for start in STARTS:
            await away(start(engine), "no answer within 0.05 s")
            await hung_up.get()
        await impossible(engine, "no answer within 0.05 s")
        await hung_up.get()
        for call in CALLS.values():
            await refused(call, SqlLedger(engine), "no answer within 0.05 s")
            await hung_up.get()


@contextmanager
def stopped(address: str, count: int, which: str = WAITING) -> Iterator[None]:
    """The ``count`` processes that wait for a lock, which then hear and say nothing."""
    with psycopg.connect(address, autocommit=True) as connection:
        pids = [row[0] for row in connection.execute(which.encode())]
    assert len(pids) == count
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def waiting(address: str, work: Sequence[asyncio.Task[None]]) -> None:
    """Until all of ``work`` waits for the lock."""
    while administer(address, WAITING) < len(work):
        assert not any(one.done() for one in work)
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("calls", [READS, WRITES], ids=["reads", "writes"])
async def test_a_server_that_falls_silent(postgres: str, calls: dict[str, Call]) -> None:
    """In the middle of a call: it ends, nothing of it is written, and the next ones work."""
    async with open_database(postgres + SERVER_WAITS, patience=LONGER) as engine:
        ledger = await begun(engine)
        before = await everything(ledger)
        with psycopg.connect(postgres) as other:
            other.execute(f"LOCK TABLE {', '.join(TABLES)}".encode())
            chosen = list(calls.values())[:AT_ONCE]
            ends = [refused(call, ledger, "no answer within 2 s") for call in chosen]
            work = [asyncio.create_task(end) for end in ends]
            await waiting(postgres, work)
            with stopped(postgres, len(work)):
                await asyncio.gather(*work)
                other.rollback()
                # On connections of its own: those that were stopped are no longer used.
                assert await everything(ledger) == before
        await works_again(ledger, before)


async def test_a_server_that_fell_silent_meanwhile(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two calls, as a machine that lost its power: the next one finds a connection."""
    monkeypatch.setattr(module, "IDLE", 0.0)
    async with open_database(postgres, patience=LONGER) as engine:
        ledger = await begun(engine)
        before = await everything(ledger)
        with stopped(postgres, 1, RESTING):
            assert await everything(ledger) == before
        await works_again(ledger, before)


async def test_a_call_that_is_cancelled_meanwhile(postgres: str) -> None:
    """The end of Recap is not put off by a server that hears no cancellation."""
    async with open_database(postgres + SERVER_WAITS, patience=LONGER) as engine:
        ledger = await begun(engine)
        before = await everything(ledger)
        with psycopg.connect(postgres) as other:
            other.execute(f"LOCK TABLE {', '.join(TABLES)}".encode())
            work = asyncio.create_task(refused(WRITES["commit all"], ledger, ""))
            await waiting(postgres, [work])
            with stopped(postgres, 1):
                work.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await work
            other.rollback()
        await works_again(ledger, before)


async def test_a_lock_that_somebody_keeps(postgres: str) -> None:
    """The server itself gives up, a little before Recap does, and says why."""
    async with open_database(postgres, patience=MUCH_LONGER) as engine:
        ledger = await begun(engine)
        before = await everything(ledger)
        with psycopg.connect(postgres) as other:
            other.execute(f"LOCK TABLE {', '.join(TABLES)}".encode())
            why = "canceling statement due to"
            await asyncio.gather(*(refused(call, ledger, why) for call in WRITES.values()))
            other.rollback()
        await works_again(ledger, before)


async def limits(address: str, patience: float = PATIENCE) -> list[object]:
    async with open_database(address, patience=patience) as engine, engine.connect() as connection:
        return [await connection.scalar(text(f"SHOW {limit}")) for limit in LIMITS]


async def test_what_the_server_is_told(postgres: str) -> None:
    """Its limits are below ours; those that the operator has set are left alone."""
    assert await limits(postgres) == ["8s", "8s", "8s"]
    assert await limits(postgres, 30) == ["24s", "24s", "24s"]
    assert await limits(f"{postgres}&options=-c statement_timeout%3D1min") == ["1min", "8s", "8s"]
    name = postgres.partition("?")[0].rpartition("/")[2]
    administer(postgres, f"ALTER DATABASE {name} SET lock_timeout = '2s'")
    assert await limits(postgres) == ["8s", "2s", "8s"]


async def test_a_migration_takes_its_time(postgres: str) -> None:
    """It waits for another one, and is ended by no limit that holds for everything else."""
    async with open_database(postgres, patience=1) as engine:
        with psycopg.connect(postgres) as other:
            other.execute(f"SELECT pg_advisory_xact_lock({LOCK})".encode())
            work = asyncio.ensure_future(upgrade(engine))
            await asyncio.sleep(1.5)
            assert not work.done()
        assert await work == "0012"
        async with engine.connect() as connection:
            assert await connection.scalar(text("SHOW statement_timeout")) == "800ms"


async def test_a_migration_that_never_ends(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even that comes to an end, and the database is as it was."""
    monkeypatch.setattr(module, "MIGRATION", 0.2)
    async with open_database(postgres) as engine:
        with psycopg.connect(postgres) as other:
            other.execute(f"SELECT pg_advisory_xact_lock({LOCK})".encode())
            await away(upgrade(engine), r"no answer within 0\.2 s")
        assert not await is_current(engine)
        assert await upgrade(engine) == "0012"
