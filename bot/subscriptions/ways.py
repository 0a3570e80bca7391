"""The other ways out of a subscription: where its recaps go beside its channel."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.subscriptions.targets import Target, identity

MOST: Final = 10
"""Targets of one subscription."""

LONGEST_PAUSE: Final = 100


@dataclass(frozen=True, slots=True)
class Way:
    """One target of a subscription; a subscription has each target once.

    Attributes:
        id: Ours, never shown.
        subscription: Id of the subscription whose recaps it gets.
        target: Where they go. Show it ``masked``: the address of a webhook is a secret.
        added_by: Slack's id of who added it, or ``operator``.
        pause: What it said when it refused for good, while nothing is sent there; None else.
        paused_at: Since when.
        version: Counts the changes; whoever changes an old version is refused.
    """

    id: str
    subscription: str
    target: Target
    added_by: str
    pause: str | None = None
    paused_at: datetime | None = None
    version: int = 0

    @property
    def is_active(self) -> bool:
        """Whether recaps are sent there."""
        return self.pause is None

    @property
    def identity(self) -> str:
        """Stands for the target, of which a subscription has no second one."""
        return identity(self.target)


def paused(way: Way, code: str, now: datetime) -> Way:
    """``way`` getting nothing until somebody resumes it."""
    return replace(way, pause=code[:LONGEST_PAUSE], paused_at=now)


def resumed(way: Way) -> Way:
    """``way`` getting the next recap; what was due meanwhile is never replayed."""
    return replace(way, pause=None, paused_at=None)
