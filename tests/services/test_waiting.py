"""A subscription that wants fresh numbers: its recap waits for them, but not for ever."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import TryLater
from bot.rendering.numbers import Numbers
from bot.rendering.subscription import result
from bot.services.manage import Subscriptions
from bot.subscriptions.deliveries import Frozen, State
from bot.subscriptions.model import Pause, Status
from bot.subscriptions.outcomes import Busy, Outcome
from bot.subscriptions.protocol import Policy
from bot.subscriptions.wishes import Wish
from tests.services.fakes import subscriptions
from tests.services.post_office import MONDAY, PostOffice, subscription

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def patient(refreshed: int = 6, hours: int = 4, policy: Policy | None = None) -> PostOffice:
    """A post office with a subscription that waits ``hours`` long."""
    office = PostOffice(policy=policy or Policy())
    office.refreshed(refreshed)
    await office.keep(subscription())
    await office.edit(wait_hours=hours)
    return office


def asked(office: PostOffice) -> int:
    """How often CreatorAudit was asked for the accounts."""
    return sum(question.startswith("GET /accounts") for question in office.source.asked)


def note(office: PostOffice) -> str:
    """The line above the footer of the only post."""
    ((_, message, _),) = office.messenger.posted
    assert message.text.splitlines()[-2] in str(message.blocks)
    return message.text.splitlines()[-2]


async def test_data_in_time() -> None:
    """Fresh enough when it is due: nothing waits, and nothing is said."""
    office = await patient(refreshed=9)
    await office.tick()
    assert office.posts() == ["Recap: last 7 days"]
    assert "instead of" not in office.messenger.posted[0][1].text


async def test_data_comes_later() -> None:
    """It is asked for again when it is to be expected, and posted once it is there."""
    office = await patient()
    office.editions.next_look = MONDAY + HOUR
    await office.tick()
    waits = office.recap
    assert (waits.state, waits.reason, waits.ready_at) == (
        State.PLANNED,
        "waiting_for_data",
        MONDAY + HOUR,
    )
    await office.later(minutes=59)
    assert asked(office) == 1
    office.editions.next_look = None
    await office.later(minutes=1)
    assert asked(office) == 2
    office.refreshed(9)
    await office.later(minutes=14)
    assert office.posts() == []
    await office.later(minutes=1)
    assert office.posts() == ["Recap: last 7 days"]
    assert note(office) == (
        "Posted at 10:15 instead of 09:00, once 90% of the accounts were refreshed."
    )
    assert (office.recap.state, office.recap.reason) == (State.SENT, None)


async def test_data_never_comes() -> None:
    """At the latest hour it goes out as it is, and says so; nobody is told that it is late."""
    office = await patient()
    with capture_logs() as logs:
        for _ in range(4 * 60 - 1):
            await office.later(minutes=1)
        assert office.posts() == []
        await office.later(minutes=1)
    assert office.posts() == ["Recap: last 7 days"]
    assert note(office) == (
        "Posted at 13:00 instead of 09:00; 60% of the accounts were refreshed by then."
    )
    assert office.notices() == []
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_never_tighter_than_five_minutes() -> None:
    """However soon the next account is due."""
    office = await patient()
    office.editions.next_look = MONDAY
    for _ in range(31):
        await office.later(minutes=1)
    assert asked(office) == 7


async def test_who_wait_together_ask_together() -> None:
    """One look serves all."""
    office = await patient()
    await office.keep(subscription("s2", "C2"), subscription("s3", "C3"))
    await office.edit("s2", wait_hours=4)
    await office.edit("s3", wait_hours=4)
    await office.tick()
    await office.later(minutes=15)
    assert asked(office) == 2


async def test_what_a_person_asks_for_never_waits() -> None:
    """**Send now** means now."""
    office = await patient()
    one = await office.ledger.subscription("s1")
    assert one
    desk: Subscriptions = subscriptions(office.ledger, clock=office.clock)
    await desk.send_now("U1", one, "n")
    await office.tick()
    assert office.posts() == ["Recap: last 7 days"]
    assert [one.state for one in office.recaps()] == [State.SENT, State.PLANNED]


async def test_coverage_that_is_not_known() -> None:
    """Without a list of accounts there is nothing to wait for."""
    office = await patient()
    office.source.tracked = TryLater("away", "503")
    await office.tick()
    assert office.posts() == ["Recap: last 7 days"]


async def test_coverage_that_is_lost_while_it_waits() -> None:
    """It is posted, and no share is made up."""
    office = await patient()
    await office.tick()
    office.source.tracked = TryLater("away", "503")
    await office.later(minutes=15)
    assert note(office) == "Posted at 09:15 instead of 09:00."


async def test_the_catch_up_window_still_rules() -> None:
    """It goes out before it would be too late, however long the subscription would wait."""
    office = await patient(hours=12, policy=Policy(catch_up=2 * HOUR))
    await office.tick()
    await office.later(minutes=89)
    assert office.posts() == []
    await office.later(minutes=1)
    assert office.posts() == ["Recap: last 7 days"]
    gone = await patient(hours=12, policy=Policy(catch_up=2 * HOUR))
    await gone.tick()
    await gone.later(minutes=121)
    assert (gone.recap.state, gone.posts()) == (State.MISSED, [])


async def test_paused_while_it_waits() -> None:
    """Then it is not wanted any more."""
    office = await patient()
    await office.tick()
    await office.edit(status=Status.PAUSED, pause=Pause.BY_PERSON, next_slot=None)
    await office.later(minutes=15)
    assert (office.recap.state, office.recap.reason) == (State.SKIPPED, "by_person")


async def wish(office: PostOffice, **wanted: Any) -> None:  # noqa: ANN401
    """Somebody changes the subscription."""
    desk: Subscriptions = subscriptions(office.ledger, clock=office.clock)
    await desk.subscribe("U1", "C1", Wish(**wanted))


async def test_the_wait_is_shortened() -> None:
    """Whoever wants it now gets it now, although the next look is hours away."""
    office = await patient()
    office.editions.next_look = MONDAY + 3 * HOUR
    await office.tick()
    await office.later(minutes=10)
    await wish(office, wait_hours=0)
    await office.tick()
    assert office.posts() == ["Recap: last 7 days"]
    assert note(office) == (
        "Posted at 09:10 instead of 09:00; 60% of the accounts were refreshed by then."
    )


async def test_the_wait_is_lengthened() -> None:
    """It waits for as long as it is wanted now, and says so; nobody is told that it is late."""
    office = await patient(hours=1)
    await office.tick()
    await office.later(minutes=50)
    await wish(office, wait_hours=6)
    await office.tick()
    assert "comes at 15:00 at the latest" in await said(office)
    for _ in range(5 * 60 + 9):
        await office.later(minutes=1)
    assert (office.posts(), office.notices()) == ([], [])
    await office.later(minutes=1)
    assert len(office.posts()) == 1


async def test_the_wait_is_shortened_while_it_is_looked_at() -> None:
    """The worker that knows the old wait decides nothing any more."""
    office = await patient()
    office.editions.next_look = MONDAY + 3 * HOUR
    gate = office.source.gate = asyncio.Event()
    await office.dispatcher.tick()
    await asyncio.sleep(0.01)
    assert office.recap.state is State.CLAIMED
    await wish(office, wait_hours=0)
    gate.set()
    await office.dispatcher.finish()
    await office.tick()
    assert office.posts() == ["Recap: last 7 days"]


async def test_another_change_while_it_waits() -> None:
    """It is posted as it is wanted then, and not before its time."""
    office = await patient()
    await office.tick()
    await wish(office, top=1)
    await office.later(minutes=5)
    assert (asked(office), office.posts()) == (1, [])
    office.refreshed(10)
    await office.later(minutes=10)
    assert "2. " not in office.messenger.posted[0][1].text


async def test_nothing_waits() -> None:
    """What was posted, or is being posted, is left alone."""
    office = await patient(refreshed=10)
    await office.tick()
    await wish(office, wait_hours=2)
    await office.later(minutes=15)
    assert len(office.posts()) == 1


async def test_no_numbers_at_the_latest_hour() -> None:
    """While it may wait, an outage is nobody's trouble; afterwards the contact hears of it."""
    office = await patient(hours=1)
    await office.tick()
    office.source.numbers = TryLater("away", "503")
    for _ in range(60 + 29):
        await office.later(minutes=1)
    assert office.notices() == []
    await office.later(minutes=1)
    assert len(office.notices()) == 1


async def test_nobody_is_told_while_it_is_being_posted() -> None:
    """Its wait is over and it is on its way: half an hour counts from here."""
    office = await patient()
    await office.tick()
    await office.later(minutes=60)
    office.refreshed(10)
    under_way, gate = asyncio.Event(), asyncio.Event()
    post = office.messenger.post

    async def slow(target: str, message: Frozen, key: str, thread: str | None = None) -> Outcome:
        under_way.set()
        await gate.wait()
        return await post(target, message, key, thread)

    office.messenger.post = slow  # type: ignore[method-assign]
    office.clock.instant += 15 * MINUTE
    await office.dispatcher.tick()
    await under_way.wait()
    other = office.another()
    office.clock.instant += 29 * MINUTE
    await office.ledger.hold("T1", office.clock.now() + HOUR)
    await other.tick()
    assert (office.recap.state, office.notices()) == (State.POSTING, [])
    office.clock.instant += MINUTE
    await other.tick()
    assert len(office.notices()) == 1
    gate.set()
    await office.dispatcher.finish()


async def test_workers_that_die_again_and_again() -> None:
    """What is stuck is told half an hour after the wait, whatever it counts as."""
    office = await patient(hours=1)
    await office.tick()

    async def dies(*_: object, **__: object) -> object:
        raise asyncio.CancelledError

    office.editions.edition = dies  # type: ignore[assignment,method-assign]
    for _ in range(60 + 29):
        await office.later(minutes=1)
    assert (office.recap.reason, office.notices()) == ("waiting_for_data", [])
    await office.later(minutes=1)
    assert len(office.notices()) == 1


async def test_slack_is_away_at_the_end_of_the_wait() -> None:
    """That is another kind of late: it says so, and the contact is told in time."""
    office = await patient()
    await office.tick()
    office.refreshed(10)
    office.messenger.outcomes = [Busy("ratelimited", wait=3600, hold=True)]
    await office.later(minutes=15)
    assert office.recap.reason is None
    await office.later(minutes=60)
    assert office.posts() == ["1 hour late: this was due on Mon, Nov 23 at 09:00."]


async def test_a_bug_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is late then, and the contact hears of it."""
    office = await patient()
    await office.tick()

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.rendering.timing.waited", broken)
    office.refreshed(10)
    await office.later(minutes=15)
    assert office.recap.reason is None
    await office.later(minutes=30)
    assert len(office.notices()) == 1


async def said(office: PostOffice) -> str:
    """What ``/recap status`` says of the newest recap."""
    one = await office.ledger.subscription("s1")
    assert one
    standing = await subscriptions(office.ledger, clock=office.clock).standing(one)
    return result(standing, Numbers())


async def test_status_says_that_it_waits() -> None:
    """Whoever asks is told until when."""
    office = await patient()
    await office.tick()
    assert await said(office) == (
        "The recap of Mon, Nov 23 at 09:00 is waiting for fresh data and comes at 13:00 at the "
        "latest."
    )


async def test_status_of_a_wait_that_ends_earlier() -> None:
    """The catch-up window cuts it short, and the sentence knows."""
    office = await patient(hours=12, policy=Policy(catch_up=2 * HOUR))
    await office.tick()
    assert "comes at 10:30 at the latest" in await said(office)


async def test_a_tick_by_hand_says_when_to_come_again() -> None:
    """It does not sit there for hours."""
    office = await patient()
    assert await office.dispatcher.settle(MONDAY) == MONDAY + 15 * MINUTE
