"""The same with a webhook, a chat and a mailbox beside each channel."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes

from bot.posting.smtp import Security
from bot.storage.ledger import SqlLedger
from bot.subscriptions.change import Change
from bot.subscriptions.copies import key
from bot.subscriptions.deliveries import Delivery, State
from bot.subscriptions.targets import Target, TargetKind
from bot.subscriptions.ways import Way
from tests.faults.harness import (
    CHANCES,
    RandomFaults,
    Trouble,
    killing,
    messages,
    stage,
    states,
)
from tests.posting.mail_server import DROP, mail_server
from tests.posting.receivers import PATHS, Receivers

KINDS = (TargetKind.WEBHOOK, TargetKind.DISCORD, TargetKind.EMAIL)
SERVICES = frozenset({"in", "api"})
LOST = 0.05
"""Of the mails: the server has it, and the connection is lost."""


class Moody(dict[str, str]):
    """What a mail server says that loses connections, and has no time now and then."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice
        self.counted: Counter[str] = Counter()

    def get(self, command: str, usual: str) -> str:  # type: ignore[override]
        said = {"DATA.": DROP, "RCPT": "451 no time"}.get(command)
        if said is None or self._dice.random() >= LOST:
            return usual
        self.counted[command] += 1
        return said


@dataclass(frozen=True)
class Elsewhere:
    """What came of a run; messages are counted by the key of their copy.

    Attributes:
        channels: Messages to channels, by the key of their slot.
        recaps: How the recaps ended.
        copies: Every copy, by its kind.
        arrived: Messages that the chat or the webhook has taken, before the latter tells doubles.
        kept: Webhook messages, each key once.
        mails: How many arrived with each Message-ID.
        undercut: Messages that came before the wait was over that they had been asked for.
        struck: What went wrong on the way.
        kills: Workers that were killed.
    """

    channels: Counter[str]
    recaps: Counter[State]
    copies: Mapping[TargetKind, list[Delivery]]
    arrived: Counter[str]
    kept: int
    mails: Counter[str]
    undercut: int
    struck: Counter[str]
    kills: int


async def run(database: str, *, slots: int, kills: int, seed: int) -> Elsewhere:
    """``slots`` due at once, each with three targets, and a worker killed now and then."""
    dice = random.Random(seed)  # noqa: S311 -- the same run again needs the same dice
    faults = RandomFaults(dice=dice, chances=dict(CHANCES))
    theirs = RandomFaults(dice=dice, chances=dict(CHANCES), places=SERVICES)
    moods = Moody(dice)
    async with (
        stage(database, slots, faults) as (slack, api, ledger),
        Receivers(faults=theirs) as receivers,
        mail_server(Security.NONE) as mails,
    ):
        mails.says = moods
        ways = await _add(ledger, receivers)
        words = [database, slack.api_url, api.base_url, "ledger", str(mails.port)]
        killed = await killing(ledger, words, Trouble(kills), dice)
        copies = {
            kind: [await _copy(ledger, way) for way in ways if way.target.kind is kind]
            for kind in KINDS
        }
        return Elsewhere(
            channels=messages(slack),
            recaps=await states(ledger),
            copies=copies,
            arrived=Counter(
                one.headers["Idempotency-Key"] for one in receivers.taken if one.status < 300
            ),
            kept=sum(service == "in" for service, _ in receivers.messages),
            mails=Counter(str(message_from_bytes(one.data)["Message-ID"]) for one in mails.taken),
            undercut=receivers.undercut,
            struck=theirs.counted + moods.counted,
            kills=len(killed),
        )


async def _add(ledger: SqlLedger, receivers: Receivers) -> list[Way]:
    made = []
    for one in await ledger.subscriptions():
        for kind in KINDS:
            address = f"{one.id}@example.com"
            if kind is not TargetKind.EMAIL:
                address = receivers.origin + PATHS[kind]
            way = Way(f"{one.id}-{kind}", one.id, Target(kind, address), "operator")
            assert await ledger.commit(Change(way=(None, way)))
            made.append(way)
    return made


async def _copy(ledger: SqlLedger, way: Way) -> Delivery:
    (recap,) = await ledger.history(way.subscription, 5)
    copy = await ledger.keyed(key(recap.key, way))
    assert copy is not None
    return copy
