"""A SQLite file belongs to one machine at a time, however many processes of it there are."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import OperatorMustAct, TryLater
from bot.ports import Presence
from bot.services.hosts import Beat, only_host
from bot.storage.engine import open_database
from bot.storage.hosts import SqlHosts, shared_file
from bot.storage.machine import this_machine
from bot.storage.upgrade import upgrade
from tests.examples import NOON
from tests.services.fakes import FixedClock

MINE = Presence("p1", "h1", "attic", NOON, NOON)
OTHER = Presence("p2", "h2", "cellar", NOON, NOON)
QUICK = Beat(every=0.01, stale=0.05, look=0.01)
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
async def hosts(tmp_path: Path) -> AsyncIterator[SqlHosts]:
    async with open_database(f"sqlite:///{tmp_path}/recap.db") as engine:
        await upgrade(engine)
        yield SqlHosts(engine)


async def test_processes_of_one_machine(hosts: SqlHosts) -> None:
    """They keep nobody out, and one that leaves leaves the others there."""
    assert await hosts.arrive(MINE) == []
    assert await hosts.arrive(replace(MINE, process="p3")) == []
    await hosts.leave(MINE)
    assert [one.process for one in await hosts.arrive(OTHER)] == ["p3"]


async def test_another_machine_is_not_let_in(hosts: SqlHosts) -> None:
    """It is told who is there, and is not written down."""
    beaten = replace(MINE, beats=4, beat_at=NOON + timedelta(seconds=60))
    await hosts.arrive(MINE)
    await hosts.arrive(beaten)
    assert await hosts.arrive(OTHER) == [beaten]
    assert await hosts.arrive(beaten) == []


async def test_only_what_has_not_changed_is_gone(hosts: SqlHosts) -> None:
    """One more beat, and it stays."""
    await hosts.arrive(replace(MINE, beats=1))
    assert await hosts.arrive(OTHER, gone=[MINE]) == [replace(MINE, beats=1)]
    assert await hosts.arrive(OTHER, gone=[replace(MINE, beats=1)]) == []
    assert await hosts.arrive(MINE) == [OTHER]


async def test_what_was_killed_on_this_machine(hosts: SqlHosts) -> None:
    """Is forgotten at one of the next starts, and does not stay for ever."""
    await hosts.arrive(MINE)
    hours = timedelta(hours=2)
    later = replace(MINE, process="p3", since=NOON + hours, beat_at=NOON + hours)
    await hosts.arrive(later)
    assert await hosts.arrive(OTHER) == [later]


async def test_any_number_on_postgresql(postgres: str, tmp_path: Path) -> None:
    """Its locks hold everywhere, so there is nobody to be kept out."""
    async with open_database(postgres) as engine:
        assert shared_file(engine) is None
    async with open_database(f"sqlite:///{tmp_path}/recap.db") as engine:
        assert isinstance(shared_file(engine), SqlHosts)
    async with only_host(None, "h1", "attic", FixedClock()):
        pass


async def test_what_ended_without_a_word_is_waited_for(hosts: SqlHosts) -> None:
    """It says so in the log, takes over once nothing has changed for long, and leaves nothing."""
    await hosts.arrive(OTHER)
    with capture_logs() as logs:
        async with only_host(hosts, "h1", "attic", FixedClock(), QUICK):
            (there,) = await hosts.arrive(OTHER)
            assert there.name == "attic"
    assert [(line["event"], line["name"]) for line in logs] == [
        ("another_machine_was_here", "cellar")
    ]
    assert await hosts.arrive(OTHER) == []


async def test_what_leaves_is_not_waited_for(hosts: SqlHosts) -> None:
    """The other machine stops in the usual way: this one goes on at once."""
    await hosts.arrive(OTHER)
    patient = Beat(every=0.01, stale=3_600.0, look=0.01)
    leaving = asyncio.create_task(hosts.leave(OTHER))
    async with only_host(hosts, "h1", "attic", FixedClock(), patient):
        await leaving


class Watched(SqlHosts):
    """Asks the test before each word with the file, with what is said and what is to be removed."""

    before: Callable[[Presence, Collection[Presence]], Awaitable[object]]

    async def arrive(self, me: Presence, gone: Collection[Presence] = ()) -> Sequence[Presence]:
        await self.before(me, gone)
        return await super().arrive(me, gone)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    async with open_database(f"sqlite:///{tmp_path}/recap.db") as engine:
        await upgrade(engine)
        yield Watched(engine)


@pytest.mark.parametrize("last_moment", [False, True])
async def test_who_is_alive_is_not_taken_over(
    hosts: SqlHosts, watched: Watched, *, last_moment: bool
) -> None:
    """Whether it beats while it is watched or in the last moment: one sentence that says what."""
    await hosts.arrive(OTHER)
    asked = list[Presence]()

    async def beat(me: Presence, gone: Collection[Presence]) -> None:
        asked.append(me)
        if len(asked) > 1 and bool(gone) is last_moment:
            await hosts.arrive(replace(OTHER, beats=len(asked)))

    watched.before = beat
    patience = replace(QUICK, stale=0.05 if last_moment else 3_600.0)
    with pytest.raises(OperatorMustAct) as caught:
        await Working(watched, patience).work()
    assert caught.value.operator == (
        "Another machine, cellar, works on this SQLite file since 2026-11-23 12:00 UTC. Stop Recap "
        "there first, or put DATABASE_URL on PostgreSQL, which several machines can share."
    )


class Working:
    """The attic's machine at work until somebody stops it."""

    def __init__(self, hosts: SqlHosts, beat: Beat = QUICK) -> None:
        self.began = asyncio.Event()
        self.ended = False
        self._hosts, self._beat = hosts, beat

    async def work(self) -> None:
        async with only_host(self._hosts, "h1", "attic", FixedClock(), self._beat):
            self.began.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.ended = True


async def test_it_goes_on_beating(watched: Watched) -> None:
    """Also when the file is locked for a while."""
    beaten, told = asyncio.Event(), list[int]()

    async def locked_once(me: Presence, _: Collection[Presence]) -> None:
        told.append(me.beats)
        if me.beats == 1:
            raise TryLater("away", "The database does not answer: locked.")
        if me.beats == 3:
            beaten.set()

    watched.before = locked_once
    with capture_logs() as logs:
        working = asyncio.create_task(Working(watched).work())
        await beaten.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert told[:4] == [0, 1, 2, 3]
    assert [line["event"] for line in logs] == ["no_beat"]


async def test_taken_over_while_it_was_asleep(hosts: SqlHosts) -> None:
    """A machine that wakes up and finds another one at work stops, with everything of its own."""
    attic = Working(hosts)
    working = asyncio.create_task(attic.work())
    await attic.began.wait()
    others = await hosts.arrive(OTHER)
    while others:
        others = await hosts.arrive(OTHER, gone=others)
    with pytest.raises(OperatorMustAct, match="Another machine, cellar, works on this SQLite file"):
        await working
    assert attic.ended


async def test_a_stop_from_outside_is_one(hosts: SqlHosts) -> None:
    """A cancelled process is cancelled, and its row is gone."""
    attic = Working(hosts)
    working = asyncio.create_task(attic.work())
    await attic.began.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert await hosts.arrive(OTHER) == []


def test_this_machine(tmp_path: Path) -> None:
    """The first source that says something; without any, the name, which a restart may change."""
    kernel, image = tmp_path / "boot_id", tmp_path / "machine-id"
    by_name = this_machine([kernel, image])
    image.write_text("\n")
    assert this_machine([kernel, image]) == by_name
    image.write_text("abc\n")
    by_image = this_machine([kernel, image])
    kernel.write_text("def\n")
    by_kernel = this_machine([kernel, image])
    assert len({by_name.id, by_image.id, by_kernel.id}) == 3
    assert "abc" not in by_image.id
    image.write_text("another image's")
    assert this_machine([kernel, image]) == by_kernel
    assert this_machine() == this_machine()


@asynccontextmanager
async def process(url: str, host: str, stale: float) -> AsyncIterator[asyncio.subprocess.Process]:
    words = [sys.executable, "-m", "tests.storage.host", url, host, str(stale)]
    pipe = asyncio.subprocess.PIPE
    started = await asyncio.create_subprocess_exec(
        *words,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def said(started: asyncio.subprocess.Process) -> bytes:
    assert started.stdout is not None
    return (await started.stdout.readline()).strip()


Start = Callable[[str, float], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    url = f"sqlite:///{tmp_path}/recap.db"
    async with AsyncExitStack() as stack:

        async def begun(host: str, stale: float) -> asyncio.subprocess.Process:
            return await stack.enter_async_context(process(url, host, stale))

        yield begun


async def test_two_machines_one_file(start: Start) -> None:
    """The second is refused while the first lives, and comes in after it, killed or stopped."""
    first, sibling = await start("h1", 60.0), await start("h1", 60.0)
    assert [await said(first), await said(sibling)] == [b"here", b"here"]
    refused = await start("h2", 60.0)
    _, problem = await refused.communicate()
    assert refused.returncode == 1
    assert b"OperatorMustAct: Another machine, name-h1, works on this SQLite file" in problem
    sibling.kill()
    await first.communicate(b"stop")
    assert first.returncode == 0
    second = await start("h2", 1.0)
    assert b"another_machine_was_here" in await said(second)
    assert await said(second) == b"here"
