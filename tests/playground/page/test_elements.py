"""Each element as a native control: whose it is, what is offered, and what is chosen."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.playground.page.blocks import render_blocks
from bot.playground.slack_state import initial
from tests.playground.page.examples import (
    CONFIRM,
    ELEMENTS,
    GROUPED,
    VIEWER,
    element,
    mrkdwn,
    options,
    plain,
    question,
    read,
    row,
)

Json = dict[str, Any]
OWN = 'data-action="a" data-block="b" data-type="{}"'
CONTROL = f'id="bk-b-a" name="bk-b-a" {OWN}'
SELECT = f"<select {CONTROL}"


def in_row(made: Json, **state: Any) -> str:  # noqa: ANN401
    """An element of an actions block, which has no label."""
    html = str(render_blocks([row(made)], VIEWER, values={"b": {"a": state}} if state else {}))
    _, _, rest = html.partition('<div class="bk-actions">')
    return rest.removesuffix("</div></div>\n</div>")


def asked(made: Json, *, optional: bool = False, **state: Any) -> str:  # noqa: ANN401
    """An element of an input block, below its label."""
    values = {"b": {"a": state}} if state else {}
    html = str(render_blocks([question(made, optional=optional)], VIEWER, values=values))
    label = "</div>" if '<div class="bk-label"' in html else "</label>"
    return html.partition(label)[2].removesuffix("</div></div>\n</div>")


ONE_TWO = options("One", "Two")


@pytest.mark.parametrize(
    ("made", "html"),
    [
        (
            element("button", text=plain("Off :x:"), style="danger", accessibility_label="Stop"),
            f'<button type="button" class="bk-button bk-danger" {OWN.format("button")}'
            ' data-value="" aria-label="Stop">Off ❌</button>',
        ),
        (
            element("button", text=plain("Open"), url="https://a.b", value="v"),
            '<a href="https://a.b" target="_blank" rel="noopener noreferrer"'
            f' class="bk-button bk-default" {OWN.format("button")} data-value="v">Open</a>',
        ),
        (
            element("button", text=plain("Open"), url="javascript:x"),
            f'<button type="button" class="bk-button bk-default" {OWN.format("button")}'
            ' data-value="">Open</button>',
        ),
        (
            element("static_select", options=ONE_TWO, placeholder=plain("Pick")),
            f'{SELECT.format("static_select")} aria-label="Pick">'
            '<option value="">Pick</option><option value="one">One</option>'
            '<option value="two">Two</option></select>',
        ),
        (
            element("static_select", option_groups=GROUPED, initial_option=ONE_TWO[1]),
            f'{SELECT.format("static_select")} aria-label="Select an option">'
            '<optgroup label="Group"><option value="one">One</option>'
            '<option value="two" selected>Two</option></optgroup></select>',
        ),
        (
            element("conversations_select", initial_conversation="C1"),
            f'{SELECT.format("conversations_select")} aria-label="Select an option">'
            '<option value="C1" selected>#marketing</option>'
            '<option value="C2">#a&amp;b</option></select>',
        ),
        (
            element("users_select", placeholder=plain("Who")),
            f'{SELECT.format("users_select")} aria-label="Who"><option value="">Who</option>'
            '<option value="U1">@mia</option><option value="U2">@kofi</option></select>',
        ),
        (
            element("overflow", options=[{**ONE_TWO[0], "url": "https://a.b"}, ONE_TWO[1]]),
            f'{SELECT.format("overflow")} aria-label="More actions" class="bk-overflow">'
            '<option value="">⋯</option><option value="one" data-url="https://a.b">One</option>'
            '<option value="two">Two</option></select>',
        ),
        (
            element("radio_buttons", options=ONE_TWO, initial_option=ONE_TWO[0]),
            f'<div class="bk-group bk-radio" role="radiogroup" id="bk-b-a"'
            f' {OWN.format("radio_buttons")} aria-label="Options">'
            '<label class="bk-choice"><input type="radio" name="bk-b-a" value="one" checked>'
            '<span class="bk-text">One</span></label>'
            '<label class="bk-choice"><input type="radio" name="bk-b-a" value="two">'
            '<span class="bk-text">Two</span></label></div>',
        ),
        (
            element("datepicker", initial_date="2026-11-23", focus_on_load=True),
            f'<input {CONTROL.format("datepicker")} aria-label="Date" autofocus=""'
            ' type="date" value="2026-11-23">',
        ),
        (
            element("timepicker", initial_time="09:00", timezone="Europe/Berlin"),
            f'<input {CONTROL.format("timepicker")} aria-label="Time" type="time"'
            ' value="09:00"><span class="bk-zone">Europe/Berlin</span>',
        ),
    ],
    ids=lambda one: one["type"] if isinstance(one, dict) else "",
)
def test_in_a_row(made: Json, html: str) -> None:
    """As the app sends it."""
    assert in_row(made) == html


@pytest.mark.parametrize(
    ("made", "html"),
    [
        (
            element("plain_text_input", placeholder=plain("Type"), min_length=2, max_length=9),
            f'<input {CONTROL.format("plain_text_input")} required="" placeholder="Type"'
            ' type="text" value="" minlength="2" maxlength="9">',
        ),
        (
            element("plain_text_input", multiline=True, initial_value="\na<b"),
            f'<textarea {CONTROL.format("plain_text_input")} required="" rows="4">'
            "\n\na&lt;b</textarea>",
        ),
        (
            element("number_input", is_decimal_allowed=False, min_value="1", initial_value="2"),
            f'<input {CONTROL.format("number_input")} required="" type="number" value="2"'
            ' step="1" min="1">',
        ),
        (
            element("number_input", is_decimal_allowed=True, max_value="9"),
            f'<input {CONTROL.format("number_input")} required="" type="number" value=""'
            ' step="any" max="9">',
        ),
        (
            element(
                "checkboxes",
                options=[{"text": mrkdwn("*A*"), "value": "a", "description": plain("*first*")}],
            ),
            f'<div class="bk-group bk-checks" role="group" id="bk-b-a" {OWN.format("checkboxes")}'
            ' aria-labelledby="bk-b-a-label"><label class="bk-choice">'
            '<input type="checkbox" name="bk-b-a" value="a"><span class="bk-text"><b>A</b>'
            '<span class="bk-description">*first*</span></span></label></div>',
        ),
        (
            element(
                "multi_static_select",
                options=ONE_TWO,
                initial_options=ONE_TWO[::-1],
                placeholder=plain("All"),
                max_selected_items=2,
            ),
            '<div class="bk-group bk-multi" role="group" id="bk-b-a"'
            f' {OWN.format("multi_static_select")} aria-labelledby="bk-b-a-label"'
            ' data-order="[&#34;two&#34;, &#34;one&#34;]" data-most="2">'
            '<p class="bk-empty" aria-hidden="true">All</p><label class="bk-choice">'
            '<input type="checkbox" name="bk-b-a" value="one" checked>'
            '<span class="bk-text">One</span></label><label class="bk-choice">'
            '<input type="checkbox" name="bk-b-a" value="two" checked>'
            '<span class="bk-text">Two</span></label></div>',
        ),
    ],
    ids=lambda one: one["type"] if isinstance(one, dict) else "",
)
def test_in_a_question(made: Json, html: str) -> None:
    """Below a label, which names it; what is required says so."""
    assert asked(made) == html


@pytest.mark.parametrize(
    ("optional", "chosen", "empty"),
    [(True, True, True), (True, False, True), (False, False, True), (False, True, False)],
)
def test_choice_of_nothing(*, optional: bool, chosen: bool, empty: bool) -> None:
    """Only what is required and chosen can't be emptied again."""
    made = element("static_select", options=ONE_TWO) | (
        {"initial_option": ONE_TWO[0]} if chosen else {}
    )
    html = asked(made, optional=optional)
    assert ('<option value="">Select an option</option>' in html) == empty


def test_confirm() -> None:
    """The question before a press travels as plain strings."""
    page = read(in_row(element("button", text=plain("x"), confirm=CONFIRM)))
    assert json.loads(page.tags[0][1]["data-confirm"] or "") == {
        "title": "Sure?",
        "text": "Really *sure*",
        "confirm": "Yes",
        "deny": "No",
        "style": "danger",
    }
    without = {key: value for key, value in CONFIRM.items() if key != "style"}
    page = read(in_row(element("static_select", options=ONE_TWO, confirm=without)))
    assert "style" not in json.loads(page.tags[0][1]["data-confirm"] or "")


@pytest.mark.parametrize(
    ("made", "state", "chosen"),
    [
        (element("static_select", options=ONE_TWO), {"selected_option": ONE_TWO[1]}, {"two"}),
        (
            element("static_select", options=ONE_TWO, initial_option=ONE_TWO[0]),
            {"selected_option": None},
            {""},
        ),
        (element("radio_buttons", options=ONE_TWO), {"selected_option": ONE_TWO[1]}, {"two"}),
        (element("checkboxes", options=ONE_TWO), {"selected_options": ONE_TWO}, {"one", "two"}),
        (
            element("checkboxes", options=ONE_TWO, initial_options=ONE_TWO),
            {"selected_options": []},
            set(),
        ),
        (
            element("multi_static_select", option_groups=GROUPED),
            {"selected_options": ONE_TWO[1:]},
            {"two"},
        ),
        (
            element("conversations_select", initial_conversation="C1"),
            {"selected_conversation": "C2"},
            {"C2"},
        ),
        (element("channels_select"), {"selected_channel": "C2"}, {"C2"}),
        (element("users_select"), {"selected_user": "U2"}, {"U2"}),
        (element("timepicker", initial_time="09:00"), {"selected_time": "10:30"}, {"10:30"}),
        (element("timepicker", initial_time="09:00"), {"selected_time": None}, {""}),
        (element("datepicker"), {"selected_date": "2026-11-23"}, {"2026-11-23"}),
        (element("plain_text_input", initial_value="a"), {"value": "b"}, {"b"}),
        (element("plain_text_input", initial_value="a"), {"value": None}, {""}),
        (element("plain_text_input", multiline=True), {"value": "b\nc"}, {"b\nc"}),
        (element("plain_text_input", multiline=True, initial_value="a"), {"value": None}, {""}),
        (element("number_input"), {"value": "7"}, {"7"}),
    ],
)
def test_what_is_chosen(made: Json, state: Json, chosen: set[str]) -> None:
    """The state counts and not what the app had set; an emptied element is empty."""
    assert held(asked(made, type=made["type"], **state)) == chosen


def test_state_of_others() -> None:
    """Without a state of its own, an element is as the app has set it."""
    made = element("timepicker", initial_time="09:00")
    assert held(asked(made, type="timepicker")) == {"09:00"}
    values = {"b": {"other": {"selected_time": "10:00"}}, "c": {"a": {"selected_time": "11:00"}}}
    assert held(str(render_blocks([question(made)], VIEWER, values=values))) == {"09:00"}


@pytest.mark.parametrize("made", ELEMENTS, ids=lambda made: made["type"])
def test_untouched(made: Json) -> None:
    """The state that Slack sends of an untouched element shows what the app has set."""
    values = initial([question(made)])
    html = str(render_blocks([question(made)], VIEWER, values=values))
    assert html == str(render_blocks([question(made)], VIEWER))


def test_names_are_the_viewers() -> None:
    """Who does not know a channel is not offered it."""
    viewer = replace(VIEWER, channels={"C7": "seven"}, users={})
    blocks = [row(element("channels_select"), element("users_select"))]
    page = read(str(render_blocks(blocks, viewer)))
    offered = [attributes["value"] for tag, attributes in page.tags if tag == "option"]
    assert offered == ["", "C7", ""]


def held(html: str) -> set[str | None]:
    """The values that a browser would find chosen."""
    page = read(html)
    if any(tag == "textarea" for tag, _ in page.tags):
        return {html.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0]}
    typed = {
        attributes["value"]
        for tag, attributes in page.tags
        if tag == "input" and (attributes["type"] not in {"checkbox", "radio"})
    }
    ticked = {attributes["value"] for _, attributes in page.tags if "checked" in attributes}
    chosen = [attributes for tag, attributes in page.tags if tag == "option"]
    picked = {one["value"] for one in chosen if "selected" in one}
    if chosen and not picked:
        picked = {chosen[0]["value"]}
    return typed | ticked | picked
