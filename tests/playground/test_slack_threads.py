"""Replies: where they land, who reads them, and what is left when their root is deleted."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn
from tests.playground.conftest import error_of

METADATA = {"event_type": "recap_digest", "event_payload": {"key": "k1"}}
GENERAL = "C0GENERAL"


async def post(client: AsyncWebClient, text: str, thread: str | None = None) -> str:
    answer = await client.chat_postMessage(
        channel=GENERAL, text=text, thread_ts=thread, metadata=METADATA
    )
    return str(answer["ts"])


@pytest.fixture
async def root(granted: SlackStandIn, client: AsyncWebClient) -> str:
    """A message that others can reply to."""
    assert granted.workspace.messages == []
    return await post(client, "root")


async def test_a_thread(client: AsyncWebClient, root: str) -> None:
    """Its root first, then what was said under it; the channel itself shows the root only."""
    first, second = await post(client, "one", root), await post(client, "two", root)
    await post(client, "elsewhere")
    thread = await client.conversations_replies(channel=GENERAL, ts=root)
    assert [one["text"] for one in thread["messages"]] == ["root", "one", "two"]
    assert [one["ts"] for one in thread["messages"]] == [root, first, second]
    assert {one["thread_ts"] for one in thread["messages"]} == {root}
    head = thread["messages"][0]
    assert (head["reply_count"], head["latest_reply"]) == (2, second)
    assert head["metadata"] == {"event_type": "recap_digest"}
    whole = await client.conversations_replies(channel=GENERAL, ts=root, include_all_metadata=True)
    assert whole["messages"][1]["metadata"] == METADATA
    history = await client.conversations_history(channel=GENERAL)
    assert [one["text"] for one in history["messages"]] == ["elsewhere", "root"]


async def test_a_reply_to_a_reply(client: AsyncWebClient, root: str) -> None:
    """It stands beside it, in the same thread."""
    reply = await post(client, "one", root)
    answer = await client.chat_postMessage(channel=GENERAL, text="two", thread_ts=reply)
    assert answer["message"]["thread_ts"] == root
    thread = await client.conversations_replies(channel=GENERAL, ts=reply)
    assert [one["text"] for one in thread["messages"]] == ["root", "one", "two"]


async def test_page_by_page(client: AsyncWebClient, root: str) -> None:
    """Each page has the root and some of the replies."""
    replies = [await post(client, f"{number}", root) for number in range(3)]
    first = await client.conversations_replies(channel=GENERAL, ts=root, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_replies(channel=GENERAL, ts=root, limit=2, cursor=cursor)
    assert [one["text"] for one in first["messages"]] == ["root", "0", "1"]
    assert [one["text"] for one in second["messages"]] == ["root", "2"]
    assert (first["has_more"], second["has_more"]) == (True, False)
    since = await client.conversations_replies(channel=GENERAL, ts=root, oldest=replies[1])
    assert [one["text"] for one in since["messages"]] == ["root", "2"]


async def test_a_root_that_is_gone(
    granted: SlackStandIn, client: AsyncWebClient, root: str
) -> None:
    """Slack takes a reply all the same and puts it into the channel; only ``thread_ts`` tells."""
    await granted.delete_message(granted.workspace.messages[0])
    assert granted.workspace.seen_by("U0MIA", GENERAL) == []
    answer = await client.chat_postMessage(channel=GENERAL, text="reply", thread_ts=root)
    assert "thread_ts" not in answer["message"]
    history = await client.conversations_history(channel=GENERAL)
    assert [one["text"] for one in history["messages"]] == ["reply"]
    gone = client.conversations_replies(channel=GENERAL, ts=root)
    assert await error_of(gone) == "thread_not_found"
    assert await error_of(client.chat_update(channel=GENERAL, ts=root, text="x")) == (
        "message_not_found"
    )


async def test_a_root_that_is_gone_above_its_replies(
    granted: SlackStandIn, client: AsyncWebClient, root: str
) -> None:
    """A tombstone keeps the thread as long as something stands in it."""
    reply = await post(client, "one", root)
    await granted.delete_message(granted.workspace.messages[0])
    await post(client, "two", root)
    thread = (await client.conversations_replies(channel=GENERAL, ts=root))["messages"]
    assert (thread[0]["subtype"], thread[0]["ts"]) == ("tombstone", root)
    assert [one["text"] for one in thread[1:]] == ["one", "two"]
    history = (await client.conversations_history(channel=GENERAL))["messages"]
    assert [one.get("subtype") for one in history] == ["tombstone"]
    for message in granted.workspace.messages:
        await granted.delete_message(message)
    for ts in (root, reply):
        gone = client.conversations_replies(channel=GENERAL, ts=ts)
        assert await error_of(gone) == "thread_not_found"


async def test_a_thread_of_another_channel(client: AsyncWebClient, root: str) -> None:
    """A ts names a message within its channel only."""
    answer = await client.chat_postMessage(channel="C0MARKETING", text="x", thread_ts=root)
    assert "thread_ts" not in answer["message"]
    gone = client.conversations_replies(channel="C0MARKETING", ts=root)
    assert await error_of(gone) == "thread_not_found"


async def test_who_may_read_a_thread(
    granted: SlackStandIn, client: AsyncWebClient, root: str
) -> None:
    """As for the history of its channel."""
    assert await error_of(client.conversations_replies(channel="C0LAUNCH", ts=root)) == (
        "not_in_channel"
    )
    granted.scopes -= {"channels:history"}
    assert await error_of(client.conversations_replies(channel=GENERAL, ts=root)) == (
        "missing_scope"
    )


async def test_an_edit_is_marked(granted: SlackStandIn, client: AsyncWebClient, root: str) -> None:
    """Everybody sees that a message is not what it was, and it stays where it is."""
    reply = await post(client, "one", root)
    granted.now = lambda: 1_000.5
    answer = await client.chat_update(channel=GENERAL, ts=reply, text="corrected")
    assert answer["message"]["edited"] == {"user": "U0RECAPBOT", "ts": "1000.000000"}
    thread = (await client.conversations_replies(channel=GENERAL, ts=root))["messages"]
    assert [one["text"] for one in thread] == ["root", "corrected"]
    assert ["edited" in one for one in thread] == [False, True]
