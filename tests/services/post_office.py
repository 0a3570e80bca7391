"""A dispatcher over fakes whose clock and answers a test sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.digest.engagement import ScaleSetting
from bot.digest.facts import Number
from bot.digest.model import Digest, Missing
from bot.digest.preferences import Ask
from bot.ports import Pacer
from bot.rendering.blocks import SlackMessage
from bot.rendering.numbers import Numbers
from bot.services.build import Builder, Thread
from bot.services.deliver import Delivering
from bot.services.dispatch import Dispatcher
from bot.services.pace import Pace
from bot.services.recap import RecapService
from bot.storage.memory import MemoryLedger
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Kind
from bot.subscriptions.model import Subscription, activated
from bot.subscriptions.pace import Rate
from bot.subscriptions.protocol import Policy
from bot.subscriptions.schedule import Schedule
from tests.services.fakes import (
    FixedClock,
    MemoryMessenger,
    MemorySender,
    MemorySource,
    account,
    only,
)

SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def subscription(
    identifier: str = "s1", channel: str = "C1", contact: str | None = "U1"
) -> Subscription:
    """Every Monday at 09:00 in UTC, set up on a Saturday."""
    made = Subscription(
        id=identifier,
        team="T1",
        channel=channel,
        channel_name=f"name-{channel}",
        schedule=Schedule(),
        ask=Ask(),
        contact=contact,
        since=SATURDAY,
    )
    return activated(made, SATURDAY, "test")


class Editions(RecapService):
    """A ``RecapService`` whose sums, and when they will be fuller, are set by the test."""

    sums: Mapping[str, Number] = {}
    next_look: datetime | None = None
    missing: tuple[Missing, ...] = ()

    async def edition(self, ask: Ask, *, since: datetime, day: date) -> Digest:
        digest = await super().edition(ask, since=since, day=day)
        missing = (*digest.missing, *self.missing)
        return replace(digest, sums=self.sums, next_look=self.next_look, missing=missing)


def no_thread(digest: Digest, numbers: Numbers, *, classic: bool) -> tuple[SlackMessage, ...]:  # noqa: ARG001
    """Most tests are about the post; those about its thread bring their own."""
    return ()


class Turns(Pace):
    """Writes down who asks for a turn, and who yields in doing so."""

    def __init__(self) -> None:
        super().__init__(Rate(channel_interval=0.0))
        self.asked: list[tuple[str, str]] = []
        self.yielded: list[tuple[str, str]] = []

    async def turn(self, team: str, channel: str, *, yields: bool = False) -> float:
        (self.yielded if yields else self.asked).append((team, channel))
        return await super().turn(team, channel, yields=yields)


@dataclass
class PostOffice:
    """Everything between the ledger and Slack; nothing waits longer than the test wants."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    messenger: MemoryMessenger = field(default_factory=MemoryMessenger)
    sender: MemorySender = field(default_factory=MemorySender)
    source: MemorySource = field(default_factory=MemorySource)
    clock: FixedClock = field(default_factory=lambda: FixedClock(MONDAY))
    policy: Policy = field(default_factory=Policy)
    at_once: int = 50
    pace: Pacer = field(default_factory=lambda: Pace(Rate(channel_interval=0.0)))
    thread: Thread = no_thread

    def __post_init__(self) -> None:
        self.editions = Editions(self.source, self.clock, ScaleSetting.PERCENT)
        self.delivering = Delivering(
            self.ledger,
            self.messenger,
            self.sender,
            Builder(self.editions, self.clock, Numbers(), self.policy, self.thread),
            self.clock,
            Numbers(),
            self.policy,
            pace=self.pace,
        )
        self.dispatcher = self.another()

    def another(self) -> Dispatcher:
        """One more worker on the same ledger."""
        return Dispatcher(
            self.ledger,
            only(self.delivering),
            self.clock,
            Numbers(),
            self.policy,
            at_once=self.at_once,
        )

    async def keep(self, *subscriptions: Subscription) -> None:
        """Put ``subscriptions`` into the ledger."""
        for one in subscriptions:
            assert await self.ledger.commit(Change(subscription=(None, one)))

    async def tick(self, dispatcher: Dispatcher | None = None) -> None:
        """One pass with everything that it began, and one more for what came of that."""
        worker = dispatcher or self.dispatcher
        for _ in range(2):
            await worker.tick()
            await worker.finish()

    def refreshed(self, count: int, *, of: int = 10) -> None:
        """So many of the accounts are refreshed since the window closed."""
        self.source.tracked = tuple(
            replace(account(f"a{n}"), last_scrape_time=MONDAY if n < count else SATURDAY)
            for n in range(of)
        )

    async def later(self, worker: Dispatcher | None = None, **more: float) -> None:
        """The clock goes on, and there is a pass."""
        self.clock.instant += timedelta(**more)
        await self.tick(worker)

    def recaps(self) -> Sequence[Delivery]:
        """All recaps in the ledger, by their key."""
        return self._kind(Kind.RECAP)

    def notices(self) -> Sequence[Delivery]:
        """All notices in the ledger, by their key."""
        return self._kind(Kind.NOTICE)

    def replies(self) -> Sequence[Delivery]:
        """All replies in the ledger, by their key."""
        return self._kind(Kind.REPLY)

    def copies(self) -> Sequence[Delivery]:
        """All copies in the ledger, by their key."""
        return self._kind(Kind.COPY)

    def _kind(self, kind: Kind) -> Sequence[Delivery]:
        found = [one for one in self.ledger._deliveries.values() if one.kind is kind]
        return sorted(found, key=lambda one: one.key)

    @property
    def recap(self) -> Delivery:
        """The only recap."""
        (one,) = self.recaps()
        return one

    @property
    def notice(self) -> Delivery:
        """The only notice."""
        (one,) = self.notices()
        return one

    def posts(self, channel: str = "C1") -> list[str]:
        """The first lines of what was posted to ``channel``."""
        return [
            message.text.splitlines()[0]
            for target, message, _ in self.messenger.posted
            if target == channel
        ]

    async def edit(self, identifier: str = "s1", **changes: Any) -> Subscription:  # noqa: ANN401
        """Change a subscription behind everybody's back."""
        before = await self.ledger.subscription(identifier)
        assert before is not None
        after = replace(before, **changes)
        assert await self.ledger.commit(Change(subscription=(before, after)))
        return after
