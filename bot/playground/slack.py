"""A stand-in for Slack over real HTTP and WebSocket, as strict as Slack itself.

It keeps workspaces, answers the Web API in that of the caller's token, delivers what people and
admins do through Socket Mode or as signed HTTP requests, and takes answers at ``response_url``.
What goes wrong on demand stands in ``slack_server.py``.
"""

from typing import Any

from bot.playground.slack_installs import Installation, Token
from bot.playground.slack_people import People
from bot.playground.slack_server import ACK_SECONDS, EVERY_SCOPE, SlackServer
from bot.playground.slack_teams import Team
from bot.playground.slack_traffic import Delivery, Traffic
from bot.playground.slack_workspace import Workspace

__all__ = ["ACK_SECONDS", "Delivery", "Elsewhere", "SlackStandIn", "Traffic"]

Json = dict[str, Any]


class SlackStandIn(SlackServer, People):
    """The stand-in; what people do is done in the first workspace."""

    def at(self, team: str) -> "Elsewhere":
        """The people of the workspace ``team``."""
        return Elsewhere(self, self.teams[team])

    def add_workspace(
        self, workspace: Workspace, bot_token: str = "", scopes: frozenset[str] = EVERY_SCOPE
    ) -> "Elsewhere":
        """Take in one more workspace; the app is installed there if there is a ``bot_token``."""
        team = self.teams.add(workspace)
        if bot_token:
            installation = Installation(workspace)
            installation.scopes, installation.tokens = scopes, [Token(bot_token)]
            self.installations.add(installation)
        return Elsewhere(self, team)


class Elsewhere(People):
    """The people of one workspace among several."""

    def __init__(self, slack: SlackStandIn, here: Team) -> None:
        self._slack = slack
        self.here = here

    @property
    def workspace(self) -> Workspace:
        """Who and what is in it."""
        return self.here.workspace

    @property
    def bot_token(self) -> str:
        """The newest token that is good here."""
        return self.installation.bot_token

    async def deliver(self, kind: str, payload: Json, retry_num: int = 0) -> Delivery:
        """Hand ``payload`` to the app, as the stand-in does."""
        return await self._slack.deliver(kind, payload, retry_num)
