"""Workers that are killed at every moment, on each of the stores: what waits, what corrects."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.digest.model import Digest
from bot.ports import Ledger
from bot.rendering.blocks import SlackMessage
from bot.rendering.numbers import Numbers
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Frozen, State
from bot.subscriptions.outcomes import Outcome
from bot.subscriptions.wishes import Wish
from tests.services.fakes import MemoryMessenger, subscriptions
from tests.services.post_office import PostOffice, subscription

MOMENTS = 22
"""Before and after each of five commits and three edits; then the line: two commits, a post."""

MOMENTS_OF_A_WAIT = 8
"""Two commits that wait, one before the post, the post; what is recorded of it then is new."""


@dataclass
class Fate:
    """Kills the worker at one of the moments that it passes."""

    strikes_at: int = 0
    passed: int = 0

    def moment(self) -> None:
        """Passes, or dies."""
        self.passed += 1
        if self.passed == self.strikes_at:
            raise asyncio.CancelledError


class Mortal:
    """A ledger before and after each of whose commits a worker may die."""

    def __init__(self, ledger: Ledger, fate: Fate) -> None:
        self._ledger = ledger
        self._fate = fate

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return getattr(self._ledger, name)  # type: ignore[no-any-return]

    async def commit(self, change: Change) -> bool:
        """Write, if the worker lives to do so."""
        self._fate.moment()
        written = await self._ledger.commit(change)
        self._fate.moment()
        return written


class MortalMessenger(MemoryMessenger):
    """The same of posts and edits."""

    fate = Fate()

    async def post(
        self, target: str, message: Frozen, key: str, thread: str | None = None
    ) -> Outcome:
        self.fate.moment()
        outcome = await super().post(target, message, key, thread)
        self.fate.moment()
        return outcome

    async def edit(self, channel: str, ts: str, message: Frozen) -> Outcome:
        self.fate.moment()
        outcome = await super().edit(channel, ts, message)
        self.fate.moment()
        return outcome


def details(
    digest: Digest,
    numbers: Numbers,  # noqa: ARG001
    *,
    classic: bool,  # noqa: ARG001
) -> tuple[SlackMessage, ...]:
    """Two replies that name the views."""
    return tuple(SlackMessage(f"{n}: {digest.sums['views']}", ()) for n in (1, 2))


async def early(ledger: Any, messenger: MemoryMessenger, name: str) -> PostOffice:  # noqa: ANN401
    """A post office whose recap and thread have numbers that are about to become fuller."""
    office = PostOffice(ledger=ledger, messenger=messenger, thread=details)
    office.refreshed(6)
    office.editions.sums = {"views": 100}
    await office.keep(subscription(name, f"C-{name}"))
    for _ in range(2):
        await office.tick()
    office.refreshed(10)
    office.editions.sums = {"views": 200}
    return office


async def test_a_correction(ledger: Ledger) -> None:
    """In the end post and thread say the same, one line tells of it, and nothing came twice."""
    for moment in range(1, MOMENTS + 1):
        fate, messenger = Fate(), MortalMessenger()
        messenger.fate = fate
        office = await early(Mortal(ledger, fate), messenger, f"s{moment}")
        fate.passed, fate.strikes_at = 0, moment
        for _ in range(3):
            await office.later(minutes=15)
        assert fate.passed >= MOMENTS
        there = {f"{n}.0": message for n, (_, message, _) in enumerate(messenger.posted, 1)}
        there |= {ts: message for _, ts, message in messenger.edited}
        post, first, second, line = (message.text for message in there.values())
        assert post.splitlines()[0] == "Recap: last 7 days"
        assert "views 100 → 200" in post
        assert (first, second) == ("1: 200", "2: 200")
        assert line in post.splitlines()
        key = f"s{moment}/2026-11-23"
        settled = await ledger.keyed(f"{key}/correction")
        assert settled
        assert settled.state is State.SENT
        kept = await ledger.keyed(key)
        assert kept
        assert kept.message
        assert len(kept.message.corrections) == 1


async def test_a_recap_that_waits(ledger: Ledger) -> None:
    """It comes once, after its wait, and nobody is told that it is late."""
    for moment in range(1, MOMENTS_OF_A_WAIT + 3):
        fate, messenger, name = Fate(), MortalMessenger(), f"s{moment}"
        messenger.fate = fate
        office = PostOffice(ledger=Mortal(ledger, fate), messenger=messenger)  # type: ignore[arg-type]
        office.refreshed(6)
        await office.keep(subscription(name, f"C-{name}"))
        await office.edit(name, wait_hours=1)
        fate.passed, fate.strikes_at = 0, moment
        await office.tick()
        office.editions.next_look = office.clock.now() + timedelta(minutes=30)
        for _ in range(9):
            await office.later(minutes=10)
        assert fate.passed >= MOMENTS_OF_A_WAIT
        assert office.posts(f"C-{name}") == ["Recap: last 7 days"]
        assert office.posts("U1") == []
        kept = await ledger.keyed(f"{name}/2026-11-23")
        assert kept
        assert kept.state is State.SENT


async def test_two_workers_on_one_wait(ledger: Ledger) -> None:
    """Both look at every moment: one asks, one posts, and whoever shortens the wait is heard."""
    office = PostOffice(ledger=ledger)  # type: ignore[arg-type]
    office.refreshed(6)
    await office.keep(subscription())
    await office.edit(wait_hours=12)
    other = office.another()
    desk = subscriptions(ledger, messenger=office.messenger, clock=office.clock)
    for minute in range(0, 60, 10):
        if minute == 50:
            await desk.subscribe("U2", "C1", Wish(wait_hours=0))
        await asyncio.gather(office.dispatcher.tick(), other.tick())
        await asyncio.gather(office.dispatcher.finish(), other.finish())
        assert len(office.posts()) == (minute >= 50)
        office.clock.instant += timedelta(minutes=10)
