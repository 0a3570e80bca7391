"""Slack's stand-in, asked with Slack's own SDK (docs.slack.dev)."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.playground.slack_blocks import check_message, check_view
from bot.playground.slack_server import EVERY_SCOPE
from tests.playground.conftest import BUTTON, SECTION, TEXT, error_of


async def test_auth(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """The bot's own identity, and the scopes in a header."""
    answer = await client.auth_test()
    assert answer["user_id"] == "U0RECAPBOT"
    assert answer.headers["x-oauth-scopes"] == ",".join(sorted(EVERY_SCOPE))
    assert await error_of(client.apps_connections_open(app_token="xapp-wrong")) == "invalid_auth"
    wrong = client.apps_connections_open(app_token=slack.bot_token)
    assert await error_of(wrong) == "not_allowed_token_type"
    client.token = None
    assert await error_of(client.auth_test()) == "not_authed"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0LAUNCH", "not_in_channel"),
        ("C0OLD", "is_archived"),
        ("C9", "channel_not_found"),
    ],
)
async def test_where_a_bot_may_post(client: AsyncWebClient, channel: str, error: str) -> None:
    """Membership, archives, existence."""
    assert await error_of(client.chat_postMessage(channel=channel, text="x")) == error


async def test_private_channel_of_others(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """A private channel without the bot does not exist for it."""
    slack.workspace.channels["G0LEADS"].members.discard("U0RECAPBOT")
    assert await error_of(client.chat_postMessage(channel="G0LEADS", text="x")) == (
        "channel_not_found"
    )


async def test_scopes(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """What was not granted is refused by name."""
    slack.scopes = frozenset({"commands"})
    assert await error_of(client.chat_postMessage(channel="C0GENERAL", text="x")) == (
        "missing_scope"
    )
    assert await error_of(client.api_call("no.such.method")) == "unknown_method"


async def test_posts_are_seen(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """A post by everybody, an ephemeral by one."""
    await client.chat_postMessage(channel="C0GENERAL", text="hello", blocks=[SECTION])
    await client.chat_postEphemeral(channel="C0GENERAL", user="U0MIA", text="psst")
    assert await error_of(client.chat_postEphemeral(channel="C0GENERAL", user="U9", text="x")) == (
        "user_not_in_channel"
    )
    seen = [message.text for message in slack.workspace.seen_by("U0MIA", "C0GENERAL")]
    others = [message.text for message in slack.workspace.seen_by("U0KOFI", "C0GENERAL")]
    assert (seen, others) == (["hello", "psst"], ["hello"])


async def test_blocks_are_checked(client: AsyncWebClient) -> None:
    """A refusal says where."""
    long = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0GENERAL", text="x", blocks=[long])
    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    ]
    nothing = client.api_call("chat.postMessage", json={"channel": "C0GENERAL"})
    assert await error_of(nothing) == "no_text"


@pytest.mark.parametrize(
    "block",
    [
        {"type": "unheard_of"},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "section"},
        {"type": "section", "text": {"type": "mrkdwn", "text": ""}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}},
        {"type": "section", "fields": [TEXT] * 11},
        {"type": "section", "text": TEXT, "accessory": {"type": "button"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2_001}]},
        {"type": "context", "elements": []},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "x" * 3_001}]},
        {"type": "context", "elements": [TEXT] * 11},
        {"type": "context", "elements": [{"type": "image", "alt_text": ""}]},
        {"type": "actions", "elements": []},
        {"type": "actions", "elements": [BUTTON, BUTTON]},
        {"type": "actions", "elements": [{**BUTTON, "value": "v" * 2_001}]},
        {"type": "actions", "elements": [{**BUTTON, "style": "loud"}]},
        {"type": "actions", "elements": [{**BUTTON, "confirm": {"title": TEXT}}]},
        {"type": "actions", "elements": [{"type": "slider", "action_id": "a"}]},
        {"type": "image", "image_url": "https://x", "alt_text": ""},
        {"type": "image", "image_url": "", "alt_text": "x"},
        {"type": "input", "label": TEXT, "element": BUTTON},
    ],
)
def test_blocks_that_slack_refuses(block: dict[str, Any]) -> None:
    """Every limit has a message that breaks it."""
    assert check_message("x", [block]) != []


def test_messages_that_slack_refuses() -> None:
    """Limits of the whole."""
    divider = {"type": "divider"}
    assert check_message("x", [divider] * 50) == []
    assert check_message("x", [divider] * 51) != []
    assert check_message("x", "no blocks") != []
    assert check_message("x" * 40_001, []) == ["msg_too_long"]
    assert check_message("x", [{**SECTION, "block_id": "1"}] * 2) != []
    large = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_900}}
    assert check_message("x", [large] * 5) == ["msg_blocks_too_long"]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "home"},
        {"title": {"type": "plain_text", "text": "x" * 25}},
        {"private_metadata": "x" * 3_001},
        {"blocks": [{"type": "input", "label": TEXT, "element": {"type": "timepicker"}}]},
    ],
)
def test_windows_that_slack_refuses(change: dict[str, Any]) -> None:
    """Limits of a modal."""
    view = {"type": "modal", "title": TEXT, "blocks": [SECTION]}
    assert check_view(view) == []
    assert check_view({**view, **change}) != []


async def test_a_trigger_opens_one_window(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """Once, and within three seconds."""
    view = {"type": "modal", "title": TEXT, "blocks": [SECTION]}
    trigger, late = slack._calls.new_trigger("U0MIA"), slack._calls.new_trigger("U0MIA")
    await client.views_open(trigger_id=trigger, view=view)
    assert await error_of(client.views_open(trigger_id=trigger, view=view)) == "trigger_exchanged"
    began = slack.now()
    slack.now = lambda: began + 4
    assert await error_of(client.views_open(trigger_id=late, view=view)) == "trigger_expired"
    assert await error_of(client.views_open(trigger_id="x", view=view)) == "invalid_trigger_id"
    assert len(slack.workspace.windows["U0MIA"]) == 1


async def answer(url: str, **body: Any) -> tuple[int, str]:  # noqa: ANN401
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status, await response.text()


async def test_response_url_of_a_command(slack: SlackStandIn) -> None:
    """Five answers; the newest can be replaced and deleted; a private one never turns public."""
    url = slack._calls.new_response_url("U0MIA", "C0LAUNCH")
    assert await answer(url, text="one") == (200, "ok")
    await answer(url, text="two", replace_original=True, response_type="in_channel")
    (message,) = slack.workspace.messages
    assert (message.text, message.ephemeral_to, message.edited) == ("two", "U0MIA", True)
    await answer(url, delete_original=True)
    assert slack.workspace.seen_by("U0MIA", "C0LAUNCH") == []
    await answer(url, text="three", response_type="in_channel")
    assert slack.workspace.seen_by("U0KOFI", "C0LAUNCH")[0].text == "three"
    assert (await answer(url, text="x", blocks=[{"type": "odd"}]))[0] == 400
    assert await answer(url, text="six") == (404, "used_url")
    assert await answer(f"{slack.origin}/commands/unknown", text="x") == (404, "expired_url")


async def test_response_url_expires(slack: SlackStandIn) -> None:
    """After half an hour."""
    url = slack._calls.new_response_url("U0MIA", "C0GENERAL")
    began = slack.now()
    slack.now = lambda: began + 1_801
    assert await answer(url, text="x") == (404, "expired_url")


async def test_nobody_connected(slack: SlackStandIn) -> None:
    """What a person reads when no app takes the command."""
    delivery = await slack.command("U0MIA", "C0GENERAL", "")
    assert delivery.error == "dispatch_failed"


async def test_an_app_that_never_acknowledges(slack: SlackStandIn) -> None:
    """Three seconds, then the person reads that it timed out."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(slack.new_socket_url()) as socket,
    ):
        assert (await socket.receive_json())["type"] == "hello"
        delivery = await slack.command("U0MIA", "C0GENERAL", "")
    assert delivery.error == "operation_timeout"
    async with aiohttp.ClientSession() as session, session.get(f"{slack.origin}/link") as refused:
        assert refused.status == 403


@pytest.mark.parametrize("kind", ["reset", "lost"])
async def test_connections_that_break(
    client: AsyncWebClient, slack: SlackStandIn, kind: str
) -> None:
    """Before the post was accepted, or after it: the caller can't tell, the channel can."""
    slack.faults.add(Fault(kind, "chat.postMessage"))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C0GENERAL", text="x")
    assert len(slack.workspace.messages) == (kind == "lost")


async def test_refusals_on_demand(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """429, an error page, any code, and a slow answer."""
    slack.faults.add(Fault("rate_limited", "auth.test", retry_after="7"))
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response.headers["Retry-After"] == "7"
    slack.faults.add(Fault("error", "auth.test", error="fatal_error"))
    assert await error_of(client.auth_test()) == "fatal_error"
    slack.faults.add(Fault("slow", "auth.test", seconds=0.1))
    began = asyncio.get_running_loop().time()
    await client.auth_test()
    assert asyncio.get_running_loop().time() - began >= 0.1


async def test_a_wait_that_is_over(slack: SlackStandIn) -> None:
    """``until`` gives up."""
    with pytest.raises(TimeoutError):
        await slack.until(lambda: False, 0.01)
    message = slack._calls._add("C0GENERAL", "x", [], None)
    with pytest.raises(LookupError):
        slack.button(message, "none")
