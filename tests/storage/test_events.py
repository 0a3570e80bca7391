"""One contract, three stores of seen events: memory, a SQLite file, a PostgreSQL server."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.ports import SeenEvents
from bot.storage.events import SqlSeenEvents
from bot.storage.memory_events import MemorySeenEvents
from tests.examples import NOON


@pytest.fixture
def seen(database: AsyncEngine | None) -> SeenEvents:
    """An empty store of each kind."""
    return MemorySeenEvents() if database is None else SqlSeenEvents(database)


async def test_noted_once(seen: SeenEvents) -> None:
    """The second time it is a repetition; another event is not."""
    assert await seen.note("Ev1", NOON)
    assert not await seen.note("Ev1", NOON)
    assert not await seen.note("Ev1", NOON + timedelta(minutes=5))
    assert await seen.note("Ev2", NOON)


async def test_together(seen: SeenEvents) -> None:
    """Of several that note it at once, one follows it."""
    noted = await asyncio.gather(*(seen.note("Ev1", NOON) for _ in range(5)))
    assert sorted(noted) == [False] * 4 + [True]


async def test_new_again(seen: SeenEvents) -> None:
    """What could not be followed may be tried again; dropping nothing is no error."""
    await seen.note("Ev1", NOON)
    await seen.note("Ev2", NOON)
    await seen.drop("Ev1")
    await seen.drop("Ev9")
    assert await seen.note("Ev1", NOON)
    assert not await seen.note("Ev2", NOON)


async def test_forgotten(seen: SeenEvents) -> None:
    """Only what was noted before that instant."""
    await seen.note("old", NOON - timedelta(seconds=1))
    await seen.note("Ev1", NOON)
    assert await seen.forget(NOON) == 1
    assert await seen.forget(NOON) == 0
    assert not await seen.note("Ev1", NOON)
    assert await seen.note("old", NOON)
