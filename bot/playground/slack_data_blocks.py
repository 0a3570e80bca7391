"""Slack's limits on ``data_table`` and ``data_visualization``, apart from the product's own.

Where Slack's pages disagree, the narrower number counts: 101 rows, six series, six segments.
"""

import math
from collections.abc import Callable
from typing import Any, Final, TypeGuard

from bot.playground.slack_elements import Json, Problems, check_keys

DATA_BLOCKS: Final = frozenset({"data_table", "data_visualization"})
ALL_TABLES: Final = 20_000
"""Characters of the cells of one message; they do not count towards the other blocks' limit."""

PARTS_OF_RICH_TEXT: Final = frozenset(
    {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
)


def check_data(blocks: list[Json]) -> Problems:
    """Why Slack would refuse the tables and charts of one message or view together."""
    tables = [block for block in blocks if block.get("type") == "data_table"]
    if len(tables) > 1:
        yield "only_one_table_allowed"
    if sum(letters(block.get("rows")) for block in tables) > ALL_TABLES:
        yield f"no more than {ALL_TABLES} characters in tables [json-pointer:/blocks]"
    if [block.get("type") for block in blocks].count("data_visualization") > 2:  # noqa: PLR2004
        yield "no more than 2 data_visualization blocks allowed [json-pointer:/blocks]"


def shown(block: Json) -> int:
    """Characters of a table or a chart beside those of the table's cells."""
    if block["type"] == "data_table":
        return letters(block.get("caption"))
    return letters({key: block.get(key) for key in ("title", "chart")})


def letters(value: object) -> int:
    """Characters of all that ``value`` shows."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(letters(inner) for key, inner in value.items() if key != "type")
    return sum(map(letters, value)) if isinstance(value, list) else 0


def check_table(block: Json, where: str) -> Problems:
    """Why Slack would refuse a ``data_table``."""
    known = {"type", "block_id", "caption", "rows", "page_size", "row_header_column_index"}
    yield from check_keys(block, where, known)
    yield from _line(block.get("caption"), f"{where}/caption")
    size = block.get("page_size", 5)
    if not _whole(size) or not 1 <= size <= 100:  # noqa: PLR2004
        yield f"between 1 and 100 [json-pointer:{where}/page_size]"
    rows = block.get("rows")
    if not isinstance(rows, list) or not 2 <= len(rows) <= 101:  # noqa: PLR2004
        yield f"between 2 and 101 items allowed [json-pointer:{where}/rows]"
        return
    wide = {len(row) if isinstance(row, list) else -1 for row in rows}
    if len(wide) > 1 or not 1 <= min(wide) <= 20:  # noqa: PLR2004
        yield f"rows must have the same 1 to 20 cells [json-pointer:{where}/rows]"
        return
    column = block.get("row_header_column_index", 0)
    if not _whole(column) or not 0 <= column < min(wide):
        yield f"must be a column [json-pointer:{where}/row_header_column_index]"
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            yield from _cell(cell, f"{where}/rows/{number}/{place}", in_header=number == 0)


def _cell(cell: Any, where: str, *, in_header: bool) -> Problems:  # noqa: ANN401
    kind = cell.get("type") if isinstance(cell, dict) else cell
    match kind:
        case "raw_text":
            yield from check_keys(cell, where, {"type", "text"})
            yield from _line(cell.get("text"), f"{where}/text")
        case "raw_number":
            yield from check_keys(cell, where, {"type", "value", "text"})
            yield from _line(cell.get("text"), f"{where}/text")
            yield from _number(cell.get("value"), f"{where}/value")
        case "rich_text" if not in_header:
            yield from _rich_text(cell, where)
        case _:
            yield f"unsupported type: {kind} [json-pointer:{where}/type]"


def _rich_text(cell: Json, where: str) -> Problems:
    yield from check_keys(cell, where, {"type", "block_id", "elements"})
    parts = cell.get("elements")
    if not isinstance(parts, list) or not parts:
        yield f"must have elements [json-pointer:{where}/elements]"
        return
    for number, part in enumerate(parts):
        kind = part.get("type") if isinstance(part, dict) else part
        if kind not in PARTS_OF_RICH_TEXT or not isinstance(part.get("elements"), list):
            yield f"unsupported type: {kind} [json-pointer:{where}/elements/{number}]"


def check_chart(block: Json, where: str) -> Problems:
    """Why Slack would refuse a ``data_visualization``."""
    yield from check_keys(block, where, {"type", "block_id", "title", "chart"})
    yield from _line(block.get("title"), f"{where}/title", 50)
    chart = block.get("chart")
    kind = chart.get("type") if isinstance(chart, dict) else chart
    if not isinstance(chart, dict) or kind not in CHARTS:
        yield f"unsupported type: {kind} [json-pointer:{where}/chart/type]"
    else:
        yield from CHARTS[kind](chart, f"{where}/chart")


def _pie(chart: Json, where: str) -> Problems:
    yield from check_keys(chart, where, {"type", "segments"})
    segments = chart.get("segments")
    if not _objects(segments, 6):
        yield f"between 1 and 6 items allowed [json-pointer:{where}/segments]"
        return
    for number, segment in enumerate(segments):
        pointer = f"{where}/segments/{number}"
        yield from _point(segment, pointer)
        if _is_number(segment.get("value")) and segment["value"] <= 0:
            yield f"must be more than 0 [json-pointer:{pointer}/value]"


def _plane(chart: Json, where: str) -> Problems:
    """A line, bar or area chart."""
    yield from check_keys(chart, where, {"type", "series", "axis_config"})
    axes, series = chart.get("axis_config"), chart.get("series")
    if not isinstance(axes, dict):
        yield f"must be an object [json-pointer:{where}/axis_config]"
        return
    found = list(_axes(axes, f"{where}/axis_config"))
    yield from found
    if not _objects(series, 6):
        yield f"between 1 and 6 items allowed [json-pointer:{where}/series]"
    elif not found:
        names = [one.get("name") for one in series]
        if any(names.count(name) > 1 for name in names):
            yield f"names must be unique [json-pointer:{where}/series]"
        for number, one in enumerate(series):
            yield from _series(one, f"{where}/series/{number}", axes["categories"])


def _axes(axes: Json, where: str) -> Problems:
    yield from check_keys(axes, where, {"categories", "x_label", "y_label"})
    for key in ("x_label", "y_label"):
        if key in axes:
            yield from _line(axes[key], f"{where}/{key}", 50)
    categories = axes.get("categories")
    if not isinstance(categories, list) or not 1 <= len(categories) <= 20:  # noqa: PLR2004
        yield f"between 1 and 20 items allowed [json-pointer:{where}/categories]"
        return
    for number, category in enumerate(categories):
        yield from _line(category, f"{where}/categories/{number}", 20)
    if any(categories.count(category) > 1 for category in categories):
        yield f"must be unique [json-pointer:{where}/categories]"


def _series(series: Json, where: str, categories: list[str]) -> Problems:
    yield from check_keys(series, where, {"name", "data"})
    yield from _line(series.get("name"), f"{where}/name", 20)
    points = series.get("data")
    if not _objects(points, 20):
        yield f"between 1 and 20 items allowed [json-pointer:{where}/data]"
        return
    for number, point in enumerate(points):
        yield from _point(point, f"{where}/data/{number}")
    if sorted(str(point.get("label")) for point in points) != sorted(categories):
        yield f"must have one point for each category [json-pointer:{where}/data]"


def _point(point: Json, where: str) -> Problems:
    yield from check_keys(point, where, {"label", "value"})
    yield from _line(point.get("label"), f"{where}/label", 20)
    yield from _number(point.get("value"), f"{where}/value")


def _line(value: object, where: str, most: int | None = None) -> Problems:
    if not isinstance(value, str) or not value:
        yield f"must be more than 0 characters [json-pointer:{where}]"
    elif most is not None and len(value) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{where}]"


def _number(value: object, where: str) -> Problems:
    if not _is_number(value):
        yield f"must be a number [json-pointer:{where}]"


def _is_number(value: object) -> bool:
    """Whether JSON holds ``value`` and JavaScript reads it as a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _objects(value: object, most: int) -> TypeGuard[list[Json]]:
    """Whether ``value`` is a list of one to ``most`` objects."""
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        return False
    return all(isinstance(one, dict) for one in value)


CHARTS: Final[dict[str, Callable[[Json, str], Problems]]] = {
    "pie": _pie,
    "line": _plane,
    "bar": _plane,
    "area": _plane,
}
