"""One machine at a time: the locks of a SQLite file don't reach from one to the next."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.errors import OperatorMustAct, RecapError, TryLater
from bot.ports import Clock, Hosts, Presence

log = structlog.get_logger(__name__)

INSTEAD: Final = (
    "Stop Recap there first, or put DATABASE_URL on PostgreSQL, which several machines can share."
)


@dataclass(frozen=True, slots=True)
class Beat:
    """How often a process says that it is there, all in seconds.

    Attributes:
        every: Between two beats.
        stale: Without a beat for so long, a process of another machine has ended.
        look: Between two looks at whether it has.
    """

    every: float = 15.0
    stale: float = 60.0
    look: float = 2.0


USUAL: Final = Beat()


@asynccontextmanager
async def only_host(
    hosts: Hosts | None, host: str, name: str, clock: Clock, beat: Beat = USUAL
) -> AsyncIterator[None]:
    """Be at work on the database, as a process of ``host``; no other machine may be meanwhile.

    What a machine has left behind that ended without a word is waited for until it is stale, by
    what is seen to change: two machines' clocks may differ. Without ``hosts`` any number may be.

    Raises:
        OperatorMustAct: Another machine is at work, or took over while this one was asleep.
        TryLater: The database is locked, or away.
    """
    if hosts is None:
        yield
        return
    now = clock.now()
    me = Presence(uuid.uuid4().hex, host, name, now, now)
    await _settle_in(hosts, me, beat)
    body = asyncio.current_task()
    assert body is not None  # noqa: S101 -- this is a coroutine
    beating = asyncio.create_task(_keep_beating(hosts, me, clock, beat, body))
    try:
        yield
    except asyncio.CancelledError:
        if not (beating.done() and body.uncancel() == 0):
            raise
        raise beating.result() from None
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        with suppress(TryLater):
            await hosts.leave(me)


async def _settle_in(hosts: Hosts, me: Presence, beat: Beat) -> None:
    first = others = await hosts.arrive(me)
    if not others:
        return
    log.warning(
        "another_machine_was_here", name=others[0].name, detail=f"waiting up to {beat.stale:g} s"
    )
    give_up = asyncio.get_running_loop().time() + beat.stale
    while others and asyncio.get_running_loop().time() < give_up:
        await asyncio.sleep(beat.look)
        others = await hosts.arrive(me)
        _refuse_if_alive(first, others)
    # Nothing has changed in all this time. If it does now, after all, nothing is removed.
    _refuse_if_alive(first, await hosts.arrive(me, gone=first))


def _refuse_if_alive(before: Sequence[Presence], now: Sequence[Presence]) -> None:
    for one in now:
        if one not in before:
            raise _refusal(one)


def _refusal(other: Presence) -> OperatorMustAct:
    since = f"{other.since:%Y-%m-%d %H:%M} UTC"
    return OperatorMustAct(
        "Recap is not set up yet. Ask whoever runs it.",
        f"Another machine, {other.name}, works on this SQLite file since {since}. {INSTEAD}",
    )


async def _keep_beating(
    hosts: Hosts, me: Presence, clock: Clock, beat: Beat, body: asyncio.Task[object]
) -> RecapError:
    """Beat for as long as no other machine is there; then end ``body``, and say why."""
    others: Sequence[Presence] = ()
    while not others:
        await asyncio.sleep(beat.every)
        me = replace(me, beats=me.beats + 1, beat_at=clock.now())
        try:
            others = await hosts.arrive(me)
        except RecapError as error:
            log.warning("no_beat", detail=error.operator)
    body.cancel()
    return _refusal(others[0])
