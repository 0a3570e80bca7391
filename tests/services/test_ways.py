"""Targets beside the channel: added, tried, resumed and removed by whoever may change it."""

import pytest

from bot.errors import TryLater, Unusable
from bot.rendering.blocks import SlackMessage
from bot.services.presses import Presses
from bot.services.ways import Ways
from bot.storage.memory import MemoryLedger
from bot.subscriptions.change import Change
from bot.subscriptions.model import Managers
from bot.subscriptions.outcomes import BadMessage, Busy, Refused, Result, Unsure
from bot.subscriptions.targets import TargetKind, parse_target
from bot.subscriptions.ways import Wanted, Way, paused
from tests.examples import NOON
from tests.services.fakes import FixedClock, MemorySender, MemoryWorkspace, subscriptions
from tests.services.post_office import subscription

HOOK = "https://chat.example.com/hooks/secret-secret-1234"
SHOWN = "chat.example.com/…1234"
ONE = subscription()


class Desk:
    """A subscription with one webhook."""

    def __init__(self, *results: Result, managers: Managers = Managers.ANYONE) -> None:
        self.ledger, self.sender = MemoryLedger(), MemorySender(results={HOOK: list(results)})
        self.people = subscriptions(self.ledger, MemoryWorkspace(), managers=managers)
        self.ways = Ways(self.ledger, self.people, self.sender, FixedClock(), patience=0.05)
        self.presses = Presses(self.people, self.ways)
        self.said: list[str] = []

    async def open(self, pause: str | None = None) -> Way:
        assert await self.ledger.commit(Change(subscription=(None, ONE)))
        await self.ways.add("U1", ONE, [parse_target(HOOK)])
        (way,) = await self.ways.of(ONE)
        if pause:
            assert await self.ledger.commit(Change(way=(way, paused(way, pause, NOON))))
        return way

    async def choose(self, action: str, way: Way) -> list[str]:
        await self.presses.choose(f"{action} {way.id}", "U1", self)
        return self.said

    async def private(self, message: SlackMessage) -> None:
        self.said.append(message.text)

    async def done(self, message: SlackMessage) -> None:
        self.said.append(f"done: {message.text}")

    async def in_channel(self, message: SlackMessage, *, note: SlackMessage) -> None:
        raise NotImplementedError

    async def trail(self) -> list[tuple[str, str]]:
        return [(one.action, one.detail) for one in await self.ledger.trail(ONE.id)]


async def test_added_once() -> None:
    """What is there already stays as it is; the audit trail never holds an address."""
    desk = Desk()
    way = await desk.open()
    await desk.ways.add("U2", ONE, [parse_target(HOOK), parse_target("name@example.com")])
    assert [one.id == way.id for one in await desk.ways.of(ONE)] == [False, True]
    assert await desk.trail() == [("target_added", SHOWN), ("target_added", "n…@example.com")]


async def test_removed() -> None:
    """And only once."""
    desk = Desk()
    way = await desk.open()
    assert await desk.choose("remove", way) == [f"done: {SHOWN} gets no more recaps."]
    assert await desk.ways.of(ONE) == ()
    with pytest.raises(Unusable) as refused:
        await desk.choose("remove", way)
    assert refused.value.reader == "This target is gone. *Edit* shows where else the recap goes."


async def test_resumed() -> None:
    """What was refused for good gets the next recap; what was never paused stays as it is."""
    desk = Desk()
    way = await desk.open("404")
    assert await desk.choose("resume", way) == [f"done: {SHOWN} gets the next recap again."]
    await desk.choose("resume", way)
    assert [one.pause for one in await desk.ways.of(ONE)] == [None]
    assert [action for action, _ in await desk.trail()] == ["target_added", "target_resumed"]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "took the test message. Look whether it reads well."),
        (Busy("503"), "did not take it: 503. Try again later."),
        (Unsure("reset"), "gave no clear answer (reset). Look whether it arrived."),
        (
            BadMessage("400"),
            "did not take it (400). If it is another service than Recap takes it for, write it "
            "as mattermost+https://… in its line.",
        ),
        (
            Refused("404"),
            "refused it (404). Create a new webhook there and put its address in place of this "
            "one.",
        ),
        (
            Refused("private_address"),
            "refused it (private_address). Its address leads into a private network. Ask whoever "
            "runs Recap to add the host to RECAP_WEBHOOK_HOSTS, then resume it.",
        ),
    ],
)
async def test_tried(result: Result | None, said: str) -> None:
    """The person reads what came back, and the trail says that somebody has tried."""
    desk = Desk(*([result] if result else []))
    way = await desk.open()
    first, second = await desk.choose("try", way)
    assert first == "A test is on its way …"
    assert second.replace("\u2060", "") == f"{SHOWN} {said}".replace("\u2060", "")
    assert desk.sender.tried == [HOOK]
    for _, payload, key in desk.sender.sent:
        assert payload["text"].startswith("A test of Recap: the recap of")
        assert key.startswith(f"trial/{way.id}/")
    assert (await desk.trail())[-1][0] == "target_tried"


async def test_a_target_that_says_nothing() -> None:
    """Nobody waits longer than that for a test."""
    desk = Desk()
    way = await desk.open()
    desk.sender.hanging.add(HOOK)
    assert (await desk.choose("try", way))[-1].endswith("Look whether it arrived.")


async def test_who_may() -> None:
    """Whoever may not change the subscription may not change where it goes."""
    desk = Desk(managers=Managers.CONTACT_AND_ADMINS)
    way = await desk.open()
    for deed in (desk.ways.remove, desk.ways.resume, desk.ways.try_out):
        with pytest.raises(Unusable, match="U2 may not change s1"):
            await deed("U2", way.id)
    assert desk.sender.tried == []


async def test_changed_by_somebody_else() -> None:
    """Nothing is overwritten; the person looks again."""
    desk = Desk()
    way = await desk.open()
    await desk.ways.remove("U2", way.id)
    with pytest.raises(TryLater) as refused:
        await desk.ways.change("U1", ONE, Wanted(dropped=(way,)))
    assert refused.value.reader.startswith("Somebody else has changed where this recap goes.")


@pytest.mark.parametrize("kind", TargetKind)
async def test_every_kind_can_be_tried(kind: TargetKind) -> None:
    """In the shape that it takes; ``tests/posting`` holds the services to theirs."""
    desk = Desk()
    assert await desk.ledger.commit(Change(subscription=(None, ONE)))
    typed = "name@example.com" if kind is TargetKind.EMAIL else f"{kind.value}+{HOOK}"
    await desk.ways.add("U1", ONE, [parse_target(typed)])
    (way,) = await desk.ways.of(ONE)
    await desk.choose("try", way)
    ((_, payload, _),) = desk.sender.sent
    assert "A test of Recap" in str(payload)
