"""What people and admins do outside of windows, as an app hears it in both modes."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import BOT, Message
from tests.playground.conftest import BUTTON, SECTION, TEXT, App, error_of

MIA, GENERAL = "U0MIA", "C0GENERAL"
DAYS = [{"text": {**TEXT, "text": day}, "value": day} for day in ("mon", "tue", "wed")]
HOME = {
    "type": "home",
    "private_metadata": "m",
    "blocks": [
        {"type": "actions", "block_id": "one", "elements": [{**BUTTON, "value": "1"}]},
        {"type": "actions", "block_id": "two", "elements": [{**BUTTON, "value": "2"}]},
        {
            "type": "section",
            "block_id": "more",
            "text": TEXT,
            "accessory": {"type": "overflow", "action_id": "o", "options": DAYS},
        },
        {
            "type": "actions",
            "block_id": "pick",
            "elements": [{"type": "static_select", "action_id": "s", "options": DAYS}],
        },
    ],
}


# Events


async def test_event(app: App, slack: SlackStandIn) -> None:
    """The wrapper, and a redelivery of the same event."""
    at = slack.now()
    slack.now = lambda: at
    first = await slack.event({"type": "odd", "user": MIA})
    assert first.error is None
    payload = first.payload
    assert payload["type"] == "event_callback"
    assert (payload["team_id"], payload["api_app_id"]) == ("T0ACME", "A0RECAP")
    assert payload["event_id"].startswith("Ev")
    assert payload["event_time"] == int(slack.now())
    assert payload["event"] == {
        "type": "odd",
        "user": MIA,
        "event_ts": f"{slack.now():.6f}",
    }
    assert payload["authorizations"][0]["user_id"] == BOT
    again = await slack.event(payload["event"], event_id=payload["event_id"], retry_num=1)
    assert again.payload == payload
    assert app.heard == [("events_api", payload)] * 2
    assert [number for number, _ in app.retries] == [0, 1]
    assert [bool(reason) for _, reason in app.retries] == [False, True]
    other = await slack.event({"type": "odd"})
    assert other.payload["event_id"] != payload["event_id"]


async def test_open_home(app: App, slack: SlackStandIn, client: AsyncWebClient) -> None:
    """With the view once there is one."""
    event = (await slack.open_home(MIA)).payload["event"]
    assert (event["type"], event["user"], event["channel"], event["tab"]) == (
        "app_home_opened",
        MIA,
        "D0MIA",
        "home",
    )
    assert "view" not in event
    view = (await client.views_publish(user_id=MIA, view=HOME))["view"]
    assert (await slack.open_home(MIA)).payload["event"]["view"] == view
    assert len(app.heard) == 2


@pytest.mark.parametrize(("channel", "prefix"), [(GENERAL, "channel"), ("G0LEADS", "group")])
async def test_channels_change(app: App, slack: SlackStandIn, channel: str, prefix: str) -> None:
    """First the workspace, then the event."""
    found = slack.workspace.channels[channel]

    async def heard(doing: Any) -> dict[str, Any]:  # noqa: ANN401
        event: dict[str, Any] = (await doing).payload["event"]
        assert app.heard[-1][1]["event"] == event
        return {key: event[key] for key in event if key != "event_ts"}

    archived = await heard(slack.archive(channel))
    assert archived["type"] == f"{prefix}_archive"
    assert (archived["channel"], found.is_archived) == (channel, True)
    assert (await heard(slack.unarchive(channel)))["type"] == f"{prefix}_unarchive"
    assert not found.is_archived
    renamed = await heard(slack.rename(channel, "other"))
    assert (renamed["type"], found.name) == (f"{prefix}_rename", "other")
    assert (renamed["channel"]["id"], renamed["channel"]["name"]) == (channel, "other")
    left = await heard(slack.remove_bot(channel))
    assert left == {"type": f"{prefix}_left", "channel": channel, "actor_id": left["actor_id"]}
    assert left["actor_id"] in found.members
    assert BOT not in found.members
    joined = await heard(slack.invite_bot(channel))
    assert joined == {
        "type": "member_joined_channel",
        "user": BOT,
        "channel": channel,
        "channel_type": "G" if prefix == "group" else "C",
        "team": "T0ACME",
        "inviter": joined["inviter"],
    }
    assert joined["inviter"] in slack.workspace.people
    assert BOT in found.members


async def test_make_private(app: App, slack: SlackStandIn) -> None:
    """The id stays, and nobody is told."""
    await slack.make_private(GENERAL)
    assert slack.workspace.channels[GENERAL].is_private
    assert app.heard == []


async def test_uninstall(app: App, slack: SlackStandIn, client: AsyncWebClient) -> None:
    """The token is dead before the app hears of it."""
    uninstalled, revoked = await slack.uninstall()
    assert uninstalled.payload["event"]["type"] == "app_uninstalled"
    assert revoked.payload["event"]["tokens"] == {"oauth": [], "bot": [BOT]}
    assert [payload["event"]["type"] for _, payload in app.heard] == [
        "app_uninstalled",
        "tokens_revoked",
    ]
    assert await error_of(client.auth_test()) == "token_revoked"


# Clicks


async def test_press_in_home(app: App, slack: SlackStandIn, client: AsyncWebClient) -> None:
    """The block picks among buttons of one name."""
    await client.views_publish(user_id=MIA, view=HOME)
    view = slack.workspace.homes[MIA]
    sent = (await slack.press_in_view(MIA, view, "a", block_id="two")).payload
    assert app.heard == [("interactive", sent)]
    assert sent["type"] == "block_actions"
    assert sent["container"] == {"type": "view", "view_id": view["id"]}
    assert sent["view"] == view
    assert (sent["view"]["hash"], sent["view"]["private_metadata"]) == (view["hash"], "m")
    assert "response_url" not in sent
    action = sent["actions"][0]
    assert (action["type"], action["action_id"], action["block_id"], action["value"]) == (
        "button",
        "a",
        "two",
        "2",
    )
    first = (await slack.press_in_view(MIA, view, "a")).payload
    assert first["actions"][0]["block_id"] == "one"
    modal = {"type": "modal", "title": TEXT, "blocks": [SECTION]}
    assert (await client.views_open(trigger_id=sent["trigger_id"], view=modal))["ok"]
    with pytest.raises(LookupError):
        await slack.press_in_view(MIA, view, "a", block_id="more")


async def test_pick_in_view(app: App, slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A select keeps what was picked, an overflow menu doesn't."""
    await client.views_publish(user_id=MIA, view=HOME)
    view = slack.workspace.homes[MIA]
    menu = await slack.press_in_view(MIA, view, "o", value={"selected_option": {"value": "tue"}})
    action = menu.payload["actions"][0]
    assert (action["type"], action["selected_option"]) == ("overflow", DAYS[1])
    picked = await slack.press_in_view(MIA, view, "s", value={"selected_option": DAYS[2]})
    assert picked.payload["actions"][0]["selected_option"] == DAYS[2]
    state = {"pick": {"s": {"type": "static_select", "selected_option": DAYS[2]}}}
    assert picked.payload["view"]["state"]["values"] == state
    assert view["state"]["values"] == state
    with pytest.raises(AssertionError, match="does not offer sun"):
        await slack.press_in_view(MIA, view, "s", value={"selected_option": {"value": "sun"}})
    with pytest.raises(AssertionError, match="without a value"):
        await slack.press_in_view(MIA, view, "s")
    with pytest.raises(AssertionError, match="with a value"):
        await slack.press_in_view(MIA, view, "a", value={"selected_option": DAYS[2]})
    assert len(app.heard) == 2


async def test_press_under_a_message(app: App, slack: SlackStandIn) -> None:
    """Blocks with and without a name, accessories, selects and confirmations."""
    confirm = {"title": TEXT, "text": TEXT, "confirm": TEXT, "deny": TEXT}
    section = {**SECTION, "block_id": "s1", "accessory": {**BUTTON, "confirm": confirm}}
    select = {"type": "static_select", "action_id": "s", "options": DAYS}
    bare = {key: BUTTON[key] for key in BUTTON if key != "value"}
    blocks: list[dict[str, Any]] = [
        section,
        {"type": "actions", "elements": [{**bare, "action_id": "b"}]},
        {"type": "actions", "block_id": "a2", "elements": [BUTTON, select]},
    ]
    message = slack._calls._add(GENERAL, "x", blocks, None)
    assert slack.button(message, "a") == {**BUTTON, "confirm": confirm}
    assert slack.button(message, "a", "a2") == BUTTON
    sent = (await slack.press(MIA, message, "a")).payload
    assert sent["actions"][0]["block_id"] == "s1"
    assert sent["container"]["message_ts"] == message.ts
    assert sent["message"]["blocks"] == blocks
    assert sent["channel"] == {"id": GENERAL, "name": "general"}
    assert sent["response_url"].startswith(slack.origin)
    assert (await slack.press(MIA, message, "b")).payload["actions"][0]["block_id"] == "b1"
    other = (await slack.press(MIA, message, "a", block_id="a2")).payload
    assert other["actions"][0]["block_id"] == "a2"
    picked = (await slack.press(MIA, message, "s", value={"selected_option": DAYS[0]})).payload
    assert picked["actions"][0]["selected_option"] == DAYS[0]
    private = Message("9.000009", GENERAL, "x", blocks, ephemeral_to=MIA)
    assert "message" not in (await slack.press(MIA, private, "a")).payload
    assert len(app.heard) == 5
