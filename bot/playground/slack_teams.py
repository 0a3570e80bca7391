"""A workspace of the stand-in with what Slack keeps of it, and which one a call is served in."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.playground.slack_calls import SlackCalls
from bot.playground.slack_errors import SlackError
from bot.playground.slack_installs import Caller, Installation, Installations
from bot.playground.slack_workspace import Workspace

if TYPE_CHECKING:
    from bot.playground.slack_server import SlackServer

Json = dict[str, Any]


class Team:
    """One workspace: its contents, its rate limits, its windows and its ``response_url``s.

    Attributes:
        slack: The stand-in that it is part of.
        workspace: Who and what is in it.
        caller: Who makes the call that is being served.
        calls: The methods over it.
    """

    caller: Caller

    def __init__(self, slack: "SlackServer", workspace: Workspace) -> None:
        self.slack = slack
        self.workspace = workspace
        self.calls = SlackCalls(self)

    @property
    def scopes(self) -> frozenset[str]:
        """What the caller was granted."""
        return self.caller.installation.scopes

    @property
    def installation(self) -> Installation | None:
        """The installation that hears what happens here."""
        return self.slack.installations.of(self.workspace)

    def now(self) -> float:
        """Unix time in seconds."""
        return self.slack.now()

    def next_ts(self) -> str:
        """A message's identity within its channel."""
        return self.slack.next_ts()

    def knows(self, sent: Json) -> bool:
        """Whether a call with the arguments ``sent`` is about something here."""
        if channel := sent.get("channel"):
            return channel in self.workspace.channels
        users = {sent.get(key) for key in ("user", "users", "user_id")}
        return bool(users & set(self.workspace.people)) or self.calls.views.knows(sent)


class Teams:
    """The workspaces, and the door through which every call of the Web API comes."""

    def __init__(self, slack: "SlackServer", installations: Installations) -> None:
        self._slack = slack
        self._installations = installations
        self._teams: dict[str, Team] = {}

    def __getitem__(self, team: str) -> Team:
        return self._teams[team]

    def add(self, workspace: Workspace) -> Team:
        """Take ``workspace`` in.

        Raises:
            AssertionError: There is one with its id.
        """
        if workspace.team in self._teams:
            raise AssertionError(f"there is a {workspace.team} already")
        self._teams[workspace.team] = Team(self._slack, workspace)
        return self._teams[workspace.team]

    def meant(self, sent: Json, headers: Mapping[str, str]) -> Team | None:
        """The workspace that a call is about; None where its token is good for none."""
        try:
            return self._team(self._installations.caller(_token(sent, headers)).installation, sent)
        except SlackError:
            return None

    def of_ticket(self, ticket: str) -> Team | None:
        """The workspace that gave ``ticket`` out as part of a ``response_url``."""
        every = self._teams.values()
        return next((team for team in every if team.calls.gave_out(ticket)), None)

    def web_api(self, method: str, sent: Json, headers: Mapping[str, str]) -> web.Response:
        """The answer of one Web API method."""
        scopes: dict[str, str] = {}
        try:
            answer = self._answer(method, sent, headers, scopes)
        except SlackError as error:
            heads = {**scopes, **error.headers}
            return web.json_response(error.answer, status=error.status, headers=heads)
        return web.json_response({"ok": True, **answer}, headers=scopes)

    def respond(self, ticket: str, sent: Json) -> web.Response:
        """What a POST to a ``response_url`` does."""
        if team := self.of_ticket(ticket):
            return team.calls.respond(ticket, sent)
        return web.Response(status=404, text="expired_url")

    def _answer(
        self, method: str, sent: Json, headers: Mapping[str, str], scopes: dict[str, str]
    ) -> Json:
        if method == "oauth.v2.access":
            return self._slack.oauth.access(sent, headers)
        token = _token(sent, headers)
        if token == self._slack.app_token:
            return self._apps_method(method)
        caller = self._installations.caller(token)
        if method.startswith("apps."):
            raise SlackError("not_allowed_token_type")
        scopes["x-oauth-scopes"] = ",".join(sorted(caller.installation.scopes))
        team = self._team(caller.installation, sent)
        team.caller = caller
        return team.calls.web_api(method, sent)

    def _apps_method(self, method: str) -> Json:
        if not method.startswith("apps."):
            raise SlackError("not_allowed_token_type")
        if method != "apps.connections.open":
            raise SlackError("unknown_method")
        return {"url": self._slack.new_socket_url()}

    def _team(self, installation: Installation, sent: Json) -> Team:
        """Where the call is served; a token of an organization is good in several workspaces.

        Raises:
            SlackError: The call is about a workspace that the app was not added to.
        """
        if installation.enterprise is None:
            return self._teams[installation.workspace.team]
        teams = [
            team
            for team in self._teams.values()
            if team.workspace.enterprise == installation.enterprise
        ]
        asked = sent.get("team_id")
        meant = [
            team for team in teams if (team.workspace.team == asked if asked else team.knows(sent))
        ]
        granted = [team for team in meant if team.workspace.team in installation.teams]
        if granted:
            return granted[0]
        if asked or meant:
            raise SlackError("team_access_not_granted")
        return teams[0]


def _token(sent: Json, headers: Mapping[str, str]) -> str:
    """The token that a call came with.

    Raises:
        SlackError: It came with none.
    """
    token = headers.get("Authorization", "").removeprefix("Bearer ") or sent.get("token")
    if not token:
        raise SlackError("not_authed")
    return str(token)
