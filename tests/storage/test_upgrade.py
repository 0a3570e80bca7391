"""Migrations on a real SQLite file and a real PostgreSQL."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.errors import OperatorMustAct, RecapError, TryLater
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.schema import metadata
from bot.storage.snapshots import SqlSnapshots
from bot.storage.upgrade import is_current, make_ready, upgrade
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Attempt, Delivery, Entry, Frozen, Kind, State
from bot.subscriptions.model import Subscription
from bot.subscriptions.schedule import Schedule, Slot, Weekday

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD_ROWS = (
    """
    INSERT INTO subscriptions (
        id, team, channel, channel_name, days, at_minute, zone, period, top, contact, since,
        status, next_day, next_due_at, rules, version
    ) VALUES (
        's1', 'T1', 'C1', 'general', 1, 540, 'Europe/Berlin', '30d', 7, 'U1',
        '2026-11-16 08:00:00', 'active', '2026-11-30', '2026-11-30 08:00:00', '2026.1', 4
    )""",
    """
    INSERT INTO deliveries (
        id, key, kind, team, target, subscription, day, due_at, planned_at, state, fence,
        ready_at, tries, message
    ) VALUES (
        'd1', 's1/2026-11-23', 'recap', 'T1', 'C1', 's1', '2026-11-23', '2026-11-23 08:00:00',
        '2026-11-23 08:00:00', 'claimed', 1, '2026-11-23 08:00:00', 1,
        '{"text": "text", "blocks": [{"type": "divider"}]}'
    )""",
    """
    INSERT INTO deliveries (
        id, key, kind, team, target, subscription, day, due_at, planned_at, state, reason, fence,
        tries, message
    ) VALUES (
        'd0', 's1/2026-11-16', 'recap', 'T1', 'C1', 's1', '2026-11-16', '2026-11-16 08:00:00',
        '2026-11-16 08:00:00', 'skipped', 'asked_for', 0, 0, 'null'
    )""",
    """
    INSERT INTO attempts (delivery, fence, began_at, ended_at, outcome, detail)
    VALUES ('d1', 1, '2026-11-23 08:00:00', '2026-11-23 08:00:00', 'Busy', '429')""",
    """
    INSERT INTO audit (at, actor, action, subscription, detail)
    VALUES ('2026-11-23 08:00:00', 'U1', 'subscribed', 's1', '')""",
    "INSERT INTO holds (team, until) VALUES ('T1', '2026-11-23 08:00:00')",
)
"""As a Recap wrote them that knew nothing of threads, preferences and waiting."""

OLD_SUBSCRIPTION = Subscription(
    id="s1",
    team="T1",
    channel="C1",
    channel_name="general",
    schedule=Schedule(frozenset({Weekday.MON}), time(9, 0), "Europe/Berlin"),
    ask=Ask(Period.MONTH, Preferences(top=7)),
    contact="U1",
    since=MONDAY - timedelta(days=7),
    next_slot=Slot(date(2026, 11, 30), MONDAY + timedelta(days=7)),
    rules="2026.1",
    version=4,
)
OLD_RECAP = Delivery(
    id="d1",
    key="s1/2026-11-23",
    kind=Kind.RECAP,
    team="T1",
    target="C1",
    due_at=MONDAY,
    planned_at=MONDAY,
    subscription="s1",
    day=date(2026, 11, 23),
    state=State.CLAIMED,
    fence=1,
    ready_at=MONDAY,
    tries=1,
    message=Frozen("text", ({"type": "divider"},)),
)
OLD_SKIP = Delivery(
    id="d0",
    key="s1/2026-11-16",
    kind=Kind.RECAP,
    team="T1",
    target="C1",
    due_at=MONDAY - timedelta(days=7),
    planned_at=MONDAY - timedelta(days=7),
    subscription="s1",
    day=date(2026, 11, 16),
    state=State.SKIPPED,
    reason="asked_for",
)


@pytest.fixture(params=["sqlite", "postgresql"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/recap.db"
    else:
        address = request.getfixturevalue("postgres")
    async with open_database(address) as engine:
        yield engine


async def test_upgrade(engine: AsyncEngine) -> None:
    """From nothing to the newest revision; once more changes nothing."""
    assert not await is_current(engine)
    assert await upgrade(engine) == "0009"
    assert await is_current(engine)
    assert await upgrade(engine) == "0009"


async def test_migrations_make_what_the_code_expects(engine: AsyncEngine) -> None:
    """Alembic's own comparison of the migrated database with the tables in the code."""
    await upgrade(engine)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_two_processes_start_together(engine: AsyncEngine) -> None:
    """The second one waits, and finds nothing to do."""
    assert list(await asyncio.gather(upgrade(engine), upgrade(engine))) == ["0009", "0009"]


async def test_a_newer_database_is_left_alone(engine: AsyncEngine) -> None:
    """An old Recap never works on tables that it does not know."""
    await upgrade(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(OperatorMustAct, match=r"of a newer Recap \(revision 9999\)"):
        await upgrade(engine)
    with pytest.raises(OperatorMustAct, match="of a newer Recap"):
        await is_current(engine)


async def test_make_ready(engine: AsyncEngine) -> None:
    """SQLite is brought up to date; PostgreSQL may be in use by others, so a person decides."""
    if engine.dialect.name == "postgresql":
        with pytest.raises(OperatorMustAct) as caught:
            await make_ready(engine)
        assert caught.value.operator == (
            "The database is older than this Recap: run `recap migrate` once, then start again."
        )
        await upgrade(engine)
    await make_ready(engine)
    assert await is_current(engine)


def _stepped_to(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@pytest.mark.parametrize("revision", ["0001", "0002"])
async def test_what_an_older_recap_wrote(engine: AsyncEngine, revision: str) -> None:
    """Its subscriptions and deliveries read as before, and can be changed."""
    async with engine.begin() as connection:
        await connection.run_sync(_stepped_to, revision)
        if engine.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        for statement in OLD_ROWS:
            await connection.execute(text(statement))
    assert not await is_current(engine)
    await upgrade(engine)
    ledger = SqlLedger(engine)
    assert await ledger.subscriptions() == [OLD_SUBSCRIPTION]
    assert await ledger.history("s1", 5) == [OLD_RECAP, OLD_SKIP]
    assert await ledger.attempts("d1") == [Attempt("d1", 1, MONDAY, MONDAY, "Busy", "429")]
    assert await ledger.trail("s1") == [Entry(MONDAY, "U1", "subscribed", "s1", "")]
    assert await ledger.held(MONDAY - HOUR) == {"T1": MONDAY}
    assert not await ledger.is_classic("T1")
    patient = replace(OLD_SUBSCRIPTION, wait_hours=6)
    assert await ledger.commit(Change(subscription=(OLD_SUBSCRIPTION, patient)))
    (claimed,) = await ledger.claim("me", MONDAY, HOUR, 5)
    assert claimed.message == OLD_RECAP.message
    assert await SqlSnapshots(engine).forget(MONDAY.date()) == 0


async def test_what_waits_while_recap_is_upgraded(engine: AsyncEngine) -> None:
    """It is not late before its next look, which says until when it may wait."""
    async with engine.begin() as connection:
        await connection.run_sync(_stepped_to, "0004")
        if engine.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        waits = "UPDATE deliveries SET reason = 'waiting_for_data' WHERE id = 'd1'"
        for statement in (*OLD_ROWS, waits):
            await connection.execute(text(statement))
    await upgrade(engine)
    one, other = await SqlLedger(engine).history("s1", 5)
    assert (one.waits_until, one.ready_at) == (MONDAY, MONDAY)
    assert other.waits_until is None


async def test_a_migration_that_was_interrupted(engine: AsyncEngine) -> None:
    """Nothing of it is left, so that it can be run again."""
    async with engine.begin() as connection:
        await connection.run_sync(_stepped_to, "0007")
        await connection.execute(text("CREATE TABLE vault (somebody_elses INTEGER)"))
    with pytest.raises(RecapError):
        await upgrade(engine)
    async with engine.begin() as connection:
        assert not await connection.run_sync(_has, "installations")
        await connection.execute(text("DROP TABLE vault"))
    await upgrade(engine)
    assert await is_current(engine)


def _has(connection: Connection, table: str) -> bool:
    return inspect(connection).has_table(table)


async def test_a_locked_database_is_temporary(tmp_path: Path) -> None:
    """Another program holds the file: later, not never."""
    file = tmp_path / "recap.db"
    async with open_database(f"sqlite:///{file}") as engine:
        await upgrade(engine)
        other = sqlite3.connect(file, isolation_level=None)
        async with engine.connect() as connection:
            await connection.exec_driver_sql("PRAGMA busy_timeout=50")
            await connection.rollback()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryLater) as caught:
            await upgrade(engine)
        assert caught.value.operator == "The database does not answer: database is locked."
        # Readers never wait for a writer.
        assert await SqlLedger(engine).subscriptions() == []
        other.execute("ROLLBACK")
        other.close()
        assert await is_current(engine)
