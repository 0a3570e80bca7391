"""Whether this process can do its work, check by check, and what to do where it can't."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.errors import OperatorMustAct, RecapError
from bot.meter import SILENT, Backlog, Condition, Meter
from bot.ports import Clock

log = structlog.get_logger(__name__)

ANSWER_WITHIN: Final = 5.0
"""Seconds that the database gets for one question."""

STALE_TICK: Final = 180.0
"""Seconds without a sign of life; nothing that a tick waits for takes as long."""

UNTAKEN: Final = timedelta(minutes=30)
"""A slot that nobody took for this long: by then its contact is told, too."""

AGAIN: Final = 1.0
"""Seconds for which an answer serves everybody who asks."""

NO_DATABASE: Final = (
    "The database does not answer: see that it runs and that DATABASE_URL is right; "
    "`recap doctor` says what it says."
)
OLD_TABLES: Final = "The database is older than this Recap: run `recap migrate` once."
NEW_TABLES: Final = "The database is of a newer Recap: upgrade this one."
NO_TICK: Final = "Nothing ticks, so nothing is posted: restart this process and keep its log."
NOT_TAKEN: Final = (
    "Slots are due and nobody takes them: see that a process that posts runs, and start more."
)
UNKNOWN: Final = "It can be checked once the database is in order."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be so.

    Attributes:
        name: What is checked, in one word.
        facts: What was measured; seconds, numbers and truths, and nothing that names anybody.
        todo: What to do, in a sentence; empty where all is well.
    """

    name: str
    facts: Mapping[str, float | None] = field(default_factory=dict)
    todo: str = ""


Probe = Callable[[], Awaitable[Check]]


class Pulse:
    """The tick's signs of life.

    Args:
        meter: Told how long each tick took.
        elapsed: Seconds of a clock that never goes back.
    """

    def __init__(
        self, meter: Meter = SILENT, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._meter = meter
        self._elapsed = elapsed
        self._last = elapsed()

    def beat(self) -> None:
        """A sign of life: a long tick gives one with all that it brings on."""
        self._last = self._elapsed()

    @property
    def age(self) -> float:
        """Seconds since the last sign of life."""
        return self._elapsed() - self._last

    def watched(self, tick: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """``tick``, which gives signs of life from now on."""

        async def watched() -> None:
            began = self._elapsed()
            self.beat()
            try:
                await tick()
            finally:
                self.beat()
                self._meter.ticked(self._elapsed() - began)

        return watched

    async def check(self) -> Check:
        """Whether it ticks."""
        age = self.age
        return Check("tick", {"age_seconds": round(age, 1)}, NO_TICK if age > STALE_TICK else "")


class Readiness:
    """All checks together.

    Args:
        condition: How the database is.
        clock: The wall clock.
        probes: What else has to be so in this process.
        elapsed: Seconds of a clock that never goes back.
        answer_within: Seconds that the database gets.
    """

    def __init__(
        self,
        condition: Condition,
        clock: Clock,
        probes: Sequence[Probe] = (),
        elapsed: Callable[[], float] = time.monotonic,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        self._answer_within = answer_within
        self._condition = condition
        self._clock = clock
        self._probes = probes
        self._elapsed = elapsed
        self._looking = asyncio.Lock()
        self._known: tuple[float, Sequence[Check]] | None = None

    async def look(self) -> Sequence[Check]:
        """Every check, anew unless one was made a moment ago."""
        async with self._looking:
            if self._known is None or self._elapsed() - self._known[0] >= AGAIN:
                checks = [*await self._database(), *[await probe() for probe in self._probes]]
                self._known = (self._elapsed(), checks)
            return self._known[1]

    async def backlog(self) -> Backlog | None:
        """The slots that are due; None while the database does not say."""
        try:
            async with asyncio.timeout(self._answer_within):
                return await self._condition.backlog(self._clock.now())
        except (RecapError, TimeoutError) as error:
            log.warning("database_not_read", detail=_said(error))
            return None

    async def _database(self) -> Sequence[Check]:
        try:
            async with asyncio.timeout(self._answer_within):
                todo = "" if await self._condition.is_current() else OLD_TABLES
        except OperatorMustAct:
            todo = NEW_TABLES
        except (RecapError, TimeoutError) as error:
            log.warning("database_not_read", detail=_said(error))
            return _away()
        if todo:
            slots = Check("slots", todo=UNKNOWN)
            return (Check("database"), Check("migrations", todo=todo), slots)
        backlog = await self.backlog()
        if backlog is None:
            return _away()
        return (Check("database"), Check("migrations"), _slots(backlog, self._clock.now()))


def _away() -> Sequence[Check]:
    unknown = [Check(name, todo=UNKNOWN) for name in ("migrations", "slots")]
    return (Check("database", todo=NO_DATABASE), *unknown)


def _slots(backlog: Backlog, now: datetime) -> Check:
    oldest = (now - backlog.oldest_at).total_seconds() if backlog.oldest_at else None
    is_left = backlog.untaken_since is not None and now - backlog.untaken_since > UNTAKEN
    facts = {"due": backlog.due, "oldest_seconds": oldest and round(oldest, 1)}
    return Check("slots", facts, NOT_TAKEN if is_left else "")


def _said(error: Exception) -> str:
    return error.operator if isinstance(error, RecapError) else "no answer in time"
