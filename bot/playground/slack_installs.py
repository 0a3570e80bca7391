"""Where the app is installed, and the tokens that it was given there."""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.playground.slack_errors import SlackError
from bot.playground.slack_workspace import Workspace

if TYPE_CHECKING:
    from bot.playground.slack_server import SlackServer

LIFETIME: Final = 43_200
"""Seconds that a token lives when the app has its tokens rotated."""
GRACE: Final = 60.0
"""Seconds within which a refresh token may come again, from a caller who missed the answer.

Slack promises a short time without a number.
"""


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
        self._every: dict[str, Installation] = {}
        self._callers: dict[str, Caller] = {}

    def add(self, installation: Installation) -> None:
        """Know ``installation`` and the tokens that it has."""
        self._every[installation.key] = installation
        for token in installation.tokens:
            self._callers[token.value] = Caller(installation, token)

    def caller(self, value: str) -> Caller:
        """Who has the token ``value``.

        Raises:
            SlackError: Nobody has, or it has ended.
        """
        caller = self._callers.get(value)
        if caller is None:
            raise SlackError("invalid_auth")
        if error := caller.token.dead or caller.installation.dead:
            raise SlackError(error)
        if self._ended(caller.token):
            raise SlackError("token_expired")
        return caller

    def of(self, workspace: Workspace) -> Installation | None:
        """The one that hears what happens in ``workspace``; the organization's comes first."""
        keys = [workspace.enterprise.id] if workspace.enterprise else []
        every = [self._every[key] for key in (*keys, workspace.team) if key in self._every]
        here = [one for one in every if workspace.team in one.teams]
        return next((one for one in here if not one.dead), here[0] if here else None)

    def of_organization(self, workspace: Workspace) -> Installation | None:
        """The one of the organization that ``workspace`` belongs to, while it lasts."""
        key = workspace.enterprise.id if workspace.enterprise else ""
        found = self._every.get(key)
        return found if found and not found.dead else None

    # Tokens.

    def install(self, workspace: Workspace, scopes: frozenset[str], *, org_wide: bool) -> Caller:
        """Install the app, perhaps again.

        What was granted before stays granted; without rotation the token stays the same one, too.
        """
        installation = Installation(workspace, org_wide=org_wide)
        known = self._every.setdefault(installation.key, installation)
        if known.dead:
            for token in known.tokens:
                token.dead = token.dead or known.dead
            known.dead, known.scopes, known.teams = "", frozenset(), installation.teams
        known.scopes |= scopes
        living = self._living(known)
        if living and not self._slack.rotates:
            return Caller(known, living[-1])
        return self._issue(known)

    def refresh(self, value: str) -> Caller:
        """A new token for the refresh token ``value``; the one that it came with lives on.

        Raises:
            SlackError: There is no such refresh token, or it was used.
        """
        now = self._slack.now()
        for installation, token in self._callers_of(value):
            late = token.refreshed_at is not None and now - token.refreshed_at > GRACE
            if late or token.dead or installation.dead:
                break
            token.refreshed_at = now if token.refreshed_at is None else token.refreshed_at
            return self._issue(installation)
        raise SlackError("invalid_refresh_token")

    def revoke(self, caller: Caller) -> None:
        """Take one token away; an installation without any is dead."""
        caller.token.dead = "token_revoked"
        if not self._living(caller.installation):
            self.end(caller.installation, "token_revoked")

    def end(self, installation: Installation, error: str) -> None:
        """Take every token of ``installation`` away; the bot leaves its channels."""
        installation.dead = error
        for team in installation.teams:
            workspace = self._slack.teams[team].workspace
            for channel in workspace.channels.values():
                if not channel.is_im:
                    channel.members.discard(workspace.bot)

    def _callers_of(self, refresh: str) -> list[tuple[Installation, Token]]:
        every = self._callers.values()
        return [
            (one.installation, one.token) for one in every if one.token.refresh == refresh != ""
        ]

    def _issue(self, installation: Installation) -> Caller:
        """A new token; at most two live at once, so the oldest dies for it."""
        for token in self._living(installation)[:-1]:
            token.dead = "token_revoked"
        caller = Caller(installation, new_token(self._slack.now() if self._slack.rotates else None))
        installation.take(caller.token)
        self._callers[caller.token.value] = caller
        return caller

    def _living(self, installation: Installation) -> list[Token]:
        return [one for one in installation.tokens if not one.dead and not self._ended(one)]

    def _ended(self, token: Token) -> bool:
        return token.expires_at is not None and self._slack.now() >= token.expires_at


def new_token(rotates_from: float | None = None) -> Token:
    """A token; with a moment given it ends, and is refreshed."""
    value = f"xoxb-{secrets.token_hex(12)}"
    if rotates_from is None:
        return Token(value)
    refresh = f"xoxe-1-{secrets.token_hex(12)}"
    return Token(f"xoxe.{value}", rotates_from + LIFETIME, refresh)
