"""Slack's ``data_visualization`` as drawings, each with its numbers in a table for the ear."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from bot.playground.page.axes import (
    HEIGHT,
    RIGHT,
    TOP,
    WIDTH,
    Plane,
    drawn,
    exact,
    is_slanted,
    labels,
    plane,
    ticks,
)
from bot.playground.page.markup import Json, fill
from bot.playground.page.viewer import Viewer

COLOURS: Final = 6
KINDS: Final = {"line": "Line chart", "bar": "Bar chart", "area": "Area chart", "pie": "Pie chart"}
PIE: Final = 105.0

BAR: Final = Markup('<rect class="bk-fill bk-c{}" x="{}" y="{}" width="{}" height="{}">{}</rect>')
LINE: Final = Markup('<polyline class="bk-stroke bk-c{}" points="{}"></polyline>')
AREA: Final = Markup('<polygon class="bk-area bk-c{}" points="{}"></polygon>')
DOT: Final = Markup('<circle class="bk-fill bk-c{}" cx="{}" cy="{}" r="3.5">{}</circle>')
SLICE: Final = Markup('<path class="bk-slice bk-c{}" d="{}">{}</path>')
WHOLE: Final = Markup('<circle class="bk-slice bk-c{}" cx="{}" cy="{}" r="{}">{}</circle>')
TIP: Final = Markup("<title>{}</title>")


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    values: Sequence[float]


def render_chart(block: Json, viewer: Viewer) -> Markup:
    """A line, bar, area or pie chart."""
    chart = block.get("chart", {})
    kind = chart.get("type")
    if kind not in KINDS:
        return fill("unknown", type=f"{kind} chart", what="block")
    locale = viewer.locale.replace("-", "_")
    made = _pie(chart, locale) if kind == "pie" else _plane(chart, locale)
    return fill("chart", title=block.get("title", ""), width=WIDTH, height=HEIGHT, **made)


def _plane(chart: Json, locale: str) -> Json:
    axes, kind = chart["axis_config"], chart["type"]
    names: list[str] = axes["categories"]
    series = [_Series(one["name"], _in_order(one, names)) for one in chart["series"]]
    x_label = axes.get("x_label", "")
    every = [value for one in series for value in one.values]
    area = plane(every, names, locale, x_label=bool(x_label))
    shapes = _bars if kind == "bar" else _lines
    return {
        "description": _described(kind, names, series),
        "ticks": ticks(area, locale),
        "names": labels(area, names),
        "slanted": is_slanted(names, area.slot),
        "left": round(area.left, 1),
        "right": RIGHT,
        "x_label": x_label,
        "y_label": axes.get("y_label", ""),
        "shapes": list(shapes(series, names, area, locale, filled=kind == "area")),
        "legend": [one.name for one in series],
        "columns": [one.name for one in series],
        "rows": [
            (name, [exact(one.values[number], locale) for one in series])
            for number, name in enumerate(names)
        ],
    }


def _in_order(series: Json, names: Sequence[str]) -> list[float]:
    """Slack takes the points of a series in any order; each has its category's name."""
    points = {point["label"]: point["value"] for point in series["data"]}
    return [points[name] for name in names]


def _described(kind: str, names: Sequence[str], series: Sequence[_Series]) -> str:
    what = ", ".join(one.name for one in series)
    return (
        f"{KINDS[kind]} of {what}, from {names[0]} to {names[-1]}. The numbers follow as a table."
    )


def _tip(series: _Series, name: str, number: int, locale: str) -> Markup:
    return TIP.format(f"{series.name}, {name}: {exact(series.values[number], locale)}")


def _bars(
    series: Sequence[_Series], names: Sequence[str], area: Plane, locale: str, *, filled: bool
) -> Iterator[Markup]:
    del filled
    width = min(area.slot * 0.75, 56.0) / len(series)
    zero = area.y(0)
    for colour, one in enumerate(series):
        for number, name in enumerate(names):
            left = area.x(number) + (colour - len(series) / 2) * width
            at = area.y(one.values[number])
            top, high = min(at, zero), round(max(abs(zero - at), 0.8), 1)
            tip = _tip(one, name, number, locale)
            yield BAR.format(colour % COLOURS, round(left, 1), top, round(width, 1), high, tip)


def _lines(
    series: Sequence[_Series], names: Sequence[str], area: Plane, locale: str, *, filled: bool
) -> Iterator[Markup]:
    for colour, one in enumerate(series):
        dots = [(area.x(number), area.y(value)) for number, value in enumerate(one.values)]
        path = " ".join(f"{x},{y}" for x, y in dots)
        if filled:
            zero = area.y(0)
            yield AREA.format(colour % COLOURS, f"{dots[0][0]},{zero} {path} {dots[-1][0]},{zero}")
        yield LINE.format(colour % COLOURS, path)
        for number, ((x, y), name) in enumerate(zip(dots, names, strict=True)):
            yield DOT.format(colour % COLOURS, x, y, _tip(one, name, number, locale))


def _pie(chart: Json, locale: str) -> Json:
    segments = chart["segments"]
    one = _Series("Value", [segment["value"] for segment in segments])
    names = [segment["label"] for segment in segments]
    shares = _shares(one.values)
    said = [
        f"{name}: {exact(value, locale)} ({share:.0%})"
        for name, value, share in zip(names, one.values, shares, strict=True)
    ]
    return {
        "description": f"Pie chart of {', '.join(names)}. The numbers follow as a table.",
        **dict.fromkeys(("ticks", "names"), ()),
        **dict.fromkeys(("x_label", "y_label"), ""),
        "slanted": False,
        "left": 0,
        "right": RIGHT,
        "shapes": list(_slices(shares, said)),
        "legend": said,
        "columns": ["Value", "Share"],
        "rows": [
            (name, [exact(value, locale), f"{share:.0%}"])
            for name, value, share in zip(names, one.values, shares, strict=True)
        ],
    }


def _shares(values: Sequence[float]) -> list[float]:
    largest = max(map(drawn, values))
    parts = [drawn(value) / largest for value in values]
    return [part / sum(parts) for part in parts]


def _slices(shares: Sequence[float], said: Sequence[str]) -> Iterator[Markup]:
    middle, height = WIDTH / 2, (TOP + HEIGHT) / 2 - 8
    ends = [sum(shares[:count]) for count in range(len(shares) + 1)]
    for colour, (start, end) in enumerate(pairwise(ends)):
        tip = TIP.format(said[colour])
        if len(shares) == 1:
            yield WHOLE.format(colour, middle, height, PIE, tip)
            return
        corners = [
            f"{middle + PIE * math.sin(math.tau * at):.1f} "
            f"{height - PIE * math.cos(math.tau * at):.1f}"
            for at in (start, end)
        ]
        large = int(end - start > 0.5)  # noqa: PLR2004 -- more than half of the circle
        arc = f"M{middle} {height} L{corners[0]} A{PIE} {PIE} 0 {large} 1 {corners[1]} Z"
        yield SLICE.format(colour % COLOURS, arc, tip)
