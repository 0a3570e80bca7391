"""Where the numbers of a chart stand, and what is written along its axes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from babel.numbers import format_compact_decimal, format_decimal

WIDTH: Final = 400
HEIGHT: Final = 250
TOP: Final = 22
RIGHT: Final = WIDTH - 10
LETTER: Final = 6.2
"""Width of a letter in the units of the drawing."""

SLANTED: Final = 14
"""Letters of a name that stands aslant."""

STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
GAPS: Final = 4
BEYOND: Final = 1e15
"""Nobody counts the digits of larger numbers."""

LARGEST: Final = 1e300
"""Beyond it, the difference of two numbers might be more than a float holds."""


def drawn(value: float) -> float:
    """``value`` as it can be drawn."""
    return float(max(-LARGEST, min(value, LARGEST)))


@dataclass(frozen=True, slots=True)
class Tick:
    """A number beside the axis, and the height of its line."""

    text: str
    at: float
    is_zero: bool


@dataclass(frozen=True, slots=True)
class Name:
    """A category below the axis."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Plane:
    """The rectangle in which the numbers from ``low`` to ``high`` are drawn."""

    low: float
    high: float
    step: float
    left: float
    bottom: float
    slots: int

    def y(self, value: float) -> float:
        """The height at which ``value`` stands."""
        share = (drawn(value) / self.step - self.low / self.step) / (
            self.high / self.step - self.low / self.step
        )
        return round(self.bottom - share * (self.bottom - TOP), 1)

    @property
    def slot(self) -> float:
        """The width of one category."""
        return (RIGHT - self.left) / self.slots

    def x(self, number: int) -> float:
        """The middle of a category."""
        return round(self.left + (number + 0.5) * self.slot, 1)


def plane(values: Sequence[float], names: Sequence[str], locale: str, *, x_label: bool) -> Plane:
    """Room for ``values`` and zero, and for what is written around them."""
    least, most = min(0.0, *map(drawn, values)), max(0.0, *map(drawn, values))
    step = _step(most, least)
    low, high = math.floor(least / step) * step, math.ceil(most / step) * step
    if low == high:
        high = low + step
    numbers = [compact(low + number * step, locale) for number in range(round((high - low) / step))]
    left = 14 + LETTER * max(map(len, [*numbers, compact(high, locale)]))
    below = 22.0
    if is_slanted(names, (RIGHT - left) / len(names)):
        longest = LETTER * min(max(map(len, names)), SLANTED)
        left, below = max(left, 0.77 * longest - 8), 20 + 0.65 * longest
    return Plane(low, high, step, left, HEIGHT - below - 16 * x_label, len(names))


def _step(most: float, least: float) -> float:
    rough = (most / GAPS - least / GAPS) or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * one for one in STEPS if power * one >= rough * 0.999)


def is_slanted(names: Sequence[str], room: float) -> bool:
    """Whether the names don't fit side by side."""
    return LETTER * (max(map(len, names)) + 1) > room


def ticks(area: Plane, locale: str) -> list[Tick]:
    """The numbers beside the axis."""
    count = round(area.high / area.step - area.low / area.step)
    steps = [area.low + number * area.step for number in range(count + 1)]
    return [Tick(compact(one, locale), area.y(one), one == 0) for one in steps]


def labels(area: Plane, names: Sequence[str]) -> list[Name]:
    """The categories below the axis."""
    slanted = is_slanted(names, area.slot)
    longest = SLANTED if slanted else max(map(len, names))
    aside, below = (4, 12) if slanted else (0, 16)
    return [
        Name(_clip(name, longest), round(area.x(number) + aside, 1), area.bottom + below)
        for number, name in enumerate(names)
    ]


def _clip(name: str, longest: int) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"


def compact(value: float, locale: str) -> str:
    """``1.2M``."""
    if abs(value) >= BEYOND or 0 < abs(value) < 0.01:  # noqa: PLR2004
        return f"{value:.2g}"
    digits = 2 if abs(value) < 10 else 1  # noqa: PLR2004
    return str(format_compact_decimal(value, locale=locale, fraction_digits=digits))


def exact(value: float, locale: str) -> str:
    """``1,243,531``."""
    large = abs(value) >= BEYOND
    return f"{drawn(value):.3g}" if large else str(format_decimal(value, locale=locale))
