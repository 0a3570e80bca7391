"""Tables and charts; whatever goes in, Slack takes them.

The checks are the stand-in's, which shares no line with the product's own limits.
"""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.facts import Number
from bot.playground.slack_blocks import check_message, check_view
from bot.rendering.data_blocks import Cell, Content, Series, bar_chart, data_table, line_chart
from bot.rendering.limits import Block

DAYS = ("Mon", "Tue", "Wed")


def texts(table: Block) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in table["rows"]]


def drawn(chart: Block | None) -> dict[str, list[tuple[str, Number]]]:
    """The points of every series."""
    assert chart is not None
    return {
        one["name"]: [(point["label"], point["value"]) for point in one["data"]]
        for one in chart["chart"]["series"]
    }


def test_a_table() -> None:
    """Numbers are sorted as numbers, and what is not known says so."""
    made = data_table(
        "Top creators by views",
        ("Creator", "Views"),
        [("Mia Chen", Cell(12_400, "12.4K")), ("Kofi", None), ("Ada", Cell(None, "not yet"))],
    )
    assert made == {
        "type": "data_table",
        "caption": "Top creators by views",
        "rows": [
            [{"type": "raw_text", "text": "Creator"}, {"type": "raw_text", "text": "Views"}],
            [
                {"type": "raw_text", "text": "Mia Chen"},
                {"type": "raw_number", "value": 12_400, "text": "12.4K"},
            ],
            [{"type": "raw_text", "text": "Kofi"}, {"type": "raw_text", "text": "–"}],
            [{"type": "raw_text", "text": "Ada"}, {"type": "raw_text", "text": "not yet"}],
        ],
        "page_size": 10,
        "row_header_column_index": 0,
    }


def test_user_text_is_shown_and_nothing_else() -> None:
    """Nobody is pinged by plain text; control characters go, and what is long is cut."""
    made = data_table("a\nb", ("<!channel>", "\u202e"), [("x\x00y\tz", "n" * 101)])
    assert made["caption"] == "a b"
    assert texts(made) == [["<!channel>", "(no name)"], ["xy z", "n" * 99 + "…"]]


def test_rows_of_every_length() -> None:
    """The header decides: what is missing is a dash, what is too much goes."""
    made = data_table("Table", ("A", "B"), [(), ("1",), ("1", "2", "3")])
    assert texts(made)[1:] == [["–", "–"], ["1", "–"], ["1", "2"]]
    assert texts(data_table("", (), [("1", "2")])) == [["–"], ["1"]]
    assert texts(data_table("Table", ("A", "B"), []))[1:] == [["–", "–"]]
    assert len(texts(data_table("Table", "x" * 21, []))[0]) == 20


def test_too_many_rows() -> None:
    """The first hundred, and the caption says so."""
    made = data_table("Creators", ("Name",), [(f"{number}",) for number in range(101)])
    assert made["caption"] == "Creators (first 100 of 101)"
    assert texts(made)[-1] == ["99"]
    fits = data_table("Creators", ("Name",), [("x",)] * 100)
    assert (fits["caption"], len(fits["rows"])) == ("Creators", 101)


def test_too_many_characters() -> None:
    """Whole rows go where the cells hold more than Slack takes, and the caption is right again."""
    row = ("n" * 100,) * 20
    made = data_table("c" * 300, ("h" * 100,) * 20, [row] * 6)
    assert made["caption"] == "c" * 184 + "… (first 4 of 6)"
    assert len(made["rows"]) == 5
    assert sum(len(text) for cells in texts(made) for text in cells) == 10_000


@pytest.mark.parametrize(("given", "kept"), [(-1, 1), (0, 1), (1, 1), (100, 100), (101, 100)])
def test_page_size(given: int, kept: int) -> None:
    """Slack pages in steps of one to a hundred rows."""
    assert data_table("Table", ("A",), [], page_size=given)["page_size"] == kept


@pytest.mark.parametrize(("given", "kept"), [(-1, 0), (1, 1), (2, 1)])
def test_row_header(given: int, kept: int) -> None:
    """It is always a column that is there."""
    made = data_table("Table", ("A", "B"), [], row_header=given)
    assert made["row_header_column_index"] == kept


def test_a_line_chart() -> None:
    """Each series has a point for every category."""
    made = line_chart(
        "Views", DAYS[:2], [Series("This week", (1, -2.5))], x_label="Day", y_label="Views"
    )
    assert made == {
        "type": "data_visualization",
        "title": "Views",
        "chart": {
            "type": "line",
            "series": [
                {
                    "name": "This week",
                    "data": [{"label": "Mon", "value": 1}, {"label": "Tue", "value": -2.5}],
                }
            ],
            "axis_config": {
                "categories": ["Mon", "Tue"],
                "x_label": "Day",
                "y_label": "Views",
            },
        },
    }


def test_a_bar_chart() -> None:
    """One category is enough, and axes need no names."""
    made = bar_chart("", ["Mia"], [Series("", (3,))])
    assert made is not None
    assert made["title"] == "–"
    assert made["chart"]["type"] == "bar"
    assert made["chart"]["axis_config"] == {"categories": ["Mia"]}
    assert drawn(made) == {"–": [("Mia", 3)]}


@pytest.mark.parametrize("gap", [None, math.nan, math.inf, 10**400])
def test_gaps(gap: Number | None) -> None:
    """A category without all its numbers goes, and so does a series without any."""
    both = [Series("now", (1, gap, 3)), Series("before", (4, 5, 6)), Series("never", (gap,) * 3)]
    made = line_chart("Views", DAYS, both)
    assert drawn(made) == {"now": [("Mon", 1), ("Wed", 3)], "before": [("Mon", 4), ("Wed", 6)]}
    assert made is not None
    assert made["chart"]["axis_config"] == {"categories": ["Mon", "Wed"]}
    short = bar_chart("Views", DAYS, [Series("now", (1,)), Series("before", (4, 5, 6, 7))])
    assert drawn(short) == {"now": [("Mon", 1)], "before": [("Mon", 4)]}


@pytest.mark.parametrize(
    ("categories", "series"),
    [
        ([], [Series("now", (1, 2))]),
        (DAYS, []),
        (DAYS, [Series("now", (None,) * 3)]),
        (DAYS, [Series("now", (1, None, None)), Series("before", (None, 2, 3))]),
    ],
)
def test_nothing_to_draw(categories: list[str], series: list[Series]) -> None:
    """No chart is better than an empty one."""
    assert line_chart("Views", categories, series) is None
    assert bar_chart("Views", categories, series) is None


def test_a_line_needs_two_points() -> None:
    """Where a bar needs but one."""
    assert line_chart("Views", ["Mon"], [Series("now", (1,))]) is None
    assert bar_chart("Views", ["Mon"], [Series("now", (1,))]) is not None


def test_too_many_points_and_series() -> None:
    """Lines end today, bars begin with the first; six series are drawn, and empty ones not."""
    many = [f"{number}" for number in range(21)]
    line = drawn(line_chart("Views", many, [Series("now", range(21))]))
    assert (line["now"][0], line["now"][-1]) == (("1", 1), ("20", 20))
    bars = drawn(bar_chart("Views", many, [Series("now", range(21))]))
    assert (bars["now"][0], bars["now"][-1]) == (("0", 0), ("19", 19))
    series = [Series("none", ()), *(Series(f"s{number}", (1,)) for number in range(7))]
    assert list(drawn(bar_chart("Views", ["Mon"], series))) == [f"s{n}" for n in range(6)]


def test_names_stay_apart() -> None:
    """What is the same once it is cut gets a number."""
    long = "a" * 20
    series = [Series(long + tail, (1, 2, 3)) for tail in ("b", "c", "d")]
    made = drawn(line_chart("Views", ["Mon", "Mon", "Mon 2"], series))
    assert list(made) == ["a" * 19 + "…", "a" * 17 + "… 2", "a" * 17 + "… 3"]
    assert [label for label, _ in made["a" * 19 + "…"]] == ["Mon", "Mon 2", "Mon 2 2"]


def test_right_to_left_names_fit() -> None:
    """What keeps them from turning the line around counts as well."""
    made = bar_chart("ق" * 60, ["ق" * 20], [Series("ق" * 19, (1,))])
    assert made is not None
    assert made["title"] == "\u2068" + "ق" * 47 + "…\u2069"
    assert drawn(made) == {"\u2068" + "ق" * 17 + "…\u2069": [("\u2068" + "ق" * 17 + "…\u2069", 1)]}


# Whatever goes in.

ODD = ("<!channel>", "", "\x00", "قناة" * 90, "👩‍👩‍👧‍👦" * 9, "a" * 19, "a" * 300, "a" * 299 + "b")
names = st.text(st.characters(), max_size=30) | st.sampled_from(ODD) | st.sampled_from("abc")
headers = st.lists(names, max_size=3) | st.lists(st.sampled_from(ODD), min_size=19, max_size=22)
numbers: st.SearchStrategy[Number | None] = (
    st.none() | st.integers(-(10**400), 10**400) | st.integers() | st.floats()
)
contents: st.SearchStrategy[Content] = st.none() | names | st.builds(Cell, numbers, names)
series_lists = st.lists(st.builds(Series, names, st.lists(numbers, max_size=25)), max_size=9)
full = st.lists(
    st.builds(Series, names, st.lists(st.integers(), min_size=25, max_size=25)),
    min_size=1,
    max_size=9,
)


def assert_taken(blocks: list[Any]) -> None:
    """By Slack, as JSON, within the limits of the whole."""
    assert check_message("x", json.loads(json.dumps(blocks, allow_nan=False))) == []


@settings(max_examples=60)
@given(
    names,
    headers,
    st.lists(st.lists(contents, max_size=4), max_size=5),
    st.sampled_from([1, 19, 20, 21, 101]),
    st.integers(),
    st.integers(),
)
def test_tables_that_slack_takes(
    caption: str,
    header: list[str],
    rows: list[list[Content]],
    times: int,
    page_size: int,
    row_header: int,
) -> None:
    """Of any shape, in messages and in a Home."""
    made = data_table(caption, header, rows * times, page_size=page_size, row_header=row_header)
    assert_taken([made])
    assert check_view({"type": "home", "blocks": [made]}) == []
    assert sum(len(text) for row in texts(made) for text in row) <= 10_000


@settings(max_examples=100)
@given(names, st.lists(names, max_size=25), series_lists | full, names, names)
def test_charts_that_slack_takes(
    title: str, categories: list[str], series: list[Series], x_label: str, y_label: str
) -> None:
    """Both of them, and both at once; as long as every number is there, they are drawn."""
    line = line_chart(title, categories, series, x_label=x_label, y_label=y_label)
    bars = bar_chart(title, categories, series, x_label=x_label, y_label=y_label)
    assert_taken([block for block in (line, bars) if block])
    complete = bool(series) and all(
        len(one.values) >= len(categories) and all(isinstance(v, int) for v in one.values)
        for one in series
    )
    if complete and not any(abs(v or 0) > 10**300 for one in series for v in one.values):
        assert (line is not None) == (len(categories) > 1)
        assert (bars is not None) == (len(categories) > 0)
