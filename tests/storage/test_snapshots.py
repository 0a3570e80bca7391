"""One contract, three stores of snapshots: memory, a SQLite file, a PostgreSQL server."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.digest.periods import Period, Window
from bot.digest.snapshots import Followers, Snapshot, Standing
from bot.errors import TryLater
from bot.ports import SnapshotStore
from bot.storage import engine as module
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.memory import MemorySnapshots
from bot.storage.snapshots import SqlSnapshots
from bot.storage.upgrade import upgrade

SUNDAY = date(2026, 11, 22)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def snapshot(end: date = SUNDAY, **changes: object) -> Snapshot:
    made = Snapshot(
        organization="org-1",
        period=Period.WEEK,
        window=Window(end - 6 * DAY, end),
        taken_at=MONDAY,
        refreshed=3,
        totals={"views": 1_200},
        standings=(Standing("c1", "Ana", 800),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def count(day: date = SUNDAY, organization: str = "org-1", **counts: float) -> Followers:
    return Followers(organization, day, counts)


async def newest(store: SnapshotStore) -> Snapshot | None:
    return next(iter(await store.ended("org-1", Period.WEEK, [SUNDAY])), None)


async def test_a_snapshot_comes_back_as_it_was(store: SnapshotStore) -> None:
    """Every field: whole numbers stay whole, names keep every letter, the ranking its order."""
    one = snapshot(
        taken_at=MONDAY + timedelta(microseconds=1),
        totals={"views": 9_007_199_254_740_993, "engagement_rate": 4.2, "likes": 0},
        standings=(
            Standing("c2", 'Zoë 👩‍🎤 \\ "x" \x00', 12.5),
            Standing("a1", "", None),
            Standing("c1", "Ana", 0),
        ),
    )
    await store.keep(one)
    (found,) = await store.ended("org-1", Period.WEEK, [SUNDAY])
    assert found == one
    assert [type(value) for value in found.totals.values()] == [int, float, int]


async def test_nothing_is_kept_yet(store: SnapshotStore) -> None:
    """No snapshot, no count, nothing to forget."""
    assert await store.ended("org-1", Period.WEEK, [SUNDAY]) == []
    assert await store.followers("org-1", [SUNDAY]) is None
    assert await store.forget(SUNDAY) == 0


async def test_ended(store: SnapshotStore) -> None:
    """Only the days that were asked for, newest first, of one organization and period."""
    days = [SUNDAY - weeks * WEEK for weeks in range(4)]
    for day in days:
        await store.keep(snapshot(day))
    await store.keep(snapshot(organization="org-2"))
    await store.keep(snapshot(period=Period.MONTH))
    found = await store.ended("org-1", Period.WEEK, [days[3], days[1], days[1], SUNDAY + DAY])
    assert found == [snapshot(days[1]), snapshot(days[3])]
    assert await store.ended("org-1", Period.MONTH, days) == [snapshot(period=Period.MONTH)]
    assert await store.ended("org-1", Period.QUARTER, days) == []
    assert await store.ended("org-1", Period.WEEK, []) == []


async def test_fresher_data_wins(store: SnapshotStore) -> None:
    """With as much of it, what came later; nothing of the loser stays."""
    first = snapshot(refreshed=3)
    await store.keep(first)
    await store.keep(snapshot(refreshed=2, totals={"views": 1}, standings=()))
    assert await newest(store) == first
    as_fresh = snapshot(
        refreshed=3,
        window=Window(SUNDAY - 5 * DAY, SUNDAY),
        taken_at=MONDAY + DAY,
        totals={"likes": 2},
        standings=(Standing("c9", "Ben", None),),
    )
    await store.keep(as_fresh)
    assert await newest(store) == as_fresh
    fresher = snapshot(refreshed=4)
    await store.keep(fresher)
    assert await newest(store) == fresher


async def test_of_many_that_come_together_the_freshest_stays(store: SnapshotStore) -> None:
    """Whatever their order; each is decided on its own."""
    order = [3, 9, 1, 7, 2, 8, 0, 6, 5, 4]
    await asyncio.gather(*(store.keep(snapshot(refreshed=refreshed)) for refreshed in order))
    assert await newest(store) == snapshot(refreshed=9)


async def test_followers(store: SnapshotStore) -> None:
    """The first of the days that has one, in any order; the same day is counted anew."""
    for one in (count(a1=1), count(a1=2, a2=2.5), count(SUNDAY - WEEK, a1=9)):
        await store.keep_followers(one)
    await store.keep_followers(count(SUNDAY - DAY, "org-2", b1=3))
    newest = count(a1=2, a2=2.5)
    assert await store.followers("org-1", [SUNDAY + DAY, SUNDAY, SUNDAY - WEEK]) == newest
    before = count(SUNDAY - WEEK, a1=9)
    assert await store.followers("org-1", [SUNDAY - WEEK, SUNDAY]) == before
    assert await store.followers("org-1", [SUNDAY - DAY, SUNDAY + WEEK]) is None
    assert await store.followers("org-1", []) is None


async def test_forget(store: SnapshotStore) -> None:
    """What ended, or was counted, on the day itself stays."""
    for day in (SUNDAY, SUNDAY - DAY, SUNDAY - WEEK):
        await store.keep(snapshot(day))
        await store.keep_followers(count(day))
    await store.keep(snapshot(SUNDAY - WEEK, organization="org-2", period=Period.QUARTER))
    assert await store.forget(SUNDAY - WEEK) == 0
    assert await store.forget(SUNDAY) == 5
    assert await store.forget(SUNDAY) == 0
    days = [SUNDAY, SUNDAY - DAY, SUNDAY - WEEK]
    assert await store.ended("org-1", Period.WEEK, days) == [snapshot()]
    assert await store.ended("org-2", Period.QUARTER, days) == []
    assert await store.followers("org-1", [SUNDAY]) == count()
    assert await store.followers("org-1", [SUNDAY - WEEK, SUNDAY - DAY]) is None


days_around = st.integers(-3, 1).map(lambda number: SUNDAY + number * DAY)
numbers = st.integers(0, 2**63) | st.floats(0, 1e15)
kept = st.builds(
    snapshot,
    days_around,
    organization=st.sampled_from(["org-1", "org-2"]),
    period=st.sampled_from([Period.WEEK, Period.MONTH]),
    refreshed=st.integers(0, 2),
    totals=st.dictionaries(st.text(max_size=5), numbers, max_size=2),
    standings=st.lists(
        st.builds(Standing, st.text(max_size=5), st.text(max_size=5), st.none() | numbers),
        max_size=2,
    ).map(tuple),
)
counted = st.builds(
    Followers,
    st.sampled_from(["org-1", "org-2"]),
    days_around,
    st.dictionaries(st.text(max_size=5), numbers, max_size=2),
)


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
@settings(
    deadline=None,
    max_examples=15,
    # Every example begins with nothing, as it has to.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(kept | counted | days_around, max_size=8), asked=st.sets(days_around))
async def test_a_database_is_as_the_store_in_memory(
    store: SnapshotStore, steps: list[Snapshot | Followers | date], asked: set[date]
) -> None:
    """Whatever is kept and forgotten, in whatever order."""
    await store.forget(date.max)
    model = MemorySnapshots()
    for step in steps:
        if isinstance(step, Snapshot):
            await asyncio.gather(store.keep(step), model.keep(step))
        elif isinstance(step, Followers):
            await asyncio.gather(store.keep_followers(step), model.keep_followers(step))
        else:
            assert await store.forget(step) == await model.forget(step)
    for organization, period in product(("org-1", "org-2"), (Period.WEEK, Period.MONTH)):
        ended = await store.ended(organization, period, asked)
        assert ended == await model.ended(organization, period, asked)
    for organization in ("org-1", "org-2"):
        first_count = await store.followers(organization, list(asked))
        assert first_count == await model.followers(organization, list(asked))


# Only what is a database can be away, or be shared.


async def test_trends_do_not_load_followers(tmp_path: Path) -> None:
    """They are the largest rows by far: an account each, where a trend needs totals."""
    async with open_database(f"sqlite:///{tmp_path}/recap.db") as engine:
        await upgrade(engine)
        store = SqlSnapshots(engine)
        await store.keep(snapshot())
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE followers"))
        assert await newest(store) == snapshot()


async def test_stores_on_one_engine_write_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stands in line never finds the file locked, even when nobody would wait for it."""
    monkeypatch.setattr(module, "PRAGMAS", ("journal_mode=WAL", "busy_timeout=0"))
    async with open_database(f"sqlite:///{tmp_path}/recap.db?timeout=0") as engine:
        await upgrade(engine)
        stores = [SqlSnapshots(engine) for _ in range(3)]
        ledgers = [SqlLedger(engine) for _ in range(3)]
        keeping = [store.keep_followers(count()) for store in stores * 9]
        claiming = [ledger.claim("me", MONDAY, DAY, 5) for ledger in ledgers * 9]
        await asyncio.gather(
            *(work for both in zip(keeping, claiming, strict=True) for work in both)
        )


async def test_a_database_that_somebody_else_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later, not never: nothing is written, and readers read on."""
    monkeypatch.setattr(module, "PRAGMAS", ("journal_mode=WAL", "busy_timeout=0"))
    file = tmp_path / "recap.db"
    async with open_database(f"sqlite:///{file}?timeout=0") as engine:
        await upgrade(engine)
        store = SqlSnapshots(engine)
        await store.keep(snapshot())
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for work in (
                store.keep(snapshot(refreshed=9)),
                store.keep_followers(count()),
                store.forget(SUNDAY + DAY),
            ):
                with pytest.raises(TryLater, match="database is locked"):
                    await work
            assert await newest(store) == snapshot()
            assert await store.followers("org-1", [SUNDAY]) is None
            other.execute("ROLLBACK")
        assert await store.forget(SUNDAY + DAY) == 1
