"""What the services need of Slack."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.rendering.blocks import SlackMessage
from bot.rendering.limits import Block
from bot.subscriptions.deliveries import Frozen
from bot.subscriptions.model import Pause
from bot.subscriptions.outcomes import Outcome, Sighting
from bot.tenants.installation import Installation


class Reply(Protocol):
    """The way back to the person who typed a command or pressed a button.

    Every method may raise ``bot.errors.RecapError``: ``Unusable`` when the way is used up or
    expired, ``TryLater`` when Slack did not take the message or it is not known whether it did.
    """

    async def private(self, message: SlackMessage) -> None:
        """Show ``message`` to that person only, in place of what they were shown last."""
        ...

    async def done(self, message: SlackMessage) -> None:
        """Show that what the person asked for has been done."""
        ...

    async def in_channel(self, message: SlackMessage, *, note: SlackMessage) -> None:
        """Post ``message`` for everybody, and leave ``note`` where the private answer stood.

        Never tried twice: a post whose fate is unknown raises, and the sentence says to look.
        """
        ...


class Modals(Protocol):
    """Windows that Slack opens in front of one person, and the app's Home.

    Every method may raise ``bot.errors.RecapError``.
    """

    async def open(self, trigger_id: str, view: Block) -> str:
        """Open ``view``; its id.

        ``Unusable`` when the trigger's three seconds are over or it was used.
        """
        ...

    async def update(self, view_id: str, view: Block) -> None:
        """Show ``view`` in the open window ``view_id``; it may have been closed meanwhile."""
        ...

    async def publish(self, user: str, view: Block, seen: str | None = None) -> bool:
        """Show ``view`` as the Home of ``user``; False when ``seen`` is no longer its hash."""
        ...


class Messenger(Protocol):
    """Where deliveries go. What Slack does to one comes back as a value and is never raised."""

    async def post(
        self, target: str, message: Frozen, key: str, thread: str | None = None
    ) -> Outcome:
        """Hand ``message`` over once, with ``key`` in its metadata, and say what came of it.

        ``thread`` is the ts of the message to reply to. ``Gone`` means that nothing can be said in
        that thread any more; the reply does not stand in the channel instead.
        """
        ...

    async def edit(self, channel: str, ts: str, message: Frozen) -> Outcome:
        """Put ``message`` in the place of our own at ``ts``, and say what came of it.

        ``Gone`` means that it was deleted or may not be changed any more. After ``Unsure`` the same
        edit may be made again: it can't be made twice. The key stays, so that it is still found.
        """
        ...

    async def find(
        self, target: str, key: str, since: datetime, thread: str | None = None
    ) -> Sighting:
        """Look for our message with ``key`` among those that came after ``since``.

        What was posted in a ``thread`` is found only there. A thread that is gone holds nothing.
        """
        ...

    async def whisper(self, channel: str, user: str, message: SlackMessage) -> None:
        """Show ``message`` to one person in a channel; may raise ``bot.errors.RecapError``."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """What Slack says of a channel.

    ``name`` is empty where Slack does not say; ``problem`` is why nothing can be posted there, None
    when nothing is known to be in the way. ``is_private`` is None where that can't be learned.
    """

    name: str = ""
    problem: Pause | None = None
    is_private: bool | None = False


@dataclass(frozen=True, slots=True)
class Member:
    """What Slack says of a person; ``zone`` is an IANA name, None where it does not say."""

    zone: str | None = None
    is_admin: bool = False


class Workspace(Protocol):
    """What can be asked about channels and people. Never raises for what Slack does."""

    async def place(self, channel: str) -> Place:
        """The channel, as far as it can be learned."""
        ...

    async def member(self, user: str) -> Member:
        """The person, as far as it can be learned."""
        ...

    async def is_in(self, user: str, channel: str) -> bool:
        """Whether ``user`` is a member of ``channel``; False where that can't be learned."""
        ...


class OAuth(Protocol):
    """Slack's side of installing; every method may raise ``bot.errors.RecapError``."""

    async def installed(self, code: str, redirect_uri: str | None, now: datetime) -> Installation:
        """What Slack gives for ``code``, which it takes once and for ten minutes.

        ``Unusable`` when it does not take it.
        """
        ...

    async def renewed(self, one: Installation, now: datetime) -> Installation:
        """``one`` with the next token, for its refresh token.

        ``NotInstalled`` when Slack does not take that any more; ``TryLater`` when it is not known
        whether it did: for a short while the same refresh token may be used again.
        """
        ...
