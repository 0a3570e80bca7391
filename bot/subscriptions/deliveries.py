"""A delivery: one message that Recap owes somebody, and how far it has come.

    planned → claimed → posting → sent
                  │         ├───→ failed
                  │         └───→ unconfirmed   (nobody can tell whether Slack took it)
                  └─→ skipped, missed

``posting`` is committed before Slack is called. Whoever finds a delivery in ``posting`` looks for
its key in the channel before anything else, since Slack may have taken it. A correction in
``posting`` is simply made once more: an edit can't be made twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from bot.digest.preferences import Ask

RECORDED_MISSED: Final = 31
"""Slots of one long absence that are written down; the notice counts them all."""


class State(StrEnum):
    """How far a delivery has come."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    POSTING = "posting"
    SENT = "sent"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    SKIPPED = "skipped"
    MISSED = "missed"


LATE_NOTICE: Final = "notice/late/"
"""The key of the notice that a delivery is late, without the delivery's id."""

SKIPPED_BY_PERSON: Final = "asked_for"
UNDONE: Final = "undone"
"""The reason of a skip that was taken back: its slot belongs to another delivery then."""

OTHER_NUMBERS: Final = "other_organization"
"""The reason of a correction that is not made: the workspace sees other numbers by now."""

WAITING_FOR_DATA: Final = "waiting_for_data"
"""The reason of what is planned still: its subscription wants it with fresh numbers."""

NO_KEY: Final = "no_key"
KEY_REFUSED: Final = "key_refused"
WAITING_FOR_KEY: Final = frozenset({NO_KEY, KEY_REFUSED})
"""The reasons of what is planned still and would be built but for a key that works. Of one that is
refused, whoever entered it is told; then nobody else hears that a recap is late."""

OPEN: Final = frozenset({State.PLANNED, State.CLAIMED, State.POSTING})


class Kind(StrEnum):
    """What is delivered."""

    RECAP = "recap"
    NOTICE = "notice"
    REPLY = "reply"
    CORRECTION = "correction"
    COPY = "copy"


ALL: Final = frozenset(Kind)
COPIES: Final = frozenset({Kind.COPY})
"""What goes elsewhere than to Slack."""

CORRECTIONS: Final = frozenset({Kind.CORRECTION})
"""What looks again at posts, often in vain."""

POSTS: Final = ALL - COPIES - CORRECTIONS
"""What people wait for: neither of the others keeps a place of these."""


@dataclass(frozen=True, slots=True)
class Provisional:
    """How a recap was built whose numbers may still become fuller: what a correction goes by.

    Attributes:
        ask: What was asked for; the subscription may ask for something else by now.
        day: The UTC date before which its window ends.
        refreshed: How many accounts had been refreshed since the window closed.
        look_at: When fuller numbers are to be expected.
        missing: The parts that it has to do without.
        late: What it says of its own lateness, in words.
        waited: What it says of its wait for fresh data, in words.
        last: When the channel got the one before, in words.
    """

    ask: Ask
    day: date
    refreshed: int
    look_at: datetime
    missing: tuple[str, ...] = ()
    late: str | None = None
    waited: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Frozen:
    """A message as it is sent, and sent again.

    Attributes:
        text: All of it in words.
        blocks: Block Kit; empty sends ``text`` alone.
        classic: What is sent instead of ``blocks`` where the workspace refuses data blocks; empty
            where ``blocks`` has none.
        replies: What goes into its thread once it is there.
        headline: The accounts' own sums of its window, by metric: what a correction compares with.
        provisional: What a correction goes by; None where the numbers stay as they are.
        corrections: What was corrected in it since it was posted, in words, oldest first.
        payload: What goes to a target that is not Slack's, in its own shape.
    """

    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    classic: tuple[dict[str, Any], ...] = ()
    replies: tuple["Frozen", ...] = ()
    headline: Mapping[str, int | float] = field(default_factory=dict)
    provisional: Provisional | None = None
    corrections: tuple[str, ...] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message owed.

    Attributes:
        id: Ours.
        key: Unique for ever, and in the metadata of the message: ``SUBSCRIPTION/LOCAL-DATE`` for a
            slot.
        kind: A recap, a reply in its thread, its correction, its copy for a target beside the
            channel, or a notice to one person.
        team: Slack's id of the workspace.
        target: Slack's id of the channel, or of the person.
        subscription: Id of the subscription that it belongs to.
        thread: Slack's name of the message that it replies to or corrects; None for all others.
        day: The slot's local date; None for what is not on a schedule.
        due_at: When it should have been there.
        planned_at: When it came into the ledger.
        state: How far it has come.
        reason: Why it ended otherwise than ``sent``, in one word of ours or Slack's error code;
            what it waits for while it is open: ``waiting_for_data``, ``no_key``, ``key_refused``.
        asked_by: Slack's id of the person who pressed **Send now** or **Post again**.
        owner: Who works on it.
        fence: Counts the claims: a worker whose fence is old changes nothing any more.
        ready_at: When it may be claimed (again); None when it is settled.
        waits_until: Until when it waits, or waited, for fresh data; None where it never did.
        tries: Attempts that ended without a decision.
        message: What is posted, once that is frozen; of a correction, what takes the place of the
            post and its replies.
        posting_at: When it was first handed to Slack, while Slack's answer is unknown.
        handed_at: The same for the last time.
        absent_at: When the channel was first seen without it since then.
        posted_in: The channel that the message is in.
        ts: Slack's name of the message in that channel.
        sent_at: When Recap learned that it is there.
        way: Id of the target that a copy is for; None for all that goes to Slack.
    """

    id: str
    key: str
    kind: Kind
    team: str
    target: str
    due_at: datetime
    planned_at: datetime
    subscription: str
    thread: str | None = None
    day: date | None = None
    state: State = State.PLANNED
    reason: str | None = None
    asked_by: str | None = None
    owner: str | None = None
    fence: int = 0
    ready_at: datetime | None = None
    waits_until: datetime | None = None
    tries: int = 0
    message: Frozen | None = None
    posting_at: datetime | None = None
    handed_at: datetime | None = None
    absent_at: datetime | None = None
    posted_in: str | None = None
    ts: str | None = None
    sent_at: datetime | None = None
    way: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether anything is still going to happen with it."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try came to; a row of its own, kept for ever."""

    delivery: str
    fence: int
    began_at: datetime
    ended_at: datetime
    outcome: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who changed what: one line of the audit trail.

    ``actor`` is a Slack user id, ``slack`` for an event, ``recap`` for itself, ``operator`` for the
    command line. ``subscription`` is an id of ours, or Slack's id of the workspace where all of it
    was concerned.
    """

    at: datetime
    actor: str
    action: str
    subscription: str
    detail: str = ""


def lateness(delivery: Delivery, now: datetime) -> timedelta:
    """How long ``delivery`` has been due."""
    return max(now - delivery.due_at, timedelta(0))
