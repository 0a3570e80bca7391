"""The one way to a digest: ask CreatorAudit, leave out what can't be had, build."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.digest.builder import ENGAGEMENT_RATE, Facts, build_digest
from bot.digest.engagement import (
    FRACTION,
    PERCENT,
    Scale,
    ScaleSetting,
    assume,
    calibrate,
    measured_percent,
)
from bot.digest.facts import Call, Fetched, Leaderboard, Overview
from bot.digest.model import Digest, Missing
from bot.digest.periods import Period
from bot.digest.preferences import Ask
from bot.errors import RecapError
from bot.ports import Clock, CreatorSource

SAMPLE: Final = 200
"""Accounts that calibrate the scale: one page and one batch tell a factor of 100 apart."""

MEASURE_AGAIN: Final = timedelta(hours=1)
"""What could not be measured, say for want of a scope, is not asked for on every command."""

MEASURE_WITHIN: Final = 4.0
"""Seconds; nobody waits longer for a measurement that only says how to read one figure."""

FIXED: Final = {ScaleSetting.PERCENT: PERCENT, ScaleSetting.FRACTION: FRACTION}

Measured = tuple[float | None, tuple[Call, ...]]


class RecapService:
    """Digests on demand, for the command, the button, the terminal and the schedule alike.

    Questions for the same window that are open at the same time share one fetch.
    """

    def __init__(
        self,
        source: CreatorSource,
        clock: Clock,
        scale: ScaleSetting = ScaleSetting.AUTO,
        *,
        measure_within: float = MEASURE_WITHIN,
    ) -> None:
        self._source = source
        self._clock = clock
        self._scale = FIXED.get(scale)
        self._measure_within = measure_within
        self._measure_from = datetime.min.replace(tzinfo=UTC)
        self._open: dict[Period, asyncio.Task[Facts]] = {}

    async def digest(self, ask: Ask) -> Digest:
        """The recap that ``ask`` is for.

        Raises:
            RecapError: The headline could not be had; any other part is left out with its reason.
        """
        facts = await self._facts(ask.period)
        return build_digest(facts, ask.period, ask.preferences, self._clock.now())

    async def _facts(self, period: Period) -> Facts:
        task = self._open.get(period)
        if task is None:
            task = asyncio.create_task(self._collect(period))
            self._open[period] = task
            task.add_done_callback(lambda _: self._open.pop(period))
        # Shielded: one reader who goes away must not take the answer from the others.
        return await asyncio.shield(task)

    async def _collect(self, period: Period) -> Facts:
        leaderboard = asyncio.create_task(self._leaderboard(period))
        measured = asyncio.create_task(self._measured(period))
        try:
            overview = await self._source.overview(period)
            percent, calls = await measured
            return Facts(overview, await leaderboard, self._read(overview.value, percent), calls)
        finally:
            leaderboard.cancel()
            measured.cancel()

    async def _leaderboard(self, period: Period) -> Fetched[Leaderboard] | Missing:
        try:
            return await self._source.top_creators(period)
        except RecapError as error:
            return Missing("Top creators", error.reader)

    async def _measured(self, period: Period) -> Measured:
        """The engagement rate as measured over a sample of accounts, until the scale is known."""
        if self._scale is not None or self._clock.now() < self._measure_from:
            return None, ()
        try:
            async with asyncio.timeout(self._measure_within):
                return await self._sample(period)
        except (RecapError, TimeoutError):
            return None, ()
        finally:
            self._measure_from = self._clock.now() + MEASURE_AGAIN

    async def _sample(self, period: Period) -> Measured:
        accounts = await self._source.accounts(at_most=SAMPLE)
        ids = [account.id for account in accounts.value]
        if not ids:
            return None, accounts.calls
        metrics = await self._source.account_metrics(ids, period)
        percent = measured_percent(metrics.value.by_account.values())
        return percent, accounts.calls + metrics.calls

    def _read(self, overview: Overview, percent: float | None) -> Scale:
        rates = (overview.current.get(ENGAGEMENT_RATE), overview.previous.get(ENGAGEMENT_RATE))
        if self._scale is not None:
            return self._scale
        # The scale is a property of the API: once it was measured it holds for every later recap.
        self._scale = calibrate(rates[0], percent)
        return self._scale or assume(*rates)
