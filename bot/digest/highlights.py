"""What is worth a sentence: by rules, and only from numbers that the digest holds."""

import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.digest.changes import TINY_BASE, are_apart, compare
from bot.digest.model import (
    Carried,
    Change,
    Figure,
    Highlight,
    LikeForLike,
    NoChange,
    Percent,
    TrendPoint,
    Unit,
    Unusual,
)
from bot.digest.movers import NOISE_VIEWS, Movers, part

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
"""Of all views: nobody moved by more in a quiet week; of many creators, by less (``part``)."""

HALF: Final = 0.5

SAME_CHANGE: Final = 0.01
"""A point between the overview's change and the accounts' own: they were asked one by one."""


def highlights(
    movers: Movers | None,
    views: Figure | None,
    split: LikeForLike | None,
    trend: Sequence[TrendPoint],
) -> tuple[Highlight, ...]:
    """At most two, the most telling first; ``views`` is the figure that the headline prints.

    Growth of which half or more comes from added accounts is told as that; else who carried the
    change is told first. What is unusual comes last.
    """
    found: list[Highlight] = []
    split = _as_printed(split, movers, views)
    added = split is not None and split.of_new >= HALF * split.by > 0
    if split is not None and added:
        found.append(split)
    if carried := _carried(movers, views):
        # Beside a change with the added accounts, the one without them is another.
        found.append(replace(carried, is_own=carried.is_own or split is not None))
    if split is not None and not added:
        found.append(split)
    if far := unusual(trend):
        # It is told rather than the second best explanation.
        found[1:] = [far]
    return tuple(found[:MOST])


def _as_printed(
    split: LikeForLike | None, movers: Movers | None, views: Figure | None
) -> LikeForLike | None:
    """``split`` of the printed change; None where that is another one than the accounts' own."""
    if split is None or views is None or views.now is None or not views.previous:
        return split
    if movers and are_apart(views.previous, movers.before):
        return None
    by = (views.now - views.previous) / views.previous
    return replace(split, by=by) if abs(by - split.by) <= SAME_CHANGE else None


def _carried(movers: Movers | None, views: Figure | None) -> Carried | None:
    """Who carried the change; None where the printed one went the other way.

    Amount, change and share are the accounts' own. They are told as the printed change only where
    they are just that.
    """
    if movers is None or movers.lead is None:
        return None
    now, before = movers.before + movers.net, movers.before
    change = compare(now, before, Unit.COUNT)
    if change is None or isinstance(change, NoChange):
        return None
    if views is None or views.now is None or views.previous is None:
        return Carried(change, movers)
    if isinstance(views.change, NoChange) or (views.now - views.previous) * movers.net <= 0:
        return None
    is_printed = change == views.change and not are_apart(views.now, now)
    return Carried(change, movers, is_own=not is_printed)


def unusual(trend: Sequence[TrendPoint]) -> Unusual | None:
    """Whether the last point is far from the median of those before it."""
    earlier = [point.views for point in trend[:-1] if point.views is not None]
    views = trend[-1].views if trend else None
    if views is None or len(earlier) < ENOUGH_WEEKS:
        return None
    median = statistics.median(earlier)
    spread = NORMAL * statistics.median(abs(one - median) for one in earlier)
    if abs(views - median) <= max(SPREADS * spread, SPREADS * LEAST_SPREAD * median, NOISE_VIEWS):
        return None
    return Unusual(views, median, len(earlier))


def is_quiet(views: Figure | None, movers: Movers | None, told: Sequence[Highlight] = ()) -> bool:
    """Whether neither the total nor any creator did anything that is worth a look.

    A week that is ``told`` to be unusual is not quiet, however much it is like the one before.
    """
    if views is None or movers is None or movers.before < TINY_BASE:
        return False
    if any(isinstance(one, Unusual) for one in told):
        return False
    if abs(movers.net) > QUIET_TOTAL * movers.before or not _is_small(views.change):
        return False
    largest = (*movers.gains[:1], *movers.drops[:1])
    return all(abs(one.by) <= quiet_share(movers) * movers.before for one in largest)


def quiet_share(movers: Movers | None) -> float:
    """What nobody moved by more than in a quiet week, as a fraction of all views."""
    return part(QUIET_CREATOR, movers.creators) if movers else QUIET_CREATOR


def _is_small(change: Change | None) -> bool:
    if isinstance(change, Percent):
        return abs(change.by) <= QUIET_TOTAL
    return isinstance(change, NoChange)
