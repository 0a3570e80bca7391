"""Posting once, and looking whether it is there, against Slack's stand-in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock
from bot.errors import OperatorMustAct, RecapError, TryLater, Unusable
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import BOT, BOT_ID, Message
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
    Hidden,
    NotAllowed,
    NotThere,
    Sent,
    Unsure,
)
from tests.posting.pages import BROKEN, JSON, Page, answering

MARKETING, LAUNCH, LEADS, OLD = "C0MARKETING", "C0LAUNCH", "G0LEADS", "C0OLD"
MIA = "U0MIA"
KEY = "s1/2026-11-23"
PLAIN = notices.plain("The recap.")
RECAP = Frozen(PLAIN.text, tuple(PLAIN.blocks))
NOBODY = "http://127.0.0.1:1/api/"
NOW = SystemClock().now()


@pytest.fixture
def messenger(client: AsyncWebClient) -> SlackMessenger:
    return SlackMessenger(client, BOT_ID)


def posts(slack: SlackStandIn) -> int:
    """How many requests to post have reached Slack."""
    return [one.method for one in slack.traffic].count("chat.postMessage")


def in_channel(slack: SlackStandIn, channel: str = MARKETING) -> list[Message]:
    return [one for one in slack.workspace.messages if one.channel == channel]


def posted(
    slack: SlackStandIn,
    *,
    key: str = KEY,
    event_type: str = EVENT_TYPE,
    bot_id: str = BOT_ID,
    age: timedelta = timedelta(0),
) -> Message:
    """A message that stands in the channel, however it came there."""
    message = slack._calls._add(MARKETING, "The recap.", [], None)
    message.ts = f"{(NOW - age).timestamp():.6f}"
    message.metadata = {"event_type": event_type, "event_payload": {"key": key}}
    message.bot_id = bot_id
    return message


async def test_sent(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """The message is there as it was frozen, once, with its key and without previews of links."""
    outcome = await messenger.post(MARKETING, RECAP, KEY)
    (message,) = in_channel(slack)
    assert outcome == Sent(MARKETING, message.ts)
    assert (message.text, tuple(message.blocks)) == (RECAP.text, RECAP.blocks)
    # What stands in a channel must be known again by every later version.
    assert message.metadata == {"event_type": "recap_delivery", "event_payload": {"key": KEY}}
    (call,) = slack.traffic
    assert call.method == "chat.postMessage"
    assert not call.sent["unfurl_links"]
    assert not call.sent["unfurl_media"]


async def test_words_alone(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """What is posted when Slack did not like the blocks."""
    assert isinstance(await messenger.post(MARKETING, Frozen("Words."), KEY), Sent)
    (message,) = in_channel(slack)
    assert (message.text, message.blocks) == ("Words.", [])


async def test_lost_after_acceptance(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """Slack took it and its answer was lost: in doubt, then found, and never handed over twice."""
    fault = slack.faults.add(Fault("lost", "chat.postMessage", times=None))
    assert isinstance(await messenger.post(MARKETING, RECAP, KEY), Unsure)
    (message,) = in_channel(slack)
    assert await messenger.find(MARKETING, KEY, NOW) == Sent(MARKETING, message.ts)
    assert (fault.fired, posts(slack)) == (1, 1)


async def test_reset_before_acceptance(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """From here it looks the same, but the channel tells: it is not there."""
    fault = slack.faults.add(Fault("reset", "chat.postMessage", times=None))
    assert isinstance(await messenger.post(MARKETING, RECAP, KEY), Unsure)
    assert await messenger.find(MARKETING, KEY, NOW) == NotThere()
    assert fault.fired == 1


async def test_reset_of_a_connection_that_was_used_before(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    """HTTP clients like to repeat a request on a connection that was kept open; this one not."""
    await messenger.post(MARKETING, RECAP, "s1/first")
    fault = slack.faults.add(Fault("lost", "chat.postMessage", times=None))
    assert isinstance(await messenger.post(MARKETING, RECAP, KEY), Unsure)
    assert (fault.fired, posts(slack), len(in_channel(slack))) == (1, 2, 2)


async def test_an_answer_that_takes_too_long(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call ends long before the lease does; what Slack does with it later is found then."""
    monkeypatch.setattr(slack_module, "TIMEOUT", 0.1)
    slack.scopes |= {"channels:history"}
    fault = slack.faults.add(Fault("slow", "chat.postMessage", times=None, seconds=0.5))
    async with web_session() as session:
        client = web_client(slack.bot_token, slack.api_url, session)
        messenger = SlackMessenger(client, BOT_ID)
        assert await messenger.post(MARKETING, RECAP, KEY) == Unsure("TimeoutError")
        await slack.until(lambda: posts(slack) == 1)
        assert isinstance(await messenger.find(MARKETING, KEY, NOW), Sent)
    assert (fault.fired, posts(slack)) == (1, 1)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault("rate_limited", retry_after="7"), Busy("ratelimited", 7.0, hold=True)),
        # A page of text without Retry-After.
        (Fault("status", status=429), Busy("429", 30.0, hold=True)),
        (Fault("error", error="ratelimited"), Busy("ratelimited", 30.0, hold=True)),
        (Fault("error", error="rate_limited"), Busy("rate_limited", 30.0, hold=True)),
        (
            Fault("error", error="message_limit_exceeded"),
            Busy("message_limit_exceeded", 3600.0, hold=True),
        ),
        (Fault("status", status=500), Unsure("500")),
        (Fault("status", status=503), Unsure("503")),
        (Fault("error", error="internal_error"), Unsure("internal_error")),
        (Fault("error", error="something_new"), Busy("something_new")),
        (Fault("error", error="is_archived"), NotAllowed(Pause.ARCHIVED, "is_archived")),
    ],
    ids=lambda value: (
        f"{value.kind} {value.error or value.status}" if hasattr(value, "kind") else ""
    ),
)
async def test_one_request_whatever_it_ends_with(
    slack: SlackStandIn, messenger: SlackMessenger, fault: Fault, outcome: object
) -> None:
    """Nothing below Recap tries again, and each refusal says what to do."""
    fault.where, fault.times = "chat.postMessage", None
    slack.faults.add(fault)
    assert await messenger.post(MARKETING, RECAP, KEY) == outcome
    assert (fault.fired, posts(slack)) == (1, 1)
    assert in_channel(slack) == []


@pytest.mark.parametrize("page", BROKEN.values(), ids=BROKEN)
async def test_an_answer_that_nobody_can_read(page: Page) -> None:
    """HTTP 200 without an answer of Slack's: the message may be there, or not."""
    async with answering(page) as (client, called):
        messenger = SlackMessenger(client, BOT_ID)
        assert isinstance(await messenger.post(MARKETING, RECAP, KEY), Unsure)
        assert called == ["chat.postMessage"]
        assert isinstance(await messenger.find(MARKETING, KEY, NOW), Busy)
        with pytest.raises(RecapError):
            await messenger.whisper(MARKETING, MIA, PLAIN)


@pytest.mark.parametrize("page", BROKEN.values(), ids=BROKEN)
async def test_a_conversation_that_nobody_can_read(page: Page) -> None:
    """Where the message was not handed over yet, nothing is in doubt."""
    async with answering(page) as (client, called):
        messenger = SlackMessenger(client, BOT_ID)
        assert isinstance(await messenger.post(MIA, RECAP, KEY), Busy)
        assert isinstance(await messenger.find(MIA, KEY, NOW), Busy)
        assert called == ["conversations.open"] * 2


@pytest.mark.parametrize("body", ['{"ok": true}', '{"ok": true, "channel": {}}'])
async def test_a_conversation_without_a_name(body: str) -> None:
    """Recap posts nowhere rather than anywhere."""
    async with answering(Page(body, kind=JSON)) as (client, called):
        messenger = SlackMessenger(client, BOT_ID)
        assert await messenger.post(MIA, RECAP, KEY) == Busy("SlackClientError")
        assert await messenger.find(MIA, KEY, NOW) == Busy("SlackClientError")
        assert called == ["conversations.open"] * 2


async def test_an_ok_without_a_ts() -> None:
    """Slack says yes and does not say what it named the message: in doubt."""
    async with answering(Page('{"ok": true}', kind=JSON)) as (client, called):
        outcome = await SlackMessenger(client, BOT_ID).post(MARKETING, RECAP, KEY)
        assert outcome == Unsure("no ts")
        assert called == ["chat.postMessage"]


async def test_an_ok_that_names_another_channel() -> None:
    """The message is where Slack says that it is."""
    page = Page('{"ok": true, "ts": "1.5", "channel": "C0MOVED"}', kind=JSON)
    async with answering(page) as (client, _):
        outcome = await SlackMessenger(client, BOT_ID).post(MARKETING, RECAP, KEY)
        assert outcome == Sent("C0MOVED", "1.5")


async def test_an_ok_without_a_channel() -> None:
    """The channel is then the one that was asked for."""
    async with answering(Page('{"ok": true, "ts": "1.5"}', kind=JSON)) as (client, _):
        assert await SlackMessenger(client, BOT_ID).post(MARKETING, RECAP, KEY) == Sent(
            MARKETING, "1.5"
        )


@pytest.mark.parametrize("target", [MARKETING, MIA])
async def test_slack_is_not_there(target: str) -> None:
    """Where no connection comes about, nothing was taken: Busy and never Unsure."""
    async with web_session() as session:
        messenger = SlackMessenger(web_client("xoxb-any", NOBODY, session), BOT_ID)
        outcome = await messenger.post(target, RECAP, KEY)
        assert outcome == Busy("ClientConnectorError: no connection to Slack")
        assert await messenger.find(target, KEY, NOW) == Busy("ClientConnectorError")
        with pytest.raises(TryLater, match=r"^chat\.postEphemeral failed: ClientConnectorError"):
            await messenger.whisper(MARKETING, MIA, PLAIN)


async def test_a_message_that_slack_does_not_like(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    """Slack's own words about it come back, for the log."""
    bad = Frozen("The recap.", ({"type": "header", "text": {"type": "plain_text", "text": ""}},))
    outcome = await messenger.post(MARKETING, bad, KEY)
    assert isinstance(outcome, BadMessage)
    assert outcome.code == "invalid_blocks"
    assert outcome.detail.startswith("[ERROR] ")
    assert "/blocks/0" in outcome.detail
    assert posts(slack) == 1


@pytest.mark.parametrize(
    ("channel", "outcome"),
    [
        (OLD, NotAllowed(Pause.ARCHIVED, "is_archived")),
        (LAUNCH, NotAllowed(Pause.NOT_IN_CHANNEL, "not_in_channel")),
        ("C0NEVER", NotAllowed(Pause.CHANNEL_GONE, "channel_not_found")),
    ],
)
async def test_a_channel_that_takes_nothing(
    slack: SlackStandIn, messenger: SlackMessenger, channel: str, outcome: NotAllowed
) -> None:
    """As the workspace itself refuses it."""
    assert await messenger.post(channel, RECAP, KEY) == outcome
    assert posts(slack) == 1


async def test_a_channel_for_few(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """The bot may read along, but not post."""
    slack.workspace.channels[MARKETING].is_read_only = True
    assert await messenger.post(MARKETING, RECAP, KEY) == NotAllowed(
        Pause.MAY_NOT_POST, "restricted_action_read_only_channel"
    )


# Messages to one person.


async def test_a_message_to_a_person(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """The conversation with them is opened first, and is where it is looked for."""
    outcome = await messenger.post(MIA, RECAP, KEY)
    (message,) = in_channel(slack, "D0MIA")
    assert outcome == Sent("D0MIA", message.ts)
    assert await messenger.find(MIA, KEY, NOW) == outcome
    assert [one.method for one in slack.traffic] == [
        "conversations.open",
        "chat.postMessage",
        "conversations.open",
        "conversations.history",
    ]


async def test_a_person_of_an_enterprise(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """Ids that begin with W are people, too."""
    slack.workspace.people["W0ADA"] = slack.workspace.people[MIA]
    assert isinstance(await messenger.post("W0ADA", RECAP, KEY), Sent)
    assert slack.traffic[0].method == "conversations.open"


async def test_a_person_who_is_gone(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """Nothing is posted, and nothing will be."""
    gone = NotAllowed(Pause.MAY_NOT_POST, "user_not_found")
    assert await messenger.post("U0GONE", RECAP, KEY) == gone
    assert await messenger.find("U0GONE", KEY, NOW) == Hidden("user_not_found")
    assert posts(slack) == 0


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault("rate_limited", retry_after="7"), Busy("ratelimited", 7.0, hold=True)),
        (Fault("status", status=502), Busy("502")),
        (Fault("error", error="fatal_error"), Busy("fatal_error")),
        (Fault("error", error="missing_scope"), NotAllowed(Pause.INSTALL_GONE, "missing_scope")),
        (Fault("lost"), Busy("ServerDisconnectedError")),
        (Fault("reset"), Busy("ServerDisconnectedError")),
    ],
    ids=lambda value: (
        f"{value.kind} {value.error or value.status}" if hasattr(value, "kind") else ""
    ),
)
async def test_a_conversation_that_does_not_open(
    slack: SlackStandIn, messenger: SlackMessenger, fault: Fault, outcome: object
) -> None:
    """Nothing was handed over, so nothing is in doubt and nothing has to be looked for."""
    fault.where = "conversations.open"
    slack.faults.add(fault)
    assert await messenger.post(MIA, RECAP, KEY) == outcome
    assert (fault.fired, posts(slack)) == (1, 0)


# Looking for a message.


async def test_found_by_its_key(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """Among other messages of ours and of people, with one request."""
    posted(slack, key="s1/2026-11-16")
    mine = posted(slack)
    slack._calls._add(MARKETING, "Hello!", [], None)
    assert await messenger.find(MARKETING, KEY, NOW) == Sent(MARKETING, mine.ts)
    assert [one.method for one in slack.traffic] == ["conversations.history"]


@pytest.mark.parametrize(
    "other",
    [
        lambda slack: posted(slack, key="s1/2026-11-24"),
        lambda slack: posted(slack, key=""),
        lambda slack: posted(slack, bot_id="B0OTHER"),
        lambda slack: posted(slack, event_type="their_delivery"),
        lambda slack: slack._calls._add(MARKETING, f"Where is {KEY}?", [], None),
        lambda slack: posted(slack, age=timedelta(hours=2, minutes=1)),
    ],
    ids=["another day", "no key", "another app", "another kind", "only words", "too old"],
)
async def test_what_is_not_ours(
    slack: SlackStandIn, messenger: SlackMessenger, other: Callable[[SlackStandIn], Message]
) -> None:
    """A message that only looks alike settles nothing."""
    other(slack)
    assert await messenger.find(MARKETING, KEY, NOW) == NotThere()


async def test_a_clock_that_was_put_back(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """What came an hour "before" it was handed over is found all the same."""
    mine = posted(slack, age=timedelta(hours=1, minutes=59))
    assert await messenger.find(MARKETING, KEY, NOW) == Sent(MARKETING, mine.ts)


@pytest.mark.parametrize("bot_id", [BOT_ID, "B0OTHER"])
async def test_a_bot_that_does_not_know_its_id(
    slack: SlackStandIn, client: AsyncWebClient, bot_id: str
) -> None:
    """The key alone decides then: it names one delivery, and a second post would be worse."""
    mine = posted(slack, bot_id=bot_id)
    assert await SlackMessenger(client, None).find(MARKETING, KEY, NOW) == Sent(MARKETING, mine.ts)


async def test_a_message_without_a_bot(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """Slack does not always say whose it is."""
    mine = posted(slack)
    mine.bot_id = None  # type: ignore[assignment]
    assert await messenger.find(MARKETING, KEY, NOW) == Sent(MARKETING, mine.ts)


async def test_a_long_history(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """Page after page, until it is found or the history ends."""
    mine = posted(slack, age=timedelta(minutes=1))
    for _ in range(450):
        slack._calls._add(MARKETING, "Hello!", [], None)
    assert await messenger.find(MARKETING, KEY, NOW) == Sent(MARKETING, mine.ts)
    assert len(slack.traffic) == 3
    assert {one.sent["limit"] for one in slack.traffic} == {"200"}
    assert await messenger.find(MARKETING, "s1/other", NOW) == NotThere()
    assert len(slack.traffic) == 6


async def test_a_history_without_an_end(
    slack: SlackStandIn, messenger: SlackMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gives up can't say that it is not there."""
    monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.setattr(module, "PAGES", 3)
    posted(slack, age=timedelta(minutes=1))
    for _ in range(6):
        slack._calls._add(MARKETING, "Hello!", [], None)
    assert await messenger.find(MARKETING, KEY, NOW) == Hidden("too_many_messages")
    assert len(slack.traffic) == 3


async def test_a_history_whose_pages_never_end() -> None:
    """After fifty pages nobody can tell, whatever the next one would say."""
    page = Page('{"ok": true, "response_metadata": {"next_cursor": "on"}}', kind=JSON)
    async with answering(page) as (client, called):
        found = await SlackMessenger(client, BOT_ID).find(MARKETING, KEY, NOW)
        assert found == Hidden("too_many_messages")
        assert called == ["conversations.history"] * 50


async def test_an_empty_history() -> None:
    """An answer without messages and without a cursor ends it."""
    async with answering(Page('{"ok": true}', kind=JSON)) as (client, _):
        assert await SlackMessenger(client, BOT_ID).find(MARKETING, KEY, NOW) == NotThere()


async def test_our_message_without_a_name() -> None:
    """It is there, and nobody can say where: asked again, and never posted again meanwhile."""
    ours = f'{{"event_type": "recap_delivery", "event_payload": {{"key": "{KEY}"}}}}'
    page = Page(f'{{"ok": true, "messages": [{{"metadata": {ours}}}]}}', kind=JSON)
    async with answering(page) as (client, _):
        assert await SlackMessenger(client, BOT_ID).find(MARKETING, KEY, NOW) == Busy("KeyError")


async def test_messages_with_odd_metadata() -> None:
    """A message whose metadata holds nothing is not ours."""
    page = Page(
        '{"ok": true, "messages": [{"ts": "1.0"}, {"ts": "1.1", "metadata": null},'
        ' {"ts": "1.2", "metadata": {"event_type": "recap_delivery"}}]}',
        kind=JSON,
    )
    async with answering(page) as (client, _):
        assert await SlackMessenger(client, BOT_ID).find(MARKETING, KEY, NOW) == NotThere()


@pytest.mark.parametrize(
    ("channel", "left_out", "code"),
    [
        (MARKETING, "channels:history", "missing_scope"),
        (LEADS, "groups:history", "missing_scope"),
        (MIA, "im:history", "missing_scope"),
        (LAUNCH, "", "not_in_channel"),
        ("C0NEVER", "", "channel_not_found"),
    ],
)
async def test_a_history_that_is_closed(
    slack: SlackStandIn, messenger: SlackMessenger, channel: str, left_out: str, code: str
) -> None:
    """Nobody can tell whether it is there, and asking again will not change that."""
    slack.scopes -= {left_out}
    assert await messenger.find(channel, KEY, NOW) == Hidden(code)


async def test_the_history_of_a_private_channel(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    """With the scopes that Recap asks for, it is read like any other; an archived one, too."""
    for channel in (LEADS, OLD):
        assert BOT in slack.workspace.channels[channel].members
        assert await messenger.find(channel, KEY, NOW) == NotThere()


@pytest.mark.parametrize(
    ("fault", "sighting"),
    [
        (Fault("rate_limited", retry_after="9"), Busy("ratelimited", 9.0, hold=True)),
        (Fault("error", error="ratelimited"), Busy("ratelimited", 30.0, hold=True)),
        (Fault("status", status=429), Busy("429", 30.0, hold=True)),
        (Fault("status", status=502), Busy("502")),
        (Fault("error", error="internal_error"), Busy("internal_error")),
        (Fault("error", error="token_revoked"), Busy("token_revoked")),
        (Fault("error", error="invalid_arguments"), Busy("invalid_arguments")),
        (Fault("error", error="method_not_supported"), Hidden("method_not_supported")),
        (Fault("error", error="unknown_method"), Hidden("unknown_method")),
        (Fault("reset"), Busy("ServerDisconnectedError")),
        (Fault("lost"), Busy("ServerDisconnectedError")),
    ],
    ids=lambda value: (
        f"{value.kind} {value.error or value.status}" if hasattr(value, "kind") else ""
    ),
)
async def test_a_history_that_is_not_read_now(
    slack: SlackStandIn, messenger: SlackMessenger, fault: Fault, sighting: object
) -> None:
    """What will pass is asked again; a 429 holds the whole workspace."""
    # aiohttp itself repeats a GET once, which does no harm.
    fault.where, fault.times = "conversations.history", None
    slack.faults.add(fault)
    assert await messenger.find(MARKETING, KEY, NOW) == sighting


# Whispers.


async def test_whisper(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """One person sees it, in the channel."""
    await messenger.whisper(MARKETING, MIA, PLAIN)
    (message,) = slack.workspace.seen_by(MIA, MARKETING)
    assert (message.text, message.blocks) == (PLAIN.text, list(PLAIN.blocks))
    assert slack.workspace.seen_by("U0KOFI", MARKETING) == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("error", error="missing_scope"), OperatorMustAct),
        (Fault("error", error="user_not_in_channel"), Unusable),
        (Fault("rate_limited"), TryLater),
        (Fault("status", status=503), TryLater),
        (Fault("status", status=429), TryLater),
        (Fault("reset"), TryLater),
    ],
    ids=lambda value: (
        f"{value.kind} {value.error or value.status}" if hasattr(value, "kind") else ""
    ),
)
async def test_a_whisper_that_is_not_heard(
    slack: SlackStandIn, messenger: SlackMessenger, fault: Fault, kind: type[RecapError]
) -> None:
    """The caller learns whether to wait, to act or to give up."""
    fault.where, fault.times = "chat.postEphemeral", None
    slack.faults.add(fault)
    with pytest.raises(kind):
        await messenger.whisper(MARKETING, MIA, PLAIN)
    assert fault.fired == 1
