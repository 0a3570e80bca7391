"""How two values of a metric compare, in the one form that does not mislead."""

from typing import Final

from bot.digest.facts import Number
from bot.digest.model import Change, Difference, NoChange, Percent, Points, Times, Unit

TINY_BASE: Final = 20
"""Below this a single item moves the percentage by more than five points, so it says nothing."""

TIMES_FROM: Final = 10
"""From ten times the base on, a factor reads better than a percentage (×12, not +1,100 %)."""

APART: Final = 0.01
"""Two sources within one percent agree: they were asked at different moments."""


def compare(current: Number | None, previous: Number | None, unit: Unit) -> Change | None:
    """How ``current`` differs from ``previous``; None where either is unknown."""
    if current is None or previous is None:
        return None
    if unit is Unit.PERCENT:
        return _points(current, previous)
    if current == previous:
        return NoChange()
    if previous < TINY_BASE:
        return Difference(current - previous)
    return _relative(current, previous)


def _points(current: Number, previous: Number) -> Change:
    points = round(float(current - previous), 2)
    return Points(points) if points else NoChange()


def _relative(current: Number, previous: Number) -> Change:
    factor = current / previous
    if factor >= TIMES_FROM:
        return Times(factor)
    by = round(factor - 1, 3)
    return Percent(by) if by else NoChange()


def are_apart(printed: Number, other: Number) -> bool:
    """Whether two sources give different values of one metric."""
    return abs(printed - other) > APART * max(abs(printed), 1)
