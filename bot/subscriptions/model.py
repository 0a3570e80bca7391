"""A subscription: a channel, when it gets its recap, and who answers for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import islice

from bot.digest.preferences import Ask
from bot.subscriptions.schedule import ONE_DAY, Schedule, Slot


class Status(StrEnum):
    """Where a subscription stands; a removed one is kept for its history."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class Pause(StrEnum):
    """Why a subscription is paused."""

    BY_PERSON = "by_person"
    ARCHIVED = "archived"
    NOT_IN_CHANNEL = "not_in_channel"
    CHANNEL_GONE = "channel_gone"
    MAY_NOT_POST = "may_not_post"
    INSTALL_GONE = "install_gone"


class Managers(StrEnum):
    """Who may change a subscription."""

    ANYONE = "anyone"
    CONTACT_AND_ADMINS = "contact_and_admins"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel's standing order for a recap; a channel has at most one that is not removed.

    Attributes:
        id: Ours, never shown.
        team: Slack's id of the workspace.
        channel: Slack's id of the channel.
        channel_name: Its name without ``#``, empty where it is not known.
        schedule: When it is due.
        ask: What is posted.
        contact: Slack's id of who set it up and is told of trouble; None for an operator's.
        status: Active, paused or removed.
        pause: Why it is paused, while it is.
        since: Nothing that was due before this instant is posted any more.
        last_day: The newest local date whose slot came into the ledger when it was due.
        skipped: Local dates whose slots came into it earlier, because somebody skips them.
        next_slot: The first slot that the ledger does not have yet; None unless active.
        rules: The edition of the time-zone rules that ``next_slot`` was computed with.
        version: Counts the changes; whoever changes an old version is refused.
        wait_hours: How long a slot waits for fresh data; 0 posts on time.
    """

    id: str
    team: str
    channel: str
    channel_name: str
    schedule: Schedule
    ask: Ask
    contact: str | None
    since: datetime
    status: Status = Status.ACTIVE
    pause: Pause | None = None
    last_day: date | None = None
    skipped: frozenset[date] = frozenset()
    next_slot: Slot | None = None
    rules: str = ""
    version: int = 0
    wait_hours: int = 0

    @property
    def is_active(self) -> bool:
        """Whether it posts."""
        return self.status is Status.ACTIVE

    def upcoming(self, count: int) -> tuple[Slot, ...]:
        """The next ``count`` slots that are posted; none while it is not active."""
        if self.next_slot is None:
            return ()
        return tuple(islice(self.unskipped(self.schedule.slots_from(self.next_slot.day)), count))

    def unskipped(self, slots: Iterable[Slot]) -> Iterator[Slot]:
        """Those of ``slots`` that nobody skips."""
        return (slot for slot in slots if slot.day not in self.skipped)


def activated(subscription: Subscription, now: datetime, rules: str) -> Subscription:
    """``subscription`` posting from ``now`` on; what was due before is never replayed."""
    active = replace(subscription, status=Status.ACTIVE, pause=None, since=now)
    return with_next_slot(active, now, rules)


def with_next_slot(subscription: Subscription, after: datetime, rules: str) -> Subscription:
    """``subscription`` with its first slot after ``after`` on a date that had none yet."""
    last = subscription.last_day or date.min
    slots = subscription.unskipped(subscription.schedule.slots_after(after))
    upcoming = next(slot for slot in slots if slot.day > last)
    return replace(subscription, next_slot=upcoming, rules=rules)


def unskipped(subscription: Subscription, day: date, now: datetime, rules: str) -> Subscription:
    """``subscription`` that posts on ``day`` after all."""
    last_day = subscription.last_day and min(subscription.last_day, day - ONE_DAY)
    again = replace(subscription, last_day=last_day, skipped=subscription.skipped - {day})
    upcoming = subscription.next_slot
    if upcoming is None or upcoming.due_at <= now:
        # What is due is about to be planned; the slot after it is looked for then.
        return again
    return with_next_slot(again, now, rules)


def paused(subscription: Subscription, why: Pause) -> Subscription:
    """``subscription`` posting nothing until somebody resumes it."""
    return replace(subscription, status=Status.PAUSED, pause=why, next_slot=None)


def removed(subscription: Subscription) -> Subscription:
    """``subscription`` ended for good."""
    return replace(subscription, status=Status.REMOVED, pause=None, next_slot=None)
