"""Slack's ``table`` and ``data_table`` as tables that scroll within their own box."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from bot.playground.page.markup import Json, fill
from bot.playground.page.rich_text import render_rich_text
from bot.playground.page.viewer import Viewer

PAGE = 5
"""Rows that Slack shows at once where the app does not say."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """``value`` is what Slack sorts by; None in a cell of text."""

    content: Markup
    align: str = ""
    value: int | float | None = None
    names_row: bool = False


def render_data_table(block: Json, viewer: Viewer) -> Markup:
    """A ``data_table``, whole: the numbers of its pages are for whoever pages through it."""
    rows = block.get("rows", [])
    numeric = {
        column for row in rows for column, cell in enumerate(row) if cell["type"] == "raw_number"
    }
    aligned = ["right" if column in numeric else "" for column in range(_width(rows))]
    return _table(
        rows,
        aligned,
        viewer,
        names_row=block.get("row_header_column_index", 0),
        caption=block.get("caption", ""),
        page_size=block.get("page_size", PAGE),
    )


def render_table(block: Json, viewer: Viewer) -> Markup:
    """A ``table``, whose first row is its head."""
    rows = block.get("rows", [])
    settings = [*block.get("column_settings", []), *[None] * _width(rows)]
    aligned = [(one or {}).get("align", "") for one in settings]
    return _table(rows, aligned, viewer)


def _width(rows: Sequence[Sequence[Json]]) -> int:
    return max(map(len, rows), default=0)


def _table(
    rows: Sequence[Sequence[Json]],
    aligned: Sequence[str],
    viewer: Viewer,
    *,
    names_row: int | None = None,
    caption: str = "",
    page_size: int | None = None,
) -> Markup:
    head, *others = [
        [
            _Cell(
                _content(cell, viewer),
                aligned[column] if aligned[column] in {"right", "center"} else "",
                cell.get("value"),
                column == names_row,
            )
            for column, cell in enumerate(row)
        ]
        for row in rows or [[]]
    ]
    return fill("table", caption=caption, head=head, rows=others, page_size=page_size)


def _content(cell: Json, viewer: Viewer) -> Markup:
    if cell.get("type") == "rich_text":
        return render_rich_text(cell, viewer)
    return escape(cell.get("text", cell.get("value", "")))
