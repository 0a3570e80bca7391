"""The tick: at once, again and again, never twice at a time, and never after the end."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import SystemClock
from bot.scheduling.scheduler import ticking

EVERY = timedelta(seconds=0.02)
HOUR = timedelta(hours=1)
LATE = timedelta(hours=1, seconds=10)
LOOK = 0.02
SOON = 60.0
"""Seconds that nothing here ever takes."""

A_WHILE = 0.2
"""Seconds in which ten ticks fit."""


@dataclass
class WallClock:
    """The machine's clock, once somebody has put it ``ahead``."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead


class Ticks:
    """Counts the ticks; ``gate`` holds them at work, and ``failing`` is how many still fail."""

    def __init__(self, *, failing: int = 0) -> None:
        self.begun = self.ended = 0
        self.failing = failing
        self.gate = asyncio.Event()
        self.gate.set()
        self._changed = asyncio.Condition()

    async def __call__(self) -> None:
        self.begun += 1
        async with self._changed:
            self._changed.notify_all()
        try:
            await self.gate.wait()
            if self.failing:
                self.failing -= 1
                raise ValueError("a bug")
        finally:
            self.ended += 1

    async def until(self, begun: int) -> None:
        async with asyncio.timeout(SOON), self._changed:
            await self._changed.wait_for(lambda: self.begun >= begun)


async def test_at_once() -> None:
    """What became due while Recap was down does not wait for the first interval."""
    ticks = Ticks()
    async with ticking(ticks.__call__, WallClock(), every=HOUR):
        await ticks.until(1)
        await asyncio.sleep(A_WHILE)
    assert ticks.begun == 1


async def test_again_and_again() -> None:
    """As often as it shall."""
    ticks = Ticks()
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with ticking(ticks.__call__, WallClock(), every=EVERY):
        await ticks.until(5)
    assert loop.time() - began >= 3 * EVERY.total_seconds()


async def test_on_whole_seconds() -> None:
    """Slots are due on whole minutes, and a tick comes right then."""
    began, ticks, real = SystemClock().now(), Ticks(), AsyncIOScheduler.add_job
    with patch.object(AsyncIOScheduler, "add_job", autospec=True, side_effect=real) as add_job:
        async with ticking(ticks.__call__, SystemClock(), every=HOUR):
            await ticks.until(1)
    first = add_job.call_args.kwargs["next_run_time"]
    assert (first.microsecond, first > began - timedelta(seconds=1)) == (0, True)


async def test_not_doubled() -> None:
    """A tick that is still at work is left alone, and the next one comes when it has ended."""
    ticks = Ticks()
    ticks.gate.clear()
    async with ticking(ticks.__call__, WallClock(), every=EVERY):
        await ticks.until(1)
        await asyncio.sleep(A_WHILE)
        assert (ticks.begun, ticks.ended) == (1, 0)
        ticks.gate.set()
        await ticks.until(3)


async def test_a_tick_that_fails() -> None:
    """A bug in one pass is logged, and the next pass comes all the same."""
    ticks = Ticks(failing=2)
    async with ticking(ticks.__call__, WallClock(), every=EVERY):
        await ticks.until(4)
    assert ticks.failing == 0


async def test_a_clock_that_is_put_back() -> None:
    """The next tick is planned by the clock as it was; nobody waits for that hour to come again."""
    clock, ticks = WallClock(ahead=HOUR), Ticks()
    async with ticking(ticks.__call__, clock, every=EVERY, look=LOOK):
        await asyncio.sleep(A_WHILE)
        assert ticks.begun == 0
        clock.ahead = timedelta(0)
        await ticks.until(3)


async def test_a_clock_that_stays() -> None:
    """A look at the clock moves nothing where the next tick is as near as it should be."""
    ticks = Ticks()
    async with ticking(ticks.__call__, WallClock(), every=HOUR, look=LOOK):
        await asyncio.sleep(A_WHILE)
    assert ticks.begun == 1


async def test_a_machine_that_slept() -> None:
    """However many ticks did not come, one makes up for all of them, and it comes at once."""
    ticks = Ticks()
    async with ticking(ticks.__call__, WallClock(ahead=-LATE), every=timedelta(seconds=30)):
        await ticks.until(1)
        await asyncio.sleep(A_WHILE)
    assert ticks.begun == 1


async def test_nothing_after_the_end() -> None:
    """Whoever has left it may close the database."""
    ticks = Ticks()
    async with ticking(ticks.__call__, WallClock(), every=EVERY, look=LOOK):
        await ticks.until(2)
    begun = ticks.begun
    await asyncio.sleep(A_WHILE)
    assert ticks.begun == begun


async def test_a_tick_at_work_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """It is ended, too, before the end: nothing works on what is closed next."""
    ticks = Ticks()
    ticks.gate.clear()
    async with ticking(ticks.__call__, WallClock(), every=HOUR):
        await ticks.until(1)
    assert (ticks.begun, ticks.ended) == (1, 1)
    assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []
    await asyncio.sleep(0)
    assert caplog.records == []


async def test_the_end_at_once() -> None:
    """A start that fails right after this step leaves nothing behind."""
    ticks = Ticks()
    async with ticking(ticks.__call__, WallClock(), every=EVERY, look=LOOK):
        pass
    await asyncio.sleep(A_WHILE)
    assert ticks.begun == 0
