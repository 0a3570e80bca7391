"""Slack's limits on elements and views: each case is at its limit, and one beyond it."""

from typing import Any

import pytest

from bot.playground.slack_blocks import check_message, check_view
from tests.playground.conftest import BUTTON, SECTION, TEXT

LABEL = TEXT
MODAL = {"type": "modal", "title": TEXT, "submit": TEXT}


def text(length: int, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": kind, "text": "x" * length}


def options(count: int, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [{"text": TEXT, "value": f"{number}", **more} for number in range(count)]


def group(count: int = 1, label: Any = TEXT, first: int = 0) -> dict[str, Any]:  # noqa: ANN401
    made = [{"text": TEXT, "value": f"{first}-{number}"} for number in range(count)]
    return {"label": label, "options": made}


def element(kind: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": kind, "action_id": "a", **more}


def in_window(made: Any, **more: Any) -> list[str]:  # noqa: ANN401
    block = {"type": "input", "block_id": "b", "label": LABEL, "element": made, **more}
    return check_view({**MODAL, "blocks": [block]})


def select(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return element("static_select", **{"options": options(3), **more})


def several(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return element("multi_static_select", **{"options": options(3), **more})


def ticks(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return element("checkboxes", **{"options": options(3), **more})


def radio(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return element("radio_buttons", **{"options": options(3), **more})


def number(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return element("number_input", **{"is_decimal_allowed": False, **more})


def line(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return element("plain_text_input", **more)


def talks(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return element("conversations_select", **more)


@pytest.mark.parametrize(
    "made",
    [
        select(options=options(100)),
        select(options=[{"text": text(75), "value": "v" * 150, "description": text(75)}]),
        select(initial_option=options(3)[1], placeholder=text(150), focus_on_load=True),
        {
            **element("static_select"),
            "option_groups": [group(100, text(75))],
            "initial_option": group(1)["options"][0],
        },
        {**element("static_select"), "option_groups": [group(1, first=n) for n in range(100)]},
        several(options=options(100), initial_options=options(100), placeholder=text(150)),
        several(initial_options=options(3)[::-1], max_selected_items=3, focus_on_load=True),
        several(max_selected_items=1),
        {**element("multi_static_select"), "option_groups": [group(100)]},
        ticks(options=options(10), initial_options=options(2)),
        ticks(options=[{"text": text(75, "mrkdwn"), "value": "v"}]),
        radio(options=options(10), initial_option=options(1)[0]),
        element("timepicker", initial_time="23:59", timezone="Europe/Berlin", placeholder=TEXT),
        element("timepicker", initial_time="00:00"),
        line(multiline=True, min_length=1, max_length=3_000, initial_value="x" * 3_000),
        number(initial_value="5", min_value="1", max_value="10"),
        number(is_decimal_allowed=True, initial_value="-1.5"),
        talks(default_to_current_conversation=True, response_url_enabled=True),
        talks(filter={"include": ["public", "private"], "exclude_bot_users": True}),
        talks(initial_conversation="C1"),
        element("channels_select", initial_channel="C1", response_url_enabled=True),
    ],
    ids=str,
)
def test_inputs_that_slack_takes(made: dict[str, Any]) -> None:
    """Right at the limit."""
    assert in_window(made) == []


@pytest.mark.parametrize(
    ("made", "where"),
    [
        (select(options=[]), "options"),
        (select(options=options(101)), "options"),
        (select(options="none"), "options"),
        (select(options=["x"]), "options"),
        (select(options=[{"text": TEXT}]), "options"),
        (select(options=options(1) * 2), "options"),
        (select(options=[{"text": text(76), "value": "v"}]), "options/0/text/text"),
        (select(options=[{"text": text(5, "mrkdwn"), "value": "v"}]), "options/0/text"),
        (select(options=[{"text": TEXT, "value": "v" * 151}]), "options/0/value"),
        (select(options=[{"text": TEXT, "value": ""}]), "options/0/value"),
        (select(options=options(1, description=text(76))), "options/0/description/text"),
        (select(options=options(1, url="https://x")), "options"),
        (select(options=options(1, odd=1)), "options/0"),
        (select(initial_option=options(4)[3]), "initial_option"),
        (select(initial_option={"text": text(2), "value": "1"}), "initial_option"),
        (select(initial_option=None), "initial_option"),
        (select(option_groups=[group()]), ""),
        (element("static_select"), ""),
        (element("static_select", option_groups=[]), "option_groups"),
        (
            element("static_select", option_groups=[group(first=n) for n in range(101)]),
            "option_groups",
        ),
        (element("static_select", option_groups=["x"]), "option_groups/0"),
        (element("static_select", option_groups=[{**group(), "odd": 1}]), "option_groups/0"),
        (element("static_select", option_groups=[group(0)]), "option_groups/0/options"),
        (element("static_select", option_groups=[group(101)]), "option_groups/0/options"),
        (
            element("static_select", option_groups=[group(1, text(76))]),
            "option_groups/0/label/text",
        ),
        (
            element("static_select", option_groups=[group()], initial_option=options(1)[0]),
            "initial_option",
        ),
        (select(placeholder=text(151)), "placeholder/text"),
        (select(placeholder=text(5, "mrkdwn")), "placeholder"),
        (select(odd=1), ""),
        (several(options=options(101)), "options"),
        (several(options=[]), "options"),
        (several(options=options(1) * 2), "options"),
        (several(options=options(1, url="https://x")), "options"),
        (several(options=[{"text": text(76), "value": "v"}]), "options/0/text/text"),
        (several(option_groups=[group()]), ""),
        (several(initial_options=[]), "initial_options"),
        (several(initial_options=options(4)), "initial_options"),
        (several(initial_options=options(3), max_selected_items=2), "initial_options"),
        (several(max_selected_items=0), "max_selected_items"),
        (several(max_selected_items="3"), "max_selected_items"),
        (several(initial_option=options(1)[0]), ""),
        (ticks(options=options(11)), "options"),
        (ticks(options=[]), "options"),
        (ticks(options=options(1, url="https://x")), "options"),
        (ticks(initial_options=[]), "initial_options"),
        (ticks(initial_options="x"), "initial_options"),
        (ticks(initial_options=options(4)), "initial_options"),
        (radio(options=options(11)), "options"),
        (radio(initial_option=options(4)[3]), "initial_option"),
        (radio(initial_options=options(1)), ""),
        (element("timepicker", initial_time="24:00"), "initial_time"),
        (element("timepicker", initial_time="9:00"), "initial_time"),
        (element("timepicker", initial_time="09:60"), "initial_time"),
        (element("timepicker", initial_time="09:00:00"), "initial_time"),
        (line(max_length=3_001), "max_length"),
        (line(max_length=0), "max_length"),
        (line(min_length=-1), "min_length"),
        (line(min_length=3_001), "min_length"),
        (line(min_length=5, max_length=4), "min_length"),
        (line(max_length=3, initial_value="four"), "initial_value"),
        (line(min_length=5, initial_value="four"), "initial_value"),
        (line(initial_value=5), "initial_value"),
        (element("number_input"), "is_decimal_allowed"),
        (number(initial_value=5), "initial_value"),
        (number(initial_value="1.5"), "initial_value"),
        (number(min_value="x"), "min_value"),
        (number(initial_value="0", min_value="1"), ""),
        (number(initial_value="11", max_value="10"), ""),
        (number(min_value="11", max_value="10"), ""),
        (talks(filter={}), "filter"),
        (talks(filter={"odd": True}), "filter"),
        (talks(filter={"include": []}), "filter/include"),
        (talks(filter={"include": ["secret"]}), "filter/include"),
        (talks(initial_conversation=""), "initial_conversation"),
        (element("channels_select", initial_channel=5), "initial_channel"),
        (element("channels_select", filter={"include": ["im"]}), ""),
        ({**BUTTON}, "type"),
        (element("overflow", options=options(2)), "type"),
        ({"type": "static_select", "options": options(1)}, "action_id"),
        ({**select(), "action_id": "a" * 256}, "action_id"),
        ({**select(), "action_id": ""}, "action_id"),
        ({**select(), "confirm": "sure?"}, "confirm"),
        ("text", "type"),
        (None, "type"),
    ],
    ids=str,
)
def test_inputs_that_slack_refuses(made: Any, where: str) -> None:  # noqa: ANN401
    """One problem, and the place of it."""
    pointer = f"/blocks/0/element/{where}".rstrip("/")
    (problem,) = in_window(made)
    assert problem.endswith(f"[json-pointer:{pointer}]")


@pytest.mark.parametrize(
    "made",
    [line(), number(), talks(response_url_enabled=True)],
    ids=["line", "number", "response_url"],
)
def test_what_only_stands_in_an_input(made: dict[str, Any]) -> None:
    """Neither beside a text nor among buttons."""
    assert len(check_message("x", [{"type": "actions", "elements": [made]}])) == 1
    assert len(check_message("x", [{**SECTION, "accessory": made}])) == 1
    assert in_window(made) == []


def test_several_of_a_list_are_not_chosen_among_buttons() -> None:
    """Beside a text and in a window they are."""
    assert len(check_message("x", [{"type": "actions", "elements": [several()]}])) == 1
    assert check_message("x", [{**SECTION, "accessory": several()}]) == []


@pytest.mark.parametrize(("count", "fine"), [(0, False), (1, True), (5, True), (6, False)])
def test_overflow(count: int, fine: bool) -> None:  # noqa: FBT001
    """One to five, each with a short address."""
    menu = element("overflow", options=options(count, url="https://x"))
    assert (check_message("x", [{**SECTION, "accessory": menu}]) == []) is fine


def test_overflow_addresses() -> None:
    """3,000 characters."""
    menu = element("overflow", options=options(1, url="u" * 3_001))
    assert check_message("x", [{**SECTION, "accessory": menu}]) != []


CONFIRM = {"title": text(100), "text": text(300), "confirm": text(30), "deny": text(30)}


@pytest.mark.parametrize(
    "change",
    [
        {"title": text(101)},
        {"title": text(5, "mrkdwn")},
        {"text": text(301)},
        {"confirm": text(31)},
        {"deny": text(31)},
        {"deny": None},
        {"style": "loud"},
        {"odd": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("made", [BUTTON, select(), ticks()], ids=["button", "select", "ticks"])
def test_confirm(made: dict[str, Any], change: dict[str, Any]) -> None:
    """Of a button as of a select."""
    fine = {**made, "confirm": {**CONFIRM, "text": text(300, "mrkdwn"), "style": "danger"}}
    assert check_message("x", [{**SECTION, "accessory": fine}]) == []
    odd = {**made, "confirm": {**CONFIRM, **change}}
    assert len(check_message("x", [{**SECTION, "accessory": odd}])) == 1


@pytest.mark.parametrize(
    ("change", "fine"),
    [
        ({"value": "v" * 2_000}, True),
        ({"value": "v" * 2_001}, False),
        ({"value": 5}, False),
        ({"text": text(75)}, True),
        ({"text": text(76)}, False),
        ({"url": "u" * 3_001}, False),
        ({"accessibility_label": "x" * 76}, False),
        ({"style": "primary"}, True),
        ({"odd": 1}, False),
    ],
    ids=str,
)
def test_buttons(change: dict[str, Any], fine: bool) -> None:  # noqa: FBT001
    """Texts and keys."""
    block = {"type": "actions", "elements": [{**BUTTON, **change}]}
    assert (check_message("x", [block]) == []) is fine


@pytest.mark.parametrize(
    ("more", "fine"),
    [
        ({"hint": text(2_000), "optional": True, "dispatch_action": True}, True),
        ({"hint": text(2_001)}, False),
        ({"hint": text(5, "mrkdwn")}, False),
        ({"label": text(2_000)}, True),
        ({"label": text(2_001)}, False),
        ({"label": None}, False),
        ({"optional": "yes"}, False),
        ({"dispatch_action": 1}, False),
        ({"block_id": "b" * 255}, True),
        ({"block_id": "b" * 256}, False),
        ({"block_id": ""}, False),
        ({"odd": 1}, False),
    ],
    ids=str,
)
def test_inputs(more: dict[str, Any], fine: bool) -> None:  # noqa: FBT001
    """What stands around an element."""
    assert (in_window(select(), **more) == []) is fine


@pytest.mark.parametrize(
    ("change", "fine"),
    [
        ({}, True),
        ({"blocks": [{"type": "divider"}] * 100}, True),
        ({"blocks": [{"type": "divider"}] * 101}, False),
        ({"blocks": None}, False),
        ({"private_metadata": "x" * 3_000}, True),
        ({"private_metadata": "x" * 3_001}, False),
        ({"private_metadata": {}}, False),
        ({"callback_id": "x" * 255}, True),
        ({"callback_id": "x" * 256}, False),
        ({"external_id": "x" * 255}, True),
        ({"external_id": "x" * 256}, False),
        ({"id": "V1"}, False),
        ({"hash": "1.x"}, False),
        ({"type": "workflow_step"}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["modal", "home"])
def test_views(kind: str, change: dict[str, Any], fine: bool) -> None:  # noqa: FBT001
    """Of a window as of an App Home."""
    title = {"title": TEXT} if kind == "modal" else {}
    view = {"type": kind, **title, "blocks": [SECTION], **change}
    assert (check_view(view) == []) is fine


def test_what_a_home_does_without() -> None:
    """No title, and no submit for its inputs."""
    block = {"type": "input", "label": LABEL, "element": select()}
    assert check_view({"type": "home", "blocks": [block]}) == []
    assert check_view({"type": "home", "blocks": [], "title": TEXT}) != []
    assert check_view({"type": "modal", "title": TEXT, "blocks": [block]}) != []
    assert check_view({"type": "modal", "blocks": []}) != []
    twice = [{**block, "block_id": "b"}, {**SECTION, "block_id": "b"}]
    assert check_view({"type": "home", "blocks": twice}) != []


@pytest.mark.parametrize("key", ["clear_on_close", "notify_on_close", "submit_disabled"])
def test_switches_of_a_window(key: str) -> None:
    """True or false."""
    view = {**MODAL, "blocks": [SECTION]}
    assert check_view({**view, key: True}) == []
    assert check_view({**view, key: "yes"}) != []
