"""One delivery, from its claim to the next state in the ledger."""

import asyncio
import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from bot.errors import RecapError, TryLater
from bot.ports import Clock, Ledger, Messenger
from bot.rendering import calendar, contact
from bot.rendering.blocks import SlackMessage
from bot.rendering.numbers import Numbers
from bot.rendering.scheduled import Occasion, render_scheduled
from bot.services.pace import Pace
from bot.services.recap import RecapService
from bot.subscriptions import protocol
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Attempt, Delivery, Entry, Frozen, Kind, State, lateness
from bot.subscriptions.model import Pause, Subscription, paused
from bot.subscriptions.outcomes import BadMessage, Busy, NotAllowed, Outcome, Sent, Sighting
from bot.subscriptions.protocol import End, Look, Policy
from bot.subscriptions.schedule import Slot

log = structlog.get_logger(__name__)

LATE: Final = timedelta(minutes=5)
"""From here on the post says how late it is."""

BUILD: Final = 40.0
"""Seconds that the numbers may take; the lease is longer."""

HAND_OVER: Final = 5.0
"""Seconds after the commit of ``posting`` in which the call must begin."""

RECORD_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between the tries to write down what became of a post; in all within the lease."""

NO_CONTACT: Final = "no_contact"
RECAP: Final = "recap"
"""The actor of what Recap does by itself."""


def notice(key: str, subscription: Subscription, message: SlackMessage, now: datetime) -> Delivery:
    """A message to the contact, once for ever for ``key``; without a contact it is only kept."""
    contact_id = subscription.contact
    if contact_id is None:
        log.warning("nobody_to_tell", subscription=subscription.id, key=key, text=message.text)
    return Delivery(
        id=uuid.uuid4().hex,
        key=key,
        kind=Kind.NOTICE,
        team=subscription.team,
        target=contact_id or "",
        due_at=now,
        planned_at=now,
        state=State.PLANNED if contact_id else State.SKIPPED,
        reason=None if contact_id else NO_CONTACT,
        ready_at=now if contact_id else None,
        subscription=subscription.id,
        message=frozen(message),
    )


def edition_day(due_at: datetime, now: datetime) -> date:
    """The UTC date before which the window of a post ends: its slot's, unless that is long ago."""
    today, due = now.date(), due_at.date()
    return due if timedelta(0) <= today - due <= timedelta(days=1) else today


def pause_notice(subscription: Subscription, pause: Pause, now: datetime) -> Delivery:
    """Tells the contact that ``subscription``, as it was until now, is paused."""
    key = f"notice/paused/{subscription.id}/{subscription.version}"
    return notice(key, subscription, contact.paused(subscription, pause), now)


def frozen(message: SlackMessage) -> Frozen:
    """``message`` as it is kept and sent."""
    return Frozen(message.text, tuple(message.blocks))


@dataclass(frozen=True, slots=True)
class Work:
    """What one pass works with.

    Attributes:
        as_of: The instant whose slots are delivered; the wall clock's, but for ``tick --at``.
        began_at: When the pass began, by the wall clock.
    """

    as_of: datetime
    began_at: datetime


class Delivering:
    """Takes claimed deliveries on; every method leaves the ledger in a state to go on from."""

    def __init__(
        self,
        ledger: Ledger,
        messenger: Messenger,
        recap: RecapService,
        clock: Clock,
        numbers: Numbers,
        policy: Policy,
        *,
        pace: Pace | None = None,
    ) -> None:
        self._ledger = ledger
        self._messenger = messenger
        self._recap = recap
        self._clock = clock
        self._numbers = numbers
        self._policy = policy
        self._pace = pace or Pace()
        self._holds: dict[str, datetime] = {}

    async def deliver(self, delivery: Delivery, brief: Brief, work: Work) -> Delivery:
        """Take ``delivery``, which is ours, as far as it goes now; returns what it is then.

        Raises:
            TryLater: The database is away; whatever was begun is found and settled later.
        """
        subscription = brief.subscription
        # A notice is as old as it is; only slots are looked at as of another instant.
        as_of = self._clock.now() if delivery.kind is Kind.NOTICE else work.as_of
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
        sighting = await self._messenger.find(delivery.target, delivery.key, since)
        await self._hold(delivery, sighting)
        now = self._clock.now()
        after = protocol.after_look(delivery, sighting, now, self._policy)
        change = Change(
            delivery=(delivery, after),
            new=self._told(delivery, after, subscription, now),
            attempt=_attempt(delivery, began, now, "look", sighting),
        )
        return await self._commit(change)

    def _told(
        self,
        before: Delivery,
        after: Delivery,
        subscription: Subscription | None,
        now: datetime,
    ) -> tuple[Delivery, ...]:
        """What the contact is told of how ``before`` became ``after``."""
        if subscription is None or after.kind is Kind.NOTICE:
            return ()
        match after.state:
            case State.UNCONFIRMED:
                message = contact.unconfirmed(subscription, after, self._numbers)
            case State.MISSED:
                slot = Slot(after.day or after.due_at.date(), after.due_at)
                message = contact.missed(subscription, (slot,), 1, self._numbers)
            case State.FAILED if subscription.is_active:
                message = contact.failed(subscription, after)
            case _:
                return ()
        key = f"notice/{after.state}/{after.id}/{before.fence}"
        return (notice(key, subscription, message, now),)

    async def _end(
        self, delivery: Delivery, subscription: Subscription | None, state: State, reason: str
    ) -> Delivery:
        after = protocol.ended(delivery, state, reason)
        told = self._told(delivery, after, subscription, self._clock.now())
        return await self._commit(Change(delivery=(delivery, after), new=told))

    async def _go(self, delivery: Delivery, brief: Brief, work: Work) -> Delivery:
        message, subscription = delivery.message, brief.subscription
        if message and message.blocks and self._is_stale(delivery, work):
            message = None
        if message is None:
            assert subscription is not None  # noqa: S101 -- only a recap is not yet frozen
            try:
                message = await self._build(delivery, subscription, brief.last_sent_at, work)
            except RecapError as error:
                return await self._without_numbers(delivery, error)
        asked = asyncio.get_running_loop().time()
        await asyncio.sleep(self._pace.turn(delivery.team, delivery.target, asked))
        began = asyncio.get_running_loop().time()
        now = self._clock.now()
        handed = protocol.handed(delivery, message, now, self._policy)
        handing = Change(delivery=(delivery, handed), unless_held=now)
        if self._told_to_wait(delivery.team) or not await self._ledger.commit(handing):
            return await self._wait(delivery)
        if asyncio.get_running_loop().time() - began > HAND_OVER:
            # The machine slept: the lease may be over, and the message another worker's by now.
            return await self._settle(handed, subscription, Busy("not handed over in time"))
        outcome = await self._messenger.post(delivery.target, message, delivery.key)
        return await self._settle(handed, subscription, outcome)

    async def _build(
        self,
        delivery: Delivery,
        subscription: Subscription,
        last_sent_at: datetime | None,
        work: Work,
    ) -> Frozen:
        since = min(delivery.due_at, work.began_at)
        try:
            async with asyncio.timeout(BUILD):
                day = edition_day(delivery.due_at, self._clock.now())
                digest = await self._recap.edition(subscription.ask, since=since, day=day)
        except TimeoutError as error:
            raise TryLater(
                "CreatorAudit took too long to answer.",
                f"The numbers were given up after {BUILD:g} s.",
            ) from error
        late = lateness(delivery, work.as_of)
        slot = Slot(delivery.day, delivery.due_at) if delivery.day else None
        occasion = Occasion(
            slot=slot,
            asked_by=delivery.asked_by,
            late=late if late > LATE and slot else None,
            last=self._when(last_sent_at, subscription),
        )
        return frozen(render_scheduled(digest, subscription, occasion, self._numbers))

    def _when(self, instant: datetime | None, subscription: Subscription) -> str | None:
        """``instant`` as the wall clock of the subscription shows it."""
        if instant is None:
            return None
        slot = Slot(instant.date(), instant)
        return calendar.when(slot, subscription.schedule, self._numbers)

    async def _without_numbers(self, delivery: Delivery, error: RecapError) -> Delivery:
        now = self._clock.now()
        wait = error.retry_after if isinstance(error, TryLater) else None
        after = protocol.put_off(delivery, now, wait)
        log.warning(
            "recap_not_built", delivery=delivery.id, key=delivery.key, detail=error.operator
        )
        attempt = Attempt(delivery.id, delivery.fence, now, now, "not_built", error.operator)
        return await self._commit(Change(delivery=(delivery, after), attempt=attempt))

    async def _settle(
        self, delivery: Delivery, subscription: Subscription | None, outcome: Outcome
    ) -> Delivery:
        """Write down what came of it, and try for a while when the database is away."""
        for pause in RECORD_PAUSES:
            try:
                return await self._record(delivery, subscription, outcome)
            except TryLater as error:
                log.warning("not_recorded", delivery=delivery.id, detail=error.operator)
                await asyncio.sleep(pause)
        return await self._record(delivery, subscription, outcome)

    async def _hold(self, delivery: Delivery, came: Outcome | Sighting) -> None:
        """Remember at once, and tell the other workers, that the whole workspace has to wait."""
        if isinstance(came, Busy) and came.hold:
            until = self._clock.now() + timedelta(seconds=came.wait or 0)
            self._holds[delivery.team] = until
            await self._ledger.hold(delivery.team, until)

    def _is_stale(self, delivery: Delivery, work: Work) -> bool:
        """Whether a recap that Slack has certainly not taken was frozen before it was late."""
        certain = delivery.kind is Kind.RECAP and delivery.posting_at is None
        return certain and not delivery.asked_by and lateness(delivery, work.as_of) > LATE

    def _told_to_wait(self, team: str) -> bool:
        """Whether this very process was asked to wait, and perhaps no other knows it yet."""
        until = self._holds.get(team)
        return until is not None and until > self._clock.now()

    async def _wait(self, delivery: Delivery) -> Delivery:
        """Leave ``delivery`` until its workspace may post again; unless it is ours no more."""
        held = await self._ledger.held(self._clock.now())
        known = [
            until for until in (held.get(delivery.team), self._holds.get(delivery.team)) if until
        ]
        if not known:
            return _lost(delivery)
        waiting = protocol.held_back(delivery, max(known))
        return await self._commit(Change(delivery=(delivery, waiting)))

    async def _record(
        self,
        delivery: Delivery,
        subscription: Subscription | None,
        outcome: Outcome,
    ) -> Delivery:
        await self._hold(delivery, outcome)
        now = self._clock.now()
        after = protocol.after_post(delivery, outcome, now, self._policy)
        attempt = _attempt(delivery, delivery.handed_at or now, now, "post", outcome)
        if isinstance(outcome, BadMessage) and delivery.message and delivery.message.blocks:
            # The definite kind of refusal: the same in words alone may be sent.
            log.error("blocks_refused", delivery=delivery.id, code=outcome.code, at=outcome.detail)
            words = Frozen(delivery.message.text)
            after = replace(after, state=State.PLANNED, reason=None, message=words, ready_at=now)
        if isinstance(outcome, NotAllowed) and subscription and delivery.kind is Kind.RECAP:
            return await self._pause(delivery, after, subscription, outcome, attempt)
        told = self._told(delivery, after, subscription, now)
        change = Change(delivery=(delivery, after), new=told, attempt=attempt)
        return await self._commit(change)

    async def _pause(
        self,
        delivery: Delivery,
        after: Delivery,
        subscription: Subscription,
        outcome: NotAllowed,
        attempt: Attempt,
    ) -> Delivery:
        """Settle ``delivery``, stop its subscription and tell the contact, all or nothing."""
        now = attempt.ended_at
        if not subscription.is_active:
            return await self._commit(Change(delivery=(delivery, after), attempt=attempt))
        change = Change(
            delivery=(delivery, after),
            subscription=(subscription, paused(subscription, outcome.pause)),
            new=(pause_notice(subscription, outcome.pause, now),),
            attempt=attempt,
            entry=Entry(now, RECAP, "paused", subscription.id, outcome.code),
        )
        if await self._ledger.commit(change):
            log.warning("subscription_paused", subscription=subscription.id, code=outcome.code)
            return after
        # Somebody edited it meanwhile: once more with what it is now.
        newer = await self._ledger.subscription(subscription.id)
        if newer is None or newer.version == subscription.version:
            return _lost(delivery)
        return await self._pause(delivery, after, newer, outcome, attempt)

    async def _commit(self, change: Change) -> Delivery:
        assert change.delivery is not None  # noqa: S101
        before, after = change.delivery
        if not await self._ledger.commit(change):
            return _lost(before)
        log.info(
            "delivery",
            delivery=after.id,
            key=after.key,
            attempt=before.fence,
            state=after.state.value,
            reason=after.reason,
        )
        return after


def _lost(delivery: Delivery) -> Delivery:
    """Another worker has taken over; whatever this one knows counts no more."""
    log.warning("delivery_lost", delivery=delivery.id, key=delivery.key, attempt=delivery.fence)
    return delivery


def _attempt(
    delivery: Delivery, began: datetime, now: datetime, what: str, came: Outcome | Sighting
) -> Attempt:
    detail = getattr(came, "code", None) or getattr(came, "detail", "")
    if isinstance(came, Sent):
        detail = came.ts
    kind = f"{what}:{type(came).__name__}"
    return Attempt(delivery.id, delivery.fence, began, now, kind, str(detail)[:500])
