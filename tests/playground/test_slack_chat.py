"""chat.*: metadata, threads, edits, and how fast a bot may post."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import Message
from tests.playground.conftest import SECTION, error_of, refused

METADATA = {"event_type": "recap_digest", "event_payload": {"key": "k1"}}
GENERAL = "C0GENERAL"


async def test_metadata_and_thread(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """What was posted stands in the answer and in the workspace."""
    first = await client.chat_postMessage(
        channel=GENERAL, text="[1] & more", blocks=[SECTION], metadata=METADATA
    )
    assert first["message"] == {
        "type": "message",
        "ts": first["ts"],
        "text": "[1] & more",
        "user": "U0RECAPBOT",
        "bot_id": "B0RECAP",
        "app_id": "A0RECAP",
        "blocks": [SECTION],
        "metadata": METADATA,
    }
    reply = await client.chat_postMessage(channel=GENERAL, text="x", thread_ts=first["ts"])
    assert reply["message"]["thread_ts"] == first["ts"]
    (message, _) = slack.workspace.messages
    assert (message.metadata, message.thread_ts) == (METADATA, None)


async def test_text_in_a_form(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """A text that looks like JSON stays a text."""
    await client.api_call("chat.postMessage", data={"channel": GENERAL, "text": "[1] x"})
    odd = client.api_call("chat.postMessage", data={"channel": GENERAL, "blocks": "[1"})
    assert await error_of(odd) == "invalid_blocks"
    assert [message.text for message in slack.workspace.messages] == ["[1] x"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"event_type": "x"},
        {"event_payload": {}},
        {"event_type": "", "event_payload": {}},
        {"event_type": 1, "event_payload": {}},
        {"event_type": "x", "event_payload": "y"},
        {"event_type": "x", "event_payload": {}, "more": 1},
        "text",
    ],
)
async def test_metadata_is_checked(
    client: AsyncWebClient,
    slack: SlackStandIn,
    metadata: Any,  # noqa: ANN401
) -> None:
    """A refused post leaves nothing behind."""
    sent = {"channel": GENERAL, "text": "x", "metadata": metadata}
    assert await error_of(client.api_call("chat.postMessage", json=sent)) == (
        "invalid_metadata_format"
    )
    assert slack.workspace.messages == []


async def test_read_only_channel(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """Where only a few may post; a private answer still arrives."""
    slack.workspace.channels[GENERAL].is_read_only = True
    assert await error_of(client.chat_postMessage(channel=GENERAL, text="x")) == (
        "restricted_action_read_only_channel"
    )
    await client.chat_postEphemeral(channel=GENERAL, user="U0MIA", text="x")


async def test_update(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """A new text replaces the blocks; metadata stays until it is replaced."""
    posted = await client.chat_postMessage(
        channel=GENERAL, text="old", blocks=[SECTION], metadata=METADATA
    )
    (message,), ts = slack.workspace.messages, posted["ts"]
    await client.api_call("chat.update", json={"channel": GENERAL, "ts": ts, "metadata": METADATA})
    assert (message.text, message.blocks) == ("old", [SECTION])
    answer = await client.chat_update(channel=GENERAL, ts=ts, text="new")
    assert (answer["ts"], answer["text"], answer["message"]["text"]) == (ts, "new", "new")
    assert (message.text, message.blocks, message.edited) == ("new", [], True)
    assert message.metadata == METADATA
    await client.chat_update(channel=GENERAL, ts=ts, text="new", blocks=[SECTION])
    assert message.blocks == [SECTION]


async def test_updates_that_slack_refuses(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """Length in escaped bytes, and whose message it is."""
    ts = (await client.chat_postMessage(channel=GENERAL, text="x"))["ts"]

    async def update(text: str = "x", channel: str = GENERAL, of: str = ts, **more: Any) -> str:  # noqa: ANN401
        sent = {"channel": channel, "ts": of, "text": text, **more}
        return await error_of(client.api_call("chat.update", json=sent))

    await client.chat_update(channel=GENERAL, ts=ts, text="ü" * 2_000)
    await client.chat_update(channel=GENERAL, ts=ts, text="&amp;" * 800)
    assert await update("ü" * 2_001) == "msg_too_long"
    assert await update("&" * 801) == "msg_too_long"
    assert await update("", blocks=[]) == "no_text"
    assert await update(blocks=[{"type": "odd"}]) == "invalid_blocks"
    assert await update(of="1.000001") == "message_not_found"
    assert await update(channel="C9") == "channel_not_found"
    assert await update(metadata={"odd": 1}) == "invalid_metadata_format"
    ephemeral = await client.chat_postEphemeral(channel=GENERAL, user="U0MIA", text="x")
    assert await update(of=ephemeral["message_ts"]) == "message_not_found"
    slack.workspace.messages.append(Message("9.000009", GENERAL, "hi", [], user="U0MIA"))
    assert await update(of="9.000009") == "cant_update_message"
    slack.workspace.channels[GENERAL].is_archived = True
    assert await update() == "is_inactive"


async def test_delete_and_permalink(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """A permalink proves that a message exists."""
    ts = (await client.chat_postMessage(channel=GENERAL, text="x"))["ts"]
    link = await client.chat_getPermalink(channel=GENERAL, message_ts=ts)
    path = f"archives/{GENERAL}/p{ts.replace('.', '')}"
    assert (link["permalink"], link["channel"]) == (f"https://acme.slack.com/{path}", GENERAL)
    answer = await client.chat_delete(channel=GENERAL, ts=ts)
    assert (answer["channel"], answer["ts"]) == (GENERAL, ts)
    assert slack.workspace.seen_by("U0MIA", GENERAL) == []
    gone = client.chat_getPermalink(channel=GENERAL, message_ts=ts)
    assert await error_of(gone) == "message_not_found"
    assert await error_of(client.chat_delete(channel=GENERAL, ts=ts)) == "message_not_found"
    slack.workspace.messages.append(Message("9.000009", GENERAL, "hi", [], user="U0MIA"))
    assert await error_of(client.chat_delete(channel=GENERAL, ts="9.000009")) == (
        "cant_delete_message"
    )


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "chat.delete"])
async def test_scope(client: AsyncWebClient, slack: SlackStandIn, method: str) -> None:
    """All of them write."""
    slack.scopes = frozenset({"commands"})
    answer = await refused(client.api_call(method, json={"channel": GENERAL}))
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "chat:write",
        "commands",
    )


async def test_channel_interval(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """One a second in each channel; who comes too early again is counted."""
    at = [1_000.0]
    slack.now, slack.channel_interval = lambda: at[0], 1.5
    await client.chat_postMessage(channel=GENERAL, text="x")
    await client.chat_postMessage(channel="C0MARKETING", text="x")
    answer = await refused(client.chat_postMessage(channel=GENERAL, text="x"))
    assert (answer["error"], answer.status_code) == ("ratelimited", 429)
    assert (answer.headers["Retry-After"], slack.undercut) == ("2", 0)
    at[0] += 1.6
    await client.chat_postMessage(channel="C0MARKETING", text="x")
    assert slack.undercut == 0
    await client.chat_postMessage(channel=GENERAL, text="x")
    assert slack.undercut == 1
    at[0] += 2
    await client.chat_postMessage(channel=GENERAL, text="x")
    assert slack.undercut == 1
    assert len(slack.workspace.messages) == 5


async def test_posts_per_minute(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """The workspace's own cap, over a sliding minute."""
    at = [1_000.0]
    slack.now, slack.posts_per_minute = lambda: at[0], 2
    await client.chat_postMessage(channel=GENERAL, text="x")
    at[0] += 10
    await client.chat_postMessage(channel="C0MARKETING", text="x")
    answer = await refused(client.chat_postMessage(channel=GENERAL, text="x"))
    assert answer.headers["Retry-After"] == "50"
    at[0] += 50
    await client.chat_postMessage(channel=GENERAL, text="x")
    answer = await refused(client.chat_postMessage(channel=GENERAL, text="x"))
    assert answer.headers["Retry-After"] == "10"


async def test_no_limits_by_default(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """Only a test that wants them has them."""
    slack.now = lambda: 1_000.0
    for _ in range(5):
        await client.chat_postMessage(channel=GENERAL, text="x")
    assert len(slack.workspace.messages) == 5


async def test_undercut_after_a_fault(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """A 429 on demand counts as well, and only for chat.postMessage."""
    slack.faults.add(Fault("rate_limited", "chat.postMessage", retry_after="30"))
    await refused(client.chat_postMessage(channel=GENERAL, text="x"))
    await client.chat_postEphemeral(channel=GENERAL, user="U0MIA", text="x")
    await client.chat_postMessage(channel="C0MARKETING", text="x")
    assert slack.undercut == 0
    await client.chat_postMessage(channel=GENERAL, text="x")
    assert slack.undercut == 1
    slack.faults.add(Fault("rate_limited", "chat.postMessage", retry_after="soon"))
    await refused(client.chat_postMessage(channel="C0MARKETING", text="x"))
    await client.chat_postMessage(channel="C0MARKETING", text="x")
    assert slack.undercut == 1


async def test_revoked(client: AsyncWebClient, slack: SlackStandIn) -> None:
    """A dead token opens nothing; the app-level token is another one."""
    slack.revoked = True
    assert await error_of(client.auth_test()) == "token_revoked"
    assert await error_of(client.chat_postMessage(channel=GENERAL, text="x")) == "token_revoked"
    assert await error_of(client.users_info(user="U0MIA")) == "token_revoked"
    await client.apps_connections_open(app_token=slack.app_token)
