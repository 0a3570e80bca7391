"""Work that goes on after Slack has its acknowledgement."""

import asyncio

from bot.services.background import Background


async def test_drain_waits_for_what_is_under_way() -> None:
    """A stop lets answers finish."""
    background, done = Background(), asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.set()

    background.start(work())
    await background.drain(5)
    assert done.is_set()


async def test_drain_ends_what_takes_too_long() -> None:
    """A stop does not wait for ever; the work sees that it is cancelled."""
    background, told = Background(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.set()
            raise

    background.start(work())
    await background.drain(0.01)
    assert told.is_set()


async def test_nothing_to_drain() -> None:
    """An idle app stops at once."""
    await Background().drain(5)
