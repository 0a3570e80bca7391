"""Where the app is installed, and the tokens that it was given there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.playground.slack_errors import SlackError
from bot.playground.slack_workspace import Workspace

if TYPE_CHECKING:
    from bot.playground.slack_server import SlackServer


@dataclass(eq=False)
class Token:
    """A bot token; one that ends has a refresh token.

    Attributes:
        value: The token itself.
        expires_at: When it ends; None is never.
        refresh: The refresh token that came with it.
        refreshed_at: When that was used first.
        dead: What it answers because somebody took it away; empty while it lives.
    """

    value: str
    expires_at: float | None = None
    refresh: str = ""
    refreshed_at: float | None = None
    dead: str = ""


class Installation:
    """The app in a workspace, or in an organization with the workspaces that it was added to.

    Args:
        workspace: Where it was installed, or one of the organization's.
        org_wide: It belongs to the whole organization.

    Attributes:
        teams: The workspaces in which it may act.
        scopes: What its bot may do.
        dead: What its tokens answer because it is gone; empty while it lasts.
    """

    scopes: frozenset[str] = frozenset()
    dead: str = ""

    def __init__(self, workspace: Workspace, *, org_wide: bool = False) -> None:
        self.workspace = workspace
        self.enterprise = workspace.enterprise if org_wide else None
        self.teams = set() if org_wide else {workspace.team}
        self.tokens: list[Token] = []

    @property
    def key(self) -> str:
        """The id of what it belongs to."""
        return self.enterprise.id if self.enterprise else self.workspace.team

    @property
    def bot_token(self) -> str:
        """The newest token."""
        return self.tokens[-1].value

    def take(self, token: Token) -> None:
        """Keep a new token."""
        self.tokens.append(token)


class FirstInstallation(Installation):
    """The one that was there from the beginning: the stand-in's own attributes say how it is."""

    def __init__(self, slack: "SlackServer") -> None:
        super().__init__(slack.workspace)
        self._slack = slack
        self._died_of = "token_revoked"
        self.tokens = [Token(slack.bot_token)]

    @property
    def scopes(self) -> frozenset[str]:
        """What the bot may do."""
        return self._slack.scopes

    @scopes.setter
    def scopes(self, scopes: frozenset[str]) -> None:
        self._slack.scopes = scopes

    @property
    def dead(self) -> str:
        """What its tokens answer."""
        return self._died_of if self._slack.revoked else ""

    @dead.setter
    def dead(self, error: str) -> None:
        self._died_of = error
        self._slack.revoked = bool(error)

    def take(self, token: Token) -> None:
        """Keep a new token, which is the stand-in's own from now on."""
        super().take(token)
        self._slack.bot_token = token.value


@dataclass(frozen=True)
class Caller:
    """Who calls: a token, and the installation that it stands for."""

    installation: Installation
    token: Token


class Installations:
    """All installations of the app."""

    def __init__(self, slack: "SlackServer") -> None:
        self._slack = slack
        self.every: list[Installation] = []

    def add(self, workspace: Workspace, bot_token: str, scopes: frozenset[str]) -> None:
        """Install the app in ``workspace`` with a token that never ends."""
        installation = Installation(workspace)
        installation.scopes = scopes
        installation.take(Token(bot_token))
        self.every.append(installation)

    def caller(self, value: str) -> Caller:
        """Who has the token ``value``.

        Raises:
            SlackError: Nobody has, or it has ended.
        """
        for installation, token in self._tokens():
            if token.value == value:
                if error := token.dead or installation.dead:
                    raise SlackError(error)
                if token.expires_at is not None and self._slack.now() >= token.expires_at:
                    raise SlackError("token_expired")
                return Caller(installation, token)
        raise SlackError("invalid_auth")

    def of(self, workspace: Workspace) -> Installation | None:
        """The one that hears what happens in ``workspace``; the organization's comes first."""
        here = [one for one in self.every if workspace.team in one.teams]
        living = [one for one in here if not one.dead]
        return max(living or here, key=lambda one: one.enterprise is not None, default=None)

    def _tokens(self) -> Iterator[tuple[Installation, Token]]:
        return ((one, token) for one in self.every for token in one.tokens)
