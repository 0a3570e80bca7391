"""Each event is followed once, and none is lost to the bookkeeping."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.errors import TryLater
from bot.services.once import Once
from bot.storage.memory_events import MemorySeenEvents
from tests.services.fakes import FixedClock

AWAY = TryLater("away", "The database does not answer: locked.")


class AwaySeenEvents(MemorySeenEvents):
    """A database that does not answer."""

    async def note(self, event_id: str, now: datetime) -> bool:  # noqa: ARG002
        raise AWAY

    async def drop(self, event_id: str) -> None:  # noqa: ARG002
        raise AWAY


@dataclass
class Follower:
    """What follows an event, and how often it did."""

    seen: MemorySeenEvents = field(default_factory=MemorySeenEvents)
    clock: FixedClock = field(default_factory=FixedClock)
    followed: int = 0

    def __post_init__(self) -> None:
        self.once = Once(self.seen, self.clock)

    async def hears(self, event_id: str, problem: Exception | None = None) -> None:
        await self.once.follow(event_id, self._does(problem))

    async def _does(self, problem: Exception | None) -> None:
        self.followed += 1
        if problem:
            raise problem


async def test_a_repetition() -> None:
    """Followed the first time, noticed in the log the second; another event is another."""
    one = Follower()
    await one.hears("Ev1")
    with capture_logs() as logs:
        await one.hears("Ev1")
    assert one.followed == 1
    assert logs == [{"event": "event_repeated", "event_id": "Ev1", "log_level": "info"}]
    await one.hears("Ev2")
    assert one.followed == 2


async def test_two_processes() -> None:
    """The repetition reaches another process, which knows it from the database."""
    one = Follower()
    other = Follower(one.seen)
    await one.hears("Ev1")
    await other.hears("Ev1")
    assert (one.followed, other.followed) == (1, 0)


async def test_what_could_not_be_followed() -> None:
    """The repetition is its second chance."""
    one = Follower()
    with pytest.raises(TryLater):
        await one.hears("Ev1", AWAY)
    await one.hears("Ev1")
    assert one.followed == 2


async def test_a_database_that_is_away() -> None:
    """Followed every time: that changes nothing the second time, and nothing is lost."""
    one = Follower(AwaySeenEvents())
    with capture_logs() as logs:
        await one.hears("Ev1")
        await one.hears("Ev1")
    assert one.followed == 2
    assert [(line["event"], line["detail"]) for line in logs] == [
        ("event_not_noted", "The database does not answer: locked.")
    ] * 2
    with pytest.raises(ZeroDivisionError):
        await one.hears("Ev1", ZeroDivisionError())


async def test_forgotten_after_a_day() -> None:
    """Looked for once an hour: Slack repeats nothing that is so old."""
    one = Follower()
    await one.hears("Ev1")
    for hours, known in ((23, True), (24, True), (24.5, True), (25, False)):
        one.clock.instant = FixedClock().instant + timedelta(hours=hours)
        await one.hears(f"at {hours}")
        assert await one.seen.note("Ev1", one.clock.now()) is not known
