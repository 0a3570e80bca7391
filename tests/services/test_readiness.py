"""Whether a process is ready: each check, and the one thing to do."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.errors import OperatorMustAct, RecapError, TryLater
from bot.meter import SILENT, Backlog, Silent
from bot.services.readiness import (
    AGAIN,
    NEW_TABLES,
    NO_DATABASE,
    NO_TICK,
    NOT_TAKEN,
    OLD_TABLES,
    STALE_TICK,
    UNKNOWN,
    UNTAKEN,
    Check,
    Pulse,
    Readiness,
)
from bot.subscriptions.change import Change
from tests.examples import NOON
from tests.services.fakes import FixedClock

AWAY = TryLater("Try again.", "The database does not answer: made up.")
NEWER = OperatorMustAct("Ask.", "The database is of a newer Recap.")
SECOND = timedelta(seconds=1)


@dataclass
class FixedCondition:
    """A ``Condition`` that the test sets; an error is raised instead."""

    owed: Backlog | RecapError = field(default_factory=Backlog)
    current: bool | RecapError = True
    asked: int = 0

    async def is_current(self) -> bool:
        if isinstance(self.current, RecapError):
            raise self.current
        return self.current

    async def backlog(self, now: datetime) -> Backlog:
        assert now == NOON
        self.asked += 1
        if isinstance(self.owed, RecapError):
            raise self.owed
        return self.owed


@dataclass
class Seconds:
    """A clock that never goes back, and goes on when a test says so."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


async def look(condition: FixedCondition) -> dict[str, Check]:
    checks = await Readiness(condition, FixedClock(), answer_within=0.1).look()
    return {check.name: check for check in checks}


async def test_ready() -> None:
    """All is well, and nothing is due."""
    assert await look(FixedCondition()) == {
        "database": Check("database"),
        "migrations": Check("migrations"),
        "slots": Check("slots", {"due": 0, "oldest_seconds": None}),
    }


@pytest.mark.parametrize("condition", [FixedCondition(AWAY), FixedCondition(current=AWAY)])
async def test_the_database_is_away(condition: FixedCondition) -> None:
    """What it alone knows is unknown, and nothing of what its driver says is shown."""
    checks = await look(condition)
    assert checks == {
        "database": Check("database", todo=NO_DATABASE),
        "migrations": Check("migrations", todo=UNKNOWN),
        "slots": Check("slots", todo=UNKNOWN),
    }


@pytest.mark.parametrize(("current", "todo"), [(False, OLD_TABLES), (NEWER, NEW_TABLES)])
async def test_tables_of_another_recap(current: bool | RecapError, todo: str) -> None:  # noqa: FBT001
    """Each has its own remedy."""
    checks = await look(FixedCondition(current=current))
    assert checks["migrations"] == Check("migrations", todo=todo)
    assert checks["database"] == Check("database")
    assert checks["slots"] == Check("slots", todo=UNKNOWN)


async def test_slots_that_are_worked_on() -> None:
    """CreatorAudit may be away for hours: that is no reason to send nobody here any more."""
    checks = await look(FixedCondition(Backlog(3, NOON - 2 * UNTAKEN, NOON - UNTAKEN)))
    facts = {"due": 3, "oldest_seconds": 2 * UNTAKEN.total_seconds()}
    assert checks["slots"] == Check("slots", facts)


async def test_slots_that_nobody_takes() -> None:
    """Work lies there and nobody does it."""
    owed = Backlog(1, NOON - UNTAKEN - SECOND, NOON - UNTAKEN - SECOND)
    checks = await look(FixedCondition(owed))
    assert checks["slots"].todo == NOT_TAKEN


async def test_a_database_that_says_nothing() -> None:
    """Whoever asks has an answer in time."""

    class Hanging(FixedCondition):
        async def is_current(self) -> bool:
            return await asyncio.Event().wait()

    assert (await look(Hanging()))["database"].todo == NO_DATABASE


async def test_one_answer_for_everybody() -> None:
    """However many ask, the database is asked once in a while."""
    condition, seconds = FixedCondition(), Seconds()
    ready = Readiness(condition, FixedClock(), elapsed=seconds)
    answers = await asyncio.gather(ready.look(), ready.look())
    assert answers[0] == answers[1]
    assert condition.asked == 1
    seconds.now += AGAIN
    await ready.look()
    assert condition.asked == 2


async def test_other_probes() -> None:
    """What else a process needs comes after the database."""
    pulse = Pulse(elapsed=(seconds := Seconds()))
    ready = Readiness(FixedCondition(), FixedClock(), [pulse.check], elapsed=seconds)
    assert (await ready.look())[-1] == Check("tick", {"age_seconds": 0.0})
    seconds.now += STALE_TICK + 1
    assert (await ready.look())[-1] == Check("tick", {"age_seconds": STALE_TICK + 1}, NO_TICK)


async def test_signs_of_life() -> None:
    """A tick gives one when it begins and when it ends, however it does; a delivery gives more."""
    taken: list[float] = []

    class Notes(Silent):
        def ticked(self, seconds: float) -> None:
            taken.append(seconds)

    seconds = Seconds()
    pulse = Pulse(Notes(), seconds)

    async def tick() -> None:
        assert pulse.age == 0
        seconds.now += 3
        pulse.beat()
        seconds.now += 4
        assert pulse.age == 4
        raise ValueError("a bug")

    seconds.now += 10
    with pytest.raises(ValueError, match="a bug"):
        await pulse.watched(tick)()
    assert (pulse.age, taken) == (0, [7])


def test_a_silent_meter() -> None:
    """Whoever has nobody to tell tells nobody."""
    with SILENT.doing("delivery"):
        SILENT.written(Change())
        SILENT.ticked(1)
        SILENT.creatoraudit(200, 3)
        SILENT.slack_busy()
        SILENT.reconnected()
