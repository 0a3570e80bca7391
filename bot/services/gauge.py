"""Learning what the engagement rate is measured in, once per key."""

from collections.abc import Iterable
from typing import Final

from bot.digest.engagement import (
    FRACTION,
    PERCENT,
    Scale,
    ScaleSetting,
    assume,
    calibrate,
    measured_percent,
)
from bot.digest.facts import Overview, WindowMetrics
from bot.digest.headline import ENGAGEMENT_RATE

FIXED: Final = {ScaleSetting.PERCENT: PERCENT, ScaleSetting.FRACTION: FRACTION}


class Gauge:
    """Remembers the scale once the accounts' numbers have proved it: it belongs to the API."""

    def __init__(self, setting: ScaleSetting) -> None:
        self._scale = FIXED.get(setting)

    def scale(self, overview: Overview, metrics: Iterable[WindowMetrics]) -> Scale:
        """How to read the engagement rate of ``overview``, given the accounts' own numbers."""
        if self._scale is None:
            rates = overview.current.get(ENGAGEMENT_RATE), overview.previous.get(ENGAGEMENT_RATE)
            self._scale = calibrate(rates[0], measured_percent(metrics))
            return self._scale or assume(*rates)
        return self._scale
