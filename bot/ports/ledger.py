"""The one truth about what was posted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import ALL, Attempt, Delivery, Entry, Kind
from bot.subscriptions.model import Subscription
from bot.subscriptions.ways import Way


class Ledger(Protocol):
    """Subscriptions, deliveries and what became of them: the one truth about what was posted.

    "Once" is a constraint here: a key has one delivery for ever, a channel one subscription that is
    not removed, and a change of what somebody else has changed meanwhile is refused. Every method
    is one transaction and may raise ``TryLater`` when the database is away; nothing of it is
    written then. All instants are aware and in UTC.
    """

    async def commit(self, change: Change) -> bool:
        """Write all of ``change``; False, and nothing is written, when it came too late."""
        ...

    async def commit_each(self, changes: Sequence[Change]) -> Sequence[bool]:
        """Write every one of ``changes`` that does not come too late, in few transactions.

        For many subscriptions that are planned together: each change holds a subscription that is
        there already, and new deliveries.
        """
        ...

    async def claim(
        self,
        owner: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        held: frozenset[str] = frozenset(),
        under_way: frozenset[str] = frozenset(),
        kinds: frozenset[Kind] = ALL,
    ) -> Sequence[Delivery]:
        """Take up to ``limit`` deliveries of ``kinds`` that are ready, the longest due first.

        Workspaces take turns: the second one of one comes behind the first one of each other.
        Copies that came to nothing before come behind the others: what is down keeps none waiting.
        They belong to ``owner`` until ``now + lease``. One that was ``posting`` stays so, since
        Slack may have its message; every other one is ``claimed`` now. Those of the workspaces in
        ``held`` are left alone, and those whose ids are ``under_way`` in this very process: a clock
        that is put forward ends their leases while their calls are still open.
        """
        ...

    async def briefs(self, claimed: Sequence[Delivery]) -> Mapping[str, Brief]:
        """The circumstances of each of ``claimed``, by its id."""
        ...

    async def due(self, as_of: datetime, limit: int) -> Sequence[Subscription]:
        """Active subscriptions with a slot at ``as_of`` or before that is not in the ledger.

        The longest due first, in turns between workspaces.
        """
        ...

    async def outdated(self, rules: str, limit: int) -> Sequence[Subscription]:
        """Active subscriptions whose next slot was computed with other time-zone rules."""
        ...

    async def subscription(self, identifier: str) -> Subscription | None:
        """The one with this id, whatever its status."""
        ...

    async def of_channel(self, team: str, channel: str) -> Subscription | None:
        """The channel's own, unless it was removed."""
        ...

    async def subscriptions(self, team: str | None = None) -> Sequence[Subscription]:
        """All that were not removed, of one workspace or of all, by the name of their channel."""
        ...

    async def ways(self, subscriptions: Collection[str]) -> Mapping[str, tuple[Way, ...]]:
        """The targets of each of ``subscriptions``, by kind and address."""
        ...

    async def way(self, identifier: str) -> Way | None:
        """The target with this id."""
        ...

    async def delivery(self, identifier: str) -> Delivery | None:
        """The one with this id."""
        ...

    async def keyed(self, key: str) -> Delivery | None:
        """The one with this key."""
        ...

    async def history(self, subscription: str, limit: int) -> Sequence[Delivery]:
        """The newest recaps of a subscription, newest first, without skips that were undone."""
        ...

    async def last_sent(self, subscription: str) -> Delivery | None:
        """The newest recap of a subscription that arrived."""
        ...

    async def overdue(self, owed_before: datetime, limit: int) -> Sequence[Delivery]:
        """Open recaps that are owed for long and whose contact does not know it yet.

        A recap is owed from when it came into the ledger; one that waits for fresh data, or did,
        from the end of that wait. Those that a refused key stops are left out: that is told once
        for all of them.
        """
        ...

    async def wake(self, team: str, now: datetime) -> int:
        """What waits for a key in the workspace ``team`` may be claimed now; how many that were."""
        ...

    async def keep_as_posted(self, team: str) -> None:
        """No recap of the workspace ``team`` is compared with newer numbers: they are others'."""
        ...

    async def next_ready(self) -> datetime | None:
        """When the first open delivery can be claimed; None when nothing is open.

        Corrections don't count: what they belong to is posted, and most of them change nothing.
        """
        ...

    async def hold(self, team: str, until: datetime) -> None:
        """Slack asked the whole workspace to wait; never shortens a wait that is known."""
        ...

    async def held(self, now: datetime) -> Mapping[str, datetime]:
        """The workspaces that have to wait, and until when."""
        ...

    async def refuse_data_blocks(self, team: str, now: datetime) -> None:
        """Slack took no data blocks in this workspace; since when is remembered from the first."""
        ...

    async def is_classic(self, team: str) -> bool:
        """Whether messages to this workspace have to do without data blocks."""
        ...

    async def attempts(self, delivery: str) -> Sequence[Attempt]:
        """Everything that was tried, oldest first."""
        ...

    async def trail(self, subscription: str) -> Sequence[Entry]:
        """Who changed what, oldest first."""
        ...

    async def forget(self, team: str) -> None:
        """Recap was uninstalled from the workspace ``team``: end and erase what is its own.

        Its subscriptions are removed, their targets and all messages are erased, and whatever is
        open has failed; whoever is about it right now is refused. What was posted when, and the
        audit trail, stay.
        """
        ...
