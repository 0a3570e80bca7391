"""From a slot to a frozen message."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Protocol

import structlog

from bot.digest.model import Digest
from bot.digest.preferences import Ask
from bot.errors import TryLater
from bot.ports import Clock
from bot.rendering import calendar, timing
from bot.rendering.blocks import SlackMessage
from bot.rendering.numbers import Numbers
from bot.rendering.scheduled import Occasion, render_scheduled
from bot.rendering.targets import render_target
from bot.rendering.thread import render_thread
from bot.services.recap import Recaps
from bot.subscriptions import copies, protocol
from bot.subscriptions.brief import Brief
from bot.subscriptions.deliveries import WAITING_FOR_DATA, Delivery, Frozen, Provisional, lateness
from bot.subscriptions.model import Subscription
from bot.subscriptions.protocol import Policy
from bot.subscriptions.schedule import Slot
from bot.subscriptions.ways import Way

log = structlog.get_logger(__name__)

LATE: Final = timedelta(minutes=5)
"""From here on the post says how late it is."""

LOOKS_TOGETHER: Final = timedelta(minutes=1)
"""Who looks again takes numbers that somebody else has asked for so short a time ago: everybody who
waits for a window looks at nearly the same time, and looks are five minutes apart at least."""

BUILD: Final = 40.0
"""Seconds that the numbers may take; the lease is longer."""

NAMED: Final = 3
"""Figures that a correction names; the post has all of them."""


class Thread(Protocol):
    """What goes into the thread of a post."""

    def __call__(
        self, digest: Digest, numbers: Numbers, *, classic: bool
    ) -> tuple[SlackMessage, ...]:
        """The replies in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """What one pass works with.

    Attributes:
        as_of: The instant whose slots are delivered; the wall clock's, but for ``tick --at``.
        began_at: When the pass began, by the wall clock.
    """

    as_of: datetime
    began_at: datetime

    @property
    def looks_since(self) -> datetime:
        """The oldest numbers that a look of this pass may take."""
        return self.began_at - LOOKS_TOGETHER


@dataclass(frozen=True, slots=True)
class NotYet:
    """The numbers are not full enough; ``after`` is the delivery that waits for better ones."""

    after: Delivery


@dataclass(frozen=True, slots=True)
class Built:
    """A recap and the messages of its copies, by their keys: of the same numbers."""

    message: Frozen
    copies: Mapping[str, Frozen]


def edition_day(due_at: datetime, now: datetime) -> date:
    """The UTC date before which the window of a post ends: its slot's, unless that is long ago."""
    today, due = now.date(), due_at.date()
    return due if timedelta(0) <= today - due <= timedelta(days=1) else today


def frozen(message: SlackMessage) -> Frozen:
    """``message`` as it is kept and sent."""
    return Frozen(message.text, tuple(message.blocks), tuple(message.classic))


class Builder:
    """Asks for the numbers of a delivery and puts them into the message that is kept."""

    def __init__(
        self,
        recap: Recaps,
        clock: Clock,
        numbers: Numbers,
        policy: Policy,
        thread: Thread = render_thread,
    ) -> None:
        self._thread = thread
        self._recap = recap
        self._clock = clock
        self._numbers = numbers
        self._policy = policy

    async def recap(
        self, delivery: Delivery, subscription: Subscription, brief: Brief, work: Work
    ) -> Built | NotYet:
        """The recap that ``delivery`` owes ``subscription``, with its thread and its copies.

        Raises:
            RecapError: There are no numbers.
        """
        day = edition_day(delivery.due_at, self._clock.now())
        has_waited = delivery.reason == WAITING_FOR_DATA
        # Whoever waits for fresh numbers must not be given those that were not fresh enough.
        since = work.looks_since if has_waited else min(delivery.due_at, work.began_at)
        digest = await self._digest(subscription.ask, since, day)
        now = self._clock.now()
        deadline = protocol.waits_until(delivery, subscription, self._policy)
        if deadline and now < deadline and digest.coverage and not digest.coverage.is_enough:
            return NotYet(protocol.waiting(delivery, deadline, digest.next_look, now))
        occasion = Occasion(
            asked_by=delivery.asked_by,
            late=None if has_waited else self._late(delivery, subscription, work),
            waited=self._waited(delivery, subscription, digest) if has_waited else None,
            last=self._when(brief.last_sent_at, subscription),
        )
        message = replace(
            self._in_words(digest, subscription, occasion),
            replies=self._replies(digest, brief),
            provisional=None
            if delivery.asked_by
            else _provisional(digest, subscription.ask, day, occasion, now),
        )
        return Built(message, self._copies(delivery.key, digest, brief.ways))

    async def copies(
        self, delivery: Delivery, subscription: Subscription, ways: Sequence[Way]
    ) -> Mapping[str, Frozen]:
        """The messages for ``ways`` of the recap that ``delivery`` is a copy of, by their keys.

        Raises:
            RecapError: There are no numbers.
        """
        now = self._clock.now()
        day, since = edition_day(delivery.due_at, now), min(delivery.due_at, now)
        digest = await self._digest(subscription.ask, since, day)
        return self._copies(copies.recap_key(delivery), digest, ways)

    def _copies(self, recap: str, digest: Digest, ways: Sequence[Way]) -> Mapping[str, Frozen]:
        made = {}
        for kind in {way.target.kind for way in ways if way.is_active}:
            try:
                made[kind] = Frozen("", payload=render_target(kind, digest, self._numbers))
            except Exception:
                # A bug that meets one shape keeps nothing else from going out.
                log.exception("copy_not_rendered", key=recap, kind=kind.value)
        return {
            copies.key(recap, way): made[way.target.kind] for way in ways if way.target.kind in made
        }

    async def once_more(self, provisional: Provisional, work: Work) -> Digest:
        """What a recap that was built so would be built of now.

        Raises:
            RecapError: There are no numbers.
        """
        return await self._digest(provisional.ask, work.looks_since, provisional.day)

    def corrected(
        self, posted: Frozen, digest: Digest, brief: Brief, changed: Sequence[str]
    ) -> Frozen:
        """``posted`` and its thread with the numbers of ``digest``; it says what ``changed``."""
        subscription = brief.subscription
        assert subscription is not None  # noqa: S101 -- next_step has looked
        was, now = posted.provisional, self._clock.now()
        assert was is not None  # noqa: S101 -- nothing else is ever corrected
        line = timing.corrected(
            now,
            posted.headline,
            digest.sums,
            changed[:NAMED],
            (digest.coverage.refreshed if digest.coverage else 0) - was.refreshed,
            subscription.schedule,
            self._numbers,
        )
        occasion = Occasion(late=was.late, waited=was.waited, last=was.last, corrected=line)
        # Where nobody can say how full the numbers are now, they are not full.
        more = _provisional(digest, was.ask, was.day, occasion, now) if digest.coverage else was
        return replace(
            self._in_words(digest, subscription, occasion),
            replies=self._replies(digest, brief),
            provisional=more,
            corrections=(*posted.corrections, line),
        )

    def _replies(self, digest: Digest, brief: Brief) -> tuple[Frozen, ...]:
        return tuple(map(frozen, self._thread(digest, self._numbers, classic=brief.classic)))

    def _in_words(self, digest: Digest, subscription: Subscription, occasion: Occasion) -> Frozen:
        message = render_scheduled(digest, subscription, occasion, self._numbers)
        return replace(frozen(message), headline=dict(digest.sums))

    async def _digest(self, ask: Ask, since: datetime, day: date) -> Digest:
        try:
            async with asyncio.timeout(BUILD):
                return await self._recap.edition(ask, since=since, day=day)
        except TimeoutError as error:
            raise TryLater(
                "CreatorAudit took too long to answer.",
                f"The numbers were given up after {BUILD:g} s.",
            ) from error

    def _late(self, delivery: Delivery, subscription: Subscription, work: Work) -> str | None:
        late = lateness(delivery, work.as_of)
        if late <= LATE or delivery.day is None:
            return None
        slot = Slot(delivery.day, delivery.due_at)
        return timing.late(slot, late, subscription.schedule, self._numbers)

    def _waited(self, delivery: Delivery, subscription: Subscription, digest: Digest) -> str:
        now, schedule = self._clock.now(), subscription.schedule
        return timing.waited(delivery.due_at, now, digest.coverage, schedule, self._numbers)

    def _when(self, instant: datetime | None, subscription: Subscription) -> str | None:
        """``instant`` as the wall clock of the subscription shows it."""
        if instant is None:
            return None
        slot = Slot(instant.date(), instant)
        return calendar.when(slot, subscription.schedule, self._numbers)


def _provisional(
    digest: Digest, ask: Ask, day: date, occasion: Occasion, now: datetime
) -> Provisional | None:
    """What a correction goes by; None where nothing can change or be compared."""
    if digest.coverage is None or digest.coverage.is_complete or not digest.sums:
        return None
    return Provisional(
        ask=ask,
        day=day,
        refreshed=digest.coverage.refreshed,
        look_at=protocol.look_at(digest.next_look, now),
        missing=tuple(part.part for part in digest.missing),
        late=occasion.late,
        waited=occasion.waited,
        last=occasion.last,
    )
