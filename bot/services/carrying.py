"""Workers on several machines: the tick of each carries, whichever is free delivers."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from bot.errors import RecapError, TryLater
from bot.ports import Clock, Ledger, Queue, Route
from bot.services.build import Work
from bot.services.dispatch import Dispatcher
from bot.subscriptions.protocol import Policy

log = structlog.get_logger(__name__)

CARRIED_FOR: Final = timedelta(seconds=60)
"""What waits in the queue for longer is carried once more: a job may have been lost."""


class Carrying:
    """Any number of them may work on one ledger and one queue.

    Args:
        dispatcher: Plans what is due, and takes a claimed delivery on.
        ledger: Where it is written down.
        queue: What takes ready deliveries to the workers.
        clock: The wall clock.
        policy: How long is how long.
        carried_for: How long a job may wait before its delivery is carried once more.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        ledger: Ledger,
        queue: Queue,
        clock: Clock,
        policy: Policy,
        *,
        carried_for: timedelta = CARRIED_FOR,
    ) -> None:
        self._dispatcher = dispatcher
        self._ledger = ledger
        self._queue = queue
        self._clock = clock
        self._leases = {
            Route.SLACK: policy.lease,
            Route.CORRECTIONS: policy.lease,
            Route.ELSEWHERE: policy.copy_lease,
        }
        self._carried_for = carried_for
        self._owner = uuid.uuid4().hex
        self.on_batch: Callable[[], None] = lambda: None

    async def tick(self) -> None:
        """Plan what is due, and hand over what is ready; nothing is delivered here.

        A database that is away ends the pass; the next one begins where this one stood.
        """
        try:
            while await self._plan():
                await self._carry()
            await self._dispatcher.warn(self._clock.now())
            await self._carry()
        except RecapError as error:
            log.warning("tick_cut_short", detail=error.operator)

    async def deliver(self, route: Route, identifier: str) -> None:
        """The work of one job: whatever comes of it, the ledger says how it goes on.

        So a job never fails, and the queue tries none again.
        """
        now = self._clock.now()
        try:
            taken = await self._queue.take(identifier, self._owner, now, self._leases[route])
            if taken is None:
                log.info("not_taken", delivery=identifier)
                return
            briefs = await self._ledger.briefs([taken])
        except RecapError as error:
            log.warning("delivery_cut_short", delivery=identifier, detail=error.operator)
            return
        await self._dispatcher.deliver(taken, briefs[taken.id], Work(now, now))

    async def _plan(self) -> int:
        planned = 0
        try:
            # All that planned at once would read the same subscriptions, and all but one in vain.
            async with self._queue.planning() as is_ours:
                planned = await self._dispatcher.plan(self._clock.now()) if is_ours else 0
        except TryLater as error:
            if not planned:
                raise
            # The turn was over before; what was planned is in the ledger all the same.
            log.warning("planned_slowly", detail=error.operator)
        return planned

    async def _carry(self) -> None:
        for route in Route:
            now = self._clock.now()
            await self._queue.carry(route, now, now + self._carried_for)
        self.on_batch()
