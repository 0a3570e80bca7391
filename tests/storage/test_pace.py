"""As fast as Slack allows, and no faster: one contract, in memory and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import TryLater
from bot.ports import Pacer
from bot.services.pace import REMEMBERED, Pace, patiently
from bot.storage.engine import open_database
from bot.storage.pace import KEPT, SWEEP_EVERY, SqlPace, shared_pace
from bot.storage.schema import paces
from bot.storage.upgrade import upgrade
from bot.subscriptions.pace import FARTHEST, NEAR, PUBLISHED, Rate

NOW = "(SELECT now FROM clock)"
SMALL = Rate(burst=5, per_second=2)


class Scene:
    """Pacers on one clock that a test sets."""

    def __init__(self, engine: AsyncEngine | None) -> None:
        self.engine = engine
        self.now = 1_000_000.0

    def pacer(self, rate: Rate = PUBLISHED) -> Pacer:
        if self.engine is None:
            return Pace(rate, lambda: self.now)
        return SqlPace(self.engine, rate, NOW)

    async def at(self, seconds: float) -> None:
        """The clock shows so much more than at the beginning."""
        self.now = 1_000_000.0 + seconds
        if self.engine:
            async with self.engine.begin() as connection:
                await connection.execute(text("UPDATE clock SET now = :now"), {"now": self.now})


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[AsyncEngine]:
    async with open_database(postgres) as engine:
        await upgrade(engine)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE clock (now float8)"))
            await connection.execute(text("INSERT INTO clock VALUES (1000000)"))
        yield engine


@pytest.fixture(params=["memory", "postgresql"])
def scene(request: pytest.FixtureRequest) -> Scene:
    is_memory = request.param == "memory"
    return Scene(None if is_memory else request.getfixturevalue("database"))


async def turns(pacer: Pacer, count: int, name: str = "C") -> list[float]:
    """The waits of ``count`` messages to as many channels, one after the other."""
    return [await pacer.turn("T1", f"{name}{number}") for number in range(count)]


def about(*seconds: float) -> object:
    return pytest.approx(list(seconds), abs=1e-5)


async def test_a_channel_gets_one_message_a_second(scene: Scene) -> None:
    """Turns come in the order in which they are asked for, whenever that is."""
    pacer, waits = scene.pacer(), []
    for now in (0.0, 0.0, 1.25, 10.0):
        await scene.at(now)
        waits.append(await pacer.turn("T1", "C1"))
    assert waits == about(0.0, 1.0, 0.75, 0.0)


async def test_a_turn_that_is_far_is_not_taken(scene: Scene) -> None:
    """Who comes again when told finds it free, and nothing was used up in between."""
    pacer = scene.pacer()
    waits = [await pacer.turn("T1", "C1") for _ in range(4)]
    assert waits == about(0.0, 1.0, 2.0, 2.0)
    await scene.at(2.0)
    assert await pacer.turn("T1", "C1") == pytest.approx(0.0, abs=1e-5)


async def test_a_burst_and_then_so_many_a_second(scene: Scene) -> None:
    """A workspace takes five hundred at once, in other channels; the next ones are near."""
    waits = await turns(scene.pacer(), PUBLISHED.burst + 10)
    rest = [number / PUBLISHED.per_second for number in range(1, 11)]
    assert waits == about(*[0.0] * PUBLISHED.burst, *rest)


async def test_those_sent_away_come_back_one_by_one(scene: Scene) -> None:
    """Each is told an instant of its own, and finds a turn then without waiting."""
    pacer = scene.pacer(SMALL)
    waits = await turns(pacer, 12)
    assert waits == about(0, 0, 0, 0, 0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5)
    for number, wait in enumerate(waits[7:], 7):
        await scene.at(wait)
        assert await pacer.turn("T1", f"C{number}") == pytest.approx(0.0, abs=1e-5)


async def test_nobody_is_sent_away_for_too_long(scene: Scene) -> None:
    """The line begins anew where it would be longer: somebody asks again in between."""
    slow = Rate(burst=1, per_second=0.01)
    waits = await turns(scene.pacer(slow), 12)
    assert waits == about(0, *range(100, 901, 100), 100, 200)
    assert max(waits) <= FARTHEST


async def test_what_yields_comes_after_all_others(scene: Scene) -> None:
    """Details in threads take no turn while recaps wait for theirs, and come back behind them."""
    pacer = scene.pacer(SMALL)
    posts = await turns(pacer, 12)
    waits = [await pacer.turn("T1", f"R{number}", yields=True) for number in range(3)]
    assert waits == about(4.0, 4.5, 5.0)
    for number, wait in enumerate(posts[7:], 7):
        await scene.at(wait - 0.1)
        if number < 11:
            assert await pacer.turn("T1", f"S{number}", yields=True) > NEAR
        await scene.at(wait)
        assert await pacer.turn("T1", f"C{number}") == pytest.approx(0.0, abs=1e-5)
    await scene.at(4.0)
    assert await pacer.turn("T1", "R0", yields=True) == pytest.approx(0.0, abs=1e-5)


async def test_what_yields_leaves_a_turn_for_others(scene: Scene) -> None:
    """Where details take every turn that they get, a recap still finds one that is near."""
    pacer = scene.pacer(SMALL)
    waits = [await pacer.turn("T1", f"R{number}", yields=True) for number in range(9)]
    assert waits == about(0, 0, 0, 0, 0, 0.5, 1.5, 2.0, 2.5)
    assert await pacer.turn("T1", "C1") == pytest.approx(1.0, abs=1e-5)


async def test_what_yields_is_not_sent_away_for_too_long(scene: Scene) -> None:
    """Its line begins anew, too."""
    pacer = scene.pacer(Rate(burst=1, per_second=0.01))
    waits = [await pacer.turn("T1", f"R{number}", yields=True) for number in range(12)]
    assert waits == about(0, *(100.5 + 100 * n for n in range(8)), 100.5, 200.5, 300.5)


async def test_a_burst_is_earned_again(scene: Scene) -> None:
    """So many a second, and never more than there are."""
    pacer = scene.pacer(SMALL)
    await turns(pacer, 5)
    await scene.at(1.5)
    assert await turns(pacer, 4, "D") == about(0, 0, 0, 0.5)
    await scene.at(1_000.0)
    assert await turns(pacer, 6, "E") == about(0, 0, 0, 0, 0, 0.5)


async def test_workspaces_do_not_wait_for_each_other(scene: Scene) -> None:
    """The limits are those of a workspace and of a channel in it, whatever it is called."""
    pacer = scene.pacer(Rate(burst=1, per_second=1))
    assert [await pacer.turn(team, "C1") for team in ("T1", "T2")] == about(0, 0)
    assert [await pacer.turn(team, "C2") for team in ("T1", "T2")] == about(1, 1)


async def test_a_turn_may_have_to_wait_for_both(scene: Scene) -> None:
    """The later of the two instants counts."""
    pacer = scene.pacer(Rate(burst=1, per_second=10))
    waits = [await pacer.turn("T1", channel) for channel in ("C1", "C1", "C2")]
    assert waits == about(0.0, 1.0, 0.2)


async def test_no_minute_has_more_than_its_share(scene: Scene) -> None:
    """However they are asked for, a minute holds a burst and so many a second more at most."""
    rate = Rate(burst=3, per_second=0.5)
    pacer, at = scene.pacer(rate), list[float]()
    for now in map(float, range(100)):
        await scene.at(now)
        wait = await pacer.turn("T1", f"C{now}")
        at += [now + wait] if wait <= NEAR else []
    most = round(rate.burst + 60 * rate.per_second) + 1
    assert len(at) > most
    assert all(later - earlier > 60 for earlier, later in zip(at, at[most:], strict=False))
    assert all(earlier <= later for earlier, later in pairwise(at))


@pytest.mark.parametrize("channels", [1, 60])
async def test_two_processes_keep_one_pace(postgres: str, channels: int) -> None:
    """With pools of their own they take no more turns than one alone would get, nor fewer."""
    rate = Rate(burst=30, per_second=0.01, channel_interval=FARTHEST)
    async with AsyncExitStack() as stack:
        engines = [await stack.enter_async_context(open_database(postgres)) for _ in range(2)]
        await upgrade(engines[0])
        asked = [
            SqlPace(engine, rate).turn("T1", f"C{number % channels}")
            for number in range(60)
            for engine in engines
        ]
        waits = await asyncio.gather(*asked)
    near = [wait for wait in waits if wait <= NEAR]
    assert len(near) == min(channels, 30) if channels > 1 else 1
    assert near == [0.0] * len(near)


async def test_the_channel_is_taken_meanwhile(database: AsyncEngine) -> None:
    """Somebody takes a channel's turn while another waits for the workspace: no two of them go."""
    pacer = SqlPace(database, Rate(channel_interval=30.0), NOW)
    async with database.connect() as one:
        # The workspace's row is held, so that the question below has looked at the channel before.
        await pacer.turn("T1", "C0")
        await one.execute(text("SELECT * FROM paces WHERE channel = '' FOR UPDATE"))
        asking = asyncio.create_task(pacer.turn("T1", "C1"))
        await _until_blocked(database)
        await one.execute(
            text("INSERT INTO paces VALUES ('T1', 'C1', 1000030, 1000000, 1000000, 1000000)")
        )
        await one.commit()
        assert await asking > NEAR


async def _until_blocked(engine: AsyncEngine) -> None:
    blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while True:
        async with engine.connect() as connection:
            if (await connection.execute(blocked)).scalar_one():
                return


async def test_a_server_clock_that_is_put_back(database: AsyncEngine) -> None:
    """What was written in an hour that comes again is not believed."""
    scene = Scene(database)
    pacer = scene.pacer(SMALL)
    await scene.at(2 * FARTHEST)
    await turns(pacer, 12)
    await pacer.turn("T1", "R1", yields=True)
    await scene.at(0.0)
    waits = [await pacer.turn("T1", f"R{number}", yields=True) for number in range(7)]
    assert waits == about(0, 0, 0, 0, 0, 0.5, 1.5)
    assert await turns(pacer, 3) == about(1.0, 1.5, 2.0)


async def test_forgets_what_is_long_over(database: AsyncEngine) -> None:
    """Rows that say nothing any more go with one of many turns; who waits is not forgotten."""
    scene = Scene(database)
    pacer = SqlPace(database, SMALL, NOW)
    await turns(pacer, 12)
    await scene.at(KEPT + 10)
    await pacer.turn("T2", "C1")
    pacer._turns = SWEEP_EVERY - 1
    await pacer.turn("T3", "C1")
    async with database.connect() as connection:
        left = (await connection.execute(select(paces.c.team, func.count()).group_by("team"))).all()
    assert sorted(map(tuple, left)) == [("T2", 2), ("T3", 2)]


async def test_a_row_in_use_is_not_waited_for(database: AsyncEngine) -> None:
    """Forgetting leaves it for the next time."""
    pacer = SqlPace(database, SMALL, NOW)
    await pacer.turn("T1", "C1")
    await Scene(database).at(2 * KEPT)
    async with database.connect() as one:
        await one.execute(text("SELECT * FROM paces WHERE channel = '' FOR UPDATE"))
        await pacer.sweep()
        left = (await one.execute(select(paces.c.channel))).scalars().all()
    assert left == [""]


async def test_the_server_has_the_clock(database: AsyncEngine) -> None:
    """Without another one, turns go by the server's own."""
    waits = [await SqlPace(database).turn("T1", "C1") for _ in range(2)]
    assert waits[0] == 0.0
    assert 0.0 < waits[1] <= PUBLISHED.channel_interval


async def test_a_database_that_is_away(postgres: str) -> None:
    """Later, as for everything else that is asked of it."""
    nowhere = postgres.replace("/recap_", "/gone_")
    async with open_database(nowhere) as engine:
        with pytest.raises(TryLater):
            await SqlPace(engine).turn("T1", "C1")


async def test_memory_forgets_too() -> None:
    """Only the channels that posted last are remembered; a second is soon over."""
    pacer = Pace(Rate(burst=10 * REMEMBERED), lambda: 0.0)
    await turns(pacer, REMEMBERED)
    assert await pacer.turn("T1", "C0") == PUBLISHED.channel_interval
    await pacer.turn("T1", "new")
    # C0 has posted once more since, so that C1 is the one that is forgotten.
    assert await pacer.turn("T1", "C1") == 0.0
    assert await pacer.turn("T1", "C0") == 2 * PUBLISHED.channel_interval


async def test_patience() -> None:
    """A turn that is far is waited for, and then the one that is near."""

    class Thrice(Pace):
        waits = iter((NEAR + 0.01, 0.01, 5.0))

        async def turn(self, *_: str, yields: bool = False) -> float:  # noqa: ARG002
            return next(self.waits)

    pacer = Thrice()
    await patiently(pacer, "T1", "C1")
    assert next(pacer.waits) == 5.0


async def test_who_shares(database: AsyncEngine, tmp_path: Path) -> None:
    """On PostgreSQL everybody; a process on SQLite keeps its turns to itself."""
    assert isinstance(shared_pace(database), SqlPace)
    async with open_database(f"sqlite:///{tmp_path}/recap.db") as engine:
        assert shared_pace(engine) is None
