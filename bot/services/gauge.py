"""Learning what the engagement rate is measured in."""

from collections.abc import Sequence
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
REMEMBERED: Final = {
    factor: Scale(factor, f"Engagement rate is read as {name}, as an earlier recap has measured.")
    for factor, name in ((1, "percent"), (100, "a fraction"))
}


class Gauge:
    """Remembers the scale once the accounts' numbers have proved it: it belongs to the API.

    Numbers that prove it anew speak for themselves; where there are none, the last proof counts.
    """

    def __init__(self, setting: ScaleSetting) -> None:
        self._fixed = FIXED.get(setting)
        self._remembered: Scale | None = None

    def scale(self, overview: Overview, metrics: Sequence[WindowMetrics]) -> Scale:
        """How to read the engagement rate of ``overview``, given the accounts' own numbers."""
        if self._fixed is not None:
            return self._fixed
        rates = overview.current.get(ENGAGEMENT_RATE), overview.previous.get(ENGAGEMENT_RATE)
        proved = calibrate(rates[0], measured_percent(metrics))
        if proved is None or proved.factor is None:
            return self._remembered or assume(*rates)
        self._remembered = REMEMBERED[proved.factor]
        return proved
