"""What Slack says of the tokens at start: whose they are, and where to connect."""

from dataclasses import dataclass

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import RecapError, TryLater
from bot.posting.codes import SLACK_ERRORS, refused
from bot.rendering.names import one_line
from bot.settings import setting_error


@dataclass(frozen=True, slots=True)
class Install:
    """The workspace that the bot token belongs to, as ``auth.test`` says."""

    team: str
    bot_name: str
    scopes: frozenset[str]
    authorized: AuthorizeResult


async def check_install(client: AsyncWebClient) -> Install:
    """Ask Slack once whose ``SLACK_BOT_TOKEN`` this is, so that a wrong one fails at start.

    Raises:
        RecapError: Slack refuses the token or can't be reached.
    """
    try:
        return await whose(client)
    except RecapError as problem:
        raise _at_start("SLACK_BOT_TOKEN", problem) from problem.__cause__


async def whose(client: AsyncWebClient) -> Install:
    """The workspace that the token of ``client`` belongs to.

    Raises:
        RecapError: Slack refuses the token or can't be reached.
    """
    try:
        answer = await client.auth_test()
    except SLACK_ERRORS as error:
        raise refused("auth.test", error) from error
    scopes = str(answer.headers.get("x-oauth-scopes") or "")
    return Install(
        team=str(answer.get("team") or answer.get("team_id") or "Slack"),
        bot_name=str(answer.get("user") or "Recap"),
        scopes=frozenset(filter(None, (scope.strip() for scope in scopes.split(",")))),
        authorized=AuthorizeResult(
            enterprise_id=answer.get("enterprise_id"),
            team_id=answer.get("team_id"),
            bot_id=answer.get("bot_id"),
            bot_user_id=answer.get("user_id"),
            bot_token=client.token,
        ),
    )


async def socket_address(client: AsyncWebClient, app_token: str) -> str:
    """Where to connect for Socket Mode (``apps.connections.open``).

    Raises:
        RecapError: Slack refuses the token or can't be reached.
    """
    try:
        answer = await client.apps_connections_open(app_token=app_token)
    except SLACK_ERRORS as error:
        problem = refused("apps.connections.open", error)
        raise _at_start("SLACK_APP_TOKEN", problem) from error
    url = str(answer.get("url") or "")
    if not url.startswith(("wss://", "ws://")):
        raise TryLater(
            "Slack could not be reached. Try again in a minute.",
            "apps.connections.open named no address to connect to. "
            "Check SLACK_API_URL and any proxy.",
        )
    return url


def greeting(install: Install) -> str:
    """How ``recap run`` begins to say that it is connected."""
    name, team = one_line(install.bot_name), one_line(install.team)
    return f"Recap is running as @{name} in {team}"


def _at_start(setting: str, problem: RecapError) -> RecapError:
    if isinstance(problem, TryLater):
        return problem
    return setting_error(f"{setting} does not work: {problem.operator} Copy it again.")
