"""What ``engagement_rate`` is measured in.

CreatorAudit's documentation calls it a percentage and gives a formula without the hundred, so the
same 4.2 % may arrive as 4.2 or as 0.042. A wrong guess is wrong by a factor of 100: the scale is
either set, or measured against likes, comments and shares, or the rate is not printed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.digest.facts import Number, WindowMetrics

CLOSE: Final = 5.0
"""Another window, part of the accounts: a factor of 5 is that, a factor of 100 is the scale."""


class ScaleSetting(StrEnum):
    """``ENGAGEMENT_RATE_SCALE``: what the person who runs Recap knows about the rate."""

    AUTO = "auto"
    PERCENT = "percent"
    FRACTION = "fraction"


@dataclass(frozen=True, slots=True)
class Scale:
    """What to multiply the API's rate by to get percent (None: not known), and how we know."""

    factor: int | None
    why: str


PERCENT: Final = Scale(1, "Engagement rate is read as percent, as ENGAGEMENT_RATE_SCALE says.")
FRACTION: Final = Scale(
    100, "Engagement rate is read as a fraction, as ENGAGEMENT_RATE_SCALE says."
)


def interactions(metrics: Iterable[WindowMetrics]) -> list[Number | None]:
    """Likes, comments and shares of each; None where one of them or its views are unknown."""
    return [
        None
        if views is None or likes is None or comments is None or shares is None
        else likes + comments + shares
        for views, _, likes, comments, shares, _ in metrics
    ]


def measured_percent(metrics: Sequence[WindowMetrics]) -> float | None:
    """(likes + comments + shares) / views in percent, over the accounts that have all four."""
    found = interactions(metrics)
    views = [
        of_one.views
        for one, of_one in zip(found, metrics, strict=True)
        if one is not None and of_one.views is not None
    ]
    return percent(sum([one for one in found if one is not None]), sum(views))


def percent(numerator: Number, views: Number) -> float | None:
    """The rate; None where there are no views."""
    return 100 * numerator / views if views > 0 else None


def calibrate(rate: Number | None, measured: float | None) -> Scale | None:
    """The scale at which ``rate`` matches the ``measured`` percentage; None if neither does."""
    if not rate or not measured:
        return None
    for factor, name in ((1, "percent"), (100, "a fraction")):
        if 1 / CLOSE <= rate * factor / measured <= CLOSE:
            return Scale(
                factor,
                f"Engagement rate is read as {name}: likes, comments and shares over views of the "
                f"accounts' own numbers give {measured:.2g} %.",
            )
    return None


def assume(*rates: Number | None) -> Scale:
    """The scale when nothing could be measured: only what the numbers themselves prove."""
    known = [abs(rate) for rate in rates if rate is not None]
    if any(rate > 1 for rate in known):
        return Scale(1, "Engagement rate is read as percent: as a fraction it would be above 1.")
    if known and all(rate == 0 for rate in known):
        return Scale(1, "Engagement rate is 0 on any scale.")
    return Scale(
        None,
        "Engagement rate is left out: it could be percent or a fraction, and nothing to check it "
        "against was available. Setting ENGAGEMENT_RATE_SCALE decides it.",
    )
