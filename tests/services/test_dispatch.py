"""The pass over the ledger: what is due comes in, what is ready goes out, and nothing twice."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.errors import TryLater
from bot.services.dispatch import would_do
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import State
from bot.subscriptions.model import Pause, Status
from bot.subscriptions.outcomes import Busy, Unsure
from bot.subscriptions.protocol import Policy
from bot.subscriptions.schedule import Schedule, Weekday
from bot.subscriptions.zones import rules_version
from tests.services.fakes import FixedClock
from tests.services.post_office import MONDAY, SECOND, PostOffice, subscription

AWAY = TryLater("away", "The database does not answer: locked.")


async def test_two_processes_post_once() -> None:
    """Both look at the same moment; the ledger decides."""
    office = PostOffice()
    await office.keep(*(subscription(f"s{n}", f"C{n}") for n in range(20)))
    other = office.another()
    await asyncio.gather(office.dispatcher.tick(), other.tick())
    await office.tick()
    await office.tick(other)
    assert len(office.messenger.posted) == 20
    assert {one.state for one in office.recaps()} == {State.SENT}


async def test_many_at_once_but_not_more() -> None:
    """A hundred due at once go out in batches, all in one pass."""
    office = PostOffice(at_once=8)
    await office.keep(*(subscription(f"s{n}", f"C{n}") for n in range(100)))
    most = 0
    post = office.messenger.post

    async def counting(*arguments: object) -> object:
        nonlocal most
        most = max(most, len(office.dispatcher._posts.under_way))
        return await post(*arguments)  # type: ignore[arg-type]

    office.messenger.post = counting  # type: ignore[assignment,method-assign]
    await office.dispatcher.tick()
    await office.dispatcher.finish()
    assert len(office.messenger.posted) == 100
    assert most == 8


async def test_after_a_long_absence_only_the_latest() -> None:
    """Three Mondays were missed: the newest is posted late, the others are told of."""
    office = PostOffice()
    await office.keep(subscription())
    office.clock.instant = MONDAY + timedelta(days=14, hours=3)
    await office.tick()
    assert office.posts() == ["3 hours late: this was due on Mon, Dec 7 at 09:00."]
    assert [(one.key, one.state) for one in office.recaps()] == [
        ("s1/2026-11-23", State.MISSED),
        ("s1/2026-11-30", State.MISSED),
        ("s1/2026-12-07", State.SENT),
    ]
    assert office.posts("U1") == [
        "2 posts for #name-C1 could not be sent in time (Mon, Nov 23 · Mon, Nov 30)."
    ]


async def test_a_year_of_absence() -> None:
    """A daily schedule: one post at most, one notice, and no year of rows."""
    office = PostOffice()
    daily = replace(subscription(), schedule=Schedule(frozenset(Weekday)))
    await office.keep(daily)
    office.clock.instant = MONDAY + timedelta(days=365)
    await office.tick()
    assert len(office.recaps()) == 32
    assert office.posts("U1") == [
        "365 posts for #name-C1 could not be sent in time "
        "(Sat, Nov 20 · Sun, Nov 21 · Mon, Nov 22 and earlier)."
    ]


async def test_a_clock_that_is_put_back() -> None:
    """The hour comes again, and with it nothing."""
    office = PostOffice()
    await office.keep(subscription())
    await office.tick()
    await office.later(hours=-1)
    for _ in range(4):
        await office.later(minutes=30)
    assert len(office.posts()) == 1


async def test_overdue_is_told_once() -> None:
    """Half an hour without a message reaches the contact; the log says it as an error."""
    office = PostOffice()
    office.source.numbers = TryLater("away", "503")
    await office.keep(subscription())
    await office.tick()
    await office.later(minutes=29)
    assert office.notices() == []
    with capture_logs() as logs:
        await office.later(minutes=1)
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["delivery_late"]
    await office.later(minutes=40)
    assert len(office.notices()) == 1


async def test_overdue_but_paused() -> None:
    """Nobody waits for it any more."""
    office = PostOffice()
    office.source.numbers = TryLater("away", "503", retry_after=7200)
    await office.keep(subscription())
    await office.tick()
    await office.edit("s1", status=Status.PAUSED, pause=Pause.BY_PERSON, next_slot=None)
    await office.later(minutes=40)
    assert office.notices() == []


async def test_a_database_that_is_away() -> None:
    """The pass ends with a line in the log, and the next one begins where it stood."""
    office = PostOffice()
    await office.keep(subscription())
    due = office.ledger.due

    async def away(*_: object) -> list[object]:
        raise AWAY

    office.ledger.due = away  # type: ignore[assignment,method-assign]
    with capture_logs() as logs:
        await office.tick()
    assert {line["event"] for line in logs} == {"tick_cut_short"}
    office.ledger.due = due  # type: ignore[method-assign]
    await office.tick()
    assert len(office.posts()) == 1


async def test_planned_by_somebody_else_meanwhile() -> None:
    """Two workers read the same subscription; the second one's plan is refused and reread."""
    office = PostOffice()
    await office.keep(subscription())
    due, late = office.ledger.due, list[object]()

    async def slow(*arguments: object) -> object:
        found = await due(*arguments)  # type: ignore[arg-type]
        if not late:
            late.append(found)
            await office.another().tick()
        return found

    office.ledger.due = slow  # type: ignore[assignment,method-assign]
    await office.tick()
    assert len(office.recaps()) == 1


async def test_drain_lets_posts_end() -> None:
    """What is under way is finished, and nothing new begins."""
    office = PostOffice()
    gate = office.source.gate = asyncio.Event()
    await office.keep(subscription())
    await office.dispatcher.tick()
    draining = asyncio.create_task(office.dispatcher.drain(5.0))
    await asyncio.sleep(0)
    await office.keep(subscription("s2", "C2"))
    await office.dispatcher.tick()
    gate.set()
    await draining
    assert (office.posts("C1"), office.posts("C2")) == (["Recap: last 7 days"], [])


async def test_drain_gives_up_in_time() -> None:
    """What takes too long is left to its lease."""
    office = PostOffice()
    office.source.gate = asyncio.Event()
    await office.keep(subscription())
    await office.dispatcher.tick()
    await office.dispatcher.drain(0.01)
    assert office.recap.state is State.CLAIMED
    await PostOffice().dispatcher.drain(0.01)


class RealClock(FixedClock):
    """Monday, and then as time goes by."""

    began = 0.0

    def now(self) -> datetime:
        passed = asyncio.get_running_loop().time() - self.began
        return self.instant + timedelta(seconds=passed)


async def test_settle_waits_for_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sleeps until then, and not longer."""
    monkeypatch.setattr("bot.subscriptions.protocol.FIRST_WAIT", 0.05)
    clock = RealClock(MONDAY)
    clock.began = asyncio.get_running_loop().time()
    office = PostOffice(clock=clock, policy=Policy(settle=timedelta(milliseconds=50)))
    office.messenger.outcomes = [Busy("oops"), Unsure("reset")]
    await office.keep(subscription())
    assert await office.dispatcher.settle(office.clock.now()) is None
    assert office.posts() == ["Recap: last 7 days"]
    assert office.recap.fence == 4


async def test_settle_says_when_to_come_back() -> None:
    """What waits for longer is left for the next run."""
    office = PostOffice()
    office.source.numbers = TryLater("away", "503", retry_after=3600)
    await office.keep(subscription())
    assert await office.dispatcher.settle(MONDAY) == MONDAY + timedelta(hours=1)


async def test_settle_while_the_workspace_has_to_wait() -> None:
    """Nothing can be claimed until then: it says so instead of asking over and over."""
    office = PostOffice()
    await office.keep(subscription())
    await office.ledger.hold("T1", MONDAY + timedelta(hours=1))
    assert await office.dispatcher.settle(MONDAY) == MONDAY + timedelta(hours=1)
    assert office.posts() == []


async def test_settle_warns() -> None:
    """Without a process that stays on, this is the watchdog."""
    office = PostOffice()
    office.source.numbers = TryLater("away", "503", retry_after=7200)
    await office.keep(subscription())
    await office.dispatcher.settle(MONDAY)
    office.clock.instant += timedelta(minutes=31)
    await office.dispatcher.settle(MONDAY)
    assert [one.state for one in office.notices()] == [State.SENT]


async def test_what_is_under_way_is_not_claimed_again() -> None:
    """A clock that is put forward ends the lease of a call that is still open."""
    office = PostOffice()
    gate = office.source.gate = asyncio.Event()
    await office.keep(subscription())
    await office.dispatcher.tick()
    office.clock.instant += timedelta(hours=1)
    await office.dispatcher.tick()
    gate.set()
    await office.dispatcher.finish()
    assert (office.recap.fence, office.recap.state) == (1, State.SENT)


async def test_a_row_that_can_not_be_planned() -> None:
    """A zone that is gone keeps no other channel from its recap."""
    office = PostOffice()
    gone = replace(subscription(), schedule=Schedule(zone="Mars/Olympus"))
    await office.keep(gone, subscription("s2", "C2"))
    with capture_logs() as logs:
        await office.tick()
    assert office.posts("C2") == ["Recap: last 7 days"]
    assert "subscription_not_planned" in [line["event"] for line in logs]


async def test_as_of_another_instant() -> None:
    """A pass as of Monday, run on a Saturday: what is due then is posted now, once."""
    office = PostOffice()
    office.clock.instant = MONDAY - timedelta(days=2)
    await office.keep(subscription())
    for _ in range(3):
        assert await office.dispatcher.settle(MONDAY) is None
    assert office.posts() == ["Recap: last 7 days"]


async def test_would_do_writes_nothing() -> None:
    """What a pass would plan."""
    office = PostOffice()
    await office.keep(subscription())
    ((one, plan),) = await would_do(office.ledger, MONDAY, office.policy)
    assert one.id == "s1"
    assert plan.slot
    assert plan.slot.due_at == MONDAY
    assert office.recaps() == []
    assert await would_do(office.ledger, MONDAY - SECOND, office.policy) == []


async def test_new_time_zone_rules() -> None:
    """A country that moves its clocks moves the slots that were planned with the old rules."""
    office = PostOffice()
    one = subscription()
    assert one.next_slot
    wrong = replace(one, next_slot=replace(one.next_slot, due_at=MONDAY - timedelta(hours=1)))
    current = replace(subscription("s2", "C2"), rules=rules_version())
    await office.keep(wrong, current, subscription("s3", "C3"))
    assert await office.dispatcher.renew_plans() == 1
    mended = await office.ledger.subscription("s1")
    assert mended
    assert mended.next_slot == one.next_slot
    assert mended.rules == rules_version()
    assert await office.dispatcher.renew_plans() == 0


async def test_a_plan_changed_while_it_is_renewed() -> None:
    """It is read again."""
    office = PostOffice()
    await office.keep(subscription())
    commit, once = office.ledger.commit, [1]

    async def overtaken(change: Change) -> bool:
        return False if once and once.pop() else await commit(change)

    office.ledger.commit = overtaken  # type: ignore[method-assign]
    assert await office.dispatcher.renew_plans() == 0
    assert await office.ledger.outdated(rules_version(), 10) == []
