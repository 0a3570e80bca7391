"""One pass over the ledger: what is due comes in, what is ready goes out."""

import asyncio
import sys
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.errors import NotInstalled, OperatorMustAct, RecapError
from bot.ports import Clock, Ledger
from bot.rendering import contact
from bot.rendering.numbers import Numbers
from bot.services.build import Work
from bot.services.deliver import Delivering
from bot.services.tidings import notice
from bot.services.uninvited import uninvited
from bot.subscriptions import copies, protocol
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import (
    COPIES,
    CORRECTIONS,
    LATE_NOTICE,
    POSTS,
    Delivery,
    Kind,
    State,
)
from bot.subscriptions.model import Subscription
from bot.subscriptions.protocol import Plan, Policy
from bot.subscriptions.schedule import Slot
from bot.subscriptions.ways import Way
from bot.subscriptions.zones import rules_version

log = structlog.get_logger(__name__)

AT_ONCE: Final = 40
"""Deliveries under way in one process."""

COPIES_AT_ONCE: Final = 5
"""The same for what goes elsewhere than to Slack: these have places of their own, so that targets
that hang keep no post waiting."""

CORRECTIONS_AT_ONCE: Final = 5
"""The same for what looks again at posts: each look may ask for all numbers anew."""

BATCH: Final = 500
PLANNED_AT_ONCE: Final = 100
"""Subscriptions planned in one transaction: the first go out while the others wait for theirs."""

SETTLE_WITHIN: Final = timedelta(minutes=3)
"""How long one ``recap tick`` waits for what has to be tried again."""

DeliveringOf = Callable[[str], Awaitable[Delivering]]
"""What posts in a workspace, by Slack's id of it; may raise ``bot.errors.RecapError``."""


def slot_key(subscription: Subscription, slot: Slot) -> str:
    """What is unique for ever: a subscription has one delivery for a local date."""
    return f"{subscription.id}/{slot.day.isoformat()}"


def slot_delivery(subscription: Subscription, slot: Slot, now: datetime) -> Delivery:
    """The recap that ``subscription`` owes for ``slot``, ready to be claimed."""
    return Delivery(
        id=uuid.uuid4().hex,
        key=slot_key(subscription, slot),
        kind=Kind.RECAP,
        team=subscription.team,
        target=subscription.channel,
        due_at=slot.due_at,
        planned_at=now,
        ready_at=now,
        subscription=subscription.id,
        day=slot.day,
    )


async def would_do(
    ledger: Ledger, as_of: datetime, policy: Policy, limit: int = BATCH
) -> list[tuple[Subscription, Plan]]:
    """What a pass as of ``as_of`` would plan; nothing is written."""
    planned = []
    for one in await ledger.due(as_of, limit):
        try:
            planned.append((one, protocol.plan(one, as_of, policy, rules_version())))
        except Exception:
            # A zone that is gone, say. The others are not to wait for somebody who mends it.
            log.exception("subscription_not_planned", subscription=one.id, channel=one.channel)
    return planned


@dataclass(slots=True)
class _Lane:
    """Deliveries that share places, and never wait for those of another lane.

    Attributes:
        kinds: What goes here.
        at_once: How many may be under way.
        lease: How long a worker may be silent about one.
        is_slack: Whether a workspace that has to wait holds its deliveries back.
        under_way: Those that are, by their tasks.
        claiming: What fills the places beside the pass; none for what the pass itself fills.
    """

    kinds: frozenset[Kind]
    at_once: int
    lease: timedelta
    is_slack: bool
    under_way: dict[asyncio.Task[None], str] = field(default_factory=dict)
    claiming: asyncio.Task[None] | None = None

    async def room(self) -> None:
        """Wait until half of the places are free, so that one claim fills many."""
        while len(self.under_way) > self.at_once // 2:
            await asyncio.wait(self.under_way, return_when=asyncio.FIRST_COMPLETED)

    @property
    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """Everything of it that is under way."""
        return [*self.under_way, *([self.claiming] if self.claiming else [])]


class Dispatcher:
    """Plans, claims and delivers; any number of them may work on one ledger.

    Args:
        ledger: Where it is written down.
        delivering_of: What takes the claimed deliveries of a workspace on.
        clock: The wall clock.
        numbers: For what the contact is told.
        policy: How long is how long.
        at_once: Deliveries under way at the same time.
    """

    def __init__(
        self,
        ledger: Ledger,
        delivering_of: DeliveringOf,
        clock: Clock,
        numbers: Numbers,
        policy: Policy,
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        self._ledger = ledger
        self._delivering_of = delivering_of
        self._clock = clock
        self._numbers = numbers
        self._policy = policy
        self._posts = _Lane(POSTS, at_once, policy.lease, is_slack=True)
        self._beside = (
            _Lane(CORRECTIONS, CORRECTIONS_AT_ONCE, policy.lease, is_slack=True),
            _Lane(COPIES, COPIES_AT_ONCE, policy.copy_lease, is_slack=False),
        )
        self._owner = uuid.uuid4().hex
        self._stopping = False
        self.on_delivery: Callable[[Delivery], None] = lambda _: None

    async def tick(self, as_of: datetime | None = None) -> None:
        """One pass as of ``as_of``, or of now; what it begins goes on beside the caller.

        A database that is away ends the pass; the next one begins where this one stood.
        """
        now = self._clock.now()
        work = Work(as_of or now, now)
        try:
            await self._pass(work)
        except RecapError as error:
            log.warning("tick_cut_short", detail=error.operator)

    async def settle(self, as_of: datetime) -> datetime | None:
        """Pass after pass as of ``as_of`` until nothing is open or it would take too long.

        Returns:
            None when all is settled; else when the next delivery can be tried again.

        Raises:
            TryLater: The database is away.
        """
        give_up = self._clock.now() + SETTLE_WITHIN
        work = Work(as_of, self._clock.now())
        await self.renew_plans()
        while True:
            await self._pass(work)
            await self.finish()
            ready_at = await self._next_ready()
            if ready_at is None or ready_at > give_up:
                return ready_at
            await asyncio.sleep((ready_at - self._clock.now()).total_seconds())

    async def _next_ready(self) -> datetime | None:
        """When something can be claimed again; None when nothing is open."""
        ready_at = await self._ledger.next_ready()
        now = self._clock.now()
        if ready_at is None or ready_at > now:
            return ready_at
        # What is ready and was not claimed belongs to a workspace that has to wait, or to another
        # process that is about to take it.
        held = await self._ledger.held(now)
        return min(held.values(), default=now + timedelta(seconds=1))

    async def renew_plans(self) -> int:
        """Compute the next slots anew that older time-zone rules gave; returns how many changed.

        Countries change their clocks at short notice, and a release of tzdata may come between the
        day on which a slot was planned and the slot.
        """
        rules, count = rules_version(), 0
        while outdated := await self._ledger.outdated(rules, BATCH):
            for one in outdated:
                assert one.next_slot is not None  # noqa: S101 -- only active ones are listed
                planned = one.schedule.slot(one.next_slot.day)
                renewed = replace(one, next_slot=planned, rules=rules)
                await self._ledger.commit(Change(subscription=(one, renewed)))
                count += planned != one.next_slot
        return count

    async def drain(self, seconds: float) -> None:
        """Begin nothing more, and let what is under way end for at most ``seconds``.

        What has not ended by then is given up where it stands: its lease runs out, and whoever
        claims it next looks first whether the message is there.
        """
        self._stopping = True
        under_way = self._tasks()
        if not under_way:
            return
        _, late = await asyncio.wait(under_way, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _pass(self, work: Work) -> None:
        while planned := await self.plan(work.as_of):
            # No more than these: a workspace takes so many messages a minute, and the replies to
            # the first recaps are not to come before the last recaps.
            await self._claim(work, self._posts, planned)
        await self.warn(self._clock.now())
        for lane in self._beside:
            if lane.claiming is None:
                # Beside the pass, which does not wait for a place among them.
                lane.claiming = asyncio.create_task(self._fill(work, lane))
        await self._claim(work, self._posts)

    async def _fill(self, work: Work, lane: _Lane) -> None:
        try:
            await self._claim(work, lane)
        except RecapError as error:
            log.warning("tick_cut_short", detail=error.operator)
        finally:
            lane.claiming = None

    async def plan(self, as_of: datetime) -> int:
        """Put what is due into the ledger, up to a number; how many subscriptions that were."""
        planned = await would_do(self._ledger, as_of, self._policy, PLANNED_AT_ONCE)
        if not planned:
            return 0
        ways = await self._ledger.ways([one.id for one, _ in planned])
        changes = [self._owed(one, plan, ways[one.id]) for one, plan in planned]
        # Refused where somebody else has planned or edited it meanwhile: it is read again.
        written = await self._ledger.commit_each(changes)
        for change, kept in zip(changes, written, strict=True):
            for one in change.new if kept else ():
                log.info("planned", delivery=one.id, key=one.key, state=one.state.value)
        return len(planned)

    def _owed(self, subscription: Subscription, plan: Plan, ways: Sequence[Way]) -> Change:
        """What ``plan`` puts into the ledger."""
        now = self._clock.now()
        owed = [slot_delivery(subscription, plan.slot, now)] if plan.slot else []
        owed += [copies.planned(recap, way) for recap in owed for way in ways if way.is_active]
        missed = [
            replace(
                slot_delivery(subscription, slot, now),
                state=State.MISSED,
                reason=protocol.TOO_LATE,
                ready_at=None,
            )
            for slot in plan.missed
        ]
        told: tuple[Delivery, ...] = ()
        if plan.missed:
            message = contact.missed(subscription, plan.missed, plan.missed_count, self._numbers)
            key = f"notice/missed/{slot_key(subscription, plan.missed[-1])}"
            told = (notice(key, subscription, message, now),)
        return Change(subscription=(subscription, plan.after), new=(*owed, *missed, *told))

    async def warn(self, now: datetime) -> None:
        """Tell the contacts of recaps that should have been there long ago."""
        for one in await self._ledger.overdue(now - self._policy.patience, BATCH):
            subscription = await self._ledger.subscription(one.subscription)
            if subscription is None or not subscription.is_active:
                continue
            message = contact.late(subscription, one, self._numbers)
            told = notice(LATE_NOTICE + one.id, subscription, message, now)
            log.error("delivery_late", delivery=one.id, key=one.key, state=one.state.value)
            await self._ledger.commit(Change(new=(told,)))

    async def _claim(self, work: Work, lane: _Lane, most: int = sys.maxsize) -> None:
        """Take on what is ready, the longest due first, until nothing is or ``most`` were."""
        while most > 0 and not self._stopping:
            await lane.room()
            now = self._clock.now()
            held = frozenset(await self._ledger.held(now) if lane.is_slack else ())
            free = min(most, lane.at_once - len(lane.under_way))
            under_way = frozenset(lane.under_way.values())
            claimed = await self._ledger.claim(
                self._owner, now, lane.lease, free, held, under_way, lane.kinds
            )
            if not claimed:
                return
            most -= len(claimed)
            briefs = await self._ledger.briefs(claimed)
            for one in claimed:
                task = asyncio.create_task(self.deliver(one, briefs[one.id], work))
                lane.under_way[task] = one.id
                task.add_done_callback(lane.under_way.pop)

    def _tasks(self) -> Sequence[asyncio.Task[None]]:
        """Everything that is under way."""
        return [task for lane in (self._posts, *self._beside) for task in lane.tasks]

    async def finish(self) -> None:
        """Wait until nothing is under way."""
        while tasks := self._tasks():
            await asyncio.wait(tasks)

    async def deliver(self, delivery: Delivery, brief: Brief, work: Work) -> None:
        """Take ``delivery``, which is claimed, as far as it goes now; raises nothing."""
        structlog.contextvars.bind_contextvars(delivery=delivery.id, attempt=delivery.fence)
        try:
            delivering = await self._delivering_of(delivery.team)
            self.on_delivery(await delivering.deliver(delivery, brief, work))
        except NotInstalled as error:
            log.warning("delivery_uninvited", delivery=delivery.id, detail=error.operator)
            now = self._clock.now()
            await self._write(uninvited(delivery, brief.subscription, now, self._policy), delivery)
        except OperatorMustAct as error:
            log.warning("delivery_in_need", delivery=delivery.id, detail=error.operator)
            await self._leave(delivery)
        except RecapError as error:
            # Its lease runs out, and the next claim goes on from what the ledger says.
            log.warning("delivery_cut_short", delivery=delivery.id, detail=error.operator)
        except Exception:
            log.exception("delivery_failed", delivery=delivery.id, key=delivery.key)
            await self._leave(delivery)

    async def _leave(self, delivery: Delivery) -> None:
        """Only a person can help this delivery: try it later and later; the contact hears of it."""
        now = self._clock.now()
        later = protocol.wait_ended(protocol.put_off(delivery, now), now)
        await self._write(Change(delivery=(delivery, later)), delivery)

    async def _write(self, change: Change, delivery: Delivery) -> None:
        try:
            await self._ledger.commit(change)
        except RecapError as error:
            log.warning("delivery_cut_short", delivery=delivery.id, detail=error.operator)
