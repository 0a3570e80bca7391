"""What people do in windows, and what the app's answer does to them."""

import copy
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn
from tests.playground.conftest import SECTION, TEXT, App

MIA, GENERAL = "U0MIA", "C0GENERAL"
DAYS = [{"text": {**TEXT, "text": day}, "value": day} for day in ("mon", "tue", "wed")]


def an_input(name: str, kind: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    block: dict[str, Any] = {"type": "input", "block_id": name, "label": TEXT}
    block |= {key: more.pop(key) for key in ("optional", "dispatch_action") if key in more}
    return {**block, "element": {"type": kind, "action_id": f"{name}_a", **more}}


FORM = {
    "type": "modal",
    "title": TEXT,
    "submit": TEXT,
    "private_metadata": "m",
    "callback_id": "form",
    "blocks": [
        SECTION,
        an_input("name", "plain_text_input", initial_value="Weekly"),
        an_input("note", "plain_text_input", optional=True),
        an_input("top", "number_input", is_decimal_allowed=False, initial_value="5"),
        an_input("day", "static_select", options=DAYS, initial_option=DAYS[0]),
        an_input("kind", "radio_buttons", options=DAYS, initial_option=DAYS[1]),
        an_input("ticks", "checkboxes", options=DAYS, optional=True),
        an_input("some", "multi_static_select", options=DAYS, initial_options=DAYS[:1]),
        an_input("two", "multi_static_select", options=DAYS, optional=True, max_selected_items=2),
        an_input("time", "timepicker", initial_time="08:30", timezone="Europe/Berlin"),
        an_input("where", "conversations_select", default_to_current_conversation=True),
        an_input("public", "channels_select", initial_channel="C0MARKETING"),
        an_input("live", "static_select", options=DAYS, optional=True, dispatch_action=True),
    ],
}
PRESET: dict[str, Any] = {
    "name": {"name_a": {"type": "plain_text_input", "value": "Weekly"}},
    "note": {"note_a": {"type": "plain_text_input", "value": None}},
    "top": {"top_a": {"type": "number_input", "value": "5"}},
    "day": {"day_a": {"type": "static_select", "selected_option": DAYS[0]}},
    "kind": {"kind_a": {"type": "radio_buttons", "selected_option": DAYS[1]}},
    "ticks": {"ticks_a": {"type": "checkboxes", "selected_options": []}},
    "some": {"some_a": {"type": "multi_static_select", "selected_options": DAYS[:1]}},
    "two": {"two_a": {"type": "multi_static_select", "selected_options": []}},
    "time": {
        "time_a": {"type": "timepicker", "selected_time": "08:30", "timezone": "Europe/Berlin"}
    },
    "where": {"where_a": {"type": "conversations_select", "selected_conversation": GENERAL}},
    "public": {"public_a": {"type": "channels_select", "selected_channel": "C0MARKETING"}},
    "live": {"live_a": {"type": "static_select", "selected_option": None}},
}


async def open_form(slack: SlackStandIn, client: AsyncWebClient, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    trigger = slack._calls.new_trigger(MIA, GENERAL)
    await client.views_open(trigger_id=trigger, view={**FORM, **more})
    return slack.workspace.windows[MIA][-1]


async def test_submit(app: App, slack: SlackStandIn, client: AsyncWebClient) -> None:
    """What was preset and what was changed; an empty answer closes the window."""
    view = copy.deepcopy(await open_form(slack, client))
    changed: dict[str, dict[str, Any]] = {
        "name": {"value": "Daily"},
        "day": {"selected_option": {"value": "tue"}},
        "ticks": {"selected_options": [DAYS[2], DAYS[0]]},
        "two": {"selected_options": [DAYS[1], DAYS[0]]},
        "time": {"selected_time": "09:00"},
        "where": {"selected_conversation": "G0LEADS"},
    }
    delivery = await slack.submit(MIA, changed)
    assert delivery.error is None
    (kind, payload), sent = app.heard[0], delivery.payload
    assert (kind, payload) == ("interactive", sent)
    assert (sent["type"], sent["user"]["id"], sent["team"]["id"]) == (
        "view_submission",
        MIA,
        "T0ACME",
    )
    assert sent["trigger_id"]
    assert {key: sent["view"][key] for key in view if key != "state"} == {
        key: view[key] for key in view if key != "state"
    }
    zone = {"timezone": "Europe/Berlin"}
    assert sent["view"]["state"]["values"] == {
        **PRESET,
        "name": {"name_a": {"type": "plain_text_input", "value": "Daily"}},
        "day": {"day_a": {"type": "static_select", "selected_option": DAYS[1]}},
        "ticks": {"ticks_a": {"type": "checkboxes", "selected_options": [DAYS[2], DAYS[0]]}},
        "two": {"two_a": {"type": "multi_static_select", "selected_options": DAYS[1::-1]}},
        "time": {"time_a": {"type": "timepicker", "selected_time": "09:00", **zone}},
        "where": {"where_a": {"type": "conversations_select", "selected_conversation": "G0LEADS"}},
    }
    assert slack.workspace.windows[MIA] == []


async def test_preset(app: App, slack: SlackStandIn, client: AsyncWebClient) -> None:
    """Untouched, everything is as the app put it."""
    await open_form(slack, client)
    delivery = await slack.submit(MIA, {})
    assert delivery.payload["view"]["state"]["values"] == PRESET
    assert len(app.heard) == 1


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"elsewhere": {"value": "x"}}, "nothing to fill in in the block elsewhere"),
        ({"name": {"selected_option": DAYS[0]}}, "holds value"),
        ({"name": {"value": ""}}, "name is required"),
        ({"day": {"selected_option": None}}, "day is required"),
        ({"day": {"selected_option": {"value": "sun"}}}, "does not offer sun"),
        ({"ticks": {"selected_options": [{"value": "sun"}]}}, "does not offer sun"),
        ({"some": {"selected_options": []}}, "some is required"),
        ({"two": {"selected_options": [{"value": "sun"}]}}, "does not offer sun"),
        ({"two": {"selected_options": DAYS}}, "nobody can pick .* in two_a"),
        ({"two": {"selected_options": DAYS[:1] * 2}}, "nobody can pick .* in two_a"),
    ],
)
async def test_what_nobody_can_submit(
    slack: SlackStandIn, client: AsyncWebClient, values: dict[str, Any], why: str
) -> None:
    """Slack's own window would not let them."""
    await open_form(slack, client)
    with pytest.raises(AssertionError, match=why):
        await slack.submit(MIA, values)


async def test_errors(app: App, slack: SlackStandIn, client: AsyncWebClient) -> None:
    """The window stays, with what was typed and a sentence under the input."""
    await open_form(slack, client)
    app.answer = {"response_action": "errors", "errors": {"name": "Too long."}}
    await slack.submit(MIA, {"name": {"value": "Long"}})
    assert slack.workspace.window_errors == {MIA: {"name": "Too long."}}
    (view,) = slack.workspace.windows[MIA]
    assert view["state"]["values"]["name"]["name_a"]["value"] == "Long"
    app.answer = None
    again = await slack.submit(MIA, {})
    assert again.payload["view"]["state"]["values"]["name"]["name_a"]["value"] == "Long"
    assert slack.workspace.window_errors == {}
    assert slack.workspace.windows[MIA] == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"elsewhere": "x"}},
        {"response_action": "errors", "errors": {"b": "a section"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "errors", "errors": {"name": ""}},
        {"response_action": "errors"},
        {"response_action": "update", "view": {"type": "home", "blocks": []}},
        {"response_action": "update"},
        {"response_action": "odd"},
        {"text": "x"},
    ],
)
async def test_answers_that_slack_cannot_follow(
    app: App, slack: SlackStandIn, client: AsyncWebClient, answer: dict[str, Any]
) -> None:
    """The test that meets one fails."""
    blocks = [{**SECTION, "block_id": "b"}, *FORM["blocks"][1:]]  # type: ignore[index]
    await open_form(slack, client, blocks=blocks)
    app.answer = answer
    with pytest.raises(AssertionError):
        await slack.submit(MIA, {})
    assert len(slack.workspace.windows[MIA]) == 1


async def test_update_push_and_clear(app: App, slack: SlackStandIn, client: AsyncWebClient) -> None:
    """What else an answer can do to the windows."""
    first = (await open_form(slack, client))["id"]
    app.answer = {"response_action": "update", "view": {**FORM, "private_metadata": "new"}}
    await slack.submit(MIA, {})
    (view,) = slack.workspace.windows[MIA]
    assert (view["id"], view["private_metadata"]) == (first, "new")
    renamed = [an_input("there", "conversations_select", default_to_current_conversation=True)]
    app.answer = {"response_action": "update", "view": {**FORM, "blocks": renamed}}
    await slack.submit(MIA, {})
    assert view["state"]["values"]["there"]["there_a"]["selected_conversation"] == GENERAL
    app.answer = {"response_action": "push", "view": FORM}
    await slack.submit(MIA, {})
    await slack.submit(MIA, {})
    windows = slack.workspace.windows[MIA]
    assert [one["previous_view_id"] for one in windows] == [None, first, windows[1]["id"]]
    with pytest.raises(AssertionError, match="with 3 windows"):
        await slack.submit(MIA, {})
    app.answer = None
    await slack.submit(MIA, {})
    assert len(windows) == 2
    app.answer = {"response_action": "clear"}
    await slack.submit(MIA, {})
    assert slack.workspace.windows[MIA] == []
    with pytest.raises(AssertionError, match="no window open"):
        await slack.submit(MIA, {})


async def test_nobody_takes_the_submission(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """The window stays open, and the person can try again."""
    await open_form(slack, client)
    assert (await slack.submit(MIA, {})).error == "dispatch_failed"
    assert len(slack.workspace.windows[MIA]) == 1


async def test_close(app: App, slack: SlackStandIn, client: AsyncWebClient) -> None:
    """The app hears of it when it wants to; one close may clear them all."""
    await open_form(slack, client)
    await open_form(slack, client, notify_on_close=True)
    delivery = await slack.close_window(MIA)
    assert delivery
    assert (delivery.payload["type"], delivery.payload["is_cleared"]) == ("view_closed", False)
    assert delivery.payload["view"]["private_metadata"] == "m"
    assert await slack.close_window(MIA) is None
    assert slack.workspace.windows[MIA] == []
    await open_form(slack, client)
    await open_form(slack, client, clear_on_close=True, notify_on_close=True)
    delivery = await slack.close_window(MIA)
    assert delivery
    assert delivery.payload["is_cleared"]
    assert slack.workspace.windows[MIA] == []
    assert len(app.heard) == 2


async def test_inputs_that_tell_at_once(
    app: App, slack: SlackStandIn, client: AsyncWebClient
) -> None:
    """Only with dispatch_action; what was picked is then in the submission."""
    view = await open_form(slack, client)
    await slack.press_in_view(MIA, view, "live_a", value={"selected_option": DAYS[0]})
    with pytest.raises(LookupError, match="dispatch_action"):
        await slack.press_in_view(MIA, view, "day_a", value={"selected_option": DAYS[0]})
    delivery = await slack.submit(MIA, {})
    values = delivery.payload["view"]["state"]["values"]
    assert values["live"]["live_a"]["selected_option"] == DAYS[0]
    assert len(app.heard) == 2
