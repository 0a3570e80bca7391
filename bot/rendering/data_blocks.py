"""Slack's native tables and charts, within their limits whatever goes in.

slack_sdk has no models of them, so they are plain dicts. Where Slack's pages name two limits, the
narrower one holds here. A workspace that doesn't know these blocks refuses the whole message, so
whoever posts one has the same at hand in classic blocks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.digest.facts import Number
from bot.rendering.limits import Block
from bot.rendering.names import one_line
from bot.rendering.numbers import UNKNOWN, is_finite

ROWS: Final = 100
COLUMNS: Final = 20
PAGE: Final = 100
CELL: Final = 100
CAPTION: Final = 200
"""Slack names no limit; a screen reader says all of it before the first row."""

TABLE: Final = 10_000
"""Characters of all cells: an older page's limit; the newer one's is twice as much."""

TITLE: Final = 50
AXIS_LABEL: Final = 50
LABEL: Final = 20
POINTS: Final = 20
SERIES: Final = 6
ISOLATES: Final = 2
"""Characters that ``one_line`` puts around right-to-left text."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number in a table: ``value`` is what Slack sorts by, ``text`` what it shows."""

    value: Number | None
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or one bar of each group: a value for every category, or None for a gap."""

    name: str
    values: Sequence[Number | None]


Content = str | Cell | None


def data_table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[Content]],
    *,
    page_size: int = 10,
    row_header: int = 0,
) -> Block:
    """A table that readers can sort and page through; a message may hold one.

    Args:
        caption: Says what the table holds, and how many rows are left out when not all fit.
        header: The columns' names; they decide how many columns there are, at most 20.
        rows: At most 100 are kept, from the first one on. What a row lacks, and every None, is
            shown as ``–``; without any rows there is one that holds nothing else.
        page_size: Rows that are shown at once.
        row_header: The column that names its row, for screen readers.
    """
    columns = max(1, min(len(header), COLUMNS))
    head = _row(header, columns)
    kept = _that_fit((_row(row, columns) for row in rows[:ROWS]), TABLE - _letters(head))
    left_out = f" (first {len(kept)} of {len(rows)})" if len(kept) < len(rows) else ""
    return {
        "type": "data_table",
        "caption": _shown(caption, CAPTION - len(left_out)) + left_out,
        "rows": [head, *(kept or [_row((), columns)])],
        "page_size": max(1, min(page_size, PAGE)),
        "row_header_column_index": max(0, min(row_header, columns - 1)),
    }


def line_chart(
    title: str,
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    x_label: str = "",
    y_label: str = "",
) -> Block | None:
    """Lines over time; None when there are not two points to draw a line between.

    Of more than 20 categories the last ones are shown, of more than six series the first ones.
    Slack's charts have no gaps, and a gap drawn as 0 would be a lie: a series without any number
    is left out, and so is every category for which one of the others has none.
    """
    shown, kept = _complete(categories, series)
    return _chart("line", title, categories, shown, kept[-POINTS:], (x_label, y_label), least=2)


def bar_chart(
    title: str,
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    x_label: str = "",
    y_label: str = "",
) -> Block | None:
    """Groups of bars, one for each category; None when there is nothing to draw.

    Of more than 20 categories the first ones are shown; all else is as in ``line_chart``.
    """
    shown, kept = _complete(categories, series)
    return _chart("bar", title, categories, shown, kept[:POINTS], (x_label, y_label), least=1)


def _row(contents: Sequence[Content], columns: int) -> list[Block]:
    missing = [None] * (columns - len(contents))
    return [_cell(content) for content in (*contents[:columns], *missing)]


def _cell(content: Content) -> Block:
    if isinstance(content, Cell) and is_finite(content.value):
        return {"type": "raw_number", "value": content.value, "text": _shown(content.text, CELL)}
    text = content.text if isinstance(content, Cell) else content
    return {"type": "raw_text", "text": _shown(text or "", CELL)}


def _that_fit(rows: Iterable[list[Block]], room: int) -> list[list[Block]]:
    """``rows`` up to the first one that ``room`` characters don't hold."""
    kept = []
    for row in rows:
        room -= _letters(row)
        if room < 0:
            break
        kept.append(row)
    return kept


def _letters(row: list[Block]) -> int:
    return sum(len(cell["text"]) for cell in row)


def _complete(
    categories: Sequence[str], series: Sequence[Series]
) -> tuple[Sequence[Series], Sequence[int]]:
    """The series that can be drawn, and the places at which all of them have a number."""
    places = range(len(categories))
    drawn = [one for one in series if any(_has(one, place) for place in places)][:SERIES]
    return drawn, [place for place in places if all(_has(one, place) for one in drawn)]


def _has(series: Series, place: int) -> bool:
    return place < len(series.values) and is_finite(series.values[place])


def _chart(
    kind: str,
    title: str,
    categories: Sequence[str],
    series: Sequence[Series],
    places: Sequence[int],
    labels: tuple[str, str],
    *,
    least: int,
) -> Block | None:
    if not series or len(places) < least:
        return None
    names = _unique([categories[place] for place in places])
    axes: Block = {"categories": names}
    for key, label in zip(("x_label", "y_label"), labels, strict=True):
        if label:
            axes[key] = _shown(label, AXIS_LABEL)
    drawn = [
        {"name": name, "data": _points(names, [one.values[place] for place in places])}
        for name, one in zip(_unique([one.name for one in series]), series, strict=True)
    ]
    return {
        "type": "data_visualization",
        "title": _shown(title, TITLE),
        "chart": {"type": kind, "series": drawn, "axis_config": axes},
    }


def _points(labels: Sequence[str], values: Sequence[Number | None]) -> list[Block]:
    return [{"label": label, "value": value} for label, value in zip(labels, values, strict=True)]


def _unique(names: Sequence[str]) -> list[str]:
    """``names`` as they fit; what became the same as an earlier one is numbered."""
    made: list[str] = []
    for name in names:
        shown, count = _shown(name, LABEL), 1
        while shown in made:
            count += 1
            number = f" {count}"
            shown = _shown(name, LABEL - len(number)) + number
        made.append(shown)
    return made


def _shown(text: str, longest: int) -> str:
    """``text`` on one line of at most ``longest`` characters; ``–`` where there is none."""
    if not text:
        return UNKNOWN
    line = one_line(text, longest)
    return line if len(line) <= longest else one_line(text, longest - ISOLATES)
