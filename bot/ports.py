"""What the services need of the outside; each docstring is the contract of every implementation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.digest.facts import (
    Account,
    BatchMetrics,
    Fetched,
    Identity,
    Leaderboard,
    Overview,
    PlatformMetrics,
    Video,
)
from bot.digest.periods import Period, Window
from bot.digest.snapshots import Followers, Snapshot
from bot.rendering.blocks import SlackMessage
from bot.rendering.limits import Block
from bot.rendering.targets import Payload
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import ALL, Attempt, Delivery, Entry, Frozen, Kind
from bot.subscriptions.model import Pause, Subscription
from bot.subscriptions.outcomes import Outcome, Result, Sighting
from bot.subscriptions.sends import Send
from bot.subscriptions.targets import Target
from bot.subscriptions.ways import Way


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

    async def videos(self, *, at_most: int | None = None) -> Fetched[tuple[Video, ...]]:
        """The posts that were added by hand, all of them or the first ``at_most``."""
        ...

    async def video_metrics(
        self, video_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        """Sums per post of ``videos``, like ``account_metrics``."""
        ...

    async def account_videos(self, *, at_most: int | None = None) -> Fetched[tuple[Video, ...]]:
        """The posts that were discovered on the tracked accounts, each with its platform."""
        ...

    async def account_video_metrics(
        self, instagram_ids: Sequence[str], tiktok_ids: Sequence[str], window: Period | Window
    ) -> Fetched[PlatformMetrics]:
        """Sums per post of ``account_videos``; the two platforms may use the same ids."""
        ...


class SnapshotStore(Protocol):
    """What earlier recaps printed; every method may raise ``TryLater`` where the store is away."""

    async def keep(self, snapshot: Snapshot) -> None:
        """Keep ``snapshot`` in place of the one of the same window, unless that had fresher data.

        Fresher is more accounts refreshed since the window closed; with as many, the later wins.
        """
        ...

    async def ended(
        self, organization: str, period: Period, days: Collection[date]
    ) -> Sequence[Snapshot]:
        """The snapshots of ``period`` whose windows ended on one of ``days``, newest first."""
        ...

    async def keep_followers(self, followers: Followers) -> None:
        """Keep ``followers`` in place of what was counted on the same day."""
        ...

    async def followers(self, organization: str, days: Sequence[date]) -> Followers | None:
        """The count of the first one of ``days`` on which there was one."""
        ...

    async def forget(self, before: date) -> int:
        """Remove all windows that ended, and all counts, before that day; returns how many."""
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


class TargetSender(Protocol):
    """Where else recaps go. What the other side does comes back as a value, never as an error."""

    async def send(self, target: Target, payload: Payload, key: str) -> Result:
        """Hand ``payload`` over once, with ``key`` where the other side can tell a repetition.

        Nothing is repeated in here. ``Sent`` names the host and, where there is one, the message.
        """
        ...


class SendStore(Protocol):
    """What the command line has sent; every method may raise ``TryLater``."""

    async def find(self, key: str) -> Send | None:
        """The one with this key."""
        ...

    async def put(self, before: Send | None, after: Send) -> bool:
        """Write ``after`` in the place of ``before``, None where there is none yet.

        False, and nothing is written, when somebody else was faster.
        """
        ...


class SeenEvents(Protocol):
    """Which of Slack's events were taken up; every method may raise ``TryLater``.

    Slack's ids of events are unique over all workspaces.
    """

    async def note(self, event_id: str, now: datetime) -> bool:
        """Note that the event is taken up; False when it was noted before.

        Of several that note the same event together, one gets True.
        """
        ...

    async def drop(self, event_id: str) -> None:
        """Count the event as new again."""
        ...

    async def forget(self, before: datetime) -> int:
        """Remove what was noted before that instant; returns how many."""
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
        """Write every one of ``changes`` that does not come too late, in one transaction.

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
        """Active subscriptions with a slot at ``as_of`` or before that is not in the ledger."""
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
        from the end of that wait.
        """
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
