"""Recaps to receivers on this machine, once each, whatever they answer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.digest.preferences import Ask, Preferences
from bot.errors import RecapError, TryLater
from bot.playground.faults import Fault
from bot.ports import SendStore
from bot.posting.outbox import Outbox
from bot.posting.webhook import WebhookSender
from bot.rendering.numbers import Numbers
from bot.rendering.sends import report_line
from bot.services.recap import RecapService
from bot.services.send import Sends
from bot.storage.memory import MemorySends
from bot.subscriptions.deliveries import State
from bot.subscriptions.outcomes import BadMessage, Busy, Refused, Result, Sent, Unsure
from bot.subscriptions.sends import Report, Send, Step
from bot.subscriptions.targets import Target, TargetKind
from tests.examples import NOON
from tests.posting.receivers import PATHS, Receivers
from tests.posting.test_addresses import HERE
from tests.services.fakes import BUSY, FixedClock, MemorySource

ASK = Ask()
MINUTE = timedelta(minutes=1)
HOOK = TargetKind.WEBHOOK
MAIL = Target(TargetKind.EMAIL, "mia@example.com")
DOUBT = (
    "127.0.0.1:PORT/…1234: not confirmed (ServerDisconnectedError), so it may have arrived. "
    "Look there; --again sends it once more."
)


@dataclass
class Desk:
    """What ``recap send`` works with, kept from one run to the next."""

    receivers: Receivers
    clock: FixedClock = field(default_factory=FixedClock)
    source: MemorySource = field(default_factory=MemorySource)
    store: MemorySends = field(default_factory=MemorySends)
    patience: float = 0.0

    def sends(self, store: SendStore | None = None) -> Sends:
        """One run; the next one knows only what is stored."""
        return Sends(
            RecapService(self.source, self.clock),
            store or self.store,
            Outbox(WebhookSender(self.clock, {HERE})),
            self.clock,
            Numbers(),
            owner="key",
            patience=self.patience,
        )

    async def run(self, *kinds: TargetKind, again: bool = False, ask: Ask = ASK) -> list[str]:
        """What is said of each target."""
        targets = [self.receivers.target(kind) for kind in kinds or (HOOK,)]
        reports = await self.sends().send(ask, targets, again=again)
        said = [report_line(one, Numbers()) for one in reports]
        return [line.replace(str(self.receivers.port), "PORT") for line in said]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Receivers() as receivers:
        yield Desk(receivers)


def arrived(desk: Desk) -> list[str]:
    return sorted(service for service, _ in desk.receivers.messages)


async def test_twice_is_once(desk: Desk) -> None:
    """A cron line that runs again on the same day asks nobody for anything."""
    assert await desk.run() == ["127.0.0.1:PORT/…1234: sent."]
    asked = len(desk.source.asked)
    desk.clock.instant += 60 * MINUTE
    assert await desk.run(ask=Ask(preferences=Preferences(top=9))) == [
        "127.0.0.1:PORT/…1234: already sent on 23 Nov 2026, 12:00 UTC. --again sends it once more."
    ]
    assert arrived(desk) == ["in"]
    assert len(desk.source.asked) == asked


async def test_the_next_window(desk: Desk) -> None:
    """Tomorrow there are other numbers."""
    await desk.run()
    desk.clock.instant += timedelta(days=1)
    assert await desk.run() == ["127.0.0.1:PORT/…1234: sent."]
    assert arrived(desk) == ["in", "in"]


async def test_again(desk: Desk) -> None:
    """Another message, with a key of its own: the receiver must not drop it as a repetition."""
    await desk.run()
    assert await desk.run(again=True) == ["127.0.0.1:PORT/…1234: sent."]
    assert arrived(desk) == ["in", "in"]
    keys = [one.headers["Idempotency-Key"] for one in desk.receivers.taken]
    assert keys[1] == f"{keys[0]}/2"


async def test_again_that_failed(desk: Desk) -> None:
    """A cron line without the word goes on as if it had not been said."""
    await desk.run()
    desk.receivers.faults.add(Fault("status", status=404))
    await desk.run(again=True)
    assert "already sent" in (await desk.run())[0]
    assert await desk.run(again=True) == ["127.0.0.1:PORT/…1234: sent."]
    assert arrived(desk) == ["in", "in"]


async def test_every_kind_at_once(desk: Desk) -> None:
    """One fetch serves them all; a target that is named twice gets one."""
    said = await desk.run(*PATHS, HOOK)
    assert len(said) == len(PATHS)
    assert said[4] == "127.0.0.1:PORT/…1234: sent, as message 1042."
    assert arrived(desk) == ["api", "hooks", "in", "json", "services", "workflows"]
    assert sum("overview" in question for question in desk.source.asked) == 1


async def test_one_that_fails_holds_up_no_other(desk: Desk) -> None:
    """Nor does it send to the others again."""
    desk.receivers.faults.add(Fault("status", "hooks", status=404, body="no_service"))
    said = await desk.run(HOOK, TargetKind.MATTERMOST, TargetKind.TEAMS)
    assert said[1] == (
        "127.0.0.1:PORT/…wxyz: refused (404 no_service). Create a new webhook there, and use its "
        "address."
    )
    assert arrived(desk) == ["in", "workflows"]
    said = await desk.run(HOOK, TargetKind.MATTERMOST, TargetKind.TEAMS)
    assert "already sent" in said[0]
    assert said[1] == "127.0.0.1:PORT/…wxyz: sent."
    assert arrived(desk) == ["hooks", "in", "workflows"]


@pytest.mark.parametrize("fault", ["reset", "lost"])
async def test_in_doubt(desk: Desk, fault: str) -> None:
    """Nobody can look, so a person decides; the same key lets the receiver tell a repetition."""
    desk.receivers.faults.add(Fault(fault))
    assert await desk.run() == [DOUBT]
    assert await desk.run() == [
        "127.0.0.1:PORT/…1234: begun on 23 Nov 2026, 12:00 UTC, and nobody knows whether it "
        "arrived. Look there; --again sends it once more."
    ]
    assert len(arrived(desk)) == (fault == "lost")
    assert await desk.run(again=True) == ["127.0.0.1:PORT/…1234: sent."]
    assert arrived(desk) == ["in"]


async def test_told_to_wait_for_long(desk: Desk) -> None:
    """The next run knows it, too, and nobody is asked before it is over, on no account."""
    desk.receivers.faults.add(Fault("rate_limited", retry_after="600"))
    assert await desk.run() == [
        "127.0.0.1:PORT/…1234: not sent: 429. It asks to wait until 23 Nov 2026, 12:10 UTC."
    ]
    desk.clock.instant += 9 * MINUTE
    for again in (False, True):
        assert await desk.run(again=again) == [
            "127.0.0.1:PORT/…1234: not sent. It asks to wait until 23 Nov 2026, 12:10 UTC."
        ]
    assert len(desk.receivers.taken) == 1
    desk.clock.instant += MINUTE
    assert await desk.run() == ["127.0.0.1:PORT/…1234: sent."]


class RealClock(FixedClock):
    """The machine's: what waits for real needs it."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251


async def test_told_to_wait_for_a_moment(desk: Desk) -> None:
    """A short wait is sat out, and never cut short."""
    desk.clock, desk.patience = RealClock(), 5.0
    desk.receivers.faults.add(Fault("rate_limited", retry_after="1"))
    assert await desk.run() == ["127.0.0.1:PORT/…1234: sent."]
    assert desk.receivers.undercut == 0
    assert [one.status for one in desk.receivers.taken] == [429, 200]
    assert len({one.headers["Idempotency-Key"] for one in desk.receivers.taken}) == 1


async def test_told_to_wait_again_and_again(desk: Desk) -> None:
    """A run ends; there will be another one."""
    desk.clock, desk.patience = RealClock(), 5.0
    desk.receivers.faults.add(Fault("rate_limited", retry_after="0", times=None))
    [line] = await desk.run()
    assert line == "127.0.0.1:PORT/…1234: not sent: 429. Run this again later."
    assert len(desk.receivers.taken) == 3


async def test_two_runs_together(desk: Desk) -> None:
    """One of them sends."""
    desk.receivers.faults.add(Fault("slow", seconds=0.1))
    one, other = await asyncio.gather(desk.run(), desk.run())
    assert sorted([*one, *other]) == [
        "127.0.0.1:PORT/…1234: another run is sending it, or was cut off just now. Try again in "
        "a minute.",
        "127.0.0.1:PORT/…1234: sent.",
    ]
    assert arrived(desk) == ["in"]


class Killed(Exception):
    """The process ends here."""


@dataclass
class Kill:
    """A store whose process is killed at the ``at``-th write, before or after it."""

    store: MemorySends
    at: int
    before: bool
    writes: int = 0

    async def find(self, key: str) -> Send | None:
        return await self.store.find(key)

    async def put(self, before: Send | None, after: Send) -> bool:
        self.writes += 1
        if self.writes == self.at and self.before:
            raise Killed
        done = await self.store.put(before, after)
        if self.writes == self.at:
            raise Killed
        return done


@pytest.mark.parametrize(
    ("moment", "sent", "next_step"),
    [
        ("before 1", 0, Step.GO),
        ("after 1", 0, Step.IN_DOUBT),
        ("before 2", 1, Step.IN_DOUBT),
        ("after 2", 1, Step.ALREADY),
    ],
)
async def test_killed_in_the_middle(desk: Desk, moment: str, sent: int, next_step: Step) -> None:
    """Whatever the moment of a write, nothing is sent twice by itself."""
    when, _, write = moment.partition(" ")
    sends = desk.sends(Kill(desk.store, int(write), before=when == "before"))
    target = desk.receivers.target(HOOK)
    with pytest.raises(Killed):
        await sends.send(ASK, [target])
    assert len(desk.receivers.taken) == sent
    desk.clock.instant += MINUTE
    [report] = await desk.sends().send(ASK, [target])
    assert report.step is next_step
    assert len(desk.receivers.taken) == max(sent, next_step is Step.GO)


async def test_no_numbers(desk: Desk) -> None:
    """Nothing was begun, so the next run may."""
    desk.source.numbers = BUSY
    with pytest.raises(RecapError):
        await desk.run(HOOK, TargetKind.TEAMS)
    desk.source.numbers = MemorySource().numbers
    assert await desk.run() == ["127.0.0.1:PORT/…1234: sent."]


async def test_a_database_that_is_away_for_one(desk: Desk) -> None:
    """What was begun for another target goes on to its end before the run does."""

    class Away(Kill):
        async def put(self, before: Send | None, after: Send) -> bool:
            if "wxyz" in after.shown:
                raise TryLater("Away.", "Away.")
            return await self.store.put(before, after)

    desk.receivers.faults.add(Fault("slow", "in", seconds=0.1))
    sends = desk.sends(Away(desk.store, 0, before=False))
    targets = [desk.receivers.target(kind) for kind in (TargetKind.MATTERMOST, HOOK)]
    with pytest.raises(TryLater):
        await sends.send(ASK, targets)
    assert "already sent" in (await desk.run())[0]


async def test_mail_is_not_set_up(desk: Desk) -> None:
    """The sentence says so."""
    [report] = await desk.sends().send(ASK, [MAIL])
    assert report_line(report, Numbers()) == (
        "m…@example.com: not sent: e-mail is not set up. SMTP_URL and MAIL_FROM name the server "
        "and the sender."
    )


SEND = Send("k", "example.com/…", State.POSTING, NOON)


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (Sent("example.com", ""), "sent."),
        (Busy("its host is not known"), "not sent: its host is not known. Run this again later."),
        (
            Unsure("503"),
            "not confirmed (503), so it may have arrived. Look there; --again sends it once more.",
        ),
        (
            BadMessage("400 invalid"),
            "it did not take the message (400 invalid). If it is another service than Recap takes "
            "it for, say so: mattermost+https://…",
        ),
        (
            Refused("private_address"),
            "not sent: its address leads into a private network. If that host is your own, add it "
            "to RECAP_WEBHOOK_HOSTS.",
        ),
        (Refused("insecure_address"), "not sent: its address must begin with https://."),
        (Refused("impossible_address"), "not sent: its host is not a possible one."),
        (
            Refused("redirect"),
            "not sent: it sends Recap on to another address, and Recap goes nowhere else by "
            "itself. Use that address, if you know it.",
        ),
        (
            Refused("403"),
            "refused (403). Create a new webhook there, and use its address.",
        ),
    ],
)
def test_sentences(result: Result, sentence: str) -> None:
    """What happened, and the one thing to do."""
    assert report_line(Report(Step.GO, SEND, result), Numbers()) == f"example.com/…: {sentence}"


def test_a_mailbox_that_is_refused() -> None:
    """There is no webhook to create anew."""
    send = replace(SEND, shown="m…@example.com")
    report = Report(Step.GO, send, Refused("550", "550 no such user"))
    assert report_line(report, Numbers()) == (
        "m…@example.com: not sent: 550 no such user. Check the address; recap doctor checks the "
        "mail server."
    )
