"""Windows and App Homes as an app makes them."""

import json
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn
from tests.playground.conftest import SECTION, TEXT, error_of, refused

MODAL = {"type": "modal", "title": TEXT, "blocks": [SECTION]}
HOME = {"type": "home", "blocks": [SECTION]}
NAME = {
    "type": "input",
    "block_id": "name",
    "label": TEXT,
    "element": {"type": "plain_text_input", "action_id": "n", "initial_value": "before"},
}
FORM = {**MODAL, "submit": TEXT, "blocks": [NAME]}


def trigger(slack: SlackStandIn, user: str = "U0MIA") -> str:
    return slack._calls.new_trigger(user)


async def opened(client: AsyncWebClient, slack: SlackStandIn, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await client.views_open(trigger_id=trigger(slack), view={**MODAL, **more})
    view: dict[str, Any] = answer["view"]
    return view


async def test_open(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """What Slack keeps is what it answers, with an identity and a hash."""
    view = await opened(client, slack, external_id="e1", private_metadata="m")
    assert slack.workspace.windows["U0MIA"] == [view]
    assert view["id"].startswith("V")
    assert view["root_view_id"] == view["id"]
    assert view["previous_view_id"] is None
    assert view["hash"]
    assert (view["external_id"], view["private_metadata"]) == ("e1", "m")
    assert (view["callback_id"], view["notify_on_close"]) == ("", False)
    assert (view["app_id"], view["team_id"]) == ("A0RECAP", "T0ACME")
    assert view["blocks"][0]["block_id"]


async def test_views_that_slack_refuses(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """A refusal costs no trigger and leaves nothing behind."""
    one = trigger(slack)
    answer = await refused(client.views_open(trigger_id=one, view={**MODAL, "title": None}))
    assert answer["error"] == "invalid_arguments"
    assert "/view/title" in answer["response_metadata"]["messages"][0]
    home = client.views_open(trigger_id=one, view=HOME)
    assert await error_of(home) == "invalid_arguments"
    modal = client.views_publish(user_id="U0MIA", view=MODAL)
    assert await error_of(modal) == "invalid_arguments"
    handed_out = {**MODAL, "id": "V1"}
    assert await error_of(client.views_open(trigger_id=one, view=handed_out)) == (
        "invalid_arguments"
    )
    assert slack.workspace.windows == {}
    await client.views_open(trigger_id=one, view=MODAL)


async def test_external_id_is_unique(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """Within the team, App Homes included; a view may keep its own."""
    view = await opened(client, slack, external_id="e1")
    twin = {**MODAL, "external_id": "e1"}
    again = client.views_open(trigger_id=trigger(slack, "U0KOFI"), view=twin)
    assert await error_of(again) == "duplicate_external_id"
    home = client.views_publish(user_id="U0MIA", view={**HOME, "external_id": "e1"})
    assert await error_of(home) == "duplicate_external_id"
    await client.views_update(view_id=view["id"], view=twin)
    await opened(client, slack)
    await opened(client, slack)


async def test_update(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """By either name; a stale hash loses the race."""
    view = await opened(client, slack, external_id="e1")
    new = {**MODAL, "external_id": "e1", "private_metadata": "new"}
    first = await client.views_update(view_id=view["id"], hash=view["hash"], view=new)
    assert (first["view"]["id"], first["view"]["private_metadata"]) == (view["id"], "new")
    assert first["view"]["hash"] != view["hash"]
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=new)
    assert await error_of(stale) == "hash_conflict"
    await client.views_update(external_id="e1", view=MODAL)
    (kept,) = slack.workspace.windows["U0MIA"]
    assert (kept["id"], kept["private_metadata"]) == (view["id"], "")
    gone = client.views_update(external_id="e1", view=MODAL)
    assert await error_of(gone) == "not_found"
    assert await error_of(client.views_update(view_id="V9", view=MODAL)) == "not_found"
    nameless = client.api_call("views.update", json={"view": MODAL})
    assert await error_of(nameless) == "not_found"
    odd = client.views_update(view_id=view["id"], view=HOME)
    assert await error_of(odd) == "invalid_arguments"


async def test_update_keeps_what_was_typed(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """As long as block and action have their names, and the element its type."""
    view = await opened(client, slack, **FORM)
    (kept,) = slack.workspace.windows["U0MIA"]
    assert kept["state"]["values"]["name"]["n"]["value"] == "before"
    kept["state"]["values"]["name"]["n"]["value"] = "typed"
    await client.views_update(view_id=view["id"], view=FORM)
    assert kept["state"]["values"]["name"]["n"] == {"type": "plain_text_input", "value": "typed"}
    renamed = {**FORM, "blocks": [{**NAME, "block_id": "other"}]}
    await client.views_update(view_id=view["id"], view=renamed)
    assert kept["state"]["values"] == {
        "other": {"n": {"type": "plain_text_input", "value": "before"}}
    }


async def test_push(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """Three windows at most, and one to push onto."""
    nothing = client.views_push(trigger_id=trigger(slack), view=MODAL)
    assert await error_of(nothing) == "not_found"
    root = await opened(client, slack)
    second = (await client.views_push(trigger_id=trigger(slack), view=MODAL))["view"]
    assert (second["root_view_id"], second["previous_view_id"]) == (root["id"], root["id"])
    third = (await client.views_push(trigger_id=trigger(slack), view=MODAL))["view"]
    assert (third["root_view_id"], third["previous_view_id"]) == (root["id"], second["id"])
    fourth = client.views_push(trigger_id=trigger(slack), view=MODAL)
    assert await error_of(fourth) == "push_limit_reached"
    used = trigger(slack, "U0KOFI")
    await client.views_open(trigger_id=used, view=MODAL)
    again = client.views_push(trigger_id=used, view=MODAL)
    assert await error_of(again) == "trigger_exchanged"


async def test_publish(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """One Home for each person, with one identity."""
    first = (await client.views_publish(user_id="U0MIA", view=HOME))["view"]
    assert slack.workspace.homes["U0MIA"] == first
    second = (await client.views_publish(user_id="U0MIA", view=HOME, hash=first["hash"]))["view"]
    assert second["id"] == first["id"] == second["root_view_id"]
    assert second["hash"] != first["hash"]
    stale = client.views_publish(user_id="U0MIA", view=HOME, hash=first["hash"])
    assert await error_of(stale) == "hash_conflict"
    never = client.views_publish(user_id="U0KOFI", view=HOME, hash=second["hash"])
    assert await error_of(never) == "hash_conflict"
    assert await error_of(client.views_publish(user_id="U9", view=HOME)) == "user_not_found"
    await client.views_update(view_id=first["id"], view={**HOME, "private_metadata": "m"})
    assert slack.workspace.homes["U0MIA"]["private_metadata"] == "m"


async def test_a_view_in_a_form(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """As JSON within the form."""
    data = {"user_id": "U0MIA", "view": json.dumps(HOME)}
    await client.api_call("views.publish", data=data)
    assert slack.workspace.homes["U0MIA"]["type"] == "home"
