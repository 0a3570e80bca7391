"""Small pictures out of characters, for where Slack draws no charts."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from bot.digest.facts import Number
from bot.rendering.numbers import is_finite

LEVELS: Final = "▁▂▃▄▅▆▇█"
LEVEL: Final = "▄"
"""All values are the same, or there is only one: neither high nor low."""

GAP: Final = "·"
GAIN: Final = "█"
DROP: Final = "░"


def sparkline(values: Sequence[Number | None]) -> str:
    """One character for each of ``values``: the smallest is ``▁``, the largest ``█``, None ``·``.

    It shows the course and not the size: a line from 99 to 100 climbs as far as one from 0 to 100.
    """
    known = [Fraction(value) for value in values if is_finite(value)]
    if not known:
        return GAP * len(values)
    lowest, highest = min(known), max(known)
    return "".join(_level(value, lowest, highest) for value in values)


def bar(value: Number | None, largest: Number, width: int) -> str:
    """As much of ``width`` characters as ``value`` is of ``largest``: ``█`` a gain, ``░`` a drop.

    Both count without their sign. Whatever is not zero gets at least one character, nothing gets
    more than ``width``, and an unknown value gets none.
    """
    if not is_finite(value) or not is_finite(largest) or not value or not largest:
        return ""
    share = abs(Fraction(value) / Fraction(largest))
    length = min(max(1, round(share * width)), width)
    return (GAIN if value > 0 else DROP) * length


def _level(value: Number | None, lowest: Fraction, highest: Fraction) -> str:
    if not is_finite(value):
        return GAP
    if lowest == highest:
        return LEVEL
    share = (Fraction(value) - lowest) / (highest - lowest)
    return LEVELS[round(share * (len(LEVELS) - 1))]
