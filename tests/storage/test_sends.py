"""One contract, three stores of sends: memory, a SQLite file, a PostgreSQL server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.ports import SendStore
from bot.storage.engine import open_database
from bot.storage.memory import MemorySends
from bot.storage.sends import SqlSends
from bot.storage.upgrade import upgrade
from bot.subscriptions.deliveries import State
from bot.subscriptions.outcomes import Busy
from bot.subscriptions.sends import Send, begun, ended
from tests.examples import NOON

FIRST = begun(None, "7d/2026-11-23/all/abc", "example.com/…", NOON)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SendStore]:
    if request.param == "memory":
        yield MemorySends()
        return
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/recap.db"
    else:
        address = request.getfixturevalue("postgres")
    async with open_database(address) as engine:
        await upgrade(engine)
        yield SqlSends(engine)


async def test_kept_as_it_is(store: SendStore) -> None:
    """Every field comes back, and another key has nothing to do with it."""
    waiting = replace(
        ended(FIRST, Busy("429", wait=30.0), NOON), number=2, message="7", detail="429 é"
    )
    assert await store.find(FIRST.key) is None
    assert await store.put(None, waiting)
    assert await store.find(FIRST.key) == waiting
    assert waiting.ready_at == NOON + timedelta(seconds=30)
    assert await store.find("another") is None


async def test_the_first_one_wins(store: SendStore) -> None:
    """Two runs that find nothing both begin; one of them may go on."""
    other = replace(FIRST, shown="other")
    begun_together = await asyncio.gather(store.put(None, FIRST), store.put(None, other))
    assert sorted(begun_together) == [False, True]
    assert await store.find(FIRST.key) in {FIRST, other}


async def test_the_faster_one_wins(store: SendStore) -> None:
    """Whoever changes what has been changed since is refused."""
    await store.put(None, FIRST)
    sent = replace(FIRST, state=State.SENT, version=2)
    failed = replace(FIRST, state=State.FAILED, version=2)
    changed = await asyncio.gather(store.put(FIRST, sent), store.put(FIRST, failed))
    assert sorted(changed) == [False, True]
    assert await store.find(FIRST.key) in {sent, failed}


async def test_nothing_to_change(store: SendStore) -> None:
    """What is not there is not made by a change."""
    assert not await store.put(FIRST, Send(FIRST.key, "x", State.SENT, NOON, version=2))
    assert await store.find(FIRST.key) is None
