"""What an operator learns of the database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorMustAct, TryLater
from bot.meter import Backlog, Silent
from bot.storage.condition import SqlCondition
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.upgrade import upgrade
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Kind
from tests.storage.test_ledger import MONDAY, claim, delivery, keep, subscription

MINUTE = timedelta(minutes=1)
LATER = MONDAY + 10 * MINUTE


@pytest.fixture(params=["sqlite", "postgresql"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database of each kind, with the newest tables."""
    is_file = request.param == "sqlite"
    address = f"sqlite:///{tmp_path}/recap.db" if is_file else request.getfixturevalue("postgres")
    async with open_database(address) as engine:
        await upgrade(engine)
        yield engine


async def test_nothing_is_due(engine: AsyncEngine) -> None:
    """An empty database owes nobody anything."""
    condition = SqlCondition(engine)
    assert await condition.is_current()
    assert await condition.backlog(MONDAY) == Backlog()


async def test_slots_that_are_due(engine: AsyncEngine) -> None:
    """The oldest counts, from when it was due or had waited for fresh data."""
    await keep(
        SqlLedger(engine),
        delivery("d1", due_at=MONDAY - MINUTE),
        delivery("d2", due_at=MONDAY - 9 * MINUTE, waits_until=MONDAY),
    )
    backlog = await SqlCondition(engine).backlog(MONDAY)
    assert backlog == Backlog(2, MONDAY - MINUTE, MONDAY)


async def test_what_is_not_owed_yet(engine: AsyncEngine) -> None:
    """What waits for fresh data, what a person asked for and what is no recap do not count."""
    await keep(
        SqlLedger(engine),
        delivery("d1", waits_until=LATER),
        delivery("d2", asked_by="U1"),
        delivery("d3", kind=Kind.CORRECTION),
        delivery("d4", ready_at=None),
    )
    assert await SqlCondition(engine).backlog(MONDAY) == Backlog()


async def test_what_nobody_takes(engine: AsyncEngine) -> None:
    """A slot in hand, and one whose workspace has to wait, are left by nobody."""
    ledger, condition = SqlLedger(engine), SqlCondition(engine)
    await keep(ledger, delivery("d1"))
    await claim(ledger)
    assert (await condition.backlog(MONDAY)).untaken_since is None
    await keep(ledger, delivery("d2"))
    assert (await condition.backlog(LATER)).untaken_since == MONDAY
    await ledger.hold("T1", LATER + MINUTE)
    assert await condition.backlog(LATER) == Backlog(2, MONDAY)


async def test_what_nobody_has_planned(engine: AsyncEngine) -> None:
    """Where nothing ticks, the slots stay with their subscriptions."""
    one = subscription()
    assert one.next_slot is not None
    await SqlLedger(engine).commit(Change(subscription=(None, one)))
    due_at = one.next_slot.due_at
    assert await SqlCondition(engine).backlog(due_at - MINUTE) == Backlog()
    assert await SqlCondition(engine).backlog(due_at + MINUTE) == Backlog(1, due_at)


async def test_tables_of_another_recap(engine: AsyncEngine) -> None:
    """Older ones are told from newer ones."""
    condition = SqlCondition(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert not await condition.is_current()
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(OperatorMustAct):
        await condition.is_current()


async def test_a_database_that_is_away(tmp_path: Path) -> None:
    """It is an error of our own, like everywhere."""
    async with open_database(f"sqlite:///{tmp_path}/recap.db") as engine:
        with pytest.raises(TryLater):
            await SqlCondition(engine).backlog(MONDAY)


async def test_what_is_written_is_counted(engine: AsyncEngine) -> None:
    """Each change that came in time, and none that came too late."""
    written: list[Change] = []

    class Notes(Silent):
        def written(self, change: Change) -> None:
            written.append(change)

    ledger = SqlLedger(engine, meter=Notes())
    first = Change(subscription=(None, subscription()))
    assert await ledger.commit(first)
    assert not await ledger.commit(first)
    edited = replace(subscription(), channel_name="new")
    changes = [Change(subscription=(subscription(), edited))] * 2
    assert await ledger.commit_each(changes) == [True, False]
    assert written == [first, changes[0]]
