"""What several want to be written is written together, and each learns what came of its own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.engine import GROUP, open_database
from bot.storage.group_commit import MOST, GroupCommit
from bot.storage.ledger import SqlLedger
from bot.storage.step import Step
from bot.storage.upgrade import upgrade
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, State
from tests.storage.test_ledger import delivery, subscription


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A SQLite file with the newest tables."""
    async with open_database(f"sqlite:///{tmp_path / 'recap.db'}") as engine:
        await upgrade(engine)
        yield engine


@pytest.fixture
def commits(engine: AsyncEngine) -> list[int]:
    """Counts the transactions of the group's own engine."""
    counted: list[int] = []
    event.listen(group(engine)._engine, "commit", lambda _: counted.append(1))
    return counted


def group(engine: AsyncEngine) -> GroupCommit:
    found: GroupCommit = engine.get_execution_options()[GROUP]
    return found


def moved(one: Delivery, to: State = State.CLAIMED) -> Change:
    return Change(delivery=(one, replace(one, state=to)))


async def owed(ledger: SqlLedger, count: int) -> list[Delivery]:
    """So many deliveries of one subscription."""
    assert await ledger.commit(Change(subscription=(None, subscription())))
    made = [delivery(f"d{number}") for number in range(count)]
    assert await ledger.commit(Change(new=tuple(made)))
    return made


async def state_of(ledger: SqlLedger, one: Delivery) -> State | None:
    found = await ledger.delivery(one.id)
    return found.state if found else None


async def test_together(engine: AsyncEngine, commits: list[int]) -> None:
    """Those that come while one is being written share the next transaction."""
    ledger = SqlLedger(engine)
    made = await owed(ledger, MOST + 10)
    commits.clear()
    written = await asyncio.gather(*(ledger.commit(moved(one)) for one in made))
    assert set(written) == {True}
    assert [await state_of(ledger, one) for one in made] == [State.CLAIMED] * len(made)
    assert len(commits) == 2


async def test_one_that_comes_too_late(engine: AsyncEngine, commits: list[int]) -> None:
    """It alone is refused."""
    ledger = SqlLedger(engine)
    first, second, third = await owed(ledger, 3)
    commits.clear()
    old = replace(second, fence=7)
    changes = [moved(first), moved(old), moved(third)]
    assert await asyncio.gather(*map(ledger.commit, changes)) == [True, False, True]
    assert len(commits) == 1


async def test_one_that_can_be_refused_halfway(engine: AsyncEngine, commits: list[int]) -> None:
    """It is written apart from the others, and nothing of it stays."""
    ledger = SqlLedger(engine)
    first, second, third = await owed(ledger, 3)
    halfway = replace(moved(second), recap=(replace(third, fence=7), third))
    commits.clear()
    changes = [moved(first), halfway, moved(third)]
    assert await asyncio.gather(*map(ledger.commit, changes)) == [True, False, True]
    assert await state_of(ledger, second) is State.PLANNED
    assert len(commits) == 2


async def test_one_that_is_there_already(engine: AsyncEngine) -> None:
    """A second subscription of a channel spoils nothing for those that came with it."""
    ledger = SqlLedger(engine)
    first, second = await owed(ledger, 2)
    again = Change(subscription=(None, subscription("s2")))
    changes = [moved(first), again, moved(second)]
    assert await asyncio.gather(*map(ledger.commit, changes)) == [True, False, True]
    assert await ledger.subscription("s2") is None
    assert await state_of(ledger, first) is State.CLAIMED


async def test_a_caller_that_leaves(engine: AsyncEngine) -> None:
    """The others hear what came of theirs."""
    ledger = SqlLedger(engine)
    first, second = await owed(ledger, 2)
    leaving = asyncio.create_task(ledger.commit(moved(first)))
    staying = asyncio.create_task(ledger.commit(moved(second)))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying
    with pytest.raises(asyncio.CancelledError):
        await leaving


@pytest.mark.parametrize("count", [1, 3])
async def test_a_statement_that_fails(engine: AsyncEngine, count: int) -> None:
    """Whoever waits hears why, and the next one is written."""
    wrong = [Step(text("INSERT INTO nothing VALUES (1)"))]
    writes = [group(engine).write(wrong) for _ in range(count)]
    came = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(one) for one in came] == [OperationalError] * count
    await owed(SqlLedger(engine), 1)


async def test_closed_with_something_to_write(tmp_path: Path) -> None:
    """It is written all the same."""
    database = f"sqlite:///{tmp_path / 'recap.db'}"
    async with open_database(database) as engine:
        await upgrade(engine)
        ledger = SqlLedger(engine)
        writing = asyncio.create_task(ledger.commit(Change(subscription=(None, subscription()))))
        await asyncio.sleep(0)
    assert await writing
    async with open_database(database) as engine:
        assert await SqlLedger(engine).subscription("s1") is not None
