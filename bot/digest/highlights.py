"""What is worth a sentence: by rules, and only from numbers that the digest holds."""

import statistics
from collections.abc import Sequence
from typing import Final

from bot.digest.changes import TINY_BASE, compare
from bot.digest.facts import Number
from bot.digest.model import (
    Carried,
    Figure,
    Highlight,
    LikeForLike,
    Percent,
    TrendPoint,
    Unit,
    Unusual,
)
from bot.digest.movers import Movers

MOST: Final = 2
ENOUGH_WEEKS: Final = 4
"""Fewer weeks have no usual."""

SPREADS: Final = 3.0
"""Views more than three spreads from the median are unusual."""

NORMAL: Final = 1.4826
"""Median absolute deviation to standard deviation, for numbers that scatter normally."""

LEAST_SPREAD: Final = 0.05
"""Of the median: weeks that hardly differ make every week unusual otherwise."""

QUIET_TOTAL: Final = 0.03
QUIET_CREATOR: Final = 0.05
"""Of all views: nobody moved by more in a quiet week."""

HALF: Final = 0.5


def highlights(
    movers: Movers | None,
    before: Number | None,
    split: LikeForLike | None,
    trend: Sequence[TrendPoint],
) -> tuple[Highlight, ...]:
    """At most two, the most telling first.

    Growth of which half or more comes from added accounts is told as that; else who carried the
    change is told first. What is unusual comes last.
    """
    found: list[Highlight] = []
    added = split is not None and abs(split.of_new) >= HALF * abs(split.by)
    if split is not None and added:
        found.append(split)
    if movers is not None and movers.lead is not None and before is not None:
        change = compare(before + movers.net, before, Unit.COUNT)
        assert change is not None  # noqa: S101 -- both are known
        found.append(Carried(change, movers))
    if split is not None and not added:
        found.append(split)
    if far := unusual(trend):
        # It is told rather than the second best explanation.
        found[1:] = [far]
    return tuple(found[:MOST])


def unusual(trend: Sequence[TrendPoint]) -> Unusual | None:
    """Whether the last point is far from the median of those before it."""
    earlier = [point.views for point in trend[:-1] if point.views is not None]
    views = trend[-1].views if trend else None
    if views is None or len(earlier) < ENOUGH_WEEKS:
        return None
    median = statistics.median(earlier)
    spread = NORMAL * statistics.median(abs(one - median) for one in earlier)
    if abs(views - median) <= SPREADS * max(spread, LEAST_SPREAD * median):
        return None
    return Unusual(views, median, len(earlier))


def is_quiet(views: Figure | None, movers: Movers | None, before: Number | None) -> bool:
    """Whether neither the total nor any creator did anything that is worth a look."""
    if views is None or movers is None or before is None or before < TINY_BASE:
        return False
    if views.change is None or abs(movers.net) > QUIET_TOTAL * before:
        return False
    if isinstance(views.change, Percent) and abs(views.change.by) > QUIET_TOTAL:
        return False
    largest = (*movers.gains[:1], *movers.drops[:1])
    return all(abs(one.by) <= QUIET_CREATOR * before for one in largest)
