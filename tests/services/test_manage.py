"""What people do with subscriptions, and what they read about it."""

import asyncio
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bot.digest.periods import Period
from bot.errors import RecapError, TryLater
from bot.ports import Member, Place
from bot.services.manage import OPERATOR, Subscriptions
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import State
from bot.subscriptions.model import Managers, Pause, Status, Subscription
from bot.subscriptions.outcomes import Hidden, NotAllowed, Unsure
from bot.subscriptions.schedule import Weekday
from bot.subscriptions.wishes import Wish
from tests.services.fakes import MemoryWorkspace, subscriptions
from tests.services.post_office import MONDAY, SATURDAY, SECOND, PostOffice

BERLIN = Wish(zone="Europe/Berlin")


class House(PostOffice):
    """A post office with the people's side of it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.clock.instant = SATURDAY
        self.workspace = MemoryWorkspace(
            places={"C1": Place("marketing"), "G1": Place("leads", is_private=True)},
            people={"U1": Member("America/New_York"), "UADMIN": Member(is_admin=True)},
        )
        self.people = self.served_by(Managers.ANYONE)

    def served_by(self, managers: Managers) -> Subscriptions:
        return subscriptions(self.ledger, self.workspace, self.messenger, self.clock, managers)

    async def one(self, channel: str = "C1") -> Subscription:
        found = await self.people.of_channel(channel)
        assert found
        return found

    async def refusal(self, work: object) -> str:
        with pytest.raises(RecapError) as caught:
            await work  # type: ignore[misc]
        return caught.value.reader


async def test_subscribe() -> None:
    """The channel hears from whom, and the person reads the next three dates."""
    house = House()
    message = await house.people.subscribe("U1", "C1", BERLIN)
    assert message.text.splitlines() == [
        "Done.",
        "<#C1>: the last 7 days with the top 5, every Monday at 09:00 (Europe/Berlin).",
        "Next: Mon, Nov 23 · Mon, Nov 30 · Mon, Dec 7.",
    ]
    assert house.posts() == [
        "<@U1> subscribed this channel to Recap: the last 7 days with the top 5, every Monday at "
        "09:00 (Europe/Berlin)."
    ]
    one = await house.one()
    assert (one.contact, one.channel_name, one.status) == ("U1", "marketing", Status.ACTIVE)
    (entry,) = await house.ledger.trail(one.id)
    assert (entry.actor, entry.action, entry.detail) == (
        "U1",
        "subscribed",
        "mon 09:00 Europe/Berlin 7d active",
    )


async def test_subscribe_where_the_person_is() -> None:
    """Without a zone it is the person's own; where Slack does not say, UTC, and that is said."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish())
    assert (await house.one()).schedule.zone == "America/New_York"
    message = await house.people.subscribe("U2", "C2", Wish(at=time(7)))
    assert message.text.splitlines()[0] == (
        "Done. Slack did not say which time zone you are in, so the time is in UTC; *Manage* "
        "changes it."
    )


async def test_a_new_hour_while_todays_post_is_late() -> None:
    """What is due already is still posted, once."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    numbers = house.source.numbers
    house.source.numbers = TryLater("away", "503")
    house.clock.instant = MONDAY
    await house.tick()
    await house.people.subscribe("U1", "C1", Wish(at=time(9, 30)))
    house.source.numbers = numbers
    await house.later(minutes=31)
    assert house.recap.state is State.SENT


async def test_across_a_clock_change() -> None:
    """The dates stay at their hour, and it is said that the clocks change in between."""
    house = House()
    house.clock.instant = MONDAY.replace(month=10, day=13)
    message = await house.people.subscribe("U1", "C1", BERLIN)
    assert message.text.splitlines()[-1] == (
        "The clocks change in between; it stays 09:00 local time."
    )


async def test_subscribe_again_changes() -> None:
    """Only what was asked for; the channel is not told of every edit."""
    house = House()
    await house.people.subscribe("U1", "C1", BERLIN)
    wish = Wish(frozenset({Weekday.FRI}), time(17, 30), None, Period.MONTH, 10)
    message = await house.people.subscribe("U2", "C1", wish)
    assert message.text.splitlines()[:2] == [
        "Changed. From now on:",
        "<#C1>: the last 30 days with the top 10, every Friday at 17:30 (Europe/Berlin).",
    ]
    assert len(house.posts()) == 1
    one = await house.one()
    assert (one.contact, one.since) == ("U1", SATURDAY)


async def test_a_new_number_of_creators_replays_nothing() -> None:
    """What does not touch the schedule leaves its slots alone, and a retry of today's alive."""
    house = House()
    await house.people.subscribe("U1", "C1", BERLIN)
    before = await house.one()
    house.clock.instant += timedelta(hours=1)
    await house.people.subscribe("U1", "C1", Wish(top=3))
    after = await house.one()
    assert (after.since, after.next_slot) == (before.since, before.next_slot)


async def test_a_later_hour_on_the_day_of_a_post() -> None:
    """One post a day: after this morning's, the next one is next week's."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    house.clock.instant = MONDAY + timedelta(minutes=1)
    await house.tick()
    message = await house.people.subscribe("U1", "C1", Wish(at=time(15)))
    assert message.text.splitlines()[-1] == "Next: Mon, Nov 30 · Mon, Dec 7 · Mon, Dec 14."


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (
            Pause.NOT_IN_CHANNEL,
            "Recap is not in this channel. Type `/invite @recap` here, then try again.",
        ),
        (Pause.ARCHIVED, "This channel is archived. Unarchive it first, then try again."),
    ],
)
async def test_preflight(problem: Pause, sentence: str) -> None:
    """What is in the way is said with the one thing to do, and nothing is saved."""
    house = House()
    house.workspace.places["C1"] = Place("marketing", problem)
    assert await house.refusal(house.people.subscribe("U1", "C1", BERLIN)) == sentence
    assert await house.people.of_channel("C1") is None


async def test_direct_messages_have_no_subscription() -> None:
    """Recap can't be invited to one."""
    house = House()
    assert await house.refusal(house.people.subscribe("U1", "D1", BERLIN)) == (
        "Recap posts to channels, not to direct messages. Type the command in a channel."
    )


async def test_the_introduction_proves_that_it_may_post() -> None:
    """Refused: the subscription is taken back, and the person reads why."""
    house = House()
    house.messenger.outcomes = [NotAllowed(Pause.MAY_NOT_POST, "restricted_action")]
    assert await house.refusal(house.people.subscribe("U1", "C1", BERLIN)) == (
        "Recap may not post in this channel. Ask an admin of the channel to let apps post, then "
        "try again."
    )
    assert await house.people.of_channel("C1") is None


async def test_an_introduction_that_is_lost_does_no_harm() -> None:
    """The subscription counts; the introduction is not worth a second try."""
    house = House()
    house.messenger.outcomes = [Unsure("reset")]
    await house.people.subscribe("U1", "C1", BERLIN)
    assert (await house.one()).is_active


async def test_two_people_subscribe_at_once() -> None:
    """One subscription; the later wish is what counts."""
    house = House()
    commit, others = house.ledger.commit, [Wish(at=time(8))]

    async def overtaken(change: Change) -> bool:
        if others:
            await house.people.subscribe("U2", "C1", others.pop())
        return await commit(change)

    house.ledger.commit = overtaken  # type: ignore[method-assign]
    await house.people.subscribe("U1", "C1", Wish(at=time(10), zone="Europe/Berlin"))
    one = await house.one()
    assert (one.contact, one.schedule.at) == ("U2", time(10))


async def test_an_operator_subscribes() -> None:
    """Nobody's name stands in the channel; the contact is who was named."""
    house = House()
    await house.people.subscribe(OPERATOR, "C1", Wish(), "U1")
    assert (await house.one()).contact == "U1"
    assert (await house.one()).schedule.zone == "America/New_York"
    assert house.posts()[0].startswith("This channel is subscribed to Recap: the last 7 days")
    await house.people.subscribe(OPERATOR, "C2", Wish())
    assert (await house.one("C2")).contact is None


async def test_pause_and_resume() -> None:
    """A pause posts nothing; resuming never replays what was due meanwhile."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    message = await house.people.pause("U2", await house.one())
    assert message.text.splitlines()[0] == "Paused."
    assert "Paused: somebody paused it." in message.text
    house.clock.instant = MONDAY + timedelta(hours=1)
    await house.tick()
    assert house.recaps() == []
    message = await house.people.resume("U1", await house.one())
    assert message.text.splitlines()[0] == "On again."
    await house.tick()
    assert house.recaps() == []
    await house.later(days=7)
    assert [one.key.rpartition("/")[2] for one in house.recaps()] == ["2026-11-30"]


async def test_pausing_twice_is_pausing_once() -> None:
    """A double click leaves one line in the trail."""
    house = House()
    await house.people.subscribe("U1", "C1", BERLIN)
    one = await house.one()
    await house.people.pause("U1", one)
    await house.people.pause("U2", one)
    await house.people.resume("U1", one)
    await house.people.resume("U1", one)
    actions = [entry.action for entry in await house.ledger.trail(one.id)]
    assert actions == ["subscribed", "paused", "resumed"]


async def test_resume_with_the_cause_still_there() -> None:
    """It says what is in the way instead of failing on Monday."""
    house = House()
    await house.people.subscribe("U1", "C1", BERLIN)
    one = await house.one()
    await house.people.pause("U1", one)
    house.workspace.places["C1"] = Place("marketing", Pause.NOT_IN_CHANNEL)
    assert "/invite @recap" in await house.refusal(house.people.resume("U1", one))


async def test_unsubscribe() -> None:
    """Gone at once; every button of it says so afterwards."""
    house = House()
    await house.people.subscribe("U1", "C1", BERLIN)
    one = await house.one()
    message = await house.people.unsubscribe("U2", one)
    assert message.text == "#marketing is unsubscribed. Recap posts nothing there."
    gone = "This subscription is gone. `/recap subscribe` sets up a new one."
    for again in (house.people.pause, house.people.resume, house.people.skip):
        assert await house.refusal(again("U1", one)) == gone
    await house.people.subscribe("U1", "C1", BERLIN)
    assert (await house.one()).id != one.id


async def test_skip_and_undo() -> None:
    """One post is left out; taken back, it comes after all."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    message = await house.people.skip("U2", await house.one())
    assert message.text.splitlines() == [
        "The recap of Mon, Nov 23 at 09:00 is skipped.",
        "Next: Mon, Nov 30 · Mon, Dec 7 · Mon, Dec 14.",
    ]
    undo = message.blocks[-1]["elements"][0]["value"]
    assert undo == f"{(await house.one()).id} 2026-11-23"
    message = await house.people.undo_skip("U1", await house.one(), date(2026, 11, 23))
    assert message.text.splitlines()[-1] == "Next: Mon, Nov 23 · Mon, Nov 30 · Mon, Dec 7."
    house.clock.instant = MONDAY
    await house.tick()
    assert house.posts()[1:] == ["Recap: last 7 days"]
    last = (await house.people.standing(await house.one())).last
    assert last
    assert last.state is State.SENT


@pytest.mark.parametrize("first", [23, 30])
async def test_two_skips_of_which_one_is_undone(first: int) -> None:
    """The dates that are named are those that are posted, before and after the undone one."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    await house.people.skip("U1", await house.one())
    await house.people.skip("U1", await house.one())
    message = await house.people.undo_skip("U1", await house.one(), date(2026, 11, first))
    assert message.text.splitlines()[-1] == f"Next: Mon, Nov {first} · Mon, Dec 7 · Mon, Dec 14."
    for week in range(3):
        house.clock.instant = MONDAY + week * timedelta(days=7)
        await house.tick()
    posted = [one.day for one in house.recaps() if one.state is State.SENT]
    assert posted == [date(2026, 11, first), date(2026, 12, 7)]
    upcoming = (await house.one()).upcoming(1)[0].day
    assert upcoming == date(2026, 12, 14)
    assert "undo" in await house.refusal(
        house.people.undo_skip("U1", await house.one(), date(2026, 11, 53 - first))
    )


async def test_two_skips_that_are_undone_one_after_the_other() -> None:
    """In whatever order, both are posted."""
    for days in ((23, 30), (30, 23)):
        house = House()
        await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
        await house.people.skip("U1", await house.one())
        await house.people.skip("U1", await house.one())
        for day in days:
            message = await house.people.undo_skip("U1", await house.one(), date(2026, 11, day))
        assert message.text.splitlines()[-1] == "Next: Mon, Nov 23 · Mon, Nov 30 · Mon, Dec 7."


async def test_skipped_is_not_posted() -> None:
    """The week passes; the one after it is posted again."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    await house.people.skip("U1", await house.one())
    house.clock.instant = MONDAY
    await house.tick()
    assert [(one.state, one.reason) for one in house.recaps()] == [(State.SKIPPED, "asked_for")]
    assert (
        await house.refusal(house.people.undo_skip("U1", await house.one(), date(2026, 11, 23)))
        == "There is no skip to undo any more."
    )
    await house.later(days=7)
    assert house.posts()[1:] == ["Recap: last 7 days"]


async def test_undo_while_paused() -> None:
    """The skip is taken back, and the pause stays."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    await house.people.skip("U1", await house.one())
    await house.people.pause("U1", await house.one())
    await house.people.undo_skip("U1", await house.one(), date(2026, 11, 23))
    assert (await house.one()).next_slot is None
    assert "paused" in await house.refusal(house.people.skip("U1", await house.one()))


async def test_undo_what_was_never_skipped() -> None:
    """A value that somebody made up."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    refusal = await house.refusal(house.people.undo_skip("U1", await house.one(), date(2027, 1, 4)))
    assert refusal == "There is no skip to undo any more."


@pytest.mark.parametrize("action", ["skip", "undo", "pause"])
async def test_somebody_is_always_faster(action: str) -> None:
    """After five tries the person is asked to try again in a moment."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    one = await house.one()
    await house.people.skip("U1", one)

    async def never(_: Change) -> bool:
        await asyncio.sleep(0)
        return False

    house.ledger.commit = never  # type: ignore[assignment,method-assign]
    work = {
        "skip": house.people.skip("U1", one),
        "undo": house.people.undo_skip("U1", one, date(2026, 11, 23)),
        "pause": house.people.pause("U1", one),
    }
    chosen = work.pop(action)
    for other in work.values():
        other.close()
    with pytest.raises(TryLater, match="changed 5 times"):
        await chosen


async def test_send_now_once_for_each_press() -> None:
    """A double click posts one recap; it does not touch the schedule."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    one = await house.one()
    message = await house.people.send_now("U2", one, "nonce")
    assert message.text == "A fresh recap is on its way to <#C1>."
    assert await house.refusal(house.people.send_now("U2", one, "nonce")) == (
        "It was sent already, or is on its way."
    )
    await house.tick()
    assert house.posts()[1:] == ["Recap: last 7 days"]
    assert "Sent on request of <@U2>" in str(house.messenger.posted[-1][1].blocks)
    assert (await house.one()).next_slot == one.next_slot


async def test_send_now_while_paused() -> None:
    """Somebody asked for it: a pause is no reason against it."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    await house.people.pause("U1", await house.one())
    await house.people.send_now("U1", await house.one(), "nonce")
    await house.tick()
    assert house.recap.state is State.SENT


async def unconfirmed(house: House) -> str:
    """A delivery of which nobody can tell whether it is there."""
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    house.clock.instant = MONDAY
    house.messenger.outcomes = [Unsure("reset")]
    house.messenger.sightings = [Hidden("missing_scope")]
    await house.tick()
    await house.later(seconds=30)
    assert house.recap.state is State.UNCONFIRMED
    return house.recap.id


async def test_post_again() -> None:
    """The same message, once, because a person has looked."""
    house = House()
    identifier = await unconfirmed(house)
    message = await house.people.post_again("U2", identifier)
    assert message.text == "It is posted to <#C1> again."
    settled = "It has been settled already."
    assert await house.refusal(house.people.post_again("U1", identifier)) == settled
    await house.later(days=3)
    assert house.posts()[1:] == ["Recap: last 7 days"]
    assert await house.refusal(house.people.post_again("U1", identifier)) == settled


async def test_post_again_at_the_same_moment() -> None:
    """Two people press; one of them is told."""
    house = House()
    identifier = await unconfirmed(house)
    commit = house.ledger.commit
    others = [1]

    async def overtaken(change: Change) -> bool:
        if others and others.pop():
            await house.people.post_again("U2", identifier)
        return await commit(change)

    house.ledger.commit = overtaken  # type: ignore[method-assign]
    refusal = await house.refusal(house.people.post_again("U1", identifier))
    assert refusal == "It has been settled already."


async def test_another_workspaces_subscription() -> None:
    """Its ids are known to nobody here, whatever they are an id of; the operator has them all."""
    house = House()
    identifier = await unconfirmed(house)
    one = await house.one()
    elsewhere = subscriptions(house.ledger, house.workspace, clock=house.clock, team="T2")
    assert await elsewhere.named(one.id, one.channel) is None
    for work in (
        elsewhere.current(one.id, "U1"),
        elsewhere.pause("U1", one),
        elsewhere.send_now("U1", one, "nonce"),
        elsewhere.post_again("U1", identifier),
    ):
        assert (await house.refusal(work)).startswith("This subscription is gone.")
    operator = subscriptions(house.ledger, house.workspace, clock=house.clock, team="")
    assert await operator.current(one.id, OPERATOR) == one


async def test_post_again_of_nothing() -> None:
    """A button from another database."""
    refusal = await House().refusal(House().people.post_again("U1", "unknown"))
    assert refusal.startswith("This subscription is gone.")


async def test_who_may_manage() -> None:
    """With the stricter setting: who set it up, and admins; the others read whom to ask."""
    house = House()
    strict = house.served_by(Managers.CONTACT_AND_ADMINS)
    await strict.subscribe("U1", "C1", Wish(zone="UTC"))
    one = await house.one()
    sentence = (
        "Only the person who set this subscription up and workspace admins may change it. Ask one "
        "of them."
    )
    for forbidden in (
        strict.pause("U2", one),
        strict.unsubscribe("U2", one),
        strict.skip("U2", one),
        strict.send_now("U2", one, "x"),
        strict.undo_skip("U2", one, date(2026, 11, 23)),
        strict.subscribe("U2", "C1", Wish(at=time(8))),
    ):
        assert await house.refusal(forbidden) == sentence
    for user in ("U1", "UADMIN", OPERATOR):
        await strict.pause(user, one)
        await strict.resume(user, one)
    identifier = await unconfirmed_again(house)
    assert await house.refusal(strict.post_again("U2", identifier)) == sentence


async def unconfirmed_again(house: House) -> str:
    house.clock.instant = MONDAY
    house.messenger.outcomes = [Unsure("reset")]
    house.messenger.sightings = [Hidden("missing_scope")]
    await house.tick()
    await house.later(seconds=30)
    return house.recap.id


async def test_named() -> None:
    """By its id, else by the channel of the button; never that of another workspace."""
    house = House()
    await house.people.subscribe("U1", "C1", BERLIN)
    one = await house.one()
    assert await house.people.named(one.id) == one
    assert await house.people.named("", "C1") == one
    assert await house.people.named("unknown", "C1") == one
    assert await house.people.named("unknown") is None
    foreign = replace(one, id="foreign", team="T2")
    await house.ledger.commit(Change(subscription=(None, foreign)))
    assert await house.people.named("foreign") is None
    assert await house.people.everything() == [one]


async def test_visible() -> None:
    """Private channels are shown to their members and to the contact only."""
    house = House()
    for channel in ("C1", "G1", "G2"):
        await house.people.subscribe("U1", channel, BERLIN)
    house.workspace.places["G2"] = Place(problem=Pause.CHANNEL_GONE)
    house.workspace.members = {"G1": {"U3"}}

    async def seen(user: str) -> list[str]:
        return sorted(one.subscription.channel for one in await house.people.visible(user))

    house.workspace.places["C2"] = Place(is_private=None)
    await house.people.subscribe("U1", "C2", BERLIN)
    assert await seen("U1") == ["C1", "C2", "G1", "G2"]
    standings = await house.people.visible("U2", "C2")
    assert {one.subscription.channel for one in standings} == {"C1", "C2"}
    assert await seen("U2") == ["C1"]
    assert await seen("U3") == ["C1", "G1"]


async def test_standing_says_what_is_in_the_way() -> None:
    """The newest delivery that is due, and what its last attempt met."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    assert (await house.people.standing(await house.one())).last is None
    numbers = house.source.numbers
    house.source.numbers = TryLater("away", "GET /overview failed: 503.")
    house.clock.instant = MONDAY
    await house.tick()
    standing = await house.people.standing(await house.one())
    assert standing.last
    assert (standing.last.state, standing.trouble) == (
        State.PLANNED,
        "GET /overview failed: 503.",
    )
    assert await house.people.last_sent(await house.one()) is None
    house.source.numbers = numbers
    await house.later(minutes=1)
    standing = await house.people.standing(await house.one())
    assert standing.trouble is None
    assert await house.people.last_sent(await house.one()) == standing.last
    await house.people.skip("U1", await house.one())
    assert (await house.people.standing(await house.one())).last == standing.last


async def test_an_open_delivery_that_nobody_tried_yet() -> None:
    """There is no trouble to tell of."""
    house = House()
    await house.people.subscribe("U1", "C1", Wish(zone="UTC"))
    await house.people.send_now("U1", await house.one(), "x")
    house.clock.instant += SECOND
    standing = await house.people.standing(await house.one())
    assert standing.last
    assert standing.trouble is None


async def test_defaults() -> None:
    """Monday at 09:00, where the person is."""
    house = House()
    schedule, _ = await house.people.defaults("U1", (await make(house)).ask)
    assert (schedule.zone, schedule.at) == ("America/New_York", time(9))
    schedule, _ = await house.people.defaults("U2", (await house.one()).ask)
    assert schedule.zone == "UTC"


async def make(house: House) -> Subscription:
    await house.people.subscribe("U1", "C1", BERLIN)
    return await house.one()
