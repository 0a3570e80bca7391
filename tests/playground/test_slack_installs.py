"""Installing the app by OAuth, rotated tokens, organizations, and how an installation ends."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.playground.slack import Elsewhere, SlackStandIn
from bot.playground.slack_server import EVERY_SCOPE
from bot.playground.slack_workspace import Enterprise, Workspace
from tests.playground.conftest import BUTTON, SECTION, TEXT, App, error_of

GENERAL, MIA, BOT = "C0GENERAL", "U0MIA", "U0RECAPBOT"
BACK = "https://recap.test/slack/oauth_redirect"
GRID = Enterprise()
HOME = {"type": "home", "blocks": [{"type": "actions", "elements": [BUTTON]}]}
MODAL = {"type": "modal", "title": TEXT, "submit": TEXT, "blocks": [SECTION]}
SCOPES = ("chat:write", "commands")

# Slack's SDK still writes the head with what aiohttp 4 will take away.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


@pytest.fixture
def sdk(slack: SlackStandIn, client: AsyncWebClient) -> AsyncWebClient:
    """Slack's SDK without a token; the app has one address to send people back to."""
    slack.redirect_urls = (BACK,)
    client.token = None
    return client


@pytest.fixture
def north(slack: SlackStandIn) -> Elsewhere:
    """A workspace of its own, without the app."""
    return slack.add_workspace(Workspace.another("NORTH", "North"))


@pytest.fixture
def east(slack: SlackStandIn) -> Elsewhere:
    """A workspace of an organization, without the app."""
    slack.org_ready = True
    return slack.add_workspace(Workspace.another("EAST", "East", GRID))


@pytest.fixture
def west(slack: SlackStandIn) -> Elsewhere:
    """Another workspace of that organization."""
    return slack.add_workspace(Workspace.another("WEST", "West", GRID))


@pytest.fixture
def moment(slack: SlackStandIn) -> list[float]:
    """The stand-in's time, to be moved."""
    at = [1_000_000.0]
    slack.now = lambda: at[0]
    return at


def link(slack: SlackStandIn, *scopes: str, back: str | None = BACK, state: str = "s1") -> str:
    """Where the app sends people, as Slack's SDK writes it."""
    url = f"{slack.origin}/oauth/v2/authorize"
    generator = AuthorizeUrlGenerator(
        client_id=slack.client_id, redirect_uri=back, scopes=scopes, authorization_url=url
    )
    return generator.generate(state)


async def exchange(slack: SlackStandIn, sdk: AsyncWebClient, **sent: Any) -> Any:  # noqa: ANN401
    """``oauth.v2.access`` as Slack's SDK calls it, with the client's secret in the head."""
    return await sdk.oauth_v2_access(
        client_id=slack.client_id, client_secret=slack.client_secret, **sent
    )


async def installed(
    place: Elsewhere,
    sdk: AsyncWebClient,
    *scopes: str,
    **how: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """What Slack grants once a person has let the app in."""
    slack, user = place.here.slack, min(place.workspace.people)
    assert isinstance(slack, SlackStandIn)
    back = await place.install(user, link(slack, *(scopes or SCOPES)), **how)
    return await exchange(slack, sdk, code=URL(back).query["code"], redirect_uri=BACK)


# A workspace


async def test_install(slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere) -> None:
    """The whole way (docs.slack.dev/authentication/installing-with-oauth)."""
    back = URL(await north.install("U0MIANORTH", link(slack, *SCOPES, state="a b&c")))
    assert str(back.with_query(None)) == BACK
    assert back.query["state"] == "a b"
    granted = await exchange(slack, sdk, code=back.query["code"], redirect_uri=BACK)
    assert granted.data == {
        "ok": True,
        "access_token": north.bot_token,
        "token_type": "bot",
        "scope": "chat:write,commands",
        "bot_user_id": "U0RECAPBOTNORTH",
        "app_id": "A0RECAP",
        "team": {"id": "T0NORTH", "name": "North"},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": "U0MIANORTH"},
    }
    assert north.bot_token.startswith("xoxb-")
    asked = await sdk.auth_test(token=north.bot_token)
    assert (asked["team_id"], asked["user_id"]) == ("T0NORTH", "U0RECAPBOTNORTH")
    assert asked.headers["x-oauth-scopes"] == "chat:write,commands"
    lacking = sdk.users_info(token=north.bot_token, user="U0MIANORTH")
    assert await error_of(lacking) == "missing_scope"


async def test_page(slack: SlackStandIn, sdk: AsyncWebClient) -> None:
    """A person reads what the app asks for."""
    async with aiohttp.ClientSession() as session, session.get(link(slack, *SCOPES)) as page:
        assert (page.status, await page.text()) == (200, "Recap wants to: chat:write, commands")
    assert sdk.token is None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "3.4"}, "invalid_client_id"),
        ({"scope": ""}, "no_scopes"),
        ({"scope": "commands,admin"}, "invalid_scope"),
        ({"redirect_uri": "https://evil.test/"}, "bad_redirect_uri"),
        ({"redirect_uri": f"{BACK}.evil.test"}, "bad_redirect_uri"),
        ({"redirect_uri": BACK.replace("https", "http")}, "bad_redirect_uri"),
    ],
)
async def test_pages_that_slack_does_not_show(
    slack: SlackStandIn, sdk: AsyncWebClient, change: dict[str, str], error: str
) -> None:
    """An error stands in its place, and nobody is sent back."""
    slack.redirect_urls = (BACK, BACK.replace("https", "http"))
    address = str(URL(link(slack, *SCOPES)).update_query(change))
    with pytest.raises(AssertionError, match=error):
        await slack.install(MIA, address)
    assert sdk.token is None


async def test_addresses_below_a_registered_one(slack: SlackStandIn, sdk: AsyncWebClient) -> None:
    """Paths and queries may be added; without one it is the first that is registered."""
    for address in (f"{BACK}/more", f"{BACK}?a=1"):
        back = URL(await slack.install(MIA, link(slack, *SCOPES, back=address)))
        assert str(back).startswith(address)
        assert set(back.query) >= {"code", "state"}
    back = URL(await slack.install(MIA, link(slack, *SCOPES, back=None)))
    assert str(back.with_query(None)) == BACK
    assert (await exchange(slack, sdk, code=back.query["code"]))["ok"]
    slack.redirect_urls = ()
    with pytest.raises(AssertionError, match="bad_redirect_uri"):
        await slack.install(MIA, link(slack, *SCOPES, back=None))


async def test_cancel(slack: SlackStandIn, sdk: AsyncWebClient) -> None:
    """The browser comes back without a code."""
    back = URL(await slack.install(MIA, link(slack, *SCOPES), denies=True))
    assert dict(back.query) == {"error": "access_denied", "state": "s1"}
    assert sdk.token is None


async def test_a_person_of_another_workspace(
    slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere
) -> None:
    """Nobody installs where they are no member, nor in an organization that is none."""
    with pytest.raises(AssertionError, match="U0MIA is not in T0NORTH"):
        await north.install(MIA, link(slack, *SCOPES))
    with pytest.raises(AssertionError, match="whole organization"):
        await north.install("U0MIANORTH", link(slack, *SCOPES), org_wide=True)
    assert sdk.token is None


async def test_codes(slack: SlackStandIn, sdk: AsyncWebClient, moment: list[float]) -> None:
    """Once, within ten minutes, and with the address that they were sent to."""
    first, second = [
        URL(await slack.install(MIA, link(slack, *SCOPES))).query["code"] for _ in range(2)
    ]
    assert await error_of(exchange(slack, sdk, code="x", redirect_uri=BACK)) == "invalid_code"
    for other in (f"{BACK}/more", None):
        wrong = exchange(slack, sdk, code=first, redirect_uri=other)
        assert await error_of(wrong) == "bad_redirect_uri"
    moment[0] += 600
    await exchange(slack, sdk, code=first, redirect_uri=BACK)
    again = exchange(slack, sdk, code=first, redirect_uri=BACK)
    assert await error_of(again) == "code_already_used"
    moment[0] += 1
    late = exchange(slack, sdk, code=second, redirect_uri=BACK)
    assert await error_of(late) == "invalid_code"


async def test_whose_code_it_is(slack: SlackStandIn, sdk: AsyncWebClient) -> None:
    """The secret stands in the head or in the body (…/reference/methods/oauth.v2.access)."""
    code = URL(await slack.install(MIA, link(slack, *SCOPES))).query["code"]
    sent = {"code": code, "redirect_uri": BACK}
    for client_id, secret, error in (
        ("3.4", slack.client_secret, "invalid_client_id"),
        (slack.client_id, "wrong", "bad_client_secret"),
    ):
        head = sdk.oauth_v2_access(client_id=client_id, client_secret=secret, **sent)
        assert await error_of(head) == error
        body = {**sent, "client_id": client_id, "client_secret": secret}
        assert await error_of(sdk.api_call("oauth.v2.access", data=body)) == error
    broken = sdk.api_call("oauth.v2.access", data=sent, headers={"Authorization": "Basic ?"})
    assert await error_of(broken) == "invalid_client_id"
    odd = exchange(slack, sdk, grant_type="password", **sent)
    assert await error_of(odd) == "invalid_grant_type"
    body = {**sent, "client_id": slack.client_id, "client_secret": slack.client_secret}
    assert (await sdk.api_call("oauth.v2.access", data=body))["ok"]


async def test_install_again(slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere) -> None:
    """The same token, and scopes only ever come on top of those granted before."""
    first = await installed(north, sdk, "commands", "users:read")
    second = await installed(north, sdk, "chat:write")
    assert second["access_token"] == first["access_token"]
    assert second["scope"] == "chat:write,commands,users:read"
    assert slack.bot_token == "xoxb-stand-in"


async def test_optional_scopes(sdk: AsyncWebClient, north: Elsewhere) -> None:
    """A person may leave them out."""
    granted = await installed(
        north, sdk, "chat:write", "commands", "users:read", without=frozenset({"users:read"})
    )
    assert granted["scope"] == "chat:write,commands"


async def test_install_after_an_uninstall(
    app: App, slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere
) -> None:
    """Nothing of the old one comes back: neither token, nor scopes, nor channels."""
    await installed(north, sdk, "chat:write", "commands", "users:read")
    old = north.bot_token
    await north.uninstall()
    assert north.workspace.bot not in north.workspace.channels["C0GENERALNORTH"].members
    granted = await installed(north, sdk, "chat:write", "commands")
    assert granted["scope"] == "chat:write,commands"
    assert await error_of(sdk.auth_test(token=old)) == "token_revoked"
    post = sdk.chat_postMessage(token=north.bot_token, channel="C0GENERALNORTH", text="x")
    assert await error_of(post) == "not_in_channel"
    assert len(app.heard) == 2
    assert not slack.revoked


async def test_the_first_workspace_by_oauth(
    app: App, slack: SlackStandIn, sdk: AsyncWebClient
) -> None:
    """What the stand-in itself says of it is what was granted last."""
    slack.scopes = EVERY_SCOPE
    await slack.uninstall()
    assert slack.revoked
    back = URL(await slack.install(MIA, link(slack, *SCOPES)))
    granted = await exchange(slack, sdk, code=back.query["code"], redirect_uri=BACK)
    assert (slack.bot_token, slack.revoked) == (granted["access_token"], False)
    assert slack.scopes == set(SCOPES)
    assert (await sdk.auth_test(token=slack.bot_token))["team_id"] == "T0ACME"
    assert await error_of(sdk.auth_test(token="xoxb-stand-in")) == "token_revoked"
    assert len(app.heard) == 2


# Rotation: docs.slack.dev/authentication/using-token-rotation says how it goes.


async def refreshed(slack: SlackStandIn, sdk: AsyncWebClient, token: str) -> Any:  # noqa: ANN401
    return await exchange(slack, sdk, grant_type="refresh_token", refresh_token=token)


async def test_a_token_that_ends(
    slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere, moment: list[float]
) -> None:
    """It lives twelve hours."""
    slack.rotates = True
    granted = await installed(north, sdk)
    token = granted["access_token"]
    assert token.startswith("xoxe.xoxb-")
    assert granted["refresh_token"].startswith("xoxe-")
    assert granted["expires_in"] == 43_200
    moment[0] += 43_199
    assert (await sdk.auth_test(token=token))["ok"]
    moment[0] += 1
    assert await error_of(sdk.auth_test(token=token)) == "token_expired"
    granted = await refreshed(slack, sdk, granted["refresh_token"])
    assert (await sdk.auth_test(token=granted["access_token"]))["ok"]


async def test_refresh(
    slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere, moment: list[float]
) -> None:
    """The old token lives on until its own end, the old refresh token does not."""
    slack.rotates = True
    first = await installed(north, sdk)
    moment[0] += 36_000
    second = await refreshed(slack, sdk, first["refresh_token"])
    assert second.data == {
        "ok": True,
        "access_token": north.bot_token,
        "token_type": "bot",
        "scope": "chat:write,commands",
        "bot_user_id": "U0RECAPBOTNORTH",
        "app_id": "A0RECAP",
        "team": {"id": "T0NORTH", "name": "North"},
        "enterprise": None,
        "is_enterprise_install": False,
        "expires_in": 43_200,
        "refresh_token": second["refresh_token"],
    }
    assert second["refresh_token"] != first["refresh_token"]
    for token in (first["access_token"], second["access_token"]):
        assert (await sdk.auth_test(token=token))["ok"]
    moment[0] += 61
    used = refreshed(slack, sdk, first["refresh_token"])
    assert await error_of(used) == "invalid_refresh_token"
    for wrong in ("", "xoxe-1-unknown", first["access_token"]):
        assert await error_of(refreshed(slack, sdk, wrong)) == "invalid_refresh_token"


async def test_two_tokens_at_most(
    slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere, moment: list[float]
) -> None:
    """A third one ends the oldest, whether refreshed or installed again."""
    slack.rotates = True
    first = await installed(north, sdk)
    second = await refreshed(slack, sdk, first["refresh_token"])
    moment[0] += 1
    third = await refreshed(slack, sdk, first["refresh_token"])
    assert await error_of(sdk.auth_test(token=first["access_token"])) == "token_revoked"
    fourth = await installed(north, sdk)
    assert await error_of(sdk.auth_test(token=second["access_token"])) == "token_revoked"
    for living in (third, fourth):
        assert (await sdk.auth_test(token=living["access_token"]))["ok"]


async def test_refreshing_what_was_uninstalled(
    app: App, slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere
) -> None:
    """There is nothing to refresh."""
    slack.rotates = True
    granted = await installed(north, sdk)
    await north.uninstall()
    ended = refreshed(slack, sdk, granted["refresh_token"])
    assert await error_of(ended) == "invalid_refresh_token"
    assert len(app.heard) == 2


# Organizations: docs.slack.dev/enterprise says what they are.


async def test_install_in_an_organization(
    sdk: AsyncWebClient, east: Elsewhere, west: Elsewhere
) -> None:
    """One token, no ``team``, and no workspace yet."""
    granted = await installed(east, sdk, org_wide=True)
    assert granted["team"] is None
    assert granted["enterprise"] == {"id": "E0GRID", "name": "Acme Grid"}
    assert granted["is_enterprise_install"]
    assert granted["bot_user_id"] == "W0RECAPBOT"
    token = granted["access_token"]
    asked = await sdk.auth_test(token=token)
    assert (asked["team_id"], asked["enterprise_id"]) == ("E0GRID", "E0GRID")
    assert asked["is_enterprise_install"]
    assert asked["url"] == "https://acme-grid.enterprise.slack.com/"
    for place in ("EAST", "WEST"):
        post = sdk.chat_postMessage(token=token, channel=f"C0GENERAL{place}", text="x")
        assert await error_of(post) == "team_access_not_granted"
    assert (east.workspace.messages, west.workspace.messages) == ([], [])


async def test_one_token_for_several_workspaces(
    app: App, sdk: AsyncWebClient, east: Elsewhere, west: Elsewhere
) -> None:
    """Channels, people, triggers and views say where; ``team_id`` says it, too."""
    token = (await installed(east, sdk, *EVERY_SCOPE, org_wide=True))["access_token"]
    sdk.token = token
    given = await east.add_app()
    assert given.payload["event"]["type"] == "team_access_granted"
    assert given.payload["event"]["team_ids"] == ["T0EAST"]
    await west.add_app()
    await sdk.chat_postMessage(channel="C0GENERALWEST", text="x")
    assert [one.text for one in west.workspace.messages] == ["x"]
    assert (await sdk.users_info(user="U0MIAEAST"))["ok"]
    typed = await west.command("U0MIAWEST", "C0GENERALWEST", "")
    opened = await sdk.views_open(trigger_id=typed.payload["trigger_id"], view=MODAL)
    assert opened["view"]["team_id"] == "T0WEST"
    await sdk.views_update(view_id=opened["view"]["id"], view=MODAL)
    await sdk.views_publish(user_id="U0MIAEAST", view=HOME)
    assert set(east.workspace.homes) == {"U0MIAEAST"}
    foreign = {"channel": "C0GENERALEAST", "team_id": "T0WEST"}
    assert await error_of(sdk.api_call("conversations.info", params=foreign)) == (
        "channel_not_found"
    )
    outside = {"channel": GENERAL}
    assert await error_of(sdk.api_call("conversations.info", params=outside)) == (
        "channel_not_found"
    )
    unknown = {"channel": GENERAL, "team_id": "T0ACME"}
    assert await error_of(sdk.api_call("conversations.info", params=unknown)) == (
        "team_access_not_granted"
    )
    assert len(app.heard) == 3


async def test_what_an_organization_hears(
    app: App, sdk: AsyncWebClient, east: Elsewhere, west: Elsewhere
) -> None:
    """Where a click happened stands with the user and the view, not in ``team``."""
    sdk.token = (await installed(east, sdk, *EVERY_SCOPE, org_wide=True))["access_token"]
    await west.add_app()
    typed = (await west.command("U0MIAWEST", "C0GENERALWEST", "")).payload
    assert (typed["team_id"], typed["enterprise_id"], typed["is_enterprise_install"]) == (
        "T0WEST",
        "E0GRID",
        "true",
    )
    event = (await west.event({"type": "odd"})).payload
    assert (event["team_id"], event["enterprise_id"]) == ("T0WEST", "E0GRID")
    assert event["authorizations"][0] == {
        "enterprise_id": "E0GRID",
        "team_id": "T0WEST",
        "user_id": "W0RECAPBOT",
        "is_bot": True,
        "is_enterprise_install": True,
    }
    await sdk.views_publish(user_id="U0MIAWEST", view=HOME)
    pressed = await west.press_in_view("U0MIAWEST", west.workspace.homes["U0MIAWEST"], "a")
    payload = pressed.payload
    assert (payload["team"], payload["is_enterprise_install"]) == (None, True)
    assert payload["user"]["team_id"] == payload["view"]["team_id"] == "T0WEST"
    assert payload["enterprise"] == {"id": "E0GRID", "name": "Acme Grid"}
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    await sdk.chat_postMessage(channel="C0GENERALWEST", text="x", blocks=blocks)
    under = await west.press("U0MIAWEST", west.workspace.messages[-1], "a")
    assert under.payload["team"] == {
        "id": "T0WEST",
        "domain": "west",
        "enterprise_id": "E0GRID",
        "enterprise_name": "Acme Grid",
    }
    assert len(app.heard) == 5


async def test_taken_out_of_a_workspace(
    app: App, sdk: AsyncWebClient, east: Elsewhere, west: Elsewhere
) -> None:
    """Its channels are out of reach before the app hears of it, the others' are not."""
    sdk.token = (await installed(east, sdk, org_wide=True))["access_token"]
    await east.add_app()
    await west.add_app()
    taken = await west.take_app_out()
    assert taken.payload["event"]["type"] == "team_access_revoked"
    assert taken.payload["event"]["team_ids"] == ["T0WEST"]
    assert taken.payload["authorizations"][0]["is_enterprise_install"]
    post = sdk.chat_postMessage(channel="C0GENERALWEST", text="x")
    assert await error_of(post) == "team_access_not_granted"
    assert (await sdk.chat_postMessage(channel="C0GENERALEAST", text="x"))["ok"]
    assert len(app.heard) == 3


async def test_a_workspace_whose_organization_has_the_app(
    app: App, slack: SlackStandIn, sdk: AsyncWebClient, east: Elsewhere, west: Elsewhere
) -> None:
    """It can't have it a second time, until the organization gives it up."""
    with pytest.raises(AssertionError, match="in no organization"):
        await west.add_app()
    await installed(east, sdk, org_wide=True)
    await east.add_app()
    assert await error_of(installed(west, sdk)) == "cannot_install_an_org_installed_app"
    await east.uninstall()
    granted = await installed(west, sdk)
    assert granted["team"] == {"id": "T0WEST", "name": "West"}
    assert granted["enterprise"] == {"id": "E0GRID", "name": "Acme Grid"}
    assert not granted["is_enterprise_install"]
    assert not slack.revoked
    assert len(app.heard) == 3


# The end


@pytest.mark.parametrize("revoked_first", [False, True])
async def test_uninstall_in_either_order(
    app: App, sdk: AsyncWebClient, north: Elsewhere, *, revoked_first: bool
) -> None:
    """Slack promises none (docs.slack.dev/reference/events/app_uninstalled)."""
    token = (await installed(north, sdk))["access_token"]
    gone, revoked = await north.uninstall(revoked_first=revoked_first, answers="account_inactive")
    assert gone.payload["event"]["type"] == "app_uninstalled"
    assert revoked.payload["event"]["tokens"] == {"oauth": [], "bot": ["U0RECAPBOTNORTH"]}
    heard = [payload["event"]["type"] for _, payload in app.heard]
    assert heard == sorted(["app_uninstalled", "tokens_revoked"], reverse=revoked_first)
    assert gone.payload["event_id"] != revoked.payload["event_id"]
    assert await error_of(sdk.auth_test(token=token)) == "account_inactive"


async def test_revoked_by_an_admin(app: App, sdk: AsyncWebClient, north: Elsewhere) -> None:
    """The app stays, but its token is dead (docs.slack.dev/reference/events/tokens_revoked)."""
    token = (await installed(north, sdk))["access_token"]
    heard = await north.revoke()
    assert heard.payload["event"]["type"] == "tokens_revoked"
    assert await error_of(sdk.auth_test(token=token)) == "token_revoked"
    assert len(app.heard) == 1


async def test_revoked_by_the_app(
    app: App, slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere
) -> None:
    """Trying it out does nothing (docs.slack.dev/reference/methods/auth.revoke)."""
    sdk.token = (await installed(north, sdk))["access_token"]
    assert not (await sdk.auth_revoke(test=True))["revoked"]
    assert (await sdk.auth_revoke())["revoked"]
    assert await error_of(sdk.auth_test()) == "token_revoked"
    await slack.until(lambda: bool(app.heard))
    ((_, payload),) = app.heard
    assert (payload["team_id"], payload["event"]["type"]) == ("T0NORTH", "tokens_revoked")
    assert north.workspace.bot not in north.workspace.channels["C0GENERALNORTH"].members


async def test_one_of_two_tokens_revoked(
    app: App, slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere
) -> None:
    """The other one lives, and the bot stays where it is."""
    slack.rotates = True
    first = await installed(north, sdk)
    second = await refreshed(slack, sdk, first["refresh_token"])
    await sdk.auth_revoke(token=first["access_token"])
    assert await error_of(sdk.auth_test(token=first["access_token"])) == "token_revoked"
    assert (await sdk.auth_test(token=second["access_token"]))["ok"]
    assert north.workspace.bot in north.workspace.channels["C0GENERALNORTH"].members
    assert len(app.heard) <= 1


# Bolt


async def test_bolt_installs(
    slack: SlackStandIn, sdk: AsyncWebClient, north: Elsewhere, tmp_path: Path
) -> None:
    """Its own flow gets along with the stand-in, from the link to the rotated token."""
    slack.rotates = True
    store = FileInstallationStore(base_dir=str(tmp_path))
    flow = AsyncOAuthFlow(
        client=sdk,
        settings=AsyncOAuthSettings(
            client_id=slack.client_id,
            client_secret=slack.client_secret,
            scopes=SCOPES,
            redirect_uri=BACK,
            authorization_url=f"{slack.origin}/oauth/v2/authorize",
            install_page_rendering_enabled=False,
            installation_store=store,
            state_store=FileOAuthStateStore(expiration_seconds=300, base_dir=str(tmp_path)),
        ),
    )
    sent = await flow.handle_installation(AsyncBoltRequest(body=""))
    back = URL(await north.install("U0MIANORTH", sent.headers["location"][0]))
    cookie = sent.headers["set-cookie"][0].partition(";")[0]
    done = await flow.handle_callback(
        AsyncBoltRequest(body="", query=dict(back.query), headers={"cookie": cookie})
    )
    assert done.status == 200
    found = await store.async_find_installation(enterprise_id=None, team_id="T0NORTH")
    assert found is not None
    assert (found.bot_token, found.bot_id) == (north.bot_token, "B0RECAPNORTH")
    rotator = AsyncTokenRotator(
        client_id=slack.client_id, client_secret=slack.client_secret, client=sdk
    )
    rotated = await rotator.perform_token_rotation(
        installation=found, minutes_before_expiration=43_200
    )
    assert rotated is not None
    assert rotated.bot_token == north.bot_token != found.bot_token
