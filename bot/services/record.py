"""What one process writes down of its deliveries, and what it knows of workspaces that wait."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.errors import RecapError, TryLater
from bot.ports import Clock, Ledger
from bot.services.insist import insist
from bot.subscriptions import protocol
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Attempt, Delivery, Frozen, State
from bot.subscriptions.outcomes import Busy, Outcome, Result, Sent, Sighting

log = structlog.get_logger(__name__)

HAND_OVER: Final = 5.0
"""Seconds after the commit of ``posting`` in which the call must begin."""

RECORD_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between the tries to write down what became of a post; in all within the lease."""

RECAP: Final = "recap"
"""The actor of what Recap does by itself."""


class Record:
    """Every method may raise ``TryLater`` when the database is away."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._holds: dict[str, datetime] = {}

    async def commit(self, change: Change) -> Delivery:
        """Write ``change``, which has a delivery; returns it as it is then, if it is still ours."""
        assert change.delivery is not None  # noqa: S101
        before, after = change.delivery
        if not await self._ledger.commit(change):
            return lost(before)
        troubled = after.state in {State.FAILED, State.UNCONFIRMED}
        (log.warning if troubled else log.info)(
            "delivery",
            delivery=after.id,
            key=after.key,
            attempt=before.fence,
            state=after.state.value,
            reason=after.reason,
        )
        return after

    async def insist(
        self, delivery: Delivery, write: Callable[[], Awaitable[Delivery]]
    ) -> Delivery:
        """``write`` down what came of ``delivery``, for a while when the database is away."""
        return await insist(RECORD_PAUSES, write, "not_recorded", delivery=delivery.id)

    async def not_built(
        self, before: Delivery, after: Delivery, error: RecapError, now: datetime
    ) -> Delivery:
        """Write down that there were no numbers, and why."""
        log.warning("recap_not_built", delivery=before.id, key=before.key, detail=error.operator)
        tried = Attempt(before.id, before.fence, now, now, "not_built", error.operator)
        return await self.commit(Change(delivery=(before, after), attempt=tried))

    async def begin(
        self, before: Delivery, after: Delivery, copies: Mapping[str, Frozen] | None = None
    ) -> bool:
        """Write down that ``after`` is about to be handed over; False when it must not be.

        ``copies`` are the messages of its copies: they get the same numbers in the same moment.
        """
        now = self._clock.now()
        change = Change(delivery=(before, after), copies=copies or {}, unless_held=now)
        return not self._told_to_wait(before.team) and await self._ledger.commit(change)

    async def hold(self, team: str, came: Outcome | Sighting) -> None:
        """Remember at once, and tell the other workers, that the whole workspace has to wait."""
        if isinstance(came, Busy) and came.hold:
            until = self._clock.now() + timedelta(seconds=came.wait or 0)
            self._holds[team] = until
            await self._ledger.hold(team, until)

    def _told_to_wait(self, team: str) -> bool:
        """Whether this very process was asked to wait, and perhaps no other knows it yet."""
        until = self._holds.get(team)
        return until is not None and until > self._clock.now()

    async def wait(self, delivery: Delivery) -> Delivery:
        """Leave ``delivery`` until its workspace may post again; unless it is ours no more."""
        held = await self._ledger.held(self._clock.now())
        known = [
            until for until in (held.get(delivery.team), self._holds.get(delivery.team)) if until
        ]
        if not known:
            return lost(delivery)
        return await self.commit(
            Change(delivery=(delivery, protocol.held_back(delivery, max(known))))
        )


def wait_of(error: RecapError) -> float | None:
    """Seconds that the other side asked for with ``error``."""
    return error.retry_after if isinstance(error, TryLater) else None


def lost(delivery: Delivery) -> Delivery:
    """Another worker has taken over; whatever this one knows counts no more."""
    log.warning("delivery_lost", delivery=delivery.id, key=delivery.key, attempt=delivery.fence)
    return delivery


def attempt(
    delivery: Delivery,
    began: datetime,
    now: datetime,
    what: str,
    came: Outcome | Sighting | Result,
) -> Attempt:
    """A row for what ``came`` of one call."""
    detail = getattr(came, "code", None) or getattr(came, "detail", "")
    if isinstance(came, Sent):
        detail = came.ts
    kind = f"{what}:{type(came).__name__}"
    return Attempt(delivery.id, delivery.fence, began, now, kind, str(detail)[:500])
