"""What the services need of the outside; each docstring is the contract of every implementation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.digest.facts import Account, BatchMetrics, Fetched, Identity, Leaderboard, Overview
from bot.digest.periods import Period, Window
from bot.rendering.blocks import SlackMessage
from bot.rendering.limits import Block


class CreatorSource(Protocol):
    """Where the numbers come from: one CreatorAudit key, one method per question.

    Every method may raise the family of ``bot.errors``: ``TryLater`` once its own retries are used
    up or the wait would exceed its time budget, ``OperatorMustAct`` (``ScopeMissing`` where only
    this call is barred) and ``Unusable``. It never raises anything else for what the other side
    does, and never waits less than a ``Retry-After`` asks for.
    """

    async def whoami(self) -> Fetched[Identity]:
        """Whose key this is."""
        ...

    async def overview(self, period: Period) -> Fetched[Overview]:
        """The organization's figures for a preset window."""
        ...

    async def top_creators(self, period: Period) -> Fetched[Leaderboard]:
        """At most 25 creators in the server's order for a preset window."""
        ...

    async def accounts(self, *, at_most: int | None = None) -> Fetched[tuple[Account, ...]]:
        """The tracked accounts, all of them or the first ``at_most``."""
        ...

    async def account_metrics(
        self, account_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        """Sums per account over a preset or a custom window, in as many batches as it takes."""
        ...


class Clock(Protocol):
    """The only way to learn what time it is."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class Reply(Protocol):
    """The way back to the person who typed a command or pressed a button.

    Every method may raise ``bot.errors.RecapError``: ``Unusable`` when the way is used up or
    expired, ``TryLater`` when Slack did not take the message or it is not known whether it did.
    """

    async def private(self, message: SlackMessage) -> None:
        """Show ``message`` to that person only, in place of what they were shown last."""
        ...

    async def in_channel(self, message: SlackMessage, *, note: SlackMessage) -> None:
        """Post ``message`` for everybody, and leave ``note`` where the private answer stood.

        Never tried twice: a post whose fate is unknown raises, and the sentence says to look.
        """
        ...


class Modals(Protocol):
    """Windows that Slack opens in front of one person."""

    async def open(self, trigger_id: str, view: Block) -> None:
        """Open ``view``; ``Unusable`` when the trigger's three seconds are over or it was used."""
        ...
