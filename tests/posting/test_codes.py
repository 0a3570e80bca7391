"""Every code of Slack's that Recap knows, and what it does about it."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock
from bot.errors import OperatorMustAct, RecapError, TryLater, Unusable
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import BOT_ID
from bot.posting import codes
from bot.posting.messenger import SlackMessenger
from bot.rendering import notices
from bot.subscriptions.deliveries import Frozen
from bot.subscriptions.model import Pause
from bot.subscriptions.outcomes import BadMessage, Busy, Gone, NotAllowed, Unsure
from tests.posting.pages import JSON, Page, answering

MARKETING, MIA, KEY = "C0MARKETING", "U0MIA", "s1/2026-11-23"
PLAIN = notices.plain("The recap.")
RECAP = Frozen(PLAIN.text, tuple(PLAIN.blocks))
NOW = SystemClock().now()

BUSY, IN_DOUBT, OPERATOR, BAD = "busy", "in doubt", "operator", "bad"
MEANINGS: dict[str, str | Pause] = {
    "rate_limited": BUSY,
    "ratelimited": BUSY,
    "fatal_error": IN_DOUBT,
    "internal_error": IN_DOUBT,
    "request_timeout": IN_DOUBT,
    "service_unavailable": IN_DOUBT,
    "access_denied": OPERATOR,
    "accesslimited": OPERATOR,
    "account_inactive": OPERATOR,
    "invalid_auth": OPERATOR,
    "missing_scope": OPERATOR,
    "no_permission": OPERATOR,
    "not_authed": OPERATOR,
    "team_access_not_granted": OPERATOR,
    "token_revoked": OPERATOR,
    "two_factor_setup_required": OPERATOR,
    "invalid_arguments": BAD,
    "invalid_attachments": BAD,
    "invalid_blocks": BAD,
    "invalid_blocks_format": BAD,
    "invalid_metadata_format": BAD,
    "invalid_metadata_schema": BAD,
    "markdown_text_conflict": BAD,
    "metadata_too_large": BAD,
    "msg_blocks_too_long": BAD,
    "msg_too_long": BAD,
    "no_text": BAD,
    "too_many_attachments": BAD,
    "is_archived": Pause.ARCHIVED,
    "is_inactive": Pause.ARCHIVED,
    "not_in_channel": Pause.NOT_IN_CHANNEL,
    "channel_not_found": Pause.CHANNEL_GONE,
    "restricted_action": Pause.MAY_NOT_POST,
    "restricted_action_non_threadable_channel": Pause.MAY_NOT_POST,
    "restricted_action_read_only_channel": Pause.MAY_NOT_POST,
    "restricted_action_thread_locked": Pause.MAY_NOT_POST,
    "restricted_action_thread_only_channel": Pause.MAY_NOT_POST,
    "ekm_access_denied": Pause.MAY_NOT_POST,
    "cannot_reply_to_message": Pause.MAY_NOT_POST,
    "cannot_dm_bot": Pause.MAY_NOT_POST,
    "messages_tab_disabled": Pause.MAY_NOT_POST,
    "user_disabled": Pause.MAY_NOT_POST,
    "user_not_found": Pause.MAY_NOT_POST,
}
"""As a person has read them up in Slack's reference, apart from the code."""


def outcome(code: str, meaning: str | Pause) -> object:
    """What a post that ends with ``code`` has come to."""
    match meaning:
        case Pause():
            return NotAllowed(meaning, code)
        case "busy":
            return Busy(code, 30.0, hold=True)
        case "in doubt":
            return Unsure(code)
        case "operator":
            return NotAllowed(Pause.INSTALL_GONE, code)
        case _:
            return BadMessage(code)


KINDS: dict[str | Pause, type[RecapError]] = {
    BUSY: TryLater,
    IN_DOUBT: TryLater,
    OPERATOR: OperatorMustAct,
}


@pytest.mark.parametrize(("code", "meaning"), MEANINGS.items())
async def test_meaning(
    slack: SlackStandIn, client: AsyncWebClient, code: str, meaning: str | Pause
) -> None:
    """To the delivery, and to a person who waits."""
    slack.faults.add(Fault("error", times=None, error=code))
    messenger = SlackMessenger(client, BOT_ID)
    assert await messenger.post(MARKETING, RECAP, KEY) == outcome(code, meaning)
    with pytest.raises(KINDS.get(meaning, Unusable)) as caught:
        await messenger.whisper(MARKETING, MIA, PLAIN)
    assert caught.value.operator == f"chat.postEphemeral was refused by Slack: {code}."
    assert [one.method for one in slack.traffic] == ["chat.postMessage", "chat.postEphemeral"]


def test_no_code_is_left_out() -> None:
    """A code that is added to the tables is added here, too, and stands in one of them only."""
    tables = [codes.RATE_LIMITED, codes.IN_DOUBT, codes.BAD_MESSAGE, frozenset(codes.PAUSES)]
    assert sorted(code for table in tables for code in table) == sorted(MEANINGS)


OF_A_THREAD = {
    "cannot_reply_to_message",
    "message_not_found",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
    "thread_not_found",
}
OF_AN_EDIT = {"cant_update_message", "edit_window_closed", "message_not_found"}


@pytest.mark.parametrize("code", sorted(OF_A_THREAD | OF_AN_EDIT | set(MEANINGS)))
async def test_meaning_of_a_reply_and_an_edit(
    slack: SlackStandIn, client: AsyncWebClient, code: str
) -> None:
    """Some codes mean what is replied to or edited, and all others what they mean for a post."""
    slack.faults.add(Fault("error", times=None, error=code))
    messenger = SlackMessenger(client, BOT_ID)
    otherwise = outcome(code, MEANINGS[code]) if code in MEANINGS else Busy(code)
    assert await messenger.post(MARKETING, RECAP, KEY) == otherwise
    replied = await messenger.post(MARKETING, RECAP, KEY, thread="1.000001")
    assert replied == (Gone(code) if code in OF_A_THREAD else otherwise)
    edited = await messenger.edit(MARKETING, "1.000001", RECAP)
    assert edited == (Gone(code) if code in OF_AN_EDIT else otherwise)
    methods = [one.method for one in slack.traffic]
    assert methods == ["chat.postMessage", "chat.postMessage", "chat.update"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Page(status=500), Unsure("500")),
        (Page(status=502, kind="text/plain"), Unsure("502")),
        (Page('{"ok": false, "error": "fatal_error"}', 500, JSON), Unsure("fatal_error")),
        # Whoever answers 5xx may have begun.
        (Page('{"ok": false, "error": "invalid_blocks"}', 503, JSON), Unsure("invalid_blocks")),
        # Somebody on the way has refused it: Slack has never seen it.
        (Page(status=403), Busy("403")),
        (Page("Not here", 404, "text/plain"), Busy("404")),
        (Page('{"ok": false}', 400, JSON), Busy("400")),
        (Page(status=499), Busy("499")),
        (Page('{"ok": false, "error": "not_authed"}', 401, JSON), None),
        (Page(status=204, body=""), Unsure("204")),
        (Page(status=201), Unsure("201")),
    ],
)
async def test_the_http_status(page: Page, expected: object) -> None:
    """Where no code came, the status decides; one request, whatever it is."""
    expected = expected or NotAllowed(Pause.INSTALL_GONE, "not_authed")
    async with answering(page) as (client, called):
        assert await SlackMessenger(client, BOT_ID).post(MARKETING, RECAP, KEY) == expected
        assert called == ["chat.postMessage"]


LIMITED = '{"ok": false, "error": "ratelimited"}'
QUOTA = '{"ok": false, "error": "message_limit_exceeded"}'


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            Page(LIMITED, 429, JSON, {"Retry-After": "7"}),
            Busy("ratelimited", 7.0, hold=True),
        ),
        (
            Page(LIMITED, 429, JSON, {"retry-after": "120"}),
            Busy("ratelimited", 120.0, hold=True),
        ),
        (Page(LIMITED, 429, JSON), Busy("ratelimited", 30.0, hold=True)),
        (
            Page(LIMITED, 429, JSON, {"Retry-After": "soon"}),
            Busy("ratelimited", 30.0, hold=True),
        ),
        (Page(LIMITED, 429, JSON, {"Retry-After": ""}), Busy("ratelimited", 30.0, hold=True)),
        (Page(LIMITED, 429, JSON, {"Retry-After": "-5"}), Busy("ratelimited", 30.0, hold=True)),
        (Page(LIMITED, 429, JSON, {"Retry-After": "0"}), Busy("ratelimited", 30.0, hold=True)),
        # A gateway's, and JSON that breaks off.
        (Page(status=429, headers={"Retry-After": "9"}), Busy("429", 9.0, hold=True)),
        (Page('{"ok"', 429, JSON, {"Retry-After": "9"}), Busy("429", 9.0, hold=True)),
        (Page(QUOTA, 200, JSON), Busy("message_limit_exceeded", 3600.0, hold=True)),
        (
            Page(QUOTA, 200, JSON, {"Retry-After": "60"}),
            Busy("message_limit_exceeded", 60.0, hold=True),
        ),
    ],
)
async def test_how_long_to_wait(page: Page, expected: Busy) -> None:
    """As long as Slack says; where it says nothing, as long as is decent. Reading is the same."""
    async with answering(page) as (client, called):
        messenger = SlackMessenger(client, BOT_ID)
        assert await messenger.post(MARKETING, RECAP, KEY) == expected
        assert await messenger.find(MARKETING, KEY, NOW) == expected
        assert called == ["chat.postMessage", "conversations.history"]


@pytest.mark.parametrize(
    ("metadata", "detail"),
    [
        ('{"messages": ["[ERROR] one", "[ERROR] two"]}', "[ERROR] one [ERROR] two"),
        ('{"messages": [7]}', "7"),
        ('{"messages": "one"}', ""),
        ("{}", ""),
        ("[]", ""),
        ("null", ""),
    ],
)
async def test_what_slack_does_not_like(metadata: str, detail: str) -> None:
    """Its own words, where there are some."""
    body = f'{{"ok": false, "error": "invalid_blocks", "response_metadata": {metadata}}}'
    async with answering(Page(body, kind=JSON)) as (client, _):
        came = await SlackMessenger(client, BOT_ID).post(MARKETING, RECAP, KEY)
        assert came == BadMessage("invalid_blocks", detail)
