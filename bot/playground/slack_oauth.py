"""Installing the app by OAuth v2: Slack's page, the code that it hands out, and tokens for it."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from yarl import URL

from bot.playground.slack_errors import SlackError
from bot.playground.slack_installs import Caller, Installations
from bot.playground.slack_workspace import APP, Workspace

if TYPE_CHECKING:
    from bot.playground.slack_server import SlackServer

Json = dict[str, Any]
CODE_LIFETIME: Final = 600.0
LOCAL: Final = frozenset({"127.0.0.1", "localhost"})
BOT_SCOPES: Final = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "chat:write.customize",
        "chat:write.public",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "team:read",
        "users:read",
        "users:read.email",
    }
)
"""The scopes of a bot that an app like this could ask for; Slack's page refuses any other."""


@dataclass(frozen=True)
class Consent:
    """Who lets the app in, where, and with how much of what it asks for."""

    workspace: Workspace
    user: str
    org_wide: bool = False
    without: frozenset[str] = frozenset()


@dataclass
class Code:
    """What a consent can be exchanged for, once and within ten minutes."""

    consent: Consent
    scopes: frozenset[str]
    redirect_uri: str | None
    made_at: float
    used: bool = False


class OAuth:
    """Slack's side of OAuth v2 (docs.slack.dev/authentication/installing-with-oauth)."""

    def __init__(self, slack: "SlackServer", installations: Installations) -> None:
        self._slack = slack
        self._installations = installations
        self._codes: dict[str, Code] = {}

    # The page.

    def page(self, query: Mapping[str, str]) -> web.Response:
        """The page that asks a person, or an error in its place."""
        try:
            scopes = self._scopes(query)
            self._return_address(query)
        except SlackError as error:
            return web.Response(status=400, text=str(error))
        return web.Response(text=f"Recap wants to: {', '.join(sorted(scopes))}")

    def allow(self, consent: Consent, query: Mapping[str, str]) -> str:
        """Where the browser goes once a person has pressed Allow.

        Raises:
            AssertionError: There is no such button.
        """
        if consent.org_wide and not (self._slack.org_ready and consent.workspace.enterprise):
            raise AssertionError("the app can't be installed in a whole organization")
        code = f"{secrets.randbelow(10**10)}.{secrets.token_hex(32)}"
        self._codes[code] = Code(
            consent,
            self._scopes(query) - consent.without,
            query.get("redirect_uri"),
            self._slack.now(),
        )
        return self._back(query, code=code)

    def deny(self, query: Mapping[str, str]) -> str:
        """Where the browser goes once a person has pressed Cancel."""
        return self._back(query, error="access_denied")

    def _back(self, query: Mapping[str, str], **said: str) -> str:
        state = query.get("state", "")
        return str(self._return_address(query).update_query({**said, "state": state}))

    def _scopes(self, query: Mapping[str, str]) -> frozenset[str]:
        if query.get("client_id") != self._slack.client_id:
            raise SlackError("invalid_client_id")
        asked = frozenset(query.get("scope", "").replace(",", " ").split())
        if not asked:
            raise SlackError("no_scopes")
        if asked - BOT_SCOPES:
            raise SlackError("invalid_scope")
        return asked

    def _return_address(self, query: Mapping[str, str]) -> URL:
        """Where people are sent back to: what was asked for, when it is below a registered one."""
        registered = self._slack.redirect_urls
        given = query.get("redirect_uri") or next(iter(registered), "")
        address = URL(given)
        safe = address.scheme == "https" or address.host in LOCAL
        below = any(
            given == one or given.startswith((f"{one.rstrip('/')}/", f"{one}?"))
            for one in registered
        )
        if not (safe and below):
            raise SlackError("bad_redirect_uri")
        return address

    # oauth.v2.access

    def access(self, sent: Json, headers: Mapping[str, str]) -> Json:
        """What the app gets for a code, or for a refresh token.

        Raises:
            SlackError: Slack says no.
        """
        self._check_client(sent, headers)
        match sent.get("grant_type") or "authorization_code":
            case "authorization_code":
                code = self._code(sent)
                caller = self._install(code)
                return {**self._granted(caller), "authed_user": {"id": code.consent.user}}
            case "refresh_token":
                caller = self._installations.refresh(str(sent.get("refresh_token") or ""))
                return self._granted(caller)
            case _:
                raise SlackError("invalid_grant_type")

    def _check_client(self, sent: Json, headers: Mapping[str, str]) -> None:
        scheme, _, given = headers.get("Authorization", "").partition(" ")
        client, secret = str(sent.get("client_id")), str(sent.get("client_secret"))
        if scheme == "Basic":
            client, _, secret = _decoded(given).partition(":")
        if client != self._slack.client_id:
            raise SlackError("invalid_client_id")
        if secret != self._slack.client_secret:
            raise SlackError("bad_client_secret")

    def _code(self, sent: Json) -> Code:
        code = self._codes.get(str(sent.get("code")))
        if code is None or self._slack.now() - code.made_at > CODE_LIFETIME:
            raise SlackError("invalid_code")
        if code.used:
            raise SlackError("code_already_used")
        if (sent.get("redirect_uri") or None) != (code.redirect_uri or None):
            raise SlackError("bad_redirect_uri")
        return code

    def _install(self, code: Code) -> Caller:
        consent = code.consent
        if not consent.org_wide and self._installations.of_organization(consent.workspace):
            raise SlackError("cannot_install_an_org_installed_app")
        code.used = True
        return self._installations.install(
            consent.workspace, code.scopes, org_wide=consent.org_wide
        )

    def _granted(self, caller: Caller) -> Json:
        installation, token = caller.installation, caller.token
        workspace, organization = installation.workspace, installation.workspace.enterprise
        org_wide = installation.enterprise is not None
        granted: Json = {
            "access_token": token.value,
            "token_type": "bot",
            "scope": ",".join(sorted(installation.scopes)),
            "bot_user_id": workspace.bot,
            "app_id": APP,
            "team": None if org_wide else {"id": workspace.team, "name": workspace.name},
            "enterprise": (
                {"id": organization.id, "name": organization.name} if organization else None
            ),
            "is_enterprise_install": org_wide,
        }
        if token.expires_at is not None:
            granted["expires_in"] = int(token.expires_at - self._slack.now())
            granted["refresh_token"] = token.refresh
        return granted


def _decoded(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
