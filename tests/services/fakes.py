"""In-memory implementations of the ports, for the services' own tests."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from bot.digest.facts import (
    Account,
    BatchMetrics,
    Fetched,
    Identity,
    Leaderboard,
    Overview,
    PlatformMetrics,
    Video,
    WindowMetrics,
)
from bot.digest.periods import Period, Window
from bot.errors import RecapError
from bot.ports import Ledger, Member, Place
from bot.rendering.blocks import SlackMessage
from bot.rendering.limits import Block
from bot.rendering.numbers import Numbers
from bot.rendering.targets import Payload
from bot.services.deliver import Delivering
from bot.services.dispatch import DeliveringOf
from bot.services.manage import Subscriptions
from bot.storage.memory import MemoryLedger
from bot.subscriptions.deliveries import Frozen
from bot.subscriptions.model import Managers
from bot.subscriptions.outcomes import NotThere, Outcome, Result, Sent, Sighting
from bot.subscriptions.targets import Target
from tests.examples import NOON, ROWS, call, overview

T = TypeVar("T")

BUSY = RecapError("CreatorAudit is busy.", "GET failed: 503.")

WHO = Identity("org_1", "Recap")


@dataclass
class FixedClock:
    """A clock that stands still until a test moves it."""

    instant: datetime = NOON

    def now(self) -> datetime:
        return self.instant


def account(identifier: str) -> Account:
    return Account(
        id=identifier,
        platform="tiktok",
        username="name",
        creator_id=None,
        creator_name=None,
        is_active=True,
        is_unavailable=False,
        follower_count=10,
        added_at=NOON,
        last_scrape_time=NOON,
        scrape_interval_hours=24,
    )


@dataclass
class MemorySource:
    """A ``CreatorSource`` whose answers are set by the test; an exception is raised instead."""

    numbers: Overview | Exception = field(default_factory=overview)
    board: Leaderboard | Exception = field(default_factory=lambda: Leaderboard("views", ROWS))
    tracked: tuple[Account, ...] | Exception = (account("a"), account("b"))
    metrics: BatchMetrics | Exception = field(
        default_factory=lambda: BatchMetrics(None, {"a": WindowMetrics(1_000, 1_000, 30, 8, 4)})
    )
    earlier: BatchMetrics | Exception | None = None
    """The accounts' numbers in earlier windows; None for those of ``metrics``."""
    identity: Identity | Exception = WHO
    tracked_videos: tuple[Video, ...] | Exception = ()
    metrics_of_videos: BatchMetrics | Exception = field(
        default_factory=lambda: BatchMetrics(None, {})
    )
    discovered: tuple[Video, ...] | Exception = ()
    metrics_of_discovered: PlatformMetrics | Exception = field(
        default_factory=lambda: PlatformMetrics(BatchMetrics(None, {}), BatchMetrics(None, {}))
    )
    asked: list[str] = field(default_factory=list)
    fetched_at: datetime = NOON
    gate: asyncio.Event | None = None
    """When set, every answer waits for it."""
    stuck: str | None = None
    """Questions that start with it are never answered."""

    async def whoami(self) -> Fetched[Identity]:
        return await self._answer("GET /whoami", self.identity)

    async def overview(self, period: Period) -> Fetched[Overview]:
        return await self._answer(f"GET /overview?period={period}", self.numbers)

    async def top_creators(self, period: Period) -> Fetched[Leaderboard]:
        return await self._answer(f"GET /creators/top?period={period}", self.board)

    async def accounts(self, *, at_most: int | None = None) -> Fetched[tuple[Account, ...]]:
        return await self._answer(f"GET /accounts ({at_most})", self.tracked)

    async def account_metrics(
        self, account_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        question = f"POST /accounts/metrics {_days(window)} {','.join(account_ids)}"
        is_earlier = isinstance(window, Window) and window.closed_at.date() < NOON.date()
        answer = self.earlier if is_earlier and self.earlier is not None else self.metrics
        return await self._answer(question, answer)

    async def videos(self, *, at_most: int | None = None) -> Fetched[tuple[Video, ...]]:
        return await self._answer(f"GET /videos ({at_most})", self.tracked_videos)

    async def video_metrics(
        self, video_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        question = f"POST /videos/metrics {_days(window)} {','.join(video_ids)}"
        return await self._answer(question, self.metrics_of_videos)

    async def account_videos(self, *, at_most: int | None = None) -> Fetched[tuple[Video, ...]]:
        return await self._answer(f"GET /account-videos ({at_most})", self.discovered)

    async def account_video_metrics(
        self, instagram_ids: Sequence[str], tiktok_ids: Sequence[str], window: Period | Window
    ) -> Fetched[PlatformMetrics]:
        ids = f"{','.join(instagram_ids)} {','.join(tiktok_ids)}"
        question = f"POST /account-videos/metrics {_days(window)} {ids}"
        return await self._answer(question, self.metrics_of_discovered)

    async def _answer(self, question: str, answer: T | Exception) -> Fetched[T]:
        self.asked.append(question)
        if self.stuck and question.startswith(self.stuck):
            await asyncio.Event().wait()
        if self.gate:
            await self.gate.wait()
        await asyncio.sleep(0)
        if isinstance(answer, Exception):
            raise answer
        return Fetched(answer, (replace(call(question), fetched_at=self.fetched_at),))


def _days(window: Period | Window) -> str:
    return f"{window.start}/{window.end}" if isinstance(window, Window) else str(window)


@dataclass
class MemoryReply:
    """A ``Reply`` that keeps what it was given; ``refusals`` are raised first, one a call."""

    shown: list[SlackMessage] = field(default_factory=list)
    posted: list[SlackMessage] = field(default_factory=list)
    notes: list[SlackMessage] = field(default_factory=list)
    refusals: list[RecapError] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def private(self, message: SlackMessage) -> None:
        self._refuse()
        self.shown.append(message)
        self.arrived.set()

    async def done(self, message: SlackMessage) -> None:
        await self.private(message)

    async def in_channel(self, message: SlackMessage, *, note: SlackMessage) -> None:
        self._refuse()
        self.posted.append(message)
        self.notes.append(note)

    @property
    def sentences(self) -> list[str]:
        """The first line of everything that was shown privately."""
        return [message.text.splitlines()[0] for message in self.shown]

    def _refuse(self) -> None:
        if self.refusals:
            raise self.refusals.pop(0)


@dataclass
class MemoryModals:
    """``Modals`` that keep what was opened."""

    opened: list[tuple[str, Block]] = field(default_factory=list)
    homes: list[tuple[str, Block, str | None]] = field(default_factory=list)
    updated: list[tuple[str, Block]] = field(default_factory=list)
    refusal: RecapError | None = None

    async def open(self, trigger_id: str, view: Block) -> str:
        if self.refusal:
            raise self.refusal
        self.opened.append((trigger_id, view))
        return f"V{len(self.opened)}"

    async def update(self, view_id: str, view: Block) -> None:
        self.updated.append((view_id, view))

    async def publish(self, user: str, view: Block, seen: str | None = None) -> bool:
        if self.refusal:
            raise self.refusal
        self.homes.append((user, view, seen))
        return seen != "stale"


@dataclass
class MemorySender:
    """A ``TargetSender`` into a list; ``results`` come first, by what is in the address.

    A target that is in ``hanging`` never answers.
    """

    sent: list[tuple[str, Payload, str]] = field(default_factory=list)
    results: dict[str, list[Result]] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    tried: list[str] = field(default_factory=list)

    async def send(self, target: Target, payload: Payload, key: str) -> Result:
        self.tried.append(target.address)
        if target.address in self.hanging:
            await asyncio.Event().wait()
        queue = self.results.get(target.address)
        result = queue.pop(0) if queue else Sent(target.host, "")
        if isinstance(result, Sent):
            self.sent.append((target.address, payload, key))
        return result


@dataclass
class MemoryMessenger:
    """A ``Messenger`` into a list; ``outcomes`` and ``sightings`` come first, one a call.

    ``threads`` holds where each reply went, by its key.
    """

    posted: list[tuple[str, Frozen, str]] = field(default_factory=list)
    threads: dict[str, str] = field(default_factory=dict)
    edited: list[tuple[str, str, Frozen]] = field(default_factory=list)
    whispered: list[tuple[str, str, SlackMessage]] = field(default_factory=list)
    outcomes: list[Outcome | Exception] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    looked: list[tuple[str, str, datetime]] = field(default_factory=list)
    refusal: RecapError | None = None

    async def post(
        self, target: str, message: Frozen, key: str, thread: str | None = None
    ) -> Outcome:
        outcome = await self._next()
        if outcome is None or isinstance(outcome, Sent):
            self.posted.append((target, message, key))
            self.threads |= {key: thread} if thread else {}
            return outcome or Sent(target, f"{len(self.posted)}.0")
        return outcome

    async def edit(self, channel: str, ts: str, message: Frozen) -> Outcome:
        outcome = await self._next()
        if outcome is None or isinstance(outcome, Sent):
            self.edited.append((channel, ts, message))
        return outcome or Sent(channel, ts)

    async def find(
        self, target: str, key: str, since: datetime, thread: str | None = None
    ) -> Sighting:
        self.looked.append((target, key, since))
        if self.sightings:
            return self.sightings.pop(0)
        keys = [key for _, _, key in self.posted]
        there = key in keys and self.threads.get(key) == thread
        return Sent(target, f"{keys.index(key) + 1}.0") if there else NotThere()

    async def _next(self) -> Outcome | None:
        await asyncio.sleep(0)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def whisper(self, channel: str, user: str, message: SlackMessage) -> None:
        if self.refusal:
            raise self.refusal
        self.whispered.append((channel, user, message))


@dataclass
class MemoryWorkspace:
    """A ``Workspace`` of what the test puts in; everything else is unknown."""

    places: dict[str, Place] = field(default_factory=dict)
    people: dict[str, Member] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    asleep: asyncio.Event | None = None
    """When set, questions about people wait for it."""

    async def place(self, channel: str) -> Place:
        return self.places.get(channel, Place())

    async def member(self, user: str) -> Member:
        if self.asleep:
            await self.asleep.wait()
        return self.people.get(user, Member())

    async def is_in(self, user: str, channel: str) -> bool:
        return user in self.members.get(channel, set())


def subscriptions(
    ledger: Ledger | None = None,
    workspace: MemoryWorkspace | None = None,
    messenger: MemoryMessenger | None = None,
    clock: FixedClock | None = None,
    managers: Managers = Managers.ANYONE,
    team: str = "T1",
) -> Subscriptions:
    """The service over whatever the test cares about."""
    return Subscriptions(
        ledger or MemoryLedger(),
        workspace or MemoryWorkspace(),
        messenger or MemoryMessenger(),
        clock or FixedClock(),
        Numbers(),
        team,
        managers=managers,
    )


def only(delivering: Delivering) -> DeliveringOf:
    """``delivering`` for whichever workspace."""

    async def of(team: str) -> Delivering:  # noqa: ARG001
        return delivering

    return of
