"""Slots that are due, workers that are killed, and a count of what came of it."""

import asyncio
import os
import random
import sys
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.digest.preferences import Ask
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.faults import Fault, Faults
from bot.playground.organisation import Organisation
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import BOT, Channel, Workspace
from bot.posting.scopes import SCOPES
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.upgrade import upgrade
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import State
from bot.subscriptions.model import Subscription
from bot.subscriptions.schedule import Schedule, Weekday
from bot.subscriptions.zones import rules_version
from tests.faults.worker import KEY

POST, HISTORY, THREAD = "chat.postMessage", "conversations.history", "conversations.replies"
WORKERS = 2
GIVE_UP = 7200.0
RETRY_AFTER = 2
KNOWN_WITHIN = 1.5
"""Seconds that a worker has to learn of the wait that another one was asked for."""

IN_FLIGHT = 0.5
"""Seconds that a question waits for its answer: the stand-in is slow for up to 0.3."""


@dataclass
class RandomFaults(Faults):
    """Every kind with its own chance, for posts and for looking them up."""

    dice: random.Random = field(default_factory=random.Random)
    chances: dict[str, float] = field(default_factory=dict)
    arrivals: list[float] = field(default_factory=list)
    told_to_wait: list[float] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    places: frozenset[str] = frozenset({POST, HISTORY, THREAD})

    def strike(self, where: str, *kinds: str) -> Fault | None:
        if where not in self.places:
            return None
        kind = kinds[0]
        if kind == "slow" and where == POST:
            self.arrivals.append(time.monotonic())
        if self.dice.random() >= self.chances.get(kind, 0.0):
            return None
        self.counted[kind] += 1
        if kind == "rate_limited" and where == POST:
            self.told_to_wait.append(time.monotonic())
        return Fault(kind, retry_after=str(RETRY_AFTER), seconds=self.dice.uniform(0.0, 0.3))

    def undercut(self) -> int:
        """Posts that came although the workspace had been told to wait, and could know it.

        A worker that is killed while it waits for that answer, or the moment it has it, takes it
        with it into the grave.
        """
        arrivals, kills = sorted(self.arrivals), sorted(self.kills)
        return sum(
            bisect_left(arrivals, told + RETRY_AFTER) - bisect_right(arrivals, told + KNOWN_WITHIN)
            for told in self.told_to_wait
            if bisect_left(kills, told - IN_FLIGHT) == bisect_right(kills, told + KNOWN_WITHIN)
        )


@dataclass(frozen=True)
class Result:
    """What came of a run."""

    slots: int
    kills: int
    seconds: float
    messages: Counter[str]
    states: Counter[State]
    undercut: int
    faults: Counter[str]
    calls: int

    @property
    def twice(self) -> int:
        """Slots, and replies in their threads, with more than one message."""
        return sum(count > 1 for count in self.messages.values())

    @property
    def lost(self) -> int:
        """Slots without a message."""
        return self.slots - sum(key.count("/") == 1 for key in self.messages)


CHANCES = {"lost": 0.03, "rate_limited": 0.05, "status": 0.02, "reset": 0.01, "slow": 0.05}


async def run(
    database: str,
    *,
    slots: int,
    kills: int,
    seed: int,
    style: str = "ledger",
    every: float = 0.8,
    chances: Mapping[str, float] = CHANCES,
) -> Result:
    """``slots`` due at once, and a worker killed about ``every`` seconds until ``kills``."""
    dice = random.Random(seed)  # noqa: S311 -- the same run again needs the same dice
    faults = RandomFaults(dice=dice, chances=dict(chances))
    began = time.monotonic()
    async with stage(database, slots, faults) as (slack, api, ledger):
        words = [database, slack.api_url, api.base_url, style]
        faults.kills = await killing(ledger, words, kills, dice, every)
        return Result(
            slots=slots,
            kills=len(faults.kills),
            seconds=time.monotonic() - began,
            messages=messages(slack),
            states=await states(ledger),
            undercut=faults.undercut() + slack.undercut,
            faults=faults.counted,
            calls=len(api.exchanges),
        )


async def killing(
    ledger: SqlLedger, words: list[str], kills: int, dice: random.Random, every: float
) -> list[float]:
    """Let workers work until everything is settled; returns when one was killed meanwhile."""
    began = time.monotonic()
    workers = [await start(words) for _ in range(WORKERS)]
    killed: list[float] = []
    try:
        while time.monotonic() - began < GIVE_UP:
            await asyncio.sleep(dice.uniform(0.2, 2 * every - 0.2))
            if len(killed) < kills:
                victim = dice.randrange(WORKERS)
                workers[victim].kill()
                killed.append(time.monotonic())
                await workers[victim].wait()
                workers[victim] = await start(words)
            elif await settled(ledger):
                break
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()
    return killed


@asynccontextmanager
async def stage(
    database: str, slots: int, faults: RandomFaults
) -> AsyncIterator[tuple[SlackStandIn, CreatorAuditStandIn, SqlLedger]]:
    now = datetime.now(UTC)  # noqa: TID251 -- the workers' clocks are real
    keys = {KEY: ApiKey(Organisation(now.date()))}
    workspace = Workspace.sample()
    workspace.channels |= {
        f"C{number}": Channel(f"C{number}", f"c{number}", {BOT}) for number in range(slots)
    }
    async with (
        CreatorAuditStandIn(keys, now=lambda: datetime.now(UTC)) as api,  # noqa: TID251
        SlackStandIn(workspace, now=time.time, scopes=frozenset(SCOPES), faults=faults) as slack,  # noqa: TID251
        open_database(database) as engine,
    ):
        await upgrade(engine)
        ledger = SqlLedger(engine)
        due = now.replace(second=0, microsecond=0)
        for number in range(slots):
            await ledger.commit(Change(subscription=(None, _subscription(number, due))))
        yield slack, api, ledger


def _subscription(number: int, due: datetime) -> Subscription:
    """One whose slot is due this minute."""
    schedule = Schedule(frozenset({Weekday(due.weekday())}), due.time())
    made = Subscription(
        id=f"s{number}",
        team="T0ACME",
        channel=f"C{number}",
        channel_name=f"c{number}",
        schedule=schedule,
        ask=Ask(),
        contact=None,
        since=due - timedelta(hours=1),
        rules=rules_version(),
    )
    return replace(made, next_slot=schedule.slot(due.date()))


async def start(words: list[str]) -> asyncio.subprocess.Process:
    root = Path(__file__).parent.parent.parent
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.worker",
        *words,
        cwd=root,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(root)},
        stderr=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )


async def settled(ledger: SqlLedger) -> bool:
    far = datetime.now(UTC)  # noqa: TID251
    return not await ledger.due(far, 1) and await ledger.next_ready() is None


def messages(slack: SlackStandIn) -> Counter[str]:
    """How many messages each slot and each reply has, by its key."""
    return Counter(
        str((message.metadata or {}).get("event_payload", {}).get("key"))
        for message in slack.workspace.messages
    )


async def states(ledger: SqlLedger) -> Counter[State]:
    states: Counter[State] = Counter()
    for one in await ledger.subscriptions():
        states.update(delivery.state for delivery in await ledger.history(one.id, 5))
    return states
