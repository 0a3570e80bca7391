"""Slack's side of installing: what it gives, and every way in which it does not."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.errors import NotInstalled, OperatorMustAct, RecapError, TryLater, Unusable
from bot.playground.faults import Fault
from bot.playground.slack import Elsewhere, SlackStandIn
from bot.playground.slack_workspace import Enterprise, Workspace
from bot.posting.oauth import SlackOAuth
from bot.posting.slack import web_client, web_session
from bot.web.oauth import Asking
from tests.posting.test_odd_answers import JSON, ODD, Answer, answering
from tests.services.test_rotation import NOON, installed

BACK = "https://recap.test/slack/oauth_redirect"
HOURS = timedelta(hours=12)


@pytest.fixture
async def bare(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    """A client without a token; the app has one address to send people back to."""
    slack.redirect_urls = (BACK,)
    async with web_session() as session:
        yield web_client(None, slack.api_url, session)


@pytest.fixture
def oauth(slack: SlackStandIn, bare: AsyncWebClient) -> SlackOAuth:
    return SlackOAuth(bare, slack.client_id, slack.client_secret)


@pytest.fixture
def north(slack: SlackStandIn) -> Elsewhere:
    return slack.add_workspace(Workspace.another("NORTH", "North"))


async def code(slack: SlackStandIn, place: Elsewhere, **how: object) -> str:
    """What Slack sends back with whoever lets the app in."""
    page = f"{slack.origin}/oauth/v2/authorize"
    asking = Asking(page, slack.client_id, ("chat:write", "commands"), BACK)
    user = min(place.workspace.people)
    back = await place.install(user, asking.url("s1"), **how)  # type: ignore[arg-type]
    return URL(back).query["code"]


async def test_a_workspace(slack: SlackStandIn, oauth: SlackOAuth, north: Elsewhere) -> None:
    """Everything that is known of it."""
    given = await oauth.installed(await code(slack, north), BACK, NOON)
    assert (given.id, given.name, given.app) == ("T0NORTH", "North", "A0RECAP")
    assert (given.enterprise, given.is_org) == (None, False)
    assert (given.bot_id, given.bot_user) == ("B0RECAPNORTH", "U0RECAPBOTNORTH")
    assert given.scopes == {"chat:write", "commands"}
    assert given.token == north.bot_token
    assert (given.refresh_token, given.expires_at) == (None, None)
    assert (given.installed_by, given.installed_at) == (min(north.workspace.people), NOON)
    assert given.token not in repr(given)


async def test_an_organization(slack: SlackStandIn, oauth: SlackOAuth) -> None:
    """It goes by the organization's id."""
    slack.org_ready = True
    east = slack.add_workspace(Workspace.another("EAST", "East", Enterprise()))
    given = await oauth.installed(await code(slack, east, org_wide=True), BACK, NOON)
    assert (given.id, given.enterprise, given.is_org) == ("E0GRID", "E0GRID", True)


async def test_tokens_that_rotate(slack: SlackStandIn, oauth: SlackOAuth, north: Elsewhere) -> None:
    """The next one for the refresh token, which is good once."""
    slack.rotates = True
    given = await oauth.installed(await code(slack, north), BACK, NOON)
    assert given.expires_at
    # Slack names whole seconds, and some of the first one are over.
    assert timedelta(0) <= NOON + HOURS - given.expires_at <= timedelta(seconds=2)
    renewed = await oauth.renewed(given, NOON + HOURS)
    assert renewed.token != given.token
    assert renewed.refresh_token != given.refresh_token
    assert renewed.expires_at
    assert renewed.expires_at > given.expires_at
    unknown = installed(refresh_token="xoxe-unknown")
    with pytest.raises(NotInstalled, match="took no refresh token: invalid_refresh_token"):
        await oauth.renewed(unknown, NOON)


async def test_a_code_is_good_once(
    slack: SlackStandIn, oauth: SlackOAuth, north: Elsewhere
) -> None:
    """And an invented one never."""
    given = await code(slack, north)
    await oauth.installed(given, BACK, NOON)
    for wrong in (given, "invented"):
        with pytest.raises(Unusable, match="was refused by Slack: ") as caught:
            await oauth.installed(wrong, BACK, NOON)
        assert wrong not in caught.value.reader + caught.value.operator


async def test_a_secret_that_is_wrong(
    slack: SlackStandIn, bare: AsyncWebClient, north: Elsewhere
) -> None:
    """Whoever runs Recap has to mend that; nothing repeats the secret."""
    wrong = SlackOAuth(bare, slack.client_id, "not-the-secret")
    with pytest.raises(
        OperatorMustAct, match=r"bad_client_secret\. Check SLACK_CLIENT_ID"
    ) as caught:
        await wrong.installed(await code(slack, north), BACK, NOON)
    assert "not-the-secret" not in caught.value.operator


@pytest.mark.parametrize(
    "fault",
    [
        Fault("rate_limited", "oauth.v2.access", retry_after="3"),
        Fault("error", "oauth.v2.access", error="internal_error"),
        Fault("reset", "oauth.v2.access"),
        Fault("status", "auth.test", status=502),
    ],
    ids=lambda fault: f"{fault.kind} {fault.where}",
)
async def test_what_passes(
    slack: SlackStandIn, oauth: SlackOAuth, north: Elsewhere, fault: Fault
) -> None:
    """Try again in a minute."""
    given = await code(slack, north)
    slack.faults.add(fault)
    with pytest.raises(TryLater):
        await oauth.installed(given, BACK, NOON)


@pytest.mark.parametrize("answer", ODD)
async def test_somebody_else_answers(answer: Answer) -> None:
    """A proxy's page gives no token, whatever it says, and takes none away."""
    async with answering(answer) as client:
        oauth = SlackOAuth(client, "1.2", "secret")
        with pytest.raises(RecapError) as caught:
            await oauth.renewed(installed(), NOON)
        assert not isinstance(caught.value, NotInstalled)
        with pytest.raises(RecapError):
            await oauth.installed("c", None, NOON)


@pytest.mark.parametrize(
    "given",
    [
        {"ok": True},
        {"ok": True, "access_token": "xoxb-1"},
        {"ok": True, "access_token": "xoxb-1", "team": None},
        {"ok": True, "team": {"id": "T1"}},
    ],
    ids=["nothing", "no workspace", "null", "no token"],
)
async def test_half_an_answer(given: dict[str, object]) -> None:
    """Nothing is kept of it."""
    async with answering((200, JSON, json.dumps(given).encode())) as client:
        oauth = SlackOAuth(client, "1.2", "secret")
        with pytest.raises(Unusable, match="named no token or no workspace"):
            await oauth.installed("c", None, NOON)
        with pytest.raises(TryLater, match="named no new token"):
            await oauth.renewed(installed(), NOON)
