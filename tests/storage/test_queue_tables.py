"""The tables of the queue: there once, brought further step by step, and never somebody else's."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorMustAct
from bot.scheduling.jobs import tables
from bot.storage.engine import open_database
from bot.storage.queue_tables import check_queue, prepare

TABLES = tables()


@pytest.fixture
async def engine(postgres: str) -> AsyncIterator[AsyncEngine]:
    async with open_database(postgres) as engine:
        yield engine


async def test_again_changes_nothing(engine: AsyncEngine) -> None:
    """A migration that was interrupted, or comes twice, ends as one that came once."""
    with pytest.raises(OperatorMustAct, match="run `recap migrate` once"):
        await check_queue(engine, TABLES)
    broken = replace(TABLES, whole=TABLES.whole + "SELECT nobody();")
    with pytest.raises(OperatorMustAct, match="nobody"):
        await prepare(engine, broken)
    for _ in range(2):
        await prepare(engine, TABLES)
    await check_queue(engine, TABLES)


async def test_a_newer_release(engine: AsyncEngine) -> None:
    """Its steps are taken in their order; who still runs the older one goes on."""
    await prepare(engine, TABLES)
    steps = {"99_02": "INSERT INTO added VALUES (2);", "99_01": "CREATE TABLE added (step int);"}
    newer = replace(TABLES, steps={**TABLES.steps, **steps})
    with pytest.raises(OperatorMustAct, match="run `recap migrate` once"):
        await check_queue(engine, newer)
    await prepare(engine, newer)
    await prepare(engine, TABLES)
    for release in (newer, TABLES):
        await check_queue(engine, release)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT sum(step) FROM added")) == 2


async def test_the_queue_of_another_program(engine: AsyncEngine) -> None:
    """Whose jobs those are nobody knows."""
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE procrastinate_jobs (id int)"))
    for attempt in (prepare, check_queue):
        with pytest.raises(OperatorMustAct, match="give Recap a database of its own"):
            await attempt(engine, TABLES)
