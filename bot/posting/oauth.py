"""Slack's side of installing (docs.slack.dev, /authentication/installing-with-oauth)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotInstalled, OperatorMustAct, RecapError, TryLater, Unusable
from bot.posting.codes import SLACK_ERRORS, code_of, refused
from bot.rendering.names import one_line
from bot.tenants.installation import Installation

METHOD: Final = "oauth.v2.access"
OURS: Final = frozenset({"bad_client_secret", "bad_redirect_uri", "invalid_client_id"})
"""What only who runs Recap can mend; everything else is mended by installing once more."""

AGAIN: Final = "Slack did not accept this installation. Begin it again."
NO_ANSWER: Final = "Slack's answer was not complete. Begin the installation again."


class SlackOAuth:
    """``OAuth`` through the Web API.

    Args:
        client: Without a token.
        client_id: The app's.
        client_secret: The app's.
    """

    def __init__(self, client: AsyncWebClient, client_id: str, client_secret: str) -> None:
        self._client = client
        self._id = client_id
        self._secret = client_secret

    async def installed(self, code: str, redirect_uri: str | None, now: datetime) -> Installation:
        """What Slack gives for ``code``, which it takes once and for ten minutes."""
        answer = await self._access(code=code, redirect_uri=redirect_uri)
        token = str(answer.get("access_token") or "")
        is_org = bool(answer.get("is_enterprise_install"))
        enterprise = _part(answer, "enterprise")
        covered = enterprise if is_org else _part(answer, "team")
        if not token or "id" not in covered:
            raise Unusable(NO_ANSWER, f"{METHOD} named no token or no workspace.")
        return Installation(
            id=str(covered["id"]),
            name=one_line(str(covered.get("name") or covered["id"])),
            app=str(answer.get("app_id") or ""),
            bot_id=await self._bot_id(token),
            bot_user=str(answer.get("bot_user_id") or ""),
            scopes=frozenset(filter(None, str(answer.get("scope") or "").split(","))),
            token=token,
            installed_by=str(_part(answer, "authed_user").get("id") or ""),
            installed_at=now,
            enterprise=enterprise.get("id"),
            is_org=is_org,
            refresh_token=answer.get("refresh_token"),
            expires_at=_end(answer, now),
        )

    async def renewed(self, one: Installation, now: datetime) -> Installation:
        """``one`` with the next token, for its refresh token."""
        answer = await self._access(grant_type="refresh_token", refresh_token=one.refresh_token)
        token, following = answer.get("access_token"), answer.get("refresh_token")
        if not token or not following:
            raise TryLater(NO_ANSWER, f"{METHOD} named no new token.")
        return replace(one, token=token, refresh_token=following, expires_at=_end(answer, now))

    async def _access(self, **given: str | None) -> Mapping[str, Any]:
        sent = {"client_id": self._id, "client_secret": self._secret}
        sent |= {name: value for name, value in given.items() if value}
        try:
            # Not oauth_v2_access(): the SDK writes a head with what aiohttp 4 will take away.
            answer = await self._client.api_call(METHOD, data=sent)
        except SlackApiError as error:
            raise _said_no(error, renewing="grant_type" in given) from error
        except SLACK_ERRORS as error:
            raise refused(METHOD, error) from error
        found: Mapping[str, Any] = answer.data if isinstance(answer.data, dict) else {}
        return found

    async def _bot_id(self, token: str) -> str:
        """Slack's id of the bot, which its own messages are known by."""
        try:
            answer = await self._client.auth_test(token=token)
        except SLACK_ERRORS as error:
            raise refused("auth.test", error) from error
        return str(answer.get("bot_id") or "")


def _said_no(error: SlackApiError, *, renewing: bool) -> RecapError:
    code = code_of(error)
    if code in OURS:
        return OperatorMustAct(
            "Recap is not set up for installing. Ask whoever runs it.",
            f"{METHOD} was refused by Slack: {code}. Check SLACK_CLIENT_ID, SLACK_CLIENT_SECRET "
            "and the redirect URLs of the Slack app.",
        )
    passing = refused(METHOD, error)
    if isinstance(passing, TryLater):
        return passing
    if renewing:
        return NotInstalled(
            "Slack does not let Recap into this workspace any more. Ask an admin to install "
            "Recap again.",
            f"{METHOD} took no refresh token: {code}.",
        )
    return Unusable(AGAIN, f"{METHOD} was refused by Slack: {code}.")


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = answer.get(name)
    return part if isinstance(part, dict) else {}


def _end(answer: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the token ends; None where tokens don't rotate."""
    seconds = answer.get("expires_in")
    return now + timedelta(seconds=seconds) if isinstance(seconds, int) else None
