"""Several workspaces in one stand-in: nothing of one is seen or used up in another."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.faults import Fault
from bot.playground.slack import Elsewhere, SlackStandIn
from bot.playground.slack_workspace import Enterprise, Workspace
from tests.playground.conftest import BUTTON, SECTION, TEXT, App, error_of, refused

GENERAL, MIA = "C0GENERAL", "U0MIA"
NORTH_GENERAL, NORTH_MIA, NORTH_BOT = "C0GENERALNORTH", "U0MIANORTH", "U0RECAPBOTNORTH"
HOME = {"type": "home", "blocks": [{"type": "actions", "elements": [BUTTON]}]}
MODAL = {"type": "modal", "title": TEXT, "submit": TEXT, "blocks": [SECTION]}


@pytest.fixture
def north(slack: SlackStandIn) -> Elsewhere:
    """A second workspace with the app in it."""
    return slack.add_workspace(Workspace.another("NORTH", "North"), "xoxb-north")


@pytest.fixture
async def there(slack: SlackStandIn, north: Elsewhere) -> AsyncIterator[AsyncWebClient]:
    """Slack's SDK with the token of the second workspace."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(north.bot_token, slack.api_url, session=session, retry_handlers=[])


async def test_each_token_has_its_workspace(client: AsyncWebClient, there: AsyncWebClient) -> None:
    """``auth.test`` says whose it is (docs.slack.dev/reference/methods/auth.test)."""
    first, second = await client.auth_test(), await there.auth_test()
    assert (first["team_id"], first["user_id"], first["bot_id"]) == (
        "T0ACME",
        "U0RECAPBOT",
        "B0RECAP",
    )
    assert (second["team_id"], second["team"], second["url"]) == (
        "T0NORTH",
        "North",
        "https://north.slack.com/",
    )
    assert (second["user_id"], second["bot_id"]) == (NORTH_BOT, "B0RECAPNORTH")
    assert not second["is_enterprise_install"]
    assert "enterprise_id" not in second


async def test_two_workspaces_of_one_id(slack: SlackStandIn) -> None:
    """They could not be told apart."""
    with pytest.raises(AssertionError, match="T0ACME already"):
        slack.add_workspace(Workspace.sample())


async def test_workspaces_from_the_beginning() -> None:
    """``others`` are there, but nobody has installed the app."""
    other = Workspace.another("SOUTH", "South")
    async with SlackStandIn(Workspace.sample(), now=lambda: 0.0, others=[other]) as slack:
        south = slack.at("T0SOUTH")
        assert south.workspace is other
        with pytest.raises(AssertionError, match="not installed in T0SOUTH"):
            _ = south.bot_token


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"channel": GENERAL, "text": "x"}, "channel_not_found"),
        ("conversations.info", {"channel": GENERAL}, "channel_not_found"),
        ("conversations.history", {"channel": GENERAL}, "channel_not_found"),
        ("conversations.members", {"channel": GENERAL}, "channel_not_found"),
        ("conversations.open", {"users": MIA}, "user_not_found"),
        ("users.info", {"user": MIA}, "user_not_found"),
        ("users.info", {"user": "U0RECAPBOT"}, "user_not_found"),
        ("views.publish", {"user_id": MIA, "view": HOME}, "user_not_found"),
    ],
)
async def test_the_others_are_not_seen(
    there: AsyncWebClient, method: str, arguments: dict[str, Any], error: str
) -> None:
    """Ids of another workspace are no ids; ``team_id`` changes nothing for its token."""
    assert await error_of(there.api_call(method, json=arguments)) == error
    meant = {**arguments, "team_id": "T0ACME"}
    assert await error_of(there.api_call(method, json=meant)) == error


async def test_messages_stay_apart(
    client: AsyncWebClient, there: AsyncWebClient, slack: SlackStandIn, north: Elsewhere
) -> None:
    """Each is written by its workspace's bot; its ``ts`` means nothing elsewhere."""
    posted = await there.chat_postMessage(channel=NORTH_GENERAL, text="x")
    (message,) = north.workspace.messages
    assert (message.user, message.bot_id) == (NORTH_BOT, "B0RECAPNORTH")
    assert posted["message"]["user"] == NORTH_BOT
    assert slack.workspace.messages == []
    foreign = client.chat_update(channel=NORTH_GENERAL, ts=message.ts, text="y")
    assert await error_of(foreign) == "channel_not_found"
    foreign = client.chat_delete(channel=GENERAL, ts=message.ts)
    assert await error_of(foreign) == "message_not_found"
    await there.chat_update(channel=NORTH_GENERAL, ts=message.ts, text="y")
    link = await there.chat_getPermalink(channel=NORTH_GENERAL, message_ts=message.ts)
    assert link["permalink"].startswith("https://north.slack.com/")


async def test_windows_and_homes_stay_apart(
    app: App, client: AsyncWebClient, there: AsyncWebClient, slack: SlackStandIn, north: Elsewhere
) -> None:
    """A trigger and a view belong to the workspace that made them."""
    typed = await north.command(NORTH_MIA, NORTH_GENERAL, "")
    trigger = typed.payload["trigger_id"]
    foreign = client.views_open(trigger_id=trigger, view=MODAL)
    assert await error_of(foreign) == "invalid_trigger_id"
    opened = await there.views_open(trigger_id=trigger, view=MODAL)
    assert (opened["view"]["team_id"], opened["view"]["bot_id"]) == ("T0NORTH", "B0RECAPNORTH")
    foreign = client.views_update(view_id=opened["view"]["id"], view=MODAL)
    assert await error_of(foreign) == "not_found"
    await there.views_publish(user_id=NORTH_MIA, view=HOME)
    assert (slack.workspace.windows, slack.workspace.homes) == ({}, {})
    submitted = await north.submit(NORTH_MIA, {})
    assert submitted.payload["team"] == {"id": "T0NORTH", "domain": "north"}
    assert len(app.heard) == 2


async def test_what_people_do_elsewhere(
    app: App, there: AsyncWebClient, slack: SlackStandIn, north: Elsewhere
) -> None:
    """Every payload names its workspace, and its answers go there."""
    typed = (await north.command(NORTH_MIA, NORTH_GENERAL, "7d")).payload
    assert (typed["team_id"], typed["team_domain"]) == ("T0NORTH", "north")
    assert (typed["api_app_id"], typed["is_enterprise_install"]) == ("A0RECAP", "false")
    async with aiohttp.ClientSession() as session:
        await session.post(typed["response_url"], json={"text": "only here"})
    (said,) = north.workspace.seen_by(NORTH_MIA, NORTH_GENERAL)
    assert (said.text, slack.traffic[-1].team) == ("only here", "T0NORTH")
    await there.chat_postMessage(
        channel=NORTH_GENERAL, text="x", blocks=[{"type": "actions", "elements": [BUTTON]}]
    )
    pressed = (await north.press(NORTH_MIA, north.workspace.messages[-1], "a")).payload
    assert (pressed["team"]["id"], pressed["user"]["team_id"]) == ("T0NORTH", "T0NORTH")
    assert (pressed["enterprise"], pressed["is_enterprise_install"]) == (None, False)
    left = (await north.remove_bot(NORTH_GENERAL)).payload
    assert (left["team_id"], left["event"]["channel"]) == ("T0NORTH", NORTH_GENERAL)
    assert left["authorizations"][0] == {
        "enterprise_id": None,
        "team_id": "T0NORTH",
        "user_id": NORTH_BOT,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    joined = (await north.invite_bot(NORTH_GENERAL)).payload
    assert joined["event"]["user"] == NORTH_BOT
    assert joined["event_id"] != left["event_id"]
    assert slack.workspace.messages == []
    assert len(app.heard) == 4


async def test_limits_are_each_workspaces_own(
    client: AsyncWebClient, there: AsyncWebClient, slack: SlackStandIn
) -> None:
    """Per method, workspace and app (docs.slack.dev/apis/web-api/rate-limits)."""
    slack.now, slack.posts_per_minute = lambda: 1_000.0, 1
    await client.chat_postMessage(channel=GENERAL, text="x")
    assert await error_of(client.chat_postMessage(channel=GENERAL, text="x")) == "ratelimited"
    await there.chat_postMessage(channel=NORTH_GENERAL, text="x")
    limited = await refused(there.chat_postMessage(channel=NORTH_GENERAL, text="x"))
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "60")
    assert slack.undercut == 0


async def test_a_wait_is_each_workspaces_own(
    client: AsyncWebClient, there: AsyncWebClient, slack: SlackStandIn
) -> None:
    """Only who was told to wait can undercut the wait."""
    slack.now = lambda: 1_000.0
    slack.faults.add(Fault("rate_limited", "chat.postMessage", retry_after="7"))
    assert await error_of(there.chat_postMessage(channel=GENERAL, text="x")) == "ratelimited"
    await client.chat_postMessage(channel=GENERAL, text="x")
    assert slack.undercut == 0
    assert await error_of(there.chat_postMessage(channel=GENERAL, text="x")) == "channel_not_found"
    assert slack.undercut == 1


async def test_a_fault_of_one_workspace(
    client: AsyncWebClient, there: AsyncWebClient, slack: SlackStandIn
) -> None:
    """Slack is busy for one, and for nobody else."""
    slack.faults.add(Fault("rate_limited", "T0NORTH auth.test", retry_after="7"))
    assert (await client.auth_test())["ok"]
    assert await error_of(there.auth_test()) == "ratelimited"
    assert (await there.auth_test())["ok"]
    there.token = "xoxb-unknown"
    assert await error_of(there.auth_test()) == "invalid_auth"
    assert [call.team for call in slack.traffic] == ["T0ACME", "T0NORTH", "T0NORTH", ""]


async def test_scopes_are_each_installations_own(
    client: AsyncWebClient, there: AsyncWebClient, slack: SlackStandIn
) -> None:
    """Every answer carries those of its token; a token that is none carries none."""
    slack.scopes = frozenset({"commands"})
    lacking = await refused(client.users_info(user=MIA))
    assert (lacking["error"], lacking["needed"]) == ("missing_scope", "users:read")
    assert lacking.headers["x-oauth-scopes"] == lacking["provided"] == "commands"
    granted = await there.users_info(user=NORTH_MIA)
    assert "users:read" in granted.headers["x-oauth-scopes"].split(",")
    there.token = "xoxb-unknown"
    unknown = await refused(there.auth_test())
    assert unknown["error"] == "invalid_auth"
    assert "x-oauth-scopes" not in unknown.headers


async def test_uninstalled_in_one_of_two(
    app: App, client: AsyncWebClient, there: AsyncWebClient, north: Elsewhere
) -> None:
    """The other's token lives on."""
    uninstalled, revoked = await north.uninstall()
    assert {one.payload["team_id"] for one in (uninstalled, revoked)} == {"T0NORTH"}
    assert revoked.payload["event"]["tokens"]["bot"] == [NORTH_BOT]
    assert await error_of(there.auth_test()) == "token_revoked"
    assert (await client.auth_test())["team_id"] == "T0ACME"
    assert len(app.heard) == 2


async def test_everybody_at_once(
    client: AsyncWebClient, there: AsyncWebClient, slack: SlackStandIn, north: Elsewhere
) -> None:
    """Calls that overlap are still served where they belong."""
    posts = [
        asker.chat_postMessage(channel=channel, text=f"{channel} {number}")
        for number in range(10)
        for asker, channel in ((client, GENERAL), (there, NORTH_GENERAL))
    ]
    await asyncio.gather(*posts)
    for workspace, channel in ((slack.workspace, GENERAL), (north.workspace, NORTH_GENERAL)):
        assert {one.text for one in workspace.messages} == {f"{channel} {n}" for n in range(10)}


async def test_a_workspace_of_an_organization(app: App, slack: SlackStandIn) -> None:
    """Its own installation is none of the organization, which is named all the same."""
    east = slack.add_workspace(Workspace.another("EAST", "East", Enterprise()), "xoxb-east")
    typed = (await east.command("U0MIAEAST", "C0GENERALEAST", "")).payload
    assert (typed["enterprise_id"], typed["is_enterprise_install"]) == ("E0GRID", "false")
    opened = (await east.open_home("U0MIAEAST")).payload
    assert opened["enterprise_id"] == opened["authorizations"][0]["enterprise_id"] == "E0GRID"
    assert not opened["authorizations"][0]["is_enterprise_install"]
    assert opened["authorizations"][0]["user_id"] == "W0RECAPBOT"
    assert len(app.heard) == 2
