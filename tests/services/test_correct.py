"""A post that was early is corrected where it stands, and its thread gets one line that says so."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.digest.model import Missing
from bot.digest.preferences import Ask, Preferences
from bot.errors import TryLater
from bot.rendering.blocks import SlackMessage
from bot.services.build import Work
from bot.services.manage import Subscriptions
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Frozen, Kind, State
from bot.subscriptions.model import Pause, Status
from bot.subscriptions.outcomes import BadMessage, Busy, Gone, NotAllowed, Outcome, Sent, Unsure
from tests.examples import owed
from tests.rendering.checks import shown
from tests.services.fakes import subscriptions
from tests.services.post_office import MONDAY, PostOffice, Turns, subscription

KEY = "s1/2026-11-23/correction"
WEEK = timedelta(days=7)
FEW, MORE = {"views": 1_210_000, "likes": 500}, {"views": 1_240_000, "likes": 501}
ZERO_WIDTH = "\u200b"
LINE = "Corrected on Mon 09:15: views 1.21M → 1.24M after 3 accounts were refreshed."


async def posted(
    refreshed: int = 6, sums: Mapping[str, int] = FEW, office: PostOffice | None = None
) -> PostOffice:
    """A post office whose recap went out with so many of ten accounts refreshed."""
    office = office or PostOffice()
    office.refreshed(refreshed)
    office.editions.sums = sums
    await office.keep(subscription())
    await office.tick()
    assert office.posts() == ["Recap: last 7 days"]
    return office


def fuller(office: PostOffice, refreshed: int = 9, sums: Mapping[str, int] = MORE) -> None:
    """More accounts were refreshed meanwhile."""
    office.refreshed(refreshed)
    office.editions.sums = sums


def correction(office: PostOffice) -> Delivery:
    (one,) = office._kind(Kind.CORRECTION)
    return one


async def quarters(office: PostOffice, count: int = 1) -> None:
    for _ in range(count):
        await office.later(minutes=15)


def thread(office: PostOffice) -> list[str]:
    """What stands in the thread of the post."""
    return [
        plainly(message.text) for _, message, key in office.messenger.posted if "/corrected/" in key
    ]


def plainly(text: str) -> str:
    """``text`` without what keeps ``:15:`` from being an emoji."""
    return text.replace(ZERO_WIDTH, "")


async def test_yields_to_recaps() -> None:
    """A correction can wait for those that have not been posted at all."""
    turns = Turns()
    office = await posted(office=PostOffice(pace=turns))
    assert turns.yielded == []
    fuller(office)
    await quarters(office)
    assert turns.yielded[0] == ("T1", "C1")
    assert len(office.messenger.edited) == 1


async def as_far_as_it_goes() -> None:
    """Nothing in memory takes as many turns of the event loop."""
    for _ in range(1_000):
        await asyncio.sleep(0)


async def test_looks_keep_no_place_of_a_post() -> None:
    """CreatorAudit hangs while posts are looked at again: what is ready goes out."""
    office = await posted(office=PostOffice(at_once=1))
    office.source.gate = asyncio.Event()
    office.clock.instant += timedelta(minutes=15)
    await office.dispatcher.tick()
    await as_far_as_it_goes()
    assert correction(office).state is State.CLAIMED
    one = subscription("s2", "C2")
    ready = owed(id="d2", key="s2/now", subscription="s2", target="C2", message=Frozen("Ready."))
    await office.keep(replace(one, next_slot=one.schedule.slot(office.clock.now().date() + WEEK)))
    assert await office.ledger.commit(Change(new=(ready,)))
    await office.dispatcher.tick()
    await as_far_as_it_goes()
    assert office.posts("C2") == ["Ready."]
    office.source.gate.set()
    await office.dispatcher.finish()
    assert correction(office).state is State.PLANNED


async def test_looks_share_their_numbers() -> None:
    """Everybody looks at nearly the same time, and each on a machine of its own, perhaps."""
    office = await posted()
    provisional = office.recap.message and office.recap.message.provisional
    assert provisional
    asked = []
    for seconds in (0, 59, 61):
        now = MONDAY + timedelta(minutes=15, seconds=seconds)
        office.clock.instant = office.source.fetched_at = now
        await office.delivering._builder.once_more(provisional, Work(now, now))
        asked.append(office.source.asked.count("GET /overview?period=7d"))
    assert [count - asked[0] for count in asked] == [0, 0, 1]


async def test_data_that_comes_later() -> None:
    """The post is redrawn with its line; the thread says the same once; the ledger has it all."""
    office = await posted()
    watched = correction(office)
    assert (watched.key, watched.state, watched.thread, watched.target) == (
        KEY,
        State.PLANNED,
        "1.0",
        "C1",
    )
    assert (watched.due_at, watched.ready_at) == (MONDAY, MONDAY + timedelta(minutes=15))
    fuller(office)
    await quarters(office)
    ((channel, ts, message),) = office.messenger.edited
    assert (channel, ts) == ("C1", "1.0")
    first, *_, line, foot = plainly(message.text).splitlines()
    assert (first, line) == ("Recap: last 7 days", LINE)
    assert foot == "Every Monday at 09:00 (UTC) · Next: Mon, Nov 30 at 09:00"
    assert LINE in [
        plainly(line) for line in shown(SlackMessage(message.text, message.blocks[:-1]))
    ]
    assert thread(office) == [LINE]
    assert [one.thread for one in office.replies()] == ["1.0"]
    assert correction(office).message == message
    ((_, delivered, _), *_) = office.messenger.posted
    assert office.recap.message == replace(delivered, corrections=message.corrections)
    assert [plainly(line) for line in message.corrections] == [LINE]
    last = await office.ledger.last_sent("s1")
    assert last
    assert (last.message, last.ts, last.sent_at) == (office.recap.message, "1.0", MONDAY)
    await quarters(office, 95)
    assert len(office.messenger.edited) == 1
    assert (correction(office).state, correction(office).reason) == (State.SENT, None)
    tried = await office.ledger.attempts(correction(office).id)
    assert [one.outcome for one in tried] == ["edit:Sent"]


async def test_complete_from_the_start() -> None:
    """There is nothing to wait for, so nothing is watched."""
    office = await posted(refreshed=10)
    assert office._kind(Kind.CORRECTION) == []


async def test_nothing_to_compare_with() -> None:
    """Without sums of its own a post can't be compared."""
    office = await posted(sums={})
    assert office._kind(Kind.CORRECTION) == []


async def test_unknown_coverage() -> None:
    """Whoever can't say how complete it was can't say when it is."""
    office = PostOffice()
    office.editions.sums = FEW
    office.source.tracked = TryLater("away", "503")
    await office.keep(subscription())
    await office.tick()
    assert office._kind(Kind.CORRECTION) == []


async def test_what_a_person_asked_for_is_not_watched() -> None:
    """It shows what there was at that moment, as they wanted."""
    office = PostOffice()
    office.clock.instant -= timedelta(days=1)
    office.refreshed(0)
    office.editions.sums = FEW
    await office.keep(subscription())
    one = await office.ledger.subscription("s1")
    assert one
    desk: Subscriptions = subscriptions(office.ledger, clock=office.clock)
    await desk.send_now("U1", one, "n")
    await office.tick()
    assert office.posts() == ["Recap: last 7 days"]
    assert office._kind(Kind.CORRECTION) == []


async def test_less_than_a_hundredth() -> None:
    """Nobody is bothered with that; the last look is the one at which all is there."""
    office = await posted()
    fuller(office, 9, {"views": 1_219_999, "likes": 504})
    await quarters(office)
    assert correction(office).state is State.PLANNED
    fuller(office, 10, {"views": 1_219_999, "likes": 504})
    await quarters(office)
    assert (correction(office).state, correction(office).reason) == (State.SKIPPED, "unchanged")
    assert office.messenger.edited == []


async def test_data_that_never_comes() -> None:
    """A day later nobody asks any more."""
    office = await posted()
    await quarters(office, 4 * 24)
    assert (correction(office).state, correction(office).reason) == (State.SKIPPED, "too_late")
    fuller(office)
    await quarters(office, 4)
    assert office.messenger.edited == []
    assert office.notices() == []


async def test_data_that_comes_too_late() -> None:
    """The process was away for longer than that."""
    office = await posted()
    fuller(office)
    await office.later(hours=25)
    assert (correction(office).state, correction(office).reason) == (State.SKIPPED, "too_late")
    assert office.messenger.edited == []


async def test_the_same_window_on_the_next_day() -> None:
    """Past midnight it is still compared with the window that was posted."""
    office = await posted()
    seen = []
    edition = office.editions.edition

    async def watching(*arguments: object, **more: object) -> object:
        seen.append(more["day"])
        return await edition(*arguments, **more)  # type: ignore[arg-type]

    office.editions.edition = watching  # type: ignore[assignment,method-assign]
    await office.later(hours=16)
    assert seen == [MONDAY.date()]


async def test_corrected_again() -> None:
    """Each time against what stands there now; the thread keeps them all."""
    office = await posted()
    fuller(office, 8)
    await quarters(office)
    fuller(office, 10, {"views": 1_300_000, "likes": 650})
    await quarters(office)
    assert thread(office) == [
        LINE.replace("3 accounts", "2 accounts"),
        "Corrected on Mon 09:30: views 1.24M → 1.3M, likes 501 → 650 after 2 accounts were "
        "refreshed.",
    ]
    assert thread(office)[1] in plainly(office.messenger.edited[1][2].text)
    assert correction(office).state is State.SENT
    assert len({one.key for one in office.replies()}) == 2
    assert office.recap.message
    assert [plainly(line) for line in office.recap.message.corrections] == thread(office)
    assert "Corrected" not in office.recap.message.text


async def test_in_the_thread_after_what_is_there() -> None:
    """The line comes when it comes; the other replies have long been there."""
    office = PostOffice()
    office.refreshed(6)
    office.editions.sums = FEW
    await office.keep(subscription())
    await office.tick()
    fuller(office)
    await quarters(office)
    assert office.replies()[-1].key.startswith("s1/2026-11-23/corrected/")


async def test_the_message_was_deleted() -> None:
    """It is not brought back, and nobody is told."""
    office = await posted()
    fuller(office)
    office.messenger.outcomes = [Gone("message_not_found")]
    await quarters(office, 4)
    ended = correction(office)
    assert (ended.state, ended.reason) == (State.FAILED, "message_not_found")
    assert (len(office.messenger.posted), office.messenger.edited) == (1, [])
    assert office.notices() == []


async def test_the_message_is_deleted_between_edit_and_line() -> None:
    """The line is lost with it."""
    office = await posted()
    fuller(office)
    office.messenger.outcomes = [Sent("C1", "1.0"), Gone("thread_not_found")]
    await quarters(office, 2)
    assert thread(office) == []
    assert [one.state for one in office.replies()] == [State.FAILED]
    assert office.notices() == []


async def test_no_right_to_edit() -> None:
    """A post that may not be changed is no reason to stop the next one."""
    office = await posted()
    fuller(office)
    office.messenger.outcomes = [NotAllowed(Pause.ARCHIVED, "is_inactive")]
    await quarters(office, 2)
    assert correction(office).state is State.FAILED
    one = await office.ledger.subscription("s1")
    assert one
    assert one.is_active


@pytest.mark.parametrize("outcome", [Unsure("reset"), Busy("503")])
async def test_an_edit_that_was_not_confirmed(outcome: Outcome) -> None:
    """It is made again; the thread hears of it once."""
    office = await posted()
    fuller(office)
    office.messenger.outcomes = [outcome]
    await quarters(office)
    await office.later(seconds=5)
    assert len(office.messenger.edited) == 1
    assert len(thread(office)) == 1
    assert len(office.posts()) == 2


async def test_killed_between_edit_and_record() -> None:
    """The next worker makes the same edit again, and says so once."""
    office = await posted()
    fuller(office)
    edit = office.messenger.edit

    async def dies(channel: str, ts: str, message: Frozen) -> Outcome:
        await edit(channel, ts, message)
        raise asyncio.CancelledError

    office.messenger.edit = dies  # type: ignore[method-assign]
    await quarters(office)
    assert correction(office).state is State.POSTING
    assert (len(office.messenger.edited), thread(office)) == (1, [])
    office.messenger.edit = edit  # type: ignore[method-assign]
    await office.later(seconds=60)
    await quarters(office, 4)
    assert len(office.messenger.edited) == 2
    assert office.messenger.edited[0] == office.messenger.edited[1]
    assert thread(office) == [LINE]
    assert len(office.messenger.posted) == 2


async def test_two_workers() -> None:
    """Both look at the same moment: one edit, one line."""
    office = await posted()
    fuller(office)
    other = office.another()
    office.clock.instant += timedelta(minutes=15)
    for _ in range(3):
        await asyncio.gather(office.dispatcher.tick(), other.tick())
        await asyncio.gather(office.dispatcher.finish(), other.finish())
    assert (len(office.messenger.edited), thread(office)) == (1, [LINE])


async def test_a_worker_that_has_lost_its_lease() -> None:
    """Whoever has taken over edits; this one keeps its hands off."""
    office = await posted()
    fuller(office)
    gate = office.source.gate = asyncio.Event()
    office.clock.instant += timedelta(minutes=15)
    await office.dispatcher.tick()
    now = office.clock.now() + timedelta(seconds=61)
    (taken,) = await office.ledger.claim("o", now, timedelta(hours=1), 9)
    gate.set()
    await office.dispatcher.finish()
    assert office.messenger.edited == []
    assert correction(office) == taken


async def test_the_word_of_a_late_worker_counts_no_more() -> None:
    """It has edited, but another one has taken over meanwhile: that one records, and says it."""
    office = await posted()
    fuller(office)
    edit = office.messenger.edit

    async def slow(channel: str, ts: str, message: Frozen) -> Outcome:
        now = office.clock.now() + timedelta(seconds=61)
        await office.ledger.claim("o", now, timedelta(seconds=60), 9)
        return await edit(channel, ts, message)

    office.messenger.edit = slow  # type: ignore[method-assign]
    office.clock.instant += timedelta(minutes=15)
    await office.dispatcher.tick()
    await office.dispatcher.finish()
    assert (office.replies(), correction(office).owner) == ([], "o")
    office.messenger.edit = edit  # type: ignore[method-assign]
    await office.later(minutes=3)
    assert len(thread(office)) == 1


async def test_the_workspace_has_to_wait() -> None:
    """An edit waits with the posts, and an edit that is told to wait makes the posts wait."""
    office = await posted()
    fuller(office)
    office.messenger.outcomes = [Busy("ratelimited", wait=120, hold=True)]
    await quarters(office)
    assert await office.ledger.held(office.clock.now()) != {}
    await office.later(seconds=119)
    assert office.messenger.edited == []
    await office.later(seconds=1)
    assert len(office.messenger.edited) == 1


async def test_held_after_the_claim() -> None:
    """Another worker learns it while this one asks for numbers: it waits as well."""
    office = await posted()
    fuller(office)
    gate = office.source.gate = asyncio.Event()
    office.clock.instant += timedelta(minutes=15)
    await office.dispatcher.tick()
    await office.ledger.hold("T1", office.clock.now() + timedelta(minutes=2))
    gate.set()
    await office.dispatcher.finish()
    assert office.messenger.edited == []
    await office.later(minutes=2)
    assert len(office.messenger.edited) == 1


async def test_paused_meanwhile() -> None:
    """What stands in the channel is to be right all the same."""
    office = await posted()
    fuller(office)
    await office.edit(status=Status.PAUSED, pause=Pause.BY_PERSON, next_slot=None)
    await quarters(office)
    assert len(office.messenger.edited) == 1
    assert office.messenger.edited[0][2].text.endswith("Every Monday at 09:00 (UTC)")


async def test_removed_meanwhile() -> None:
    """Nobody wants anything from Recap there any more."""
    office = await posted()
    fuller(office)
    await office.edit(status=Status.REMOVED, next_slot=None)
    await quarters(office)
    assert (correction(office).state, correction(office).reason) == (State.SKIPPED, "removed")
    assert office.messenger.edited == []


async def test_another_question_meanwhile() -> None:
    """The post stays what it was, whatever the next ones are to show."""
    office = await posted()
    fuller(office)
    await office.edit(ask=Ask(preferences=Preferences(top=1)))
    await quarters(office)
    assert "2. " in office.messenger.edited[0][2].text


async def test_no_numbers_for_now() -> None:
    """CreatorAudit is away: it looks later."""
    office = await posted()
    numbers = office.source.numbers
    office.source.numbers = TryLater("away", "503", retry_after=600)
    await quarters(office)
    (tried,) = await office.ledger.attempts(correction(office).id)
    assert (tried.outcome, tried.detail) == ("not_built", "503")
    office.source.numbers = numbers
    fuller(office)
    await office.later(minutes=10)
    assert len(office.messenger.edited) == 1


async def test_never_less_than_was_posted() -> None:
    """A part that can't be had for now is no correction."""
    office = await posted()
    metrics = office.source.metrics
    office.source.metrics = TryLater("The sums are away.", "503")
    fuller(office, 10)
    await quarters(office)
    assert (correction(office).state, office.messenger.edited) == (State.PLANNED, [])
    office.source.metrics = metrics
    await quarters(office)
    assert len(office.messenger.edited) == 1


async def test_the_ranking_of_another_day() -> None:
    """From midnight on nobody can say who moved; the figures are corrected all the same."""
    office = await posted()
    office.editions.missing = (Missing("Rank movement", "it is of other days."),)
    fuller(office, 10)
    await quarters(office)
    assert len(office.messenger.edited) == 1


async def test_no_sums_for_now() -> None:
    """Complete or not, what can't be compared is looked at again."""
    office = await posted()
    fuller(office, 10, {})
    await quarters(office)
    assert correction(office).state is State.PLANNED


async def test_a_late_post_stays_late() -> None:
    """What it says of its own delivery was true, and still is."""
    office = PostOffice()
    office.clock.instant = MONDAY + timedelta(hours=2)
    office.refreshed(6)
    office.editions.sums = FEW
    await office.keep(subscription())
    await office.tick()
    fuller(office)
    await quarters(office)
    first, second, *_ = office.messenger.edited[0][2].text.splitlines()
    assert (first, second) == (
        "2 hours late: this was due on Mon, Nov 23 at 09:00.",
        "Recap: last 7 days",
    )


async def test_a_post_that_has_waited_says_so_still() -> None:
    """And the footer names the same recap before it as it did."""
    office = await posted(refreshed=10)
    office.refreshed(6)
    office.editions.sums = FEW
    await office.edit(wait_hours=1)
    office.clock.instant += timedelta(days=7)
    office.source.tracked = tuple(
        replace(one, last_scrape_time=office.clock.instant if n < 6 else MONDAY)
        for n, one in enumerate(office.source.tracked)  # type: ignore[arg-type]
    )
    await office.tick()
    await quarters(office, 4)
    office.editions.sums = MORE
    await quarters(office)
    *_, waited, line, foot = plainly(office.messenger.edited[0][2].text).splitlines()
    assert waited == "Posted at 10:00 instead of 09:00; 60% of the accounts were refreshed by then."
    assert line == "Corrected on Mon 10:15: views 1.21M → 1.24M."
    assert "Last: Mon, Nov 23 at 09:00" in foot


async def test_blocks_that_slack_refuses() -> None:
    """The words are corrected at least."""
    office = await posted()
    fuller(office)
    office.messenger.outcomes = [BadMessage("invalid_blocks")]
    await quarters(office)
    ((_, _, message),) = office.messenger.edited
    assert (message.blocks, correction(office).message) == ((), message)
    office.messenger.outcomes = [BadMessage("invalid_blocks"), BadMessage("no_text")]
    fuller(office, 10, {"views": 2_000_000})
    await quarters(office)
    assert (correction(office).state, correction(office).reason) == (State.FAILED, "no_text")


async def test_a_tick_by_hand_does_not_wait_for_corrections() -> None:
    """What is posted is posted."""
    office = await posted()
    assert correction(office).state is State.PLANNED
    assert await office.dispatcher.settle(MONDAY) is None
