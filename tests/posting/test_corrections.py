"""Replies in a thread and edits in place, against Slack's stand-in."""

from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import BOT_ID, Message
from bot.posting import messenger as module
from bot.posting import slack as slack_module
from bot.posting.messenger import EVENT_TYPE, SlackMessenger
from bot.posting.slack import web_client, web_session
from bot.rendering import notices
from bot.subscriptions.deliveries import Frozen
from bot.subscriptions.model import Pause
from bot.subscriptions.outcomes import (
    BadMessage,
    Busy,
    Gone,
    Hidden,
    NotAllowed,
    NotThere,
    Sent,
    Unsure,
)
from tests.posting.pages import BROKEN, JSON, Page, answering, named

MARKETING, OLD = "C0MARKETING", "C0OLD"
KEY, REPLY_KEY = "s1/2026-11-23", "s1/2026-11-23/detail"
PLAIN = notices.plain("The recap.")
RECAP = Frozen(PLAIN.text, tuple(PLAIN.blocks))
DETAIL = Frozen("The detail.", ({"type": "divider"},))
NOBODY = "http://127.0.0.1:1/api/"
NOW = SystemClock().now()


@pytest.fixture
def messenger(client: AsyncWebClient) -> SlackMessenger:
    return SlackMessenger(client, BOT_ID)


@pytest.fixture
async def recap(slack: SlackStandIn, messenger: SlackMessenger) -> Message:
    """The recap that stands in the channel; what was called so far is forgotten."""
    assert isinstance(await messenger.post(MARKETING, RECAP, KEY), Sent)
    slack.traffic.clear()
    return slack.workspace.messages[0]


def called(slack: SlackStandIn) -> list[str]:
    return [one.method for one in slack.traffic]


def seen(slack: SlackStandIn) -> list[Message]:
    return slack.workspace.seen_by("U0MIA", MARKETING)


# Replies.


async def test_a_reply(slack: SlackStandIn, messenger: SlackMessenger, recap: Message) -> None:
    """It stands in the thread, with a key of its own."""
    outcome = await messenger.post(MARKETING, DETAIL, REPLY_KEY, thread=recap.ts)
    (_, reply) = seen(slack)
    assert outcome == Sent(MARKETING, reply.ts)
    assert (reply.thread_ts, reply.text) == (recap.ts, "The detail.")
    assert reply.metadata == {"event_type": EVENT_TYPE, "event_payload": {"key": REPLY_KEY}}
    assert called(slack) == ["chat.postMessage"]


async def test_a_reply_to_nothing(
    slack: SlackStandIn, messenger: SlackMessenger, recap: Message
) -> None:
    """Slack puts it into the channel without a word; it is taken back, and that is the end."""
    await slack.delete_message(recap)
    with capture_logs() as logs:
        outcome = await messenger.post(MARKETING, DETAIL, REPLY_KEY, thread=recap.ts)
    assert outcome == Gone("thread_not_found")
    assert seen(slack) == []
    assert called(slack) == ["chat.postMessage", "chat.delete"]
    assert logs == []


async def test_a_reply_under_a_tombstone(
    slack: SlackStandIn, messenger: SlackMessenger, recap: Message
) -> None:
    """Where others have replied, the thread outlives its root."""
    await messenger.post(MARKETING, DETAIL, REPLY_KEY, thread=recap.ts)
    await slack.delete_message(recap)
    assert isinstance(await messenger.post(MARKETING, DETAIL, "another", thread=recap.ts), Sent)
    assert [one.thread_ts for one in seen(slack)] == [recap.ts] * 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("error", error="cant_delete_message"),
        Fault("rate_limited"),
        Fault("reset"),
        Fault("status", status=503),
    ],
    ids=named,
)
async def test_a_reply_that_is_not_taken_back(
    slack: SlackStandIn, messenger: SlackMessenger, recap: Message, fault: Fault
) -> None:
    """One try, and the log says where it stands; a second reply would stand there, too."""
    await slack.delete_message(recap)
    fault.where, fault.times = "chat.delete", None
    slack.faults.add(fault)
    with capture_logs() as logs:
        outcome = await messenger.post(MARKETING, DETAIL, REPLY_KEY, thread=recap.ts)
    (stray,) = seen(slack)
    assert (outcome, fault.fired) == (Gone("thread_not_found"), 1)
    (entry,) = logs
    assert (entry["event"], entry["channel"]) == ("reply_left_in_channel", MARKETING)
    assert (entry["ts"], entry["log_level"]) == (stray.ts, "warning")
    assert entry["detail"].startswith("chat.delete ")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ('{"ok": true, "ts": "1.5"}', Sent(MARKETING, "1.5")),
        ('{"ok": true, "ts": "1.5", "message": []}', Sent(MARKETING, "1.5")),
        ('{"ok": true, "ts": "1.5", "message": {"thread_ts": "1.2"}}', Sent(MARKETING, "1.5")),
        ('{"ok": true, "ts": "1.5", "message": {}}', Gone("thread_not_found")),
        ('{"ok": true, "ts": "1.5", "message": {"thread_ts": ""}}', Gone("thread_not_found")),
        ('{"ok": true}', Unsure("no ts")),
    ],
)
async def test_where_slack_says_that_a_reply_stands(body: str, outcome: object) -> None:
    """Only an answer that shows the message, and shows it without a thread, counts as a stray."""
    async with answering(Page(body, kind=JSON)) as (client, methods):
        messenger = SlackMessenger(client, BOT_ID)
        assert await messenger.post(MARKETING, DETAIL, REPLY_KEY, thread="1.1") == outcome
        assert ("chat.delete" in methods) is isinstance(outcome, Gone)


async def test_a_reply_is_found_in_its_thread(
    slack: SlackStandIn, messenger: SlackMessenger, recap: Message
) -> None:
    """Slack's answer was lost: the thread tells, and the channel's own history does not."""
    fault = slack.faults.add(Fault("lost", "chat.postMessage", times=None))
    outcome = await messenger.post(MARKETING, DETAIL, REPLY_KEY, thread=recap.ts)
    assert (isinstance(outcome, Unsure), fault.fired) == (True, 1)
    (_, reply) = seen(slack)
    there = Sent(MARKETING, reply.ts)
    assert await messenger.find(MARKETING, REPLY_KEY, NOW, thread=recap.ts) == there
    assert await messenger.find(MARKETING, REPLY_KEY, NOW) == NotThere()
    assert await messenger.find(MARKETING, "s1/other", NOW, thread=recap.ts) == NotThere()
    assert called(slack)[1:] == [
        "conversations.replies",
        "conversations.history",
        "conversations.replies",
    ]


async def test_a_thread_of_many_pages(
    slack: SlackStandIn,
    messenger: SlackMessenger,
    recap: Message,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Page after page, as in a channel."""
    monkeypatch.setattr(module, "PAGE", 2)
    for number in range(4):
        await messenger.post(MARKETING, DETAIL, f"reply {number}", thread=recap.ts)
    last = slack.workspace.messages[-1]
    slack.traffic.clear()
    found = await messenger.find(MARKETING, "reply 3", NOW, thread=recap.ts)
    assert found == Sent(MARKETING, last.ts)
    assert called(slack) == ["conversations.replies"] * 2
    late = NOW + timedelta(days=1)
    assert await messenger.find(MARKETING, "reply 3", late, thread=recap.ts) == NotThere()


async def test_nothing_is_found_in_a_thread_that_is_gone(
    slack: SlackStandIn, messenger: SlackMessenger, recap: Message
) -> None:
    """So the reply is certainly not there, and posting it again says the rest."""
    await slack.delete_message(recap)
    assert await messenger.find(MARKETING, REPLY_KEY, NOW, thread=recap.ts) == NotThere()
    slack.scopes -= {"channels:history"}
    closed = Hidden("missing_scope")
    assert await messenger.find(MARKETING, REPLY_KEY, NOW, thread=recap.ts) == closed


# Edits.


async def test_an_edit(slack: SlackStandIn, messenger: SlackMessenger, recap: Message) -> None:
    """Other words and blocks in the same place, under the same key."""
    assert await messenger.edit(MARKETING, recap.ts, DETAIL) == Sent(MARKETING, recap.ts)
    (message,) = seen(slack)
    assert (message.text, tuple(message.blocks)) == (DETAIL.text, DETAIL.blocks)
    assert message.edited
    assert await messenger.find(MARKETING, KEY, NOW) == Sent(MARKETING, recap.ts)


async def test_an_edit_into_words_alone(
    slack: SlackStandIn, messenger: SlackMessenger, recap: Message
) -> None:
    """The old blocks do not stay beside the new words."""
    assert recap.blocks
    assert isinstance(await messenger.edit(MARKETING, recap.ts, Frozen("Words.")), Sent)
    (call,) = slack.traffic
    assert call.sent["blocks"] == []
    assert (recap.text, recap.blocks) == ("Words.", [])


async def test_the_same_edit_twice(
    slack: SlackStandIn, messenger: SlackMessenger, recap: Message
) -> None:
    """In doubt it is made again, and nothing is there twice."""
    slack.faults.add(Fault("lost", "chat.update"))
    assert isinstance(await messenger.edit(MARKETING, recap.ts, DETAIL), Unsure)
    assert await messenger.edit(MARKETING, recap.ts, DETAIL) == Sent(MARKETING, recap.ts)
    (message,) = seen(slack)
    assert message.text == DETAIL.text


async def test_an_edit_of_what_was_deleted(
    slack: SlackStandIn, messenger: SlackMessenger, recap: Message
) -> None:
    """By a person, while the correction was made."""
    await slack.delete_message(recap)
    assert await messenger.edit(MARKETING, recap.ts, DETAIL) == Gone("message_not_found")
    assert called(slack) == ["chat.update"]


async def test_edits_that_slack_refuses(
    slack: SlackStandIn, messenger: SlackMessenger, recap: Message
) -> None:
    """Somebody else's message, an archived or unknown channel, and blocks that it does not like."""
    slack.workspace.messages.append(Message("9.000009", MARKETING, "hi", [], user="U0MIA"))
    assert await messenger.edit(MARKETING, "9.000009", DETAIL) == Gone("cant_update_message")
    archived = NotAllowed(Pause.ARCHIVED, "is_inactive")
    assert await messenger.edit(OLD, recap.ts, DETAIL) == archived
    lost = NotAllowed(Pause.CHANNEL_GONE, "channel_not_found")
    assert await messenger.edit("C0NEVER", recap.ts, DETAIL) == lost
    slack.workspace.data_blocks = False
    chart = Frozen("Views.", ({"type": "data_visualization"},))
    refused = await messenger.edit(MARKETING, recap.ts, chart)
    assert refused == BadMessage(
        "invalid_blocks",
        "[ERROR] unsupported type: data_visualization [json-pointer:/blocks/0/type]",
    )
    assert (recap.text, recap.edited) == (RECAP.text, False)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault("rate_limited", retry_after="7"), Busy("ratelimited", 7.0, hold=True)),
        (Fault("status", status=429), Busy("429", 30.0, hold=True)),
        (Fault("status", status=503), Unsure("503")),
        (Fault("error", error="internal_error"), Unsure("internal_error")),
        (Fault("error", error="edit_window_closed"), Gone("edit_window_closed")),
        (Fault("error", error="something_new"), Busy("something_new")),
        (Fault("reset"), Unsure("ServerDisconnectedError")),
    ],
    ids=named,
)
async def test_one_request_whatever_it_ends_with(
    slack: SlackStandIn, messenger: SlackMessenger, recap: Message, fault: Fault, outcome: object
) -> None:
    """As for a post: nothing below Recap tries again."""
    fault.where, fault.times = "chat.update", None
    slack.faults.add(fault)
    assert await messenger.edit(MARKETING, recap.ts, DETAIL) == outcome
    assert fault.fired == 1
    assert recap.text == RECAP.text


@pytest.mark.parametrize("page", BROKEN.values(), ids=BROKEN)
async def test_an_answer_that_nobody_can_read(page: Page) -> None:
    """The edit may have been made, or not."""
    async with answering(page) as (client, methods):
        messenger = SlackMessenger(client, BOT_ID)
        assert isinstance(await messenger.edit(MARKETING, "1.5", DETAIL), Unsure)
        assert methods == ["chat.update"]


async def test_slack_is_not_there() -> None:
    """Where no connection comes about, nothing was changed."""
    async with web_session() as session:
        messenger = SlackMessenger(web_client("xoxb-any", NOBODY, session), BOT_ID)
        outcome = await messenger.edit(MARKETING, "1.5", DETAIL)
        assert outcome == Busy("ClientConnectorError: no connection to Slack")


async def test_an_edit_that_takes_too_long(
    slack: SlackStandIn, recap: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends like a post, in doubt."""
    monkeypatch.setattr(slack_module, "TIMEOUT", 0.1)
    fault = slack.faults.add(Fault("slow", "chat.update", times=None, seconds=0.5))
    async with web_session() as session:
        messenger = SlackMessenger(web_client(slack.bot_token, slack.api_url, session), BOT_ID)
        assert await messenger.edit(MARKETING, recap.ts, DETAIL) == Unsure("TimeoutError")
        await slack.until(lambda: "chat.update" in called(slack))
    assert fault.fired == 1
