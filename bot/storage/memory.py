"""The stores in memory: the same contracts, for tests and trials; nothing outlives the process."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from bot.digest.periods import Period
from bot.digest.snapshots import Followers, Snapshot
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import (
    ALL,
    KEY_REFUSED,
    LATE_NOTICE,
    OTHER_NUMBERS,
    UNDONE,
    WAITING_FOR_KEY,
    Attempt,
    Delivery,
    Entry,
    Frozen,
    Kind,
    State,
)
from bot.subscriptions.model import Pause, Status, Subscription, removed
from bot.subscriptions.sends import Send
from bot.subscriptions.ways import Way

One = TypeVar("One", Delivery, Subscription)
Place = tuple[int, datetime, str]
"""How often it failed, when it was due, and its id."""


@dataclass
class MemoryLedger:
    """``Ledger`` in dictionaries; every method is one step of the event loop, so it is atomic."""

    _subscriptions: dict[str, Subscription] = field(default_factory=dict)
    _deliveries: dict[str, Delivery] = field(default_factory=dict)
    _attempts: list[Attempt] = field(default_factory=list)
    _trail: list[Entry] = field(default_factory=list)
    _holds: dict[str, datetime] = field(default_factory=dict)
    _classic: set[str] = field(default_factory=set)
    _ways: dict[str, Way] = field(default_factory=dict)

    async def commit(self, change: Change) -> bool:
        """Write all of ``change``; False, and nothing is written, when it came too late."""
        if self._is_late(change):
            return False
        if change.subscription:
            before, after = change.subscription
            version = after.version if before is None else before.version + 1
            self._subscriptions[after.id] = replace(after, version=version)
        for pair in filter(None, (change.delivery, change.recap)):
            self._advance(*pair)
        self._put(*change.way) if change.way else None
        for key, message in change.copies.items():
            self._freeze(await self.keyed(key), message)
        for one in change.new:
            if await self.keyed(one.key) is None:
                self._deliveries[one.id] = one
        self._attempts.extend([change.attempt] if change.attempt else [])
        self._trail.extend([change.entry] if change.entry else [])
        return True

    def _advance(self, before: Delivery, after: Delivery) -> None:
        """Only what changed is written: a message may have come meanwhile."""
        kept = self._deliveries[after.id]
        names = [one.name for one in fields(Delivery)]
        changed = {
            name: getattr(after, name)
            for name in names
            if getattr(after, name) != getattr(before, name)
        }
        self._deliveries[after.id] = replace(kept, **changed)

    def _put(self, before: Way | None, after: Way | None) -> None:
        if before:
            del self._ways[before.id]
        if after:
            version = before.version + 1 if before else after.version
            self._ways[after.id] = replace(after, version=version)

    def _freeze(self, one: Delivery | None, message: Frozen) -> None:
        if one is None or one.message or one.state not in {State.PLANNED, State.CLAIMED}:
            return
        ready_at = one.planned_at if one.state is State.PLANNED else one.ready_at
        self._deliveries[one.id] = replace(one, message=message, ready_at=ready_at)

    def _is_late(self, change: Change) -> bool:
        if change.way and self._is_taken(*change.way):
            return True
        if change.subscription:
            before, after = change.subscription
            if before is None and self._of_channel(after.team, after.channel):
                return True
            if before and self._subscriptions[before.id].version != before.version:
                return True
        for read, _ in filter(None, (change.delivery, change.recap)):
            kept, until = self._deliveries[read.id], self._holds.get(read.team)
            if change.unless_held and until and until > change.unless_held:
                return True
            if (read.fence, read.state) != (kept.fence, kept.state):
                return True
        return False

    def _is_taken(self, before: Way | None, after: Way | None) -> bool:
        if before:
            kept = self._ways.get(before.id)
            return kept is None or kept.version != before.version
        return any(
            after and (one.subscription, one.identity) == (after.subscription, after.identity)
            for one in self._ways.values()
        )

    async def commit_each(self, changes: Sequence[Change]) -> Sequence[bool]:
        """Write every one of ``changes`` that does not come too late, in few transactions."""
        return [await self.commit(change) for change in changes]

    async def forget(self, team: str) -> None:
        """Recap was uninstalled from ``team``: end and erase what is its own."""
        theirs = [one for one in self._subscriptions.values() if one.team == team]
        self._ways = {
            key: way
            for key, way in self._ways.items()
            if way.subscription not in {one.id for one in theirs}
        }
        for one in theirs:
            if one.status is not Status.REMOVED:
                ended = replace(removed(one), version=one.version + 1)
                self._subscriptions[one.id] = ended
        for sent in [one for one in self._deliveries.values() if one.team == team]:
            after = replace(sent, fence=sent.fence + 1, ready_at=None, message=None)
            if sent.ready_at:
                after = replace(after, state=State.FAILED, reason=Pause.INSTALL_GONE.value)
            self._deliveries[sent.id] = after
        self._holds.pop(team, None)
        self._classic.discard(team)

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
        """Take up to ``limit`` deliveries that are ready, in turns between workspaces."""
        ready = [
            one
            for one in self._deliveries.values()
            if one.ready_at and one.ready_at <= now
            if one.team not in held and one.id not in under_way and one.kind in kinds
        ]
        taken = [
            replace(
                one,
                state=State.POSTING if one.state is State.POSTING else State.CLAIMED,
                owner=owner,
                fence=one.fence + 1,
                ready_at=now + lease,
            )
            for one in _in_turns(ready, _place)[:limit]
        ]
        self._deliveries.update({one.id: one for one in taken})
        return taken

    async def briefs(self, claimed: Sequence[Delivery]) -> Mapping[str, Brief]:
        """The circumstances of each of ``claimed``, by its id."""
        found = {}
        for one in claimed:
            history = await self.history(one.subscription, len(self._deliveries))
            arrived = [past.sent_at for past in history if past.state is State.SENT]
            last = max(filter(None, arrived), default=None)
            subscription = self._subscriptions.get(one.subscription)
            classic = subscription is not None and subscription.team in self._classic
            ways = (await self.ways([one.subscription]))[one.subscription]
            found[one.id] = Brief(subscription, last, classic, ways)
        return found

    async def due(self, as_of: datetime, limit: int) -> Sequence[Subscription]:
        """Active subscriptions with a slot at ``as_of`` or before that is not in the ledger."""
        waiting = [
            one
            for one in self._subscriptions.values()
            if one.next_slot and one.next_slot.due_at <= as_of
        ]
        return _in_turns(waiting, _due)[:limit]

    async def outdated(self, rules: str, limit: int) -> Sequence[Subscription]:
        """Active subscriptions whose next slot was computed with other time-zone rules."""
        found = [one for one in self._subscriptions.values() if one.next_slot]
        return [one for one in found if one.rules != rules][:limit]

    async def subscription(self, identifier: str) -> Subscription | None:
        """The one with this id, whatever its status."""
        return self._subscriptions.get(identifier)

    async def of_channel(self, team: str, channel: str) -> Subscription | None:
        """The channel's own, unless it was removed."""
        return self._of_channel(team, channel)

    def _of_channel(self, team: str, channel: str) -> Subscription | None:
        for one in self._subscriptions.values():
            if (one.team, one.channel) == (team, channel) and one.status is not Status.REMOVED:
                return one
        return None

    async def subscriptions(self, team: str | None = None) -> Sequence[Subscription]:
        """All that were not removed, of one workspace or of all, by the name of their channel."""
        found = [
            one
            for one in self._subscriptions.values()
            if one.status is not Status.REMOVED and team in {None, one.team}
        ]
        return sorted(found, key=lambda one: (one.channel_name, one.id))

    async def ways(self, subscriptions: Collection[str]) -> Mapping[str, tuple[Way, ...]]:
        """The targets of each of ``subscriptions``, by kind and address."""
        ways = sorted(self._ways.values(), key=lambda one: (one.target.kind, one.target.address))
        return {one: tuple(way for way in ways if way.subscription == one) for one in subscriptions}

    async def way(self, identifier: str) -> Way | None:
        """The target with this id."""
        return self._ways.get(identifier)

    async def delivery(self, identifier: str) -> Delivery | None:
        """The one with this id."""
        return self._deliveries.get(identifier)

    async def keyed(self, key: str) -> Delivery | None:
        """The one with this key."""
        return next((one for one in self._deliveries.values() if one.key == key), None)

    async def history(self, subscription: str, limit: int) -> Sequence[Delivery]:
        """The newest recaps of a subscription, newest first, without skips that were undone."""
        found = [
            one
            for one in sorted(self._deliveries.values(), key=lambda one: one.id)
            if one.subscription == subscription and one.kind is Kind.RECAP and one.reason != UNDONE
        ]
        return sorted(found, key=lambda one: one.due_at, reverse=True)[:limit]

    async def last_sent(self, subscription: str) -> Delivery | None:
        """The newest recap of a subscription that arrived."""
        history = await self.history(subscription, len(self._deliveries))
        return next((one for one in history if one.state is State.SENT), None)

    async def overdue(self, owed_before: datetime, limit: int) -> Sequence[Delivery]:
        """Open recaps that are owed for long and whose contact does not know it yet."""
        found = [
            one
            for one in sorted(self._deliveries.values(), key=lambda one: one.due_at)
            if one.ready_at and one.kind is Kind.RECAP and one.reason != KEY_REFUSED
            if (one.waits_until or one.planned_at) <= owed_before
        ]
        return [one for one in found if await self.keyed(LATE_NOTICE + one.id) is None][:limit]

    async def wake(self, team: str, now: datetime) -> int:
        """What waits for a key in the workspace ``team`` may be claimed now; how many that were."""
        woken = [
            replace(one, ready_at=now)
            for one in self._deliveries.values()
            if (one.team, one.state) == (team, State.PLANNED) and one.reason in WAITING_FOR_KEY
        ]
        self._deliveries.update({one.id: one for one in woken})
        return len(woken)

    async def keep_as_posted(self, team: str) -> None:
        """No recap of the workspace ``team`` is compared with newer numbers: they are others'."""
        ended = [
            replace(one, state=State.SKIPPED, reason=OTHER_NUMBERS, ready_at=None, owner=None)
            for one in self._deliveries.values()
            if (one.team, one.kind) == (team, Kind.CORRECTION)
            if one.state in {State.PLANNED, State.CLAIMED}
        ]
        self._deliveries.update({one.id: one for one in ended})

    async def next_ready(self) -> datetime | None:
        """When the first open delivery, other than a correction, can be claimed."""
        found = [one for one in self._deliveries.values() if one.kind is not Kind.CORRECTION]
        return min((one.ready_at for one in found if one.ready_at), default=None)

    async def hold(self, team: str, until: datetime) -> None:
        """Slack asked the whole workspace to wait; never shortens a wait that is known."""
        self._holds[team] = max(until, self._holds.get(team, until))

    async def held(self, now: datetime) -> dict[str, datetime]:
        """The workspaces that have to wait, and until when."""
        return {team: until for team, until in self._holds.items() if until > now}

    async def refuse_data_blocks(self, team: str, now: datetime) -> None:  # noqa: ARG002
        """Slack took no data blocks in this workspace; since when, only a database tells."""
        self._classic.add(team)

    async def is_classic(self, team: str) -> bool:
        """Whether messages to this workspace have to do without data blocks."""
        return team in self._classic

    async def attempts(self, delivery: str) -> Sequence[Attempt]:
        """Everything that was tried, oldest first."""
        return [one for one in self._attempts if one.delivery == delivery]

    async def trail(self, subscription: str) -> Sequence[Entry]:
        """Who changed what, oldest first."""
        return [one for one in self._trail if one.subscription == subscription]


def _in_turns(found: Iterable[One], place: Callable[[One], Place]) -> list[One]:
    """``found`` by their ``place``; those of one workspace wait for as many of each other."""
    turns: Counter[tuple[str, int]] = Counter()
    order = {}
    for one in sorted(found, key=place):
        failed, due_at, identifier = place(one)
        turns[one.team, failed] += 1
        order[failed, turns[one.team, failed], due_at, identifier] = one
    return [order[turn] for turn in sorted(order)]


def _place(one: Delivery) -> Place:
    return (one.tries if one.kind is Kind.COPY else 0, one.due_at, one.id)


def _due(one: Subscription) -> Place:
    assert one.next_slot is not None  # noqa: S101 -- only those with one are ordered
    return (0, one.next_slot.due_at, one.id)


@dataclass
class MemorySnapshots:
    """``SnapshotStore`` in dictionaries."""

    _snapshots: dict[tuple[str, Period, date], Snapshot] = field(default_factory=dict)
    _followers: dict[tuple[str, date], Followers] = field(default_factory=dict)

    async def keep(self, snapshot: Snapshot) -> None:
        """Keep ``snapshot`` in place of its window's last one, unless that had fresher data."""
        key = (snapshot.organization, snapshot.period, snapshot.window.end)
        if self._snapshots.get(key, snapshot).refreshed <= snapshot.refreshed:
            self._snapshots[key] = snapshot

    async def ended(
        self, organization: str, period: Period, days: Collection[date]
    ) -> Sequence[Snapshot]:
        """The snapshots of ``period`` whose windows ended on one of ``days``, newest first."""
        keys = [(organization, period, day) for day in sorted(set(days), reverse=True)]
        return [self._snapshots[key] for key in keys if key in self._snapshots]

    async def keep_followers(self, followers: Followers) -> None:
        """Keep ``followers`` in place of what was counted on the same day."""
        self._followers[followers.organization, followers.day] = followers

    async def followers(self, organization: str, days: Sequence[date]) -> Followers | None:
        """The count of the first one of ``days`` on which there was one."""
        found = (self._followers.get((organization, day)) for day in days)
        return next((one for one in found if one), None)

    async def forget(self, before: date) -> int:
        """Remove all windows that ended, and all counts, before that day; returns how many."""
        old = [key for key in self._snapshots if key[-1] < before]
        counts = [key for key in self._followers if key[-1] < before]
        for key in old:
            del self._snapshots[key]
        for counted in counts:
            del self._followers[counted]
        return len(old) + len(counts)


@dataclass
class MemorySends:
    """``SendStore`` in a dictionary."""

    _sends: dict[str, Send] = field(default_factory=dict)

    async def find(self, key: str) -> Send | None:
        """The one with this key."""
        return self._sends.get(key)

    async def put(self, before: Send | None, after: Send) -> bool:
        """Write ``after`` in the place of ``before``; False when somebody else was faster."""
        if self._sends.get(after.key) != before:
            return False
        self._sends[after.key] = after
        return True
