"""Slack's limits on tables and charts: each case is at its limit, and one beyond it."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn
from bot.playground.slack_blocks import check_message, check_view
from tests.playground.conftest import SECTION, TEXT, error_of, refused

Json = dict[str, Any]
GENERAL = "C0GENERAL"
CELL = {"type": "raw_text", "text": "x"}
NUMBER = {"type": "raw_number", "value": -1.5, "text": "-1.5"}
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}
CATEGORIES = [f"{number}" for number in range(20)]


def cell(length: int) -> Json:
    return {"type": "raw_text", "text": "x" * length}


def table(rows: Any = None, **more: Any) -> Json:  # noqa: ANN401
    shown = [[CELL], [CELL]] if rows is None else rows
    return {"type": "data_table", "caption": "Top", "rows": shown, **more}


def points(categories: list[str], value: Any = 1) -> list[Json]:  # noqa: ANN401
    return [{"label": category, "value": value} for category in categories]


def series(count: int, categories: list[str]) -> list[Json]:
    return [{"name": f"s{number}", "data": points(categories)} for number in range(count)]


def plane(kind: str = "line", title: str = "Views", **more: Any) -> Json:  # noqa: ANN401
    axes = {"categories": ["Mon", "Tue"]}
    shown = {"series": series(1, ["Mon", "Tue"]), "axis_config": axes, **more}
    return {"type": "data_visualization", "title": title, "chart": {"type": kind, **shown}}


def one_series(**more: Any) -> Json:  # noqa: ANN401
    return plane(series=[{"name": "Views", "data": points(["Mon", "Tue"]), **more}])


def on_axes(**axes: Any) -> Json:  # noqa: ANN401
    return plane(axis_config={"categories": ["Mon", "Tue"], **axes})


def pie(*segments: Any) -> Json:  # noqa: ANN401
    chart = {"type": "pie", "segments": list(segments)}
    return {"type": "data_visualization", "title": "Share", "chart": chart}


def part(label: str = "TikTok", value: Any = 1) -> Json:  # noqa: ANN401
    return {"label": label, "value": value}


@pytest.mark.parametrize(
    "block",
    [
        table(),
        table([[CELL] * 20] * 101, page_size=100, row_header_column_index=19, block_id="b"),
        table([[CELL, NUMBER], [RICH, NUMBER]], page_size=1),
        table([[CELL], [{**NUMBER, "value": 0}]]),
        table([[CELL], [cell(19_999)]]),
        plane(title="x" * 50),
        plane("bar"),
        plane("area"),
        plane(series=series(6, CATEGORIES), axis_config={"categories": CATEGORIES}),
        on_axes(x_label="x" * 50, y_label="y" * 50),
        on_axes(categories=["Tue", "Mon"]),
        one_series(name="x" * 20),
        one_series(data=points(["Mon", "Tue"], -7.5)),
        plane(series=series(1, ["x" * 20]), axis_config={"categories": ["x" * 20]}),
        pie(*[part()] * 6),
        pie(part("x" * 20, 0.1)),
    ],
    ids=str,
)
def test_data_that_slack_takes(block: Json) -> None:
    """Right at the limit."""
    assert check_message("x", [block]) == []


@pytest.mark.parametrize(
    ("block", "where"),
    [
        (table(odd=1), ""),
        ({"type": "data_table", "rows": [[CELL], [CELL]]}, "caption"),
        (table(caption=""), "caption"),
        (table(caption=TEXT), "caption"),
        (table(page_size=0), "page_size"),
        (table(page_size=101), "page_size"),
        (table(page_size=True), "page_size"),
        (table("none"), "rows"),
        (table([[CELL]]), "rows"),
        (table([[CELL]] * 102), "rows"),
        (table([[], []]), "rows"),
        (table([[CELL] * 21] * 2), "rows"),
        (table([[CELL, CELL], [CELL]]), "rows"),
        (table([CELL, CELL]), "rows"),
        (table(row_header_column_index=1), "row_header_column_index"),
        (table(row_header_column_index=-1), "row_header_column_index"),
        (table(row_header_column_index=0.0), "row_header_column_index"),
        (table([[RICH], [CELL]]), "rows/0/0/type"),
        (table([[CELL], ["x"]]), "rows/1/0/type"),
        (table([[CELL], [{"type": "mrkdwn", "text": "x"}]]), "rows/1/0/type"),
        (table([[CELL], [cell(0)]]), "rows/1/0/text"),
        (table([[CELL], [{**CELL, "emoji": True}]]), "rows/1/0"),
        (table([[CELL], [{**NUMBER, "text": ""}]]), "rows/1/0/text"),
        (table([[CELL], [{**NUMBER, "odd": 1}]]), "rows/1/0"),
        (table([[CELL], [{"type": "raw_number", "text": "1"}]]), "rows/1/0/value"),
        (table([[CELL], [{**NUMBER, "value": "1"}]]), "rows/1/0/value"),
        (table([[CELL], [{**NUMBER, "value": True}]]), "rows/1/0/value"),
        (table([[CELL], [{**NUMBER, "value": float("nan")}]]), "rows/1/0/value"),
        (table([[CELL], [{**NUMBER, "value": 10**400}]]), "rows/1/0/value"),
        (table([[CELL], [{"type": "rich_text", "elements": []}]]), "rows/1/0/elements"),
        (table([[CELL], [{"type": "rich_text", "elements": [CELL]}]]), "rows/1/0/elements/0"),
        (table([[CELL], [{**RICH, "odd": 1}]]), "rows/1/0"),
        (plane(title=""), "title"),
        (plane(title="x" * 51), "title"),
        ({**plane(), "odd": 1}, ""),
        ({"type": "data_visualization", "title": "x"}, "chart/type"),
        (plane("radar"), "chart/type"),
        (plane(odd=1), "chart"),
        (plane(axis_config=None), "chart/axis_config"),
        (plane(series=[]), "chart/series"),
        (plane(series=["x"]), "chart/series"),
        (plane(series=series(7, ["Mon", "Tue"])), "chart/series"),
        (plane(series=[*series(1, ["Mon", "Tue"])] * 2), "chart/series"),
        (one_series(name="x" * 21), "chart/series/0/name"),
        (one_series(name=""), "chart/series/0/name"),
        (one_series(odd=1), "chart/series/0"),
        (one_series(data=[]), "chart/series/0/data"),
        (one_series(data=points(["Mon"])), "chart/series/0/data"),
        (one_series(data=points(["Mon", "Mon"])), "chart/series/0/data"),
        (one_series(data=points(["Mon", "Tue", "Wed"])), "chart/series/0/data"),
        (one_series(data=points([*CATEGORIES, "20"])), "chart/series/0/data"),
        (one_series(data=[part("Mon"), {**part("Tue"), "odd": 1}]), "chart/series/0/data/1"),
        (one_series(data=[part("Mon"), part("Tue", None)]), "chart/series/0/data/1/value"),
        (on_axes(categories=[]), "chart/axis_config/categories"),
        (on_axes(categories=[*CATEGORIES, "20"]), "chart/axis_config/categories"),
        (on_axes(categories=["Mon", "Mon"]), "chart/axis_config/categories"),
        (on_axes(categories=["Mon", "x" * 21]), "chart/axis_config/categories/1"),
        (on_axes(categories=["Mon", ""]), "chart/axis_config/categories/1"),
        (on_axes(x_label="x" * 51), "chart/axis_config/x_label"),
        (on_axes(y_label=""), "chart/axis_config/y_label"),
        (on_axes(odd=1), "chart/axis_config"),
        (pie(), "chart/segments"),
        (pie(*[part()] * 7), "chart/segments"),
        (pie("x"), "chart/segments"),
        (pie(part("x" * 21)), "chart/segments/0/label"),
        (pie(part(value=0)), "chart/segments/0/value"),
        (pie(part(value="1")), "chart/segments/0/value"),
        (pie({**part(), "odd": 1}), "chart/segments/0"),
    ],
    ids=str,
)
def test_data_that_slack_refuses(block: Json, where: str) -> None:
    """One problem, and the place of it."""
    (problem,) = check_message("x", [block])
    assert problem.endswith(f"[json-pointer:{f'/blocks/0/{where}'.rstrip('/')}]")


def test_limits_of_the_whole_message() -> None:
    """One table of 20,000 characters and two charts; beside them the others have their own room."""
    full = table([[CELL], [cell(19_999)]])
    text = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_900}}
    assert check_message("x", [full, *[text] * 4, plane(), pie(part())]) == []
    assert check_message("x", [full, *[text] * 5]) == ["msg_blocks_too_long"]
    assert check_message("x", [table(caption="x" * 1_601), *[text] * 4]) == ["msg_blocks_too_long"]
    assert len(check_message("x", [table([[CELL], [cell(20_000)]])])) == 1
    assert check_message("x", [table(), table()]) == ["only_one_table_allowed"]
    assert len(check_message("x", [plane(), plane(), pie(part())])) == 1


def test_where_they_may_stand() -> None:
    """Both in messages, a table in a Home, too, and neither in a modal."""
    modal = {"type": "modal", "title": TEXT}
    assert check_view({"type": "home", "blocks": [table()]}) == []
    for view in ({"type": "home", "blocks": [plane()]}, {**modal, "blocks": [table()]}):
        (problem,) = check_view(view)
        assert problem.startswith("unsupported type: data_")
    assert len(check_view({**modal, "blocks": [plane()]})) == 1


async def test_a_workspace_that_knows_none(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """It refuses them as it refuses any type that it has not heard of, and takes the rest."""
    slack.workspace.data_blocks = False
    ts = (await client.chat_postMessage(channel=GENERAL, text="x", blocks=[SECTION]))["ts"]
    for block in (table(), plane()):
        answer = await refused(
            client.chat_postMessage(channel=GENERAL, text="x", blocks=[SECTION, block])
        )
        assert answer["error"] == "invalid_blocks"
        assert answer["response_metadata"]["messages"] == [
            f"[ERROR] unsupported type: {block['type']} [json-pointer:/blocks/1/type]"
        ]
        edit = client.chat_update(channel=GENERAL, ts=ts, text="x", blocks=[block])
        assert await error_of(edit) == "invalid_blocks"
    home = {"type": "home", "blocks": [table()]}
    assert await error_of(client.views_publish(user_id="U0MIA", view=home)) == "invalid_arguments"
    assert len(slack.workspace.messages) == 1
    slack.workspace.data_blocks = True
    await client.chat_postMessage(channel=GENERAL, text="x", blocks=[table(), plane()])
    await client.views_publish(user_id="U0MIA", view=home)


async def test_a_second_table(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """It has a code of its own, from the time when tables were attachments."""
    two = client.chat_postMessage(channel=GENERAL, text="x", blocks=[table(), table()])
    answer = await refused(two)
    assert answer["error"] == "invalid_attachments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] only_one_table_allowed"]
    assert slack.workspace.messages == []
