"""Sending a recap to other places than a channel, once each: what a cron line does."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.digest.preferences import Ask
from bot.ports import Clock, SendStore, TargetSender
from bot.rendering.numbers import Numbers
from bot.rendering.targets import render_target
from bot.services.recap import RecapService
from bot.subscriptions.outcomes import Busy
from bot.subscriptions.sends import Report, Step, begun, ended, key_of, next_step
from bot.subscriptions.targets import Target, masked

TRIES: Final = 3
PATIENCE: Final = 60.0
"""Seconds that a ``Retry-After`` is sat out; a longer one is for the next run."""

MARGIN: Final = 0.1
"""Seconds by which the clock that sleeps may be ahead of the one on the wall."""


class Sends:
    """Sends the recap of today's window, once for each target.

    Args:
        recap: Where the digest comes from.
        store: What was sent before.
        sender: Takes messages to targets.
        clock: Says which window is today's.
        numbers: How numbers are written.
        owner: Whose numbers these are; never shown and never kept as it is.
        patience: Seconds that a ``Retry-After`` is sat out.
    """

    def __init__(
        self,
        recap: RecapService,
        store: SendStore,
        sender: TargetSender,
        clock: Clock,
        numbers: Numbers,
        *,
        owner: str,
        patience: float = PATIENCE,
    ) -> None:
        self._recap = recap
        self._store = store
        self._sender = sender
        self._clock = clock
        self._numbers = numbers
        self._owner = owner
        self._patience = patience

    async def send(
        self, ask: Ask, targets: Sequence[Target], *, again: bool = False
    ) -> Sequence[Report]:
        """Send to each of ``targets`` that has not got it yet; none waits for another one.

        Raises:
            RecapError: The recap could not be had, or the database is away; what was sent until
                then is known to the next run.
        """
        now = self._clock.now()
        work = [self._patiently(ask, one, now, again=again) for one in dict.fromkeys(targets)]
        done = await asyncio.gather(*work, return_exceptions=True)
        # Only once all have ended: what one raises must not cut off what another has begun.
        for one in done:
            if isinstance(one, BaseException):
                raise one
        return [one for one in done if isinstance(one, Report)]

    async def _patiently(self, ask: Ask, target: Target, since: datetime, *, again: bool) -> Report:
        for _ in range(TRIES - 1):
            report = await self._once(ask, target, since, again=again)
            wait = report.result.wait if isinstance(report.result, Busy) else None
            if wait is None or wait > self._patience:
                return report
            await asyncio.sleep(wait + MARGIN)
        return await self._once(ask, target, since, again=again)

    async def _once(self, ask: Ask, target: Target, since: datetime, *, again: bool) -> Report:
        key = key_of(ask, since.date(), target, self._owner)
        before = await self._store.find(key)
        step = next_step(before, self._clock.now(), again=again)
        if before and step is not Step.GO:
            return Report(step, before)
        digest = await self._recap.edition(ask, since=since, day=since.date())
        payload = render_target(target.kind, digest, self._numbers)
        send = begun(before, key, masked(target), self._clock.now())
        if not await self._store.put(before, send):
            return Report(Step.UNDER_WAY, send)
        result = await self._sender.send(target, payload, send.idempotency_key)
        after = ended(send, result, self._clock.now())
        await self._store.put(send, after)
        return Report(Step.GO, after, result)
