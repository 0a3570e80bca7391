"""The copies of a recap: what goes to the targets beside the channel."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import structlog

from bot.errors import RecapError
from bot.ports import Clock, Ledger, TargetSender
from bot.rendering import elsewhere
from bot.rendering.numbers import Numbers
from bot.services import tidings
from bot.services.build import Builder
from bot.services.record import HAND_OVER, RECAP, Record, attempt, lost, wait_of
from bot.subscriptions import copies, protocol
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Attempt, Delivery, Entry, Frozen, State
from bot.subscriptions.model import Subscription
from bot.subscriptions.outcomes import Busy, Refused, Result
from bot.subscriptions.protocol import End, Policy
from bot.subscriptions.targets import masked
from bot.subscriptions.ways import Way, paused

log = structlog.get_logger(__name__)


class Copying:
    """Takes claimed copies on.

    Each is claimed, frozen, committed as ``posting`` and only then sent, like the recap itself.
    What one target says concerns that target alone: it holds back neither Slack nor the others.
    """

    def __init__(
        self,
        ledger: Ledger,
        sender: TargetSender,
        builder: Builder,
        record: Record,
        clock: Clock,
        numbers: Numbers,
        policy: Policy,
    ) -> None:
        self._ledger = ledger
        self._sender = sender
        self._builder = builder
        self._record = record
        self._clock = clock
        self._numbers = numbers
        self._policy = policy

    async def copy(self, delivery: Delivery, brief: Brief, as_of: datetime) -> Delivery:
        """Take ``delivery``, which is ours, as far as it goes now; returns what it is then.

        Raises:
            TryLater: The database is away; whatever was begun is settled later.
        """
        subscription = brief.subscription
        way = next((one for one in brief.ways if one.id == delivery.way), None)
        step = copies.next_step(delivery, subscription, way, as_of, self._policy)
        if isinstance(step, End):
            after = protocol.ended(delivery, step.state, step.reason)
            return await self._record.commit(self._change(delivery, after, subscription, way))
        assert subscription is not None  # noqa: S101 -- next_step has looked
        assert way is not None  # noqa: S101
        message = delivery.message or await self._frozen(delivery, subscription, brief.ways)
        if isinstance(message, Delivery):
            return message
        return await self._hand_over(delivery, subscription, way, message)

    async def _frozen(
        self, delivery: Delivery, subscription: Subscription, ways: tuple[Way, ...]
    ) -> Frozen | Delivery:
        """The message, for all copies of the slot at once; or the delivery that has none yet."""
        now = self._clock.now()
        recap = await self._ledger.keyed(copies.recap_key(delivery))
        is_held = delivery.team in await self._ledger.held(now)
        if until := copies.waits_for(delivery, recap, now, is_held=is_held):
            later = protocol.held_back(delivery, until)
            return await self._record.commit(Change(delivery=(delivery, later)))
        try:
            built = await self._builder.copies(delivery, subscription, ways)
        except RecapError as error:
            now = self._clock.now()
            after = protocol.put_off(delivery, now, wait_of(error))
            return await self._record.not_built(delivery, after, error, now)
        return await self._kept(delivery, built)

    async def _kept(self, delivery: Delivery, built: Mapping[str, Frozen]) -> Frozen | Delivery:
        """What the ledger has as the message: whoever was first has decided on the numbers."""
        await self._ledger.commit(Change(copies=built))
        kept = await self._ledger.delivery(delivery.id)
        if kept is None or kept.fence != delivery.fence:
            return lost(delivery)
        if kept.message is not None:
            return kept.message
        return await self._record.commit(
            Change(delivery=(delivery, protocol.put_off(delivery, self._clock.now())))
        )

    async def _hand_over(
        self, delivery: Delivery, subscription: Subscription, way: Way, message: Frozen
    ) -> Delivery:
        began = asyncio.get_running_loop().time()
        handed = copies.handed(delivery, message, self._clock.now(), self._policy)
        if not await self._ledger.commit(Change(delivery=(delivery, handed))):
            return lost(delivery)
        result: Result
        if asyncio.get_running_loop().time() - began > HAND_OVER:
            # The machine slept: the lease may be over, and the message another worker's by now.
            result = Busy("not handed over in time")
        else:
            result = await self._sender.send(way.target, message.payload, delivery.key)

        async def write_down() -> Delivery:
            return await self._write_down(handed, subscription, way, result)

        return await self._record.insist(handed, write_down)

    async def _write_down(
        self, delivery: Delivery, subscription: Subscription, way: Way, result: Result
    ) -> Delivery:
        now = self._clock.now()
        after = copies.after_send(delivery, way.target.kind, result, now)
        tried = attempt(delivery, delivery.handed_at or now, now, "send", result)
        if isinstance(result, Refused):
            return await self._pause(delivery, after, subscription, way, tried)
        change = self._change(delivery, after, subscription, way, tried)
        return await self._record.commit(change)

    async def _pause(
        self,
        delivery: Delivery,
        after: Delivery,
        subscription: Subscription,
        way: Way,
        tried: Attempt,
    ) -> Delivery:
        """Settle ``delivery``, stop its target alone and tell the contact, all or nothing."""
        now, code = tried.ended_at, after.reason or ""
        message = elsewhere.paused(subscription, way.target, code)
        told = tidings.notice(f"notice/target/{way.id}/{way.version}", subscription, message, now)
        change = Change(
            delivery=(delivery, after),
            way=(way, paused(way, code, now)),
            new=(told,),
            attempt=tried,
            entry=Entry(
                now, RECAP, "target_paused", subscription.id, f"{masked(way.target)}: {code}"
            ),
        )
        if await self._ledger.commit(change):
            log.warning("target_paused", subscription=subscription.id, target=way.id, code=code)
            return after
        # Somebody changed it meanwhile: once more with what it is now.
        newer = await self._ledger.way(way.id)
        if newer is None or not newer.is_active:
            return await self._record.commit(Change(delivery=(delivery, after), attempt=tried))
        if newer.version == way.version:
            return lost(delivery)
        return await self._pause(delivery, after, subscription, newer, tried)

    def _change(
        self,
        before: Delivery,
        after: Delivery,
        subscription: Subscription | None,
        way: Way | None,
        tried: Attempt | None = None,
    ) -> Change:
        """``before`` becomes ``after``, and the contact is told what they have to know."""
        told: tuple[Delivery, ...] = ()
        if subscription and way and after.state in {State.UNCONFIRMED, State.FAILED}:
            is_open = after.state is State.UNCONFIRMED
            words = elsewhere.unconfirmed if is_open else elsewhere.failed
            message = words(subscription, way.target, after, self._numbers)
            key = f"notice/{after.state}/{after.id}/{before.fence}"
            told = (tidings.notice(key, subscription, message, self._clock.now()),)
        return Change(delivery=(before, after), new=told, attempt=tried)
