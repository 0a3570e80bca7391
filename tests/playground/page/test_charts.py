"""Charts as drawings: where every number stands, and its table for the ear."""

import math
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.page.axes import HEIGHT, TOP, WIDTH, compact, exact, plane, ticks
from bot.playground.page.charts import render_chart
from tests.playground.page.examples import VIEWER, Page, chart, pie, read

finite = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**300), 10**300)


def drawn(block: dict[str, Any]) -> Page:
    return read(render_chart(block, VIEWER))


def tags(page: Page, name: str) -> list[dict[str, str | None]]:
    return [attributes for tag, attributes in page.tags if tag == name]


def numbers(attributes: dict[str, str | None], *names: str) -> tuple[float, ...]:
    return tuple(float(attributes[name] or "") for name in names)


def test_bars() -> None:
    """Positive ones stand on the line of zero, negative ones hang from it; heights compare."""
    page = drawn(chart("bar", ["a", "b", "c"], Views=[4, 2, -2]))
    bars = [
        numbers(one, "x", "y", "width", "height")
        for one in tags(page, "rect")
        if one.get("class") == "bk-fill bk-c0"
    ]
    (zero,) = [float(one["y1"] or "") for one in tags(page, "line") if one["class"] == "bk-zero"]
    (_, first, width, high), (_, second, _, half), (_, third, _, low) = bars
    assert first + high == pytest.approx(zero, abs=0.11)
    assert second + half == pytest.approx(zero, abs=0.11)
    assert third == zero
    assert half == pytest.approx(high / 2, abs=0.11)
    assert low == pytest.approx(half, abs=0.11)
    assert width > 10


def test_bars_side_by_side() -> None:
    """Those of a category touch each other, and each series has a colour of its own."""
    page = drawn(chart("bar", ["a", "b"], One=[1, 2], Two=[2, 1]))
    bars = [one for one in tags(page, "rect") if "bk-fill" in (one.get("class") or "")]
    assert [one["class"] for one in bars] == ["bk-fill bk-c0"] * 2 + ["bk-fill bk-c1"] * 2
    left, width = numbers(bars[0], "x", "width")
    assert left + width == pytest.approx(numbers(bars[2], "x")[0], abs=0.11)


def test_line() -> None:
    """From the left to the right, the larger the higher; every point says its number."""
    page = drawn(chart("line", ["Nov 1", "Nov 8"], Views=[1_000, 1_243_531]))
    dots = [numbers(one, "cx", "cy") for one in tags(page, "circle")]
    assert dots[0][0] < dots[1][0]
    assert dots[0][1] > dots[1][1]
    (path,) = tags(page, "polyline")
    assert path["points"] == " ".join(f"{x},{y}" for x, y in dots)
    assert "Views, Nov 8: 1,243,531" in page.texts
    assert not tags(page, "polygon")


def test_area() -> None:
    """A line, and what lies between it and zero."""
    page = drawn(chart("area", ["a", "b"], Views=[1, 2]))
    (shape,), (path,) = tags(page, "polygon"), tags(page, "polyline")
    corners = [tuple(map(float, one.split(","))) for one in (shape["points"] or "").split()]
    line = [tuple(map(float, one.split(","))) for one in (path["points"] or "").split()]
    assert corners[1:-1] == line
    assert corners[0][1] == corners[-1][1] > max(y for _, y in line)


def test_any_order() -> None:
    """A point belongs to the category that it names."""
    block = chart("line", ["a", "b"], Views=[1, 2])
    block["chart"]["series"][0]["data"].reverse()
    assert render_chart(block, VIEWER) == render_chart(
        chart("line", ["a", "b"], Views=[1, 2]), VIEWER
    )


def test_said() -> None:
    """The title, what it shows, both axes, the legend, and all numbers once more as a table."""
    html = str(render_chart(chart("bar", ["a", "b"], x="Week", One=[1, 2.5], Two=[-3, 4]), VIEWER))
    assert html.startswith('<figure class="bk-chart"><figcaption>Title</figcaption>\n')
    assert (
        '<svg viewBox="0 0 400 250" role="img"><title>Title</title><desc>Bar chart of One, Two, '
        "from a to b. The numbers follow as a table.</desc>" in html
    )
    page = read(html)
    assert {"Week", "Y", "a", "b"} <= set(page.texts)
    _, _, legend = html.partition('<ul class="bk-legend" aria-hidden="true">')
    assert read(legend.partition("</ul>")[0]).texts == ["One", "Two"]
    assert html.endswith(
        '<table class="bk-hidden"><caption>Title</caption><thead><tr><td></td>'
        '<th scope="col">One</th><th scope="col">Two</th></tr></thead><tbody>'
        '<tr><th scope="row">a</th><td>1</td><td>-3</td></tr>'
        '<tr><th scope="row">b</th><td>2.5</td><td>4</td></tr></tbody></table></figure>'
    )


def test_pie() -> None:
    """Slices by share, from twelve o'clock on."""
    page = drawn(pie(a=1, b=3))
    paths = [one["d"] or "" for one in tags(page, "path")]
    assert paths == [
        "M200.0 128.0 L200.0 23.0 A105.0 105.0 0 0 1 305.0 128.0 Z",
        "M200.0 128.0 L305.0 128.0 A105.0 105.0 0 1 1 200.0 23.0 Z",
    ]
    assert page.texts.count("a: 1 (25%)") == 2
    assert "75%" in page.texts


def test_whole_pie() -> None:
    """One slice is a circle: an arc of 360 degrees would draw nothing."""
    page = drawn(pie(a=2))
    assert not tags(page, "path")
    assert [one["class"] for one in tags(page, "circle")] == ["bk-slice bk-c0"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0], ["0", "1"]),
        ([410_000, 1_243_531], ["0", "500K", "1M", "1.5M"]),
        ([3, -2], ["-2", "0", "2", "4"]),
        ([-7], ["-8", "-6", "-4", "-2", "0"]),
        ([0.004], ["0", "0.001", "0.002", "0.003", "0.004"]),
        ([1e20], ["0", "2.5e+19", "5e+19", "7.5e+19", "1e+20"]),
    ],
)
def test_ticks(values: list[float], texts: list[str]) -> None:
    """Round numbers from below the least one to above the largest one, with zero among them."""
    area = plane(values, ["a"], "en", x_label=False)
    assert [one.text for one in ticks(area, "en")] == texts
    assert [one.is_zero for one in ticks(area, "en")].count(True) == 1


def test_names_that_do_not_fit() -> None:
    """Long ones stand aslant and are cut; their numbers name them in full."""
    names = [f"a creator's name {place}" for place in range(10)]
    page = drawn(chart("bar", names, Views=list(range(10))))
    slanted = [one for one in tags(page, "text") if "transform" in one]
    assert len(slanted) == 10
    assert {"a creator's n…", names[9]} <= set(page.texts)
    assert not [
        one for one in tags(drawn(chart("bar", ["a", "b"], V=[1, 2])), "text") if "transform" in one
    ]


def test_locale() -> None:
    """Numbers as the reader's language writes them."""
    made = read(
        render_chart(chart("line", ["a", "b"], V=[0, 1_234.5]), replace(VIEWER, locale="de-DE"))
    )
    assert "1.234,5" in made.texts
    assert (compact(1_500, "en"), exact(1e15, "en"), exact(10**400, "en")) == (
        "1.5K",
        "1e+15",
        "1e+300",
    )


@given(st.lists(finite, min_size=1, max_size=20), st.sampled_from(["line", "bar", "area"]))
def test_everything_is_within(values: list[float], kind: str) -> None:
    """Whatever the numbers, nothing is drawn beside the drawing."""
    names = [f"{place}" for place in range(len(values))]
    html = str(render_chart(chart(kind, names, Views=values), VIEWER))
    assert not re.search(r"\b(nan|inf)\b", html)
    for one in (attributes for _, attributes in read(html).tags):
        for name in ("x", "x1", "x2", "cx"):
            assert -1 <= float(one.get(name) or 0) <= WIDTH
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(one.get(name) or 0) <= HEIGHT
        assert math.isfinite(float(one.get("height") or 0))
        assert float(one.get("cy") or TOP) >= TOP - 1
