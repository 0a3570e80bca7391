"""Recap in one workspace, or in all of a Slack organization, as OAuth left it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

ROTATE_BEFORE: Final = timedelta(hours=2)
"""How long before its end a token is exchanged; it lives for twelve hours."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What Slack gave for one installation; there is one for each id.

    Attributes:
        id: Slack's id of the workspace (``T…``), or of the organization (``E…``) where Recap is
            installed in all of it.
        name: What the workspace or the organization is called.
        enterprise: The organization that it belongs to, if there is one.
        is_org: Whether it covers an organization, and with it any number of workspaces.
        app: Slack's id of the app (``A…``).
        bot_id: Slack's id of the bot (``B…``).
        bot_user: Slack's id of the bot as a member (``U…``).
        scopes: What it was granted.
        token: The bot token.
        refresh_token: What the next token is had for; None where tokens don't rotate.
        expires_at: When ``token`` ends; None where it does not.
        installed_by: Slack's id of who installed it.
        installed_at: When.
        rotating_until: Until when somebody has the token exchanged right now.
        version: Counts the changes; whoever changes an old version is refused.
    """

    id: str
    name: str
    bot_id: str
    bot_user: str
    scopes: frozenset[str]
    token: str = field(repr=False)
    installed_by: str
    installed_at: datetime
    app: str = ""
    enterprise: str | None = None
    is_org: bool = False
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    rotating_until: datetime | None = None
    version: int = 0

    def ends_soon(self, now: datetime) -> bool:
        """Whether its token has to be exchanged."""
        return self.expires_at is not None and now >= self.expires_at - ROTATE_BEFORE

    def has_ended(self, now: datetime) -> bool:
        """Whether its token is no longer good."""
        return self.expires_at is not None and now >= self.expires_at

    def is_being_rotated(self, now: datetime) -> bool:
        """Whether somebody has the token exchanged right now."""
        return self.rotating_until is not None and now < self.rotating_until

    def without_token(self) -> Self:
        """What is left when its token is dead: it still says which workspaces there are."""
        return replace(self, token="", refresh_token=None, expires_at=None, rotating_until=None)
