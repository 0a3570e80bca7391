"""One delivery, from its claim to the next state in the ledger."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import structlog

from bot.errors import KeyNeeded, RecapError
from bot.meter import DELIVERY, SILENT, Meter
from bot.ports import Clock, Ledger, Messenger, Pacer, TargetSender
from bot.rendering.numbers import Numbers
from bot.services import sequels, tidings
from bot.services.build import LATE, Builder, NotYet, Work
from bot.services.copying import Copying
from bot.services.correct import Correcting
from bot.services.pace import Pace, near
from bot.services.record import HAND_OVER, Record, attempt, lost, wait_of
from bot.subscriptions import protocol
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Attempt, Delivery, Frozen, Kind, State, lateness
from bot.subscriptions.model import Subscription
from bot.subscriptions.outcomes import BadMessage, Busy, NotAllowed, Outcome
from bot.subscriptions.protocol import End, Look, Policy

log = structlog.get_logger(__name__)


class Delivering:
    """Takes claimed deliveries on; every method leaves the ledger in a state to go on from."""

    def __init__(  # noqa: PLR0913 -- here all of them meet
        self,
        ledger: Ledger,
        messenger: Messenger,
        sender: TargetSender,
        builder: Builder,
        clock: Clock,
        numbers: Numbers,
        policy: Policy,
        *,
        pace: Pacer | None = None,
        meter: Meter = SILENT,
    ) -> None:
        self._meter = meter
        self._ledger = ledger
        self._messenger = messenger
        self._builder = builder
        self._record = Record(ledger, clock)
        self._clock = clock
        self._numbers = numbers
        self._policy = policy
        self._pace = pace or Pace()
        self._correcting = Correcting(
            ledger, messenger, self._builder, self._record, clock, policy, self._pace
        )
        self._copying = Copying(ledger, sender, self._builder, self._record, clock, numbers, policy)

    async def deliver(self, delivery: Delivery, brief: Brief, work: Work) -> Delivery:
        """Take ``delivery``, which is ours, as far as it goes now; returns what it is then.

        Raises:
            TryLater: The database is away; whatever was begun is found and settled later.
        """
        with self._meter.doing(DELIVERY, delivery.kind.value):
            return await self._deliver(delivery, brief, work)

    async def _deliver(self, delivery: Delivery, brief: Brief, work: Work) -> Delivery:
        if delivery.kind is Kind.CORRECTION:
            return await self._correcting.correct(delivery, brief, work)
        if delivery.kind is Kind.COPY:
            return await self._copying.copy(delivery, brief, work.as_of)
        subscription = brief.subscription
        # A notice is as old as it is; only slots are looked at as of another instant.
        as_of = work.as_of if delivery.kind is Kind.RECAP else self._clock.now()
        step = protocol.next_step(delivery, subscription, as_of, self._policy)
        if isinstance(step, Look):
            delivery = await self._look(delivery, subscription)
            if delivery.state is not State.CLAIMED:
                return delivery
            step = protocol.next_step(delivery, subscription, as_of, self._policy, looked=True)
        if isinstance(step, End):
            return await self._end(delivery, subscription, step.state, step.reason)
        return await self._go(delivery, brief, work)

    async def _look(self, delivery: Delivery, subscription: Subscription | None) -> Delivery:
        began = self._clock.now()
        since = delivery.posting_at or began
        sighting = await self._messenger.find(delivery.target, delivery.key, since, delivery.thread)
        await self._record.hold(delivery.team, sighting)
        now = self._clock.now()
        after = protocol.after_look(delivery, sighting, now, self._policy)
        change = Change(
            delivery=(delivery, after),
            new=self._new(delivery, after, subscription, now),
            attempt=attempt(delivery, began, now, "look", sighting),
        )
        return await self._record.commit(change)

    def _new(
        self,
        before: Delivery,
        after: Delivery,
        subscription: Subscription | None,
        now: datetime,
    ) -> tuple[Delivery, ...]:
        """What comes into the ledger in the same moment in which ``before`` becomes ``after``."""
        told = tidings.told(before, after, subscription, self._numbers, now)
        return (*told, *sequels.of(after, now))

    async def _end(
        self, delivery: Delivery, subscription: Subscription | None, state: State, reason: str
    ) -> Delivery:
        after = protocol.ended(delivery, state, reason)
        new = self._new(delivery, after, subscription, self._clock.now())
        return await self._record.commit(Change(delivery=(delivery, after), new=new))

    async def _go(self, delivery: Delivery, brief: Brief, work: Work) -> Delivery:
        message, subscription = delivery.message, brief.subscription
        copies: Mapping[str, Frozen] = {}
        if message and message.blocks and self._is_stale(delivery, work):
            message = None
        if message is None:
            assert subscription is not None  # noqa: S101 -- only a recap is not yet frozen
            try:
                built = await self._builder.recap(delivery, subscription, brief, work)
            except RecapError as error:
                return await self._without_numbers(delivery, subscription, error)
            if isinstance(built, NotYet):
                return await self._record.commit(Change(delivery=(delivery, built.after)))
            message, copies = built.message, built.copies
        if brief.classic:
            message = protocol.without_data_blocks(message)
        yields = delivery.kind is Kind.REPLY
        if wait := await near(self._pace, delivery.team, delivery.target, yields=yields):
            # Not in its place among those under way: other workspaces have their turns meanwhile.
            after = protocol.in_line(delivery, message, self._clock.now(), wait)
            return await self._record.commit(Change(delivery=(delivery, after), copies=copies))
        began = asyncio.get_running_loop().time()
        now = self._clock.now()
        handed = protocol.handed(delivery, message, now, self._policy)
        if not await self._record.begin(delivery, handed, copies):
            return await self._record.wait(delivery)
        if asyncio.get_running_loop().time() - began > HAND_OVER:
            # The machine slept: the lease may be over, and the message another worker's by now.
            return await self._settle(handed, subscription, Busy("not handed over in time"))
        outcome = await self._messenger.post(
            delivery.target, message, delivery.key, delivery.thread
        )
        return await self._settle(handed, subscription, outcome)

    async def _without_numbers(
        self, delivery: Delivery, subscription: Subscription, error: RecapError
    ) -> Delivery:
        now = self._clock.now()
        deadline = protocol.waits_until(delivery, subscription, self._policy)
        after = protocol.without_numbers(delivery, deadline, now, wait_of(error))
        if isinstance(error, KeyNeeded):
            after = protocol.without_key(delivery, now, is_refused=error.is_refused)
        return await self._record.not_built(delivery, after, error, now)

    async def _settle(
        self, delivery: Delivery, subscription: Subscription | None, outcome: Outcome
    ) -> Delivery:
        """Write down what came of it, and try for a while when the database is away."""

        async def write_down() -> Delivery:
            return await self._write_down(delivery, subscription, outcome)

        return await self._record.insist(delivery, write_down)

    def _is_stale(self, delivery: Delivery, work: Work) -> bool:
        """Whether a recap that Slack has certainly not taken was frozen before it was late."""
        certain = delivery.kind is Kind.RECAP and delivery.posting_at is None
        return certain and not delivery.asked_by and lateness(delivery, work.as_of) > LATE

    async def _write_down(
        self,
        delivery: Delivery,
        subscription: Subscription | None,
        outcome: Outcome,
    ) -> Delivery:
        await self._record.hold(delivery.team, outcome)
        now = self._clock.now()
        if protocol.are_data_blocks_refused(delivery.message, outcome):
            await self._ledger.refuse_data_blocks(delivery.team, now)
        after = protocol.after_post(delivery, outcome, now, self._policy)
        tried = attempt(delivery, delivery.handed_at or now, now, "post", outcome)
        if isinstance(outcome, BadMessage):
            log.error("blocks_refused", delivery=delivery.id, code=outcome.code, at=outcome.detail)
        if isinstance(outcome, NotAllowed) and subscription and delivery.kind is Kind.RECAP:
            return await self._pause(delivery, after, subscription, outcome, tried)
        new = self._new(delivery, after, subscription, now)
        change = Change(delivery=(delivery, after), new=new, attempt=tried)
        return await self._record.commit(change)

    async def _pause(
        self,
        delivery: Delivery,
        after: Delivery,
        subscription: Subscription,
        outcome: NotAllowed,
        tried: Attempt,
    ) -> Delivery:
        """Settle ``delivery``, stop its subscription and tell the contact, all or nothing."""
        settled = (delivery, after)
        change = tidings.pausing(settled, subscription, outcome, tried.ended_at, tried)
        if change.subscription is None:
            return await self._record.commit(change)
        if await self._ledger.commit(change):
            log.warning("subscription_paused", subscription=subscription.id, code=outcome.code)
            return after
        # Somebody edited it meanwhile: once more with what it is now.
        newer = await self._ledger.subscription(subscription.id)
        if newer is None or newer.version == subscription.version:
            return lost(delivery)
        return await self._pause(delivery, after, newer, outcome, tried)
