"""Where a turn at Slack's pace is far, a delivery waits in the ledger and keeps its place free."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.errors import TryLater
from bot.services.pace import Pace
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Kind, State
from bot.subscriptions.model import Subscription
from bot.subscriptions.outcomes import NotThere, Unsure
from bot.subscriptions.pace import Rate
from bot.subscriptions.targets import Target, TargetKind
from bot.subscriptions.ways import Way
from tests.services.fakes import FixedClock
from tests.services.post_office import MONDAY, SECOND, PostOffice, subscription

FAR = 60.0
"""Seconds to the next turn."""


def of_team(team: str, count: int) -> list[Subscription]:
    """So many channels of one workspace, all due at the same minute."""
    return [replace(subscription(f"{team}-{n}", f"C{n}-{team}"), team=team) for n in range(count)]


@dataclass
class Paced:
    """An office at Slack's pace, whose seconds are those of its clock."""

    rate: Rate
    office: PostOffice = field(init=False)

    def __post_init__(self) -> None:
        clock = FixedClock(MONDAY)
        pace = Pace(self.rate, lambda: clock.now().timestamp())
        self.office = PostOffice(clock=clock, pace=pace, at_once=4)

    def posted(self) -> list[str]:
        """The workspaces of the posts, in their order."""
        return [target.partition("-")[2] for target, _, _ in self.office.messenger.posted]


async def test_a_large_workspace_keeps_no_other_waiting() -> None:
    """Who has used up its burst waits in line, and not in the places that others need."""
    paced = Paced(Rate(burst=5, per_second=0.5))
    office = paced.office
    small = [one for n in range(10) for one in of_team(f"S{n}", 2)]
    await office.keep(*of_team("LARGE", 30), *small)
    await office.tick()
    posted = paced.posted()
    assert posted.count("LARGE") == 5
    assert sorted(set(posted) - {"LARGE"}) == [f"S{n}" for n in range(10)]
    assert len(posted) == 25


async def test_a_large_workspace_goes_on_at_its_pace() -> None:
    """One more with every turn, the longest due first; none is tried in vain, none goes twice."""
    paced = Paced(Rate(burst=5, per_second=0.5))
    office = paced.office
    await office.keep(*of_team("LARGE", 12))
    await office.tick()
    counts = []
    for _ in range(8):
        await office.later(seconds=2)
        counts.append(len(office.messenger.posted))
    assert counts == [6, 7, 8, 9, 10, 11, 12, 12]
    assert len({target for target, _, _ in office.messenger.posted}) == 12
    assert {(one.state, one.tries) for one in office.recaps()} == {(State.SENT, 0)}
    assert max(one.fence for one in office.recaps()) == 2


async def test_settle_waits_in_line() -> None:
    """A run for an outside cron says when the next turn is, where that is far."""
    paced = Paced(Rate(burst=1, per_second=0.002))
    await paced.office.keep(*of_team("LARGE", 2))
    again = await paced.office.dispatcher.settle(MONDAY)
    assert again == MONDAY + 500 * SECOND
    assert len(paced.posted()) == 1


@dataclass
class Scripted:
    """A ``Pacer`` whose words are set by the test; then every turn is near."""

    waits: list[float]
    trouble: TryLater | None = None

    async def turn(self, team: str, channel: str, *, yields: bool = False) -> float:  # noqa: ARG002
        if self.trouble:
            raise self.trouble
        return self.waits.pop(0) if self.waits else 0.0


async def test_what_waits_in_line_keeps_its_numbers() -> None:
    """Built once: the channel and its copy get what there was when its turn was asked for."""
    office = PostOffice(pace=Scripted([FAR]))
    await office.keep(subscription())
    hook = Target(TargetKind.WEBHOOK, "https://hooks.example.com/in/1234567890abcdef")
    assert await office.ledger.commit(Change(way=(None, Way("w0", "s1", hook, "U1"))))
    await office.tick()
    waiting = office.recap
    assert (waiting.state, waiting.owner, waiting.tries) == (State.PLANNED, None, 0)
    assert (waiting.ready_at, waiting.posting_at) == (MONDAY + timedelta(seconds=FAR), None)
    assert await office.ledger.attempts(waiting.id) == []
    frozen, asked = waiting.message, len(office.source.asked)
    office.source.numbers = TryLater("away", "503")
    await office.later(seconds=FAR - 1)
    assert office.messenger.posted == []
    await office.later(seconds=1)
    assert [message for _, message, _ in office.messenger.posted] == [frozen]
    assert office.recap.state is State.SENT
    assert "1.24M" in office.sender.sent[0][1]["text"]
    assert len(office.source.asked) == asked


async def test_what_was_in_doubt_stays_so_in_line() -> None:
    """It is looked for once more before it goes, since Slack may have it."""
    office = PostOffice(pace=Scripted([0.0, FAR]))
    office.messenger.outcomes = [Unsure("reset")]
    await office.keep(subscription())
    await office.tick()
    for _ in range(2):
        await office.later(seconds=20)
    assert (office.recap.state, office.recap.posting_at) == (State.PLANNED, MONDAY)
    office.messenger.sightings = [NotThere()]
    await office.later(seconds=FAR)
    assert office.messenger.sightings == []
    assert len(office.posts()) == 1
    assert office.recap.state is State.SENT


async def test_a_correction_waits_in_line() -> None:
    """Begun and not made yet: it is made when there is a turn, and counts no try."""
    pacer = Scripted([])
    office = PostOffice(pace=pacer)
    office.refreshed(6)
    office.editions.sums = {"views": 1_210_000}
    await office.keep(subscription())
    await office.tick()
    office.refreshed(9)
    office.editions.sums = {"views": 1_240_000}
    pacer.waits = [FAR]
    await office.later(minutes=15)
    (waiting,) = office._kind(Kind.CORRECTION)
    assert (waiting.state, waiting.owner, waiting.tries) == (State.POSTING, None, 0)
    await office.later(seconds=FAR - 1)
    assert office.messenger.edited == []
    await office.later(seconds=1)
    assert len(office.messenger.edited) == 1


async def test_nobody_knows_whose_turn_it_is() -> None:
    """With its database away a recap is not handed over; its lease ends, and it goes then."""
    pacer = Scripted([], TryLater("away", "The database does not answer: locked."))
    office = PostOffice(pace=pacer)
    await office.keep(subscription())
    await office.tick()
    assert (office.posts(), office.recap.state) == ([], State.CLAIMED)
    pacer.trouble = None
    await office.later(seconds=60)
    assert office.posts() == ["Recap: last 7 days"]
