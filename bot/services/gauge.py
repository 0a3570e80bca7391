"""Learning what the engagement rate is measured in, once per key."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from bot.digest.engagement import (
    FRACTION,
    PERCENT,
    Scale,
    ScaleSetting,
    assume,
    calibrate,
    measured_percent,
)
from bot.digest.facts import Call, Overview
from bot.digest.headline import ENGAGEMENT_RATE
from bot.digest.periods import Period
from bot.errors import RecapError
from bot.ports import Clock, CreatorSource

log = structlog.get_logger(__name__)

SAMPLE: Final = 200
"""Accounts that are measured: one page and one batch tell a factor of 100 apart."""

AGAIN: Final = timedelta(hours=1)
"""What could not be measured, say for want of a scope, is not asked for on every command."""

WITHIN: Final = 4.0
"""Seconds; nobody waits longer for a measurement that only says how to read one figure."""

FIXED: Final = {ScaleSetting.PERCENT: PERCENT, ScaleSetting.FRACTION: FRACTION}


@dataclass(frozen=True, slots=True)
class Measurement:
    """The engagement rate in percent as measured, None where it could not be, and its calls."""

    percent: float | None = None
    calls: tuple[Call, ...] = ()


class Gauge:
    """Measures the scale when it is first needed, or ahead of that, and remembers it."""

    def __init__(
        self, source: CreatorSource, clock: Clock, setting: ScaleSetting, *, within: float = WITHIN
    ) -> None:
        self._source = source
        self._clock = clock
        self._within = within
        self._scale = FIXED.get(setting)
        self._fixed = self._scale is not None
        self._measuring: asyncio.Task[Measurement] | None = None
        self._again_from = datetime.min.replace(tzinfo=UTC)

    async def measure(self) -> Measurement:
        """The measurement, made now if need be; an empty one when it fails or takes too long."""
        if self._fixed:
            return Measurement()
        if self._measuring is None or self._failed_long_ago(self._measuring):
            self._again_from = self._clock.now() + AGAIN
            self._measuring = asyncio.create_task(self._sample())
        try:
            async with asyncio.timeout(self._within):
                # Shielded: the next reader takes over what this one no longer waits for.
                return await asyncio.shield(self._measuring)
        except TimeoutError:
            return Measurement()

    def scale(self, overview: Overview, measurement: Measurement) -> Scale:
        """How to read the engagement rate of ``overview``."""
        if self._scale is None:
            rates = overview.current.get(ENGAGEMENT_RATE), overview.previous.get(ENGAGEMENT_RATE)
            # A property of the API: once it is known it holds for every later recap.
            self._scale = calibrate(rates[0], measurement.percent)
            return self._scale or assume(*rates)
        return self._scale

    async def close(self) -> None:
        """End a measurement that is still under way."""
        if self._measuring:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)

    def _failed_long_ago(self, measuring: asyncio.Task[Measurement]) -> bool:
        failed = measuring.done() and measuring.result().percent is None
        return failed and self._clock.now() >= self._again_from

    async def _sample(self) -> Measurement:
        try:
            accounts = await self._source.accounts(at_most=SAMPLE)
            ids = [account.id for account in accounts.value]
            if not ids:
                return Measurement(calls=accounts.calls)
            metrics = await self._source.account_metrics(ids, Period.WEEK)
        except RecapError as error:
            log.warning("scale_not_measured", detail=error.operator)
            return Measurement()
        except Exception:
            # The task is shared: whatever it raised, every later recap would raise again.
            log.exception("scale_not_measured")
            return Measurement()
        percent = measured_percent(metrics.value.by_account.values())
        return Measurement(percent, accounts.calls + metrics.calls)
