"""conversations.* and users.*: pages, scopes, and what a bot is not told."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from tests.playground.conftest import EVERY_SCOPE, SECTION, error_of, refused

METADATA = {"event_type": "recap_digest", "event_payload": {"key": "k1"}}
GENERAL = "C0GENERAL"


@pytest.fixture
async def posted(granted: SlackStandIn, client: AsyncWebClient) -> list[str]:
    """The ts of five messages, oldest first, among what history leaves out."""
    posts = [
        await client.chat_postMessage(
            channel=GENERAL, text=f"{number}", blocks=[SECTION], metadata=METADATA
        )
        for number in range(5)
    ]
    await client.chat_postMessage(channel=GENERAL, text="reply", thread_ts=posts[0]["ts"])
    await client.chat_postMessage(channel="C0MARKETING", text="elsewhere")
    await client.chat_postEphemeral(channel=GENERAL, user="U0MIA", text="psst")
    gone = await client.chat_postMessage(channel=GENERAL, text="gone")
    await client.chat_delete(channel=GENERAL, ts=gone["ts"])
    assert granted.workspace.messages
    return [str(post["ts"]) for post in posts]


async def texts(client: AsyncWebClient, **how: Any) -> str:  # noqa: ANN401
    answer = await client.conversations_history(channel=GENERAL, **how)
    return "".join(message["text"] for message in answer["messages"])


async def test_history(client: AsyncWebClient, posted: list[str]) -> None:
    """Newest first; metadata only by name unless it was asked for."""
    answer = await client.conversations_history(channel=GENERAL)
    assert [message["ts"] for message in answer["messages"]] == posted[::-1]
    assert answer["messages"][0] == {
        "type": "message",
        "ts": posted[4],
        "text": "4",
        "user": "U0RECAPBOT",
        "bot_id": "B0RECAP",
        "app_id": "A0RECAP",
        "blocks": [SECTION],
        "metadata": {"event_type": "recap_digest"},
    }
    assert (answer["has_more"], answer["response_metadata"]["next_cursor"]) == (False, "")
    whole = await client.conversations_history(channel=GENERAL, include_all_metadata=True)
    assert whole["messages"][0]["metadata"] == METADATA


async def test_history_between(client: AsyncWebClient, posted: list[str]) -> None:
    """The bounds are outside unless they are included."""
    assert await texts(client, oldest=posted[1]) == "432"
    assert await texts(client, oldest=posted[1], inclusive=True) == "4321"
    assert await texts(client, latest=posted[3]) == "210"
    assert await texts(client, latest=posted[3], inclusive=True) == "3210"
    assert await texts(client, oldest=posted[1], latest=posted[3]) == "2"
    assert await texts(client, oldest="0") == "43210"


async def test_history_page_by_page(client: AsyncWebClient, posted: list[str]) -> None:
    """The cursor begins where the page ended."""
    pages, cursor = [], ""
    for _ in range(3):
        answer = await client.conversations_history(
            channel=GENERAL, limit=2, cursor=cursor, latest=posted[4], inclusive=True
        )
        cursor = answer["response_metadata"]["next_cursor"]
        pages.append(("".join(one["text"] for one in answer["messages"]), answer["has_more"]))
    assert pages == [("43", True), ("21", True), ("0", False)]
    assert cursor == ""


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"limit": 1_000}, "invalid_limit"),
        ({"limit": -1}, "invalid_limit"),
        ({"cursor": "odd"}, "invalid_cursor"),
        ({"cursor": "b2RkOjE="}, "invalid_cursor"),
        ({"oldest": "monday"}, "invalid_ts_oldest"),
        ({"latest": "monday"}, "invalid_ts_latest"),
        ({"channel": "C0LAUNCH"}, "not_in_channel"),
        ({"channel": "C9"}, "channel_not_found"),
    ],
)
async def test_history_that_slack_refuses(
    granted: SlackStandIn, client: AsyncWebClient, how: dict[str, Any], error: str
) -> None:
    """Arguments, and where the bot is not."""
    assert GENERAL in granted.workspace.channels
    call = client.conversations_history(**{"channel": GENERAL, **how})
    assert await error_of(call) == error


async def test_hundred_by_default(granted: SlackStandIn, client: AsyncWebClient) -> None:
    """A page without a limit."""
    for _ in range(101):
        granted._calls._add(GENERAL, "x", [], None)
    assert len(await texts(client)) == 100
    assert len(await texts(client, limit=999)) == 101


@pytest.mark.parametrize(
    ("channel", "kind"), [(GENERAL, "channels"), ("G0LEADS", "groups"), ("D0MIA", "im")]
)
@pytest.mark.parametrize(
    ("method", "right"),
    [
        ("conversations.history", "history"),
        ("conversations.info", "read"),
        ("conversations.members", "read"),
    ],
)
async def test_scope_of_each_kind(
    granted: SlackStandIn, client: AsyncWebClient, channel: str, kind: str, method: str, right: str
) -> None:
    """By the kind of the channel."""
    granted.workspace.direct("U0MIA")
    sent = {"channel": channel}
    await client.api_call(method, params=sent)
    granted.scopes = EVERY_SCOPE - {f"{kind}:{right}"}
    answer = await refused(client.api_call(method, params=sent))
    assert (answer["error"], answer["needed"]) == ("missing_scope", f"{kind}:{right}")
    assert answer["provided"] == ",".join(sorted(granted.scopes))
    granted.scopes = frozenset({"chat:write"})
    answer = await refused(client.api_call(method, params=sent))
    assert (answer["error"], answer["needed"]) == ("missing_scope", f"{kind}:{right}")
    answer = await refused(client.api_call(method, params={"channel": "C9"}))
    assert answer["needed"] == f"channels:{right},groups:{right},im:{right}"


@pytest.mark.parametrize("method", ["history", "info", "members"])
async def test_hidden_channel(granted: SlackStandIn, client: AsyncWebClient, method: str) -> None:
    """A private channel without the bot, and a conversation of others, do not exist."""
    granted.workspace.channels["G0LEADS"].members.discard("U0RECAPBOT")
    granted.workspace.direct("U0MIA").members.discard("U0RECAPBOT")
    for channel in ("G0LEADS", "D0MIA", "C9"):
        call = client.api_call(f"conversations.{method}", params={"channel": channel})
        assert await error_of(call) == "channel_not_found"


async def test_info(granted: SlackStandIn, client: AsyncWebClient) -> None:
    """What each kind of channel says of itself."""
    granted.workspace.channels[GENERAL].is_read_only = True
    granted.workspace.direct("U0MIA")

    async def info(channel: str) -> Any:  # noqa: ANN401
        return (await client.conversations_info(channel=channel))["channel"]

    assert await info(GENERAL) == {
        "id": GENERAL,
        "name": "general",
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_private": False,
        "is_archived": False,
        "is_member": True,
        "is_read_only": True,
    }
    assert not (await info("C0LAUNCH"))["is_member"]
    assert (await info("C0OLD"))["is_archived"]
    leads = await info("G0LEADS")
    assert (leads["is_private"], leads["is_group"], leads["is_channel"]) == (True, True, False)
    mia = await info("D0MIA")
    assert (mia["is_im"], mia["user"], mia["is_channel"], "name" in mia) == (
        True,
        "U0MIA",
        False,
        False,
    )


async def test_members(granted: SlackStandIn, client: AsyncWebClient) -> None:
    """Page by page, also where the bot is not."""
    granted.workspace.channels["C0LAUNCH"].members.add("U0RECAPBOT")
    first = await client.conversations_members(channel="C0LAUNCH", limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_members(channel="C0LAUNCH", limit=2, cursor=cursor)
    assert first["members"] + second["members"] == ["U0KOFI", "U0MIA", "U0RECAPBOT"]
    assert (len(first["members"]), second["response_metadata"]["next_cursor"]) == (2, "")
    granted.workspace.channels["C0LAUNCH"].members.discard("U0RECAPBOT")
    answer = await client.conversations_members(channel="C0LAUNCH")
    assert answer["members"] == ["U0KOFI", "U0MIA"]
    odd = client.conversations_members(channel="C0LAUNCH", limit=1_001)
    assert await error_of(odd) == "invalid_limit"


async def test_open(granted: SlackStandIn, client: AsyncWebClient) -> None:
    """Once made, it stays; a message there is seen by that person."""
    answer = await client.conversations_open(users="U0MIA")
    assert answer["channel"]["id"] == "D0MIA"
    assert "already_open" not in answer.data
    channel = granted.workspace.channels["D0MIA"]
    assert (channel.members, channel.is_im) == ({"U0MIA", "U0RECAPBOT"}, True)
    assert (await client.conversations_open(users=["U0MIA"]))["already_open"]
    await client.chat_postMessage(channel="D0MIA", text="hello")
    assert granted.workspace.seen_by("U0MIA", "D0MIA")[0].text == "hello"
    assert await error_of(client.conversations_open(users="U9")) == "user_not_found"
    nobody = client.api_call("conversations.open", json={})
    assert await error_of(nobody) == "users_list_not_supplied"
    several = await refused(client.conversations_open(users=["U0MIA", "U0KOFI"]))
    assert (several["error"], several["needed"]) == ("missing_scope", "mpim:write")
    granted.scopes = EVERY_SCOPE - {"im:write"}
    answer = await refused(client.conversations_open(users="U0MIA"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "im:write")


async def test_users(granted: SlackStandIn, client: AsyncWebClient) -> None:
    """People, the bot, and nobody."""
    people = granted.workspace.people
    people["U0MIA"] = type(people["U0MIA"])("U0MIA", "Mia", is_admin=True)
    assert (await client.users_info(user="U0MIA"))["user"] == {
        "id": "U0MIA",
        "name": "mia",
        "real_name": "Mia",
        "tz": "Europe/Berlin",
        "is_admin": True,
        "is_owner": False,
        "is_bot": False,
        "deleted": False,
    }
    kofi = (await client.users_info(user="U0KOFI"))["user"]
    assert (kofi["tz"], kofi["is_admin"]) == ("America/New_York", False)
    assert (await client.users_info(user="U0RECAPBOT"))["user"]["is_bot"]
    assert await error_of(client.users_info(user="U9")) == "user_not_found"
    granted.scopes = EVERY_SCOPE - {"users:read"}
    answer = await refused(client.users_info(user="U0MIA"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")


@pytest.mark.parametrize(
    ("method", "sent"),
    [
        ("chat.update", {"channel": GENERAL, "ts": "1", "text": "x"}),
        ("chat.delete", {"channel": GENERAL, "ts": "1"}),
        ("chat.getPermalink", {"channel": GENERAL, "message_ts": "1"}),
        ("conversations.history", {"channel": GENERAL}),
        ("conversations.info", {"channel": GENERAL}),
        ("conversations.members", {"channel": GENERAL}),
        ("conversations.open", {"users": "U0MIA"}),
        ("users.info", {"user": "U0MIA"}),
        ("views.update", {"view_id": "V1"}),
        ("views.push", {"trigger_id": "x"}),
        ("views.publish", {"user_id": "U0MIA"}),
    ],
)
@pytest.mark.parametrize("verb", ["GET", "POST"])
async def test_faults_of_every_method(
    granted: SlackStandIn, client: AsyncWebClient, method: str, sent: dict[str, Any], verb: str
) -> None:
    """By the method's name, however it is called."""
    granted.faults.add(Fault("error", method, error="fatal_error"))
    call = client.api_call(method, http_verb=verb, params=sent)
    assert await error_of(call) == "fatal_error"
    assert granted.traffic[-1].sent == sent
