"""The one picture of a mail, as SVG: views week by week, or who gained and who lost.

Its card is opaque and its colours are fixed, so that it reads the same on a light and on a dark
page. Whatever the bundled font has no letters for is said in other letters, or left to the text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Final

from bot.digest.facts import Number
from bot.digest.model import Digest, TrendPoint
from bot.digest.movers import Mover, Movers
from bot.rendering import sentences
from bot.rendering.mail.picture import is_drawable
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers, is_finite

WIDTH: Final = 400
"""Of every chart, in units that are about a pixel on a phone."""

LINE_HEIGHT: Final = 216
CARD: Final = "#17203a"
INK: Final = "#ffffff"
SOFT: Final = "#b4bfd6"
GRID: Final = "#33405f"
LINE: Final = "#7cc4ff"
GAIN: Final = "#4ade80"
DROP: Final = "#fb8a8a"

LEFT, RIGHT, TOP, BOTTOM = 64, 360, 60, 172
"""Where the line may go."""

MOST_DAYS: Final = 5
"""Dates that fit side by side under the line."""

BARS: Final = 4
"""Gains, and as many drops."""

NAME: Final = 20
FIRST_ROW: Final = 52
ROW: Final = 30
NAMES_END, BARS_START, BARS_END = 158, 166, 316
LEAST_BAR: Final = 2.0
ENGLISH: Final = Numbers("en")


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, and what it shows in words."""

    svg: str
    alt: str


def chart(digest: Digest, numbers: Numbers) -> Chart | None:
    """What is worth drawing; None where there is neither a history nor anybody who moved."""
    if len(_known(digest.trend)) > 1:
        return _trend(digest, numbers)
    if digest.movers and _shown(digest.movers):
        return _moved(digest.movers, numbers)
    return None


def _trend(digest: Digest, numbers: Numbers) -> Chart:
    alt = sentences.spoken_trend(digest, numbers)
    points, known = digest.trend, _known(digest.trend)
    lowest, highest = min(known.values()), max(known.values())
    spots = {place: (_x(place, len(points)), _y(known[place], lowest, highest)) for place in known}
    parts = [
        _text(20, 32, alt.partition(": ")[0], size=15, fill=SOFT),
        *_level(lowest, _y(lowest, lowest, highest), numbers),
        *(_level(highest, _y(highest, lowest, highest), numbers) if highest > lowest else ()),
        *_line(spots),
        *_days(points, numbers),
    ]
    return Chart(_card(LINE_HEIGHT, parts), alt)


def _known(points: Sequence[TrendPoint]) -> dict[int, Number]:
    return {place: one.views for place, one in enumerate(points) if is_finite(one.views)}


def _x(place: int, many: int) -> float:
    return LEFT + 14 + (RIGHT - LEFT - 14) * place / max(1, many - 1)


def _y(views: Number, lowest: Number, highest: Number) -> float:
    if lowest == highest:
        return (TOP + BOTTOM) / 2
    share = (Fraction(views) - Fraction(lowest)) / (Fraction(highest) - Fraction(lowest))
    return BOTTOM - (BOTTOM - TOP) * float(share)


def _level(views: Number, y: float, numbers: Numbers) -> Iterator[str]:
    yield f'<path d="M{LEFT} {y:.1f}H{RIGHT + 18}" stroke="{GRID}"/>'
    yield _text(LEFT - 8, y + 5, _number(views, numbers), anchor="end", fill=SOFT)


def _line(spots: dict[int, tuple[float, float]]) -> Iterator[str]:
    """A line with a gap for every week that nobody looked at, and a dot for every other."""
    steps = [
        f"{'L' if place - 1 in spots else 'M'}{x:.1f} {y:.1f}" for place, (x, y) in spots.items()
    ]
    yield (
        f'<path d="{"".join(steps)}" fill="none" stroke="{LINE}" stroke-width="3" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
    )
    last = max(spots)
    for place, (x, y) in spots.items():
        size, fill = (6, INK) if place == last else (3.5, LINE)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{fill}"/>'


def _days(points: Sequence[TrendPoint], numbers: Numbers) -> Iterator[str]:
    step = -(-(len(points) - 1) // (MOST_DAYS - 1))
    for place in range(len(points) - 1, -1, -step):
        day = points[place].end
        said = numbers.short_day(day)
        shown = said if is_drawable(said) else f"{day:%m-%d}"
        yield _text(_x(place, len(points)), BOTTOM + 28, shown, anchor="middle", fill=SOFT)


def _moved(movers: Movers, numbers: Numbers) -> Chart:
    shown = _shown(movers)
    title = sentences.moved_title(movers)
    largest = max(abs(Fraction(one.by)) for one in shown) or Fraction(1)
    rows = [
        part
        for place, one in enumerate(shown)
        for part in _bar(one, FIRST_ROW + ROW * place, largest, numbers)
    ]
    clip = f'<clipPath id="names"><path d="M0 0H{NAMES_END}V9999H0Z"/></clipPath>'
    parts = [clip, _text(20, 32, title, size=15, fill=SOFT), *rows]
    said = ", ".join(f"{one_line(one.name)} {numbers.gain(one.by)}" for one in shown)
    return Chart(_card(FIRST_ROW + ROW * len(shown) + 14, parts), f"{title}: {said}")


def _shown(movers: Movers) -> list[Mover]:
    both = (*movers.gains[:BARS], *reversed(movers.drops[:BARS]))
    return [one for one in both if is_finite(one.by)]


def _bar(one: Mover, top: float, largest: Fraction, numbers: Numbers) -> Iterator[str]:
    length = max(LEAST_BAR, (BARS_END - BARS_START) * float(abs(Fraction(one.by)) / largest))
    name = one_line(one.name, NAME)
    if is_drawable(name):
        yield f'<g clip-path="url(#names)">{_text(20, top + 19, name)}</g>'
    yield (
        f'<rect x="{BARS_START}" y="{top + 5:.1f}" width="{length:.1f}" height="18" rx="3" '
        f'fill="{GAIN if one.by > 0 else DROP}"/>'
    )
    gain = numbers.gain(one.by)
    yield _text(
        BARS_START + length + 8, top + 19, gain if is_drawable(gain) else ENGLISH.gain(one.by)
    )


def _number(views: Number, numbers: Numbers) -> str:
    said = numbers.compact(views)
    return said if is_drawable(said) else ENGLISH.compact(views)


def _text(
    x: float, y: float, text: str, *, size: int = 14, fill: str = INK, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )


def _card(height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'font-family="Inter"><rect width="100%" height="100%" fill="{CARD}"/>'
        f"{''.join(parts)}</svg>"
    )
