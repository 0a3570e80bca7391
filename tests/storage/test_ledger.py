"""One contract, three ledgers: memory, a SQLite file, a PostgreSQL server."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import select

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Metric, Platform, Preferences, Ranking
from bot.ports import Ledger
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.schema import workspaces
from bot.storage.upgrade import upgrade
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Attempt, Delivery, Entry, Frozen, Kind, Provisional, State
from bot.subscriptions.model import Pause, Subscription, activated, paused, removed
from bot.subscriptions.schedule import Schedule, Weekday
from bot.subscriptions.targets import Target, TargetKind
from bot.subscriptions.ways import Way

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


def subscription(identifier: str = "s1", channel: str = "C1", team: str = "T1") -> Subscription:
    made = Subscription(
        id=identifier,
        team=team,
        channel=channel,
        channel_name=f"name of {channel}",
        schedule=Schedule(frozenset({Weekday.MON, Weekday.SUN}), time(9, 30), "Europe/Berlin"),
        ask=Ask(Period.MONTH, Preferences(7)),
        contact="U1",
        since=MONDAY,
    )
    return activated(made, MONDAY, "2026.1")


def delivery(identifier: str = "d1", **changes: object) -> Delivery:
    made = Delivery(
        id=identifier,
        key=f"s1/{identifier}",
        kind=Kind.RECAP,
        team="T1",
        target="C1",
        due_at=MONDAY,
        planned_at=MONDAY,
        subscription="s1",
        day=date(2026, 11, 23),
        ready_at=MONDAY,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def keep(ledger: Ledger, *new: Delivery) -> None:
    if await ledger.subscription("s1") is None:
        assert await ledger.commit(Change(subscription=(None, subscription())))
    assert await ledger.commit(Change(new=new))


async def claim(ledger: Ledger, at: datetime = MONDAY, limit: int = 10) -> list[Delivery]:
    return list(await ledger.claim("me", at, LEASE, limit))


async def test_a_subscription_comes_back_as_it_was(ledger: Ledger) -> None:
    """Every field, in every status."""
    one = subscription()
    assert await ledger.commit(Change(subscription=(None, one)))
    assert await ledger.subscription("s1") == one
    assert await ledger.of_channel("T1", "C1") == one
    later = replace(
        paused(one, Pause.ARCHIVED),
        last_day=date(2026, 11, 23),
        skipped=frozenset({date(2026, 11, 30), date(2026, 12, 7)}),
        contact=None,
    )
    assert await ledger.commit(Change(subscription=(one, later)))
    assert await ledger.subscription("s1") == replace(later, version=1)
    assert await ledger.subscription("s2") is None
    assert await ledger.of_channel("T1", "C2") is None
    assert await ledger.of_channel("T2", "C1") is None


async def test_preferences_come_back_as_they_were(ledger: Ledger) -> None:
    """Every metric in the order that was chosen, every ranking and platform, and the wait."""
    one = subscription()
    assert await ledger.commit(Change(subscription=(None, one)))
    chosen = [
        Preferences(3, tuple(reversed(Metric)), Ranking.GAIN, Platform.TIKTOK),
        Preferences(25, (Metric.LIKES,), Ranking.ENGAGEMENT, Platform.INSTAGRAM),
        Preferences(1),
    ]
    for hours, preferences in enumerate(chosen, 1):
        wanted = replace(one, ask=Ask(Period.QUARTER, preferences), wait_hours=hours)
        assert await ledger.commit(Change(subscription=(one, wanted)))
        one = replace(wanted, version=hours)
        assert await ledger.subscription("s1") == one
    other = replace(subscription("s2", "C2"), ask=Ask(Period.WEEK, chosen[0]), wait_hours=12)
    assert await ledger.commit(Change(subscription=(None, other)))
    assert await ledger.subscription("s2") == other


async def test_one_subscription_per_channel(ledger: Ledger) -> None:
    """A second one is refused with all that came with it, until the first is removed."""
    one, other = subscription(), subscription("s2")
    assert await ledger.commit(Change(subscription=(None, one)))
    late = Change(subscription=(None, other), entry=Entry(MONDAY, "U2", "subscribed", "s2"))
    assert not await ledger.commit(late)
    assert await ledger.trail("s2") == []
    assert await ledger.commit(Change(subscription=(one, removed(one))))
    assert await ledger.of_channel("T1", "C1") is None
    assert await ledger.commit(late)
    assert (await ledger.subscription("s1") or one).status.value == "removed"


async def test_an_old_version_changes_nothing(ledger: Ledger) -> None:
    """Of two people who edit the same version one is told so."""
    one = subscription()
    await ledger.commit(Change(subscription=(None, one)))
    assert await ledger.commit(Change(subscription=(one, replace(one, channel_name="first"))))
    late = Change(subscription=(one, replace(one, channel_name="second")), new=(delivery("never"),))
    assert not await ledger.commit(late)
    assert (await ledger.subscription("s1") or one).channel_name == "first"
    assert await ledger.delivery("never") is None


async def test_commit_each(ledger: Ledger) -> None:
    """One that comes too late keeps none of the others."""
    first, second = subscription("s1"), subscription("s2", "C2")
    for one in (first, second):
        await ledger.commit(Change(subscription=(None, one)))
    await ledger.commit(Change(subscription=(first, replace(first, channel_name="edited"))))
    changes = [
        Change(subscription=(one, replace(one, channel_name="planned")), new=(delivery(one.id),))
        for one in (first, second)
    ]
    assert list(await ledger.commit_each(changes)) == [False, True]
    assert await ledger.delivery("s1") is None
    assert await ledger.delivery("s2") is not None
    names = [one.channel_name for one in await ledger.subscriptions()]
    assert names == ["edited", "planned"]
    assert list(await ledger.commit_each([])) == []


async def test_commit_each_in_time(ledger: Ledger) -> None:
    """Everything of everyone is written, also of those that bring more than others."""
    ones = [subscription("s1"), subscription("s2", "C2"), subscription("s3", "C3")]
    for one in ones:
        await ledger.commit(Change(subscription=(None, one)))
    changes = [
        Change(
            subscription=(one, replace(one, channel_name=f"planned-{count}")),
            new=tuple(delivery(f"{one.id}-{number}") for number in range(count)),
        )
        for count, one in enumerate(ones)
    ]
    assert list(await ledger.commit_each(changes)) == [True, True, True]
    names = [one.channel_name for one in await ledger.subscriptions()]
    assert names == ["planned-0", "planned-1", "planned-2"]
    for made in ("s2-0", "s3-0", "s3-1"):
        assert await ledger.delivery(made) is not None


async def test_subscriptions_of_a_workspace(ledger: Ledger) -> None:
    """By the name of the channel, without the removed ones."""
    for identifier, channel, team in (("c", "C1", "T2"), ("b", "C2", "T1"), ("a", "C1", "T1")):
        one = subscription(identifier, channel, team)
        await ledger.commit(Change(subscription=(None, one)))
    gone = subscription("d", "C3")
    await ledger.commit(Change(subscription=(None, gone)))
    await ledger.commit(Change(subscription=(gone, removed(gone))))
    assert [one.id for one in await ledger.subscriptions("T1")] == ["a", "b"]
    assert [one.id for one in await ledger.subscriptions()] == ["a", "c", "b"]


async def test_due(ledger: Ledger) -> None:
    """From the very instant on, and only while it is active."""
    one = subscription()
    await ledger.commit(Change(subscription=(None, one)))
    assert one.next_slot
    due_at = one.next_slot.due_at
    assert await ledger.due(due_at - SECOND, 10) == []
    assert await ledger.due(due_at, 10) == [one]
    assert await ledger.due(due_at, 0) == []
    await ledger.commit(Change(subscription=(one, paused(one, Pause.BY_PERSON))))
    assert await ledger.due(due_at, 10) == []


async def test_the_longest_due_come_first(ledger: Ledger) -> None:
    """Where not all can be had at once, nobody is left waiting for ever."""
    late, early = subscription("s1", "C1"), subscription("s2", "C2")
    assert early.next_slot
    slot = replace(early.next_slot, due_at=early.next_slot.due_at - SECOND)
    early = replace(early, next_slot=slot)
    for one in (late, early):
        await ledger.commit(Change(subscription=(None, one)))
    later = MONDAY + timedelta(days=9)
    assert [one.id for one in await ledger.due(later, 10)] == ["s2", "s1"]
    assert [one.id for one in await ledger.due(later, 1)] == ["s2"]


async def test_a_large_workspace_is_planned_in_turns(ledger: Ledger) -> None:
    """Whoever has one slot does not wait until all of the others' are planned."""
    for one in [
        *(subscription(f"a{number}", f"C{number}") for number in range(4)),
        subscription("b0", "C1", "T2"),
        subscription("c0", "C1", "T3"),
    ]:
        assert await ledger.commit(Change(subscription=(None, one)))
    later = MONDAY + timedelta(days=9)
    assert [one.id for one in await ledger.due(later, 4)] == ["a0", "b0", "c0", "a1"]


async def test_outdated(ledger: Ledger) -> None:
    """What was planned with other rules; a paused one has no plan."""
    one, idle = subscription(), paused(subscription("s2", "C2"), Pause.BY_PERSON)
    for made in (one, idle):
        await ledger.commit(Change(subscription=(None, made)))
    assert await ledger.outdated("2026.1", 10) == []
    assert await ledger.outdated("2026.2", 10) == [one]
    assert await ledger.outdated("2026.2", 0) == []


async def test_a_delivery_comes_back_as_it_was(ledger: Ledger) -> None:
    """Every field, by its id and by its key."""
    one = delivery(
        reason="late",
        asked_by="U1",
        waits_until=MONDAY - SECOND,
        tries=3,
        message=Frozen("text ✓", ({"type": "section", "n": 1},)),
        posting_at=MONDAY,
        handed_at=MONDAY + SECOND,
        posted_in="C1",
        ts="1.2",
        sent_at=MONDAY + LEASE,
    )
    notice = delivery("d2", kind=Kind.NOTICE, day=None, ready_at=None)
    await keep(ledger, one, notice)
    assert await ledger.delivery("d1") == one
    assert await ledger.keyed("s1/d2") == notice
    assert await ledger.delivery("d3") is None
    assert await ledger.keyed("s1/d3") is None


async def test_a_thread_comes_back_as_it_was(ledger: Ledger) -> None:
    """Where a reply or a correction goes, and a message with all that belongs to it."""
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "Zoë 👩‍🎤"}]]}
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*1* Zoë"}}
    frozen = Frozen(
        "text ✓",
        blocks=(table, section),
        classic=(section, section),
        replies=(
            Frozen("first", (table,), classic=(section,), headline={"likes": 1}),
            Frozen("second", replies=(Frozen("third"),)),
        ),
        headline={"views": 9_007_199_254_740_993, "engagement_rate": 4.25, "shares": 0},
        provisional=Provisional(
            ask=Ask(
                Period.QUARTER,
                Preferences(3, (Metric.LIKES, Metric.VIEWS), Ranking.GAIN, Platform.TIKTOK),
            ),
            day=date(2026, 11, 23),
            refreshed=0,
            look_at=MONDAY + timedelta(microseconds=1),
            missing=("Zoë",),
            late="2 hours late",
            waited="Posted at",
            last="Mon, Nov 16",
        ),
        corrections=("Zoë 👩‍🎤", ""),
    )
    reply = delivery("d1", kind=Kind.REPLY, day=None, thread="1700000000.000100")
    correction = delivery("d2", kind=Kind.CORRECTION, thread="1.2", message=frozen)
    await keep(ledger, reply, correction)
    assert await ledger.delivery("d1") == reply
    assert await ledger.delivery("d2") == correction
    frozen_later = replace(reply, message=frozen)
    assert await ledger.commit(Change(delivery=(reply, frozen_later)))
    assert await ledger.keyed("s1/d1") == frozen_later
    taken = {one.id: (one.thread, one.message) for one in await claim(ledger)}
    assert taken == {"d1": (reply.thread, frozen), "d2": ("1.2", frozen)}


async def test_nothing_is_handed_over_while_its_workspace_waits(ledger: Ledger) -> None:
    """Refused until the very instant at which the wait is over; other changes are not."""
    await keep(ledger, delivery())
    (one,) = await claim(ledger)
    posting = replace(one, state=State.POSTING)
    await ledger.hold("T1", MONDAY + SECOND)
    await ledger.hold("T2", MONDAY + 9 * SECOND)
    assert not await ledger.commit(Change(delivery=(one, posting), unless_held=MONDAY))
    assert await ledger.delivery("d1") == one
    assert await ledger.commit(Change(delivery=(one, posting), unless_held=MONDAY + SECOND))
    assert await ledger.delivery("d1") == posting
    assert await ledger.commit(Change(delivery=(posting, one)))


async def test_a_correction_and_its_recap(ledger: Ledger) -> None:
    """Both change, or neither does."""
    recap = delivery(state=State.SENT, ready_at=None)
    watching = delivery("d2", kind=Kind.CORRECTION, state=State.CLAIMED)
    await keep(ledger, recap, watching)
    corrected = replace(recap, message=Frozen("corrected"))
    done = replace(watching, state=State.SENT, ready_at=None)
    stale = replace(recap, state=State.PLANNED), replace(corrected, state=State.PLANNED)
    assert not await ledger.commit(Change(delivery=(watching, done), recap=stale))
    assert await ledger.delivery("d2") == watching
    late = replace(watching, fence=7)
    assert not await ledger.commit(Change(delivery=(late, done), recap=(recap, corrected)))
    assert await ledger.delivery("d1") == recap
    assert await ledger.commit(Change(delivery=(watching, done), recap=(recap, corrected)))
    assert await ledger.delivery("d1") == corrected
    assert await ledger.delivery("d2") == done


async def test_a_key_is_there_once(ledger: Ledger) -> None:
    """The first stays, also when it has ended, and the rest of the change is written."""
    await keep(ledger, delivery(state=State.SENT, ready_at=None))
    second = delivery("other", key="s1/d1")
    assert await ledger.commit(Change(new=(second, delivery("d2"))))
    assert await ledger.delivery("other") is None
    assert (await ledger.keyed("s1/d1") or second).state is State.SENT
    assert await ledger.delivery("d2") is not None


async def test_claim(ledger: Ledger) -> None:
    """The longest due first, as many as asked for, each to one worker."""
    await keep(
        ledger,
        delivery("d2", due_at=MONDAY + SECOND),
        delivery("d1"),
        delivery("d3", due_at=MONDAY + 2 * SECOND),
        delivery("later", ready_at=MONDAY + SECOND),
        delivery("done", ready_at=None, state=State.SENT),
    )
    first = await claim(ledger, limit=2)
    assert [one.id for one in first] == ["d1", "d2"]
    assert {one.state for one in first} == {State.CLAIMED}
    assert {(one.owner, one.fence, one.ready_at) for one in first} == {("me", 1, MONDAY + LEASE)}
    assert await ledger.delivery("d1") == first[0]
    assert [one.id for one in await claim(ledger)] == ["d3"]
    assert await claim(ledger) == []


async def test_claim_again_when_the_lease_is_over(ledger: Ledger) -> None:
    """What was being posted stays in doubt; the old worker's word counts no more."""
    await keep(ledger, delivery("d1"), delivery("d2"))
    first, second = await claim(ledger)
    posting = replace(first, state=State.POSTING, posting_at=MONDAY)
    assert await ledger.commit(Change(delivery=(first, posting)))
    assert await claim(ledger, MONDAY + LEASE - SECOND) == []
    again = await claim(ledger, MONDAY + LEASE)
    assert {one.id: one.state for one in again} == {"d1": State.POSTING, "d2": State.CLAIMED}
    assert {one.fence for one in again} == {2}
    old = Change(
        delivery=(second, replace(second, state=State.SENT)),
        new=(delivery("never"),),
        attempt=Attempt("d2", 1, MONDAY, MONDAY, "Sent"),
    )
    assert not await ledger.commit(old)
    assert await ledger.delivery("never") is None
    assert await ledger.attempts("d2") == []


async def test_a_change_of_what_has_gone_on_is_refused(ledger: Ledger) -> None:
    """The same fence, but another state: two people press the same button."""
    await keep(ledger, delivery(state=State.UNCONFIRMED, ready_at=None))
    one = await ledger.delivery("d1")
    assert one
    assert await ledger.commit(Change(delivery=(one, one)))
    wanted = replace(one, state=State.PLANNED, ready_at=MONDAY)
    assert await ledger.commit(Change(delivery=(one, wanted)))
    assert not await ledger.commit(Change(delivery=(one, wanted)))


async def test_claim_leaves_a_held_workspace_alone(ledger: Ledger) -> None:
    """The others go on."""
    await keep(ledger, delivery("d1"), delivery("d2", team="T2"))
    taken = await ledger.claim("me", MONDAY, LEASE, 10, frozenset({"T1"}))
    assert [one.id for one in taken] == ["d2"]


async def test_two_workers_never_take_the_same(ledger: Ledger) -> None:
    """Forty deliveries, eight claims at once."""
    await keep(ledger, *(delivery(f"d{number}") for number in range(40)))
    claims = await asyncio.gather(
        *(ledger.claim(f"w{number}", MONDAY, LEASE, 5) for number in range(8))
    )
    taken = [one.id for batch in claims for one in batch]
    rest = [one.id for one in await ledger.claim("last", MONDAY, LEASE, 40)]
    assert len(taken + rest) == len(set(taken + rest)) == 40


async def test_claim_of_what_is_due_at_once(ledger: Ledger) -> None:
    """In the order of their ids, so that every worker and every ledger agree."""
    await keep(ledger, delivery("d3"), delivery("d1"), delivery("d2"))
    assert [one.id for one in await claim(ledger, limit=1)] == ["d1"]
    assert {one.id for one in await claim(ledger)} == {"d2", "d3"}


async def test_a_large_workspace_is_claimed_in_turns(ledger: Ledger) -> None:
    """Its second one waits for the first one of each other, although it is due for longer."""
    early = MONDAY - SECOND
    await keep(
        ledger,
        *(delivery(f"a{number}", due_at=early) for number in range(4)),
        *(delivery(f"b{number}", team="T2") for number in range(2)),
        delivery("c0", team="T3"),
    )
    taken = [{one.id for one in await claim(ledger, limit=2)} for _ in range(4)]
    assert taken == [{"a0", "b0"}, {"a1", "b1"}, {"a2", "c0"}, {"a3"}]


async def test_copies_take_turns_among_those_that_failed_as_often(ledger: Ledger) -> None:
    """What fails comes last, whoever it belongs to."""
    copy = delivery(kind=Kind.COPY, way="w1")
    await keep(
        ledger,
        *(replace(copy, id=f"a{number}", key=f"a{number}") for number in range(3)),
        replace(copy, id="b0", key="b0", team="T2", tries=1),
        replace(copy, id="b1", key="b1", team="T2"),
    )
    taken = [{one.id for one in await claim(ledger, limit=2)} for _ in range(3)]
    assert taken == [{"a0", "b1"}, {"a1", "a2"}, {"b0"}]


async def test_claim_leaves_what_is_under_way_alone(ledger: Ledger) -> None:
    """Its own worker is still at it, whatever the lease says."""
    await keep(ledger, delivery("d1"), delivery("d2"))
    taken = await ledger.claim("me", MONDAY, LEASE, 10, under_way=frozenset({"d1"}))
    assert [one.id for one in taken] == ["d2"]


async def test_briefs(ledger: Ledger) -> None:
    """What each belongs to, and when the channel got its last recap; notices do not count."""
    other = subscription("s2", "C2")
    assert await ledger.commit(Change(subscription=(None, other)))
    first = delivery("d1", state=State.SENT, ready_at=None, sent_at=MONDAY)
    second = replace(first, id="d2", key="s1/d2", due_at=MONDAY - SECOND, sent_at=MONDAY + SECOND)
    later = replace(second, due_at=MONDAY + LEASE, sent_at=MONDAY + LEASE)
    await keep(
        ledger,
        first,
        second,
        replace(later, id="n1", key="n1", kind=Kind.NOTICE),
        replace(later, id="d4", key="s1/d4", state=State.FAILED),
    )
    claimed = [
        delivery("d3"),
        delivery("e1", subscription="s2"),
        delivery("f1", subscription="s3"),
    ]
    assert await ledger.briefs(claimed) == {
        "d3": Brief(subscription(), MONDAY + SECOND),
        "e1": Brief(other, None),
        "f1": Brief(None, None),
    }
    assert await ledger.briefs([]) == {}


async def test_history(ledger: Ledger) -> None:
    """The recaps of one subscription, newest first."""
    await keep(
        ledger,
        delivery("d1"),
        delivery("d2 too", due_at=MONDAY + SECOND),
        delivery("d2", due_at=MONDAY + SECOND),
        delivery("d3", due_at=MONDAY + 2 * SECOND),
        *(delivery(kind.value, kind=kind) for kind in Kind if kind is not Kind.RECAP),
        delivery("u1", due_at=MONDAY + LEASE, state=State.SKIPPED, reason="undone"),
    )
    assert [one.id for one in await ledger.history("s1", 9)] == ["d3", "d2", "d2 too", "d1"]
    assert [one.id for one in await ledger.history("s1", 2)] == ["d3", "d2"]
    assert await ledger.history("s2", 2) == []


async def test_last_sent(ledger: Ledger) -> None:
    """The newest that arrived, whatever came after it."""
    await keep(ledger, delivery("d0", state=State.SKIPPED, ready_at=None))
    assert await ledger.last_sent("s1") is None
    await keep(
        ledger,
        delivery("d1", state=State.SENT, ready_at=None),
        delivery("d2 too", state=State.SENT, ready_at=None, due_at=MONDAY + SECOND),
        delivery("d2", state=State.SENT, ready_at=None, due_at=MONDAY + SECOND),
        delivery("d3", due_at=MONDAY + LEASE),
        *(
            delivery(kind.value, kind=kind, state=State.SENT, due_at=MONDAY + LEASE)
            for kind in Kind
            if kind is not Kind.RECAP
        ),
    )
    last = await ledger.last_sent("s1")
    assert last
    assert last.id == "d2"
    assert await ledger.last_sent("s2") is None


async def test_overdue(ledger: Ledger) -> None:
    """Open recaps only, each until its contact knows, and none before its wait is over."""
    await keep(
        ledger,
        delivery("late"),
        delivery("told"),
        delivery("x", key="notice/late/told", kind=Kind.NOTICE, ready_at=None),
        delivery("sent", ready_at=None),
        delivery("notice", kind=Kind.NOTICE),
        delivery("young", planned_at=MONDAY + SECOND),
        delivery("waits", reason="waiting_for_data", waits_until=MONDAY + SECOND),
        delivery("posting", state=State.POSTING, waits_until=MONDAY + SECOND),
        delivery("waited", due_at=MONDAY + LEASE, waits_until=MONDAY),
        delivery("stuck", due_at=MONDAY + LEASE, reason="waiting_for_data", waits_until=MONDAY),
        delivery("odd", reason="other", due_at=MONDAY + 2 * LEASE),
    )
    found = await ledger.overdue(MONDAY, 10)
    assert [one.id for one in found[:1]] == ["late"]
    assert {one.id for one in found[1:3]} == {"waited", "stuck"}
    assert [one.id for one in found[3:]] == ["odd"]
    assert await ledger.overdue(MONDAY, 0) == []
    await keep(
        ledger,
        delivery("later", due_at=MONDAY + SECOND),
        delivery("later still", due_at=MONDAY + LEASE),
        delivery("earlier", due_at=MONDAY - SECOND),
    )
    found = await ledger.overdue(MONDAY, 3)
    assert [one.id for one in found] == ["earlier", "late", "later"]


async def test_next_ready(ledger: Ledger) -> None:
    """The first of what is open, apart from what is posted and only watched."""
    assert await ledger.next_ready() is None
    await keep(
        ledger,
        delivery("d1", ready_at=MONDAY + SECOND),
        delivery("d2", ready_at=MONDAY),
        delivery("d3", ready_at=None),
        delivery("d4", kind=Kind.CORRECTION, ready_at=MONDAY - SECOND),
    )
    assert await ledger.next_ready() == MONDAY


async def test_hold(ledger: Ledger) -> None:
    """The longest wait counts, until it is over."""
    await ledger.hold("T1", MONDAY + LEASE)
    await ledger.hold("T1", MONDAY + SECOND)
    await ledger.hold("T2", MONDAY + SECOND)
    assert await ledger.held(MONDAY) == {"T1": MONDAY + LEASE, "T2": MONDAY + SECOND}
    assert await ledger.held(MONDAY + SECOND) == {"T1": MONDAY + LEASE}


async def test_a_change_that_may_not_come_while_a_workspace_waits(ledger: Ledger) -> None:
    """Refused until the wait is over; that of another workspace is nothing to it."""
    await keep(ledger, delivery())
    (one,) = await claim(ledger)
    posting = (one, replace(one, state=State.POSTING))
    await ledger.hold("T2", MONDAY + LEASE)
    await ledger.hold("T1", MONDAY + SECOND)
    assert not await ledger.commit(Change(delivery=posting, unless_held=MONDAY))
    assert await ledger.delivery("d1") == one
    assert await ledger.commit(Change(delivery=posting, unless_held=MONDAY + SECOND))


async def test_a_workspace_that_refuses_data_blocks(ledger: Ledger) -> None:
    """It is remembered for good, however often it says so, and the others keep theirs."""
    assert not await ledger.is_classic("T1")
    await ledger.refuse_data_blocks("T1", MONDAY)
    await ledger.refuse_data_blocks("T1", MONDAY + SECOND)
    assert await ledger.is_classic("T1")
    assert not await ledger.is_classic("T2")


async def test_since_when_a_workspace_refuses(tmp_path: Path) -> None:
    """The first time stays in the database, for whoever looks into it."""
    async with open_database(f"sqlite:///{tmp_path}/recap.db") as engine:
        await upgrade(engine)
        ledger = SqlLedger(engine)
        for instant in (MONDAY, MONDAY - LEASE, MONDAY + LEASE):
            await ledger.refuse_data_blocks("T1", instant)
        async with engine.connect() as connection:
            found = (await connection.execute(select(workspaces))).all()
    assert found == [("T1", MONDAY)]


async def test_briefs_of_several_workspaces(ledger: Ledger) -> None:
    """By the id of the delivery, each with what its own workspace refuses."""
    ours, theirs = subscription(), subscription("s2", "C2", "T2")
    for one in (ours, theirs):
        await ledger.commit(Change(subscription=(None, one)))
    sent = delivery("d1", state=State.SENT, ready_at=None, sent_at=MONDAY)
    later = delivery("d2", due_at=MONDAY + SECOND)
    other = delivery("d3", subscription="s2", team="T2")
    notice = delivery("d4", kind=Kind.NOTICE, state=State.SENT, sent_at=MONDAY + LEASE)
    await ledger.commit(Change(new=(sent, later, other, notice)))
    assert await ledger.briefs([later, other, notice]) == {
        "d2": Brief(ours, MONDAY),
        "d3": Brief(theirs, None),
        "d4": Brief(ours, MONDAY),
    }
    await ledger.refuse_data_blocks("T2", MONDAY)
    assert await ledger.briefs([later, other]) == {
        "d2": Brief(ours, MONDAY),
        "d3": Brief(theirs, None, classic=True),
    }
    assert await ledger.briefs([replace(later, subscription="gone")]) == {"d2": Brief()}
    assert await ledger.briefs([]) == {}


async def test_attempts_and_trail(ledger: Ledger) -> None:
    """Rows of their own, in the order in which they came."""
    await keep(ledger, delivery())
    tried = [Attempt("d1", fence, MONDAY, MONDAY + SECOND, "Busy", "429") for fence in (1, 2)]
    said = [Entry(MONDAY, "U1", action, "s1", "why") for action in ("paused", "resumed")]
    for attempt, entry in zip(tried, said, strict=True):
        assert await ledger.commit(Change(attempt=attempt, entry=entry))
    assert await ledger.attempts("d1") == tried
    assert await ledger.trail("s1") == said
    assert await ledger.attempts("d2") == []
    assert await ledger.trail("s2") == []


async def test_forget(ledger: Ledger) -> None:
    """What belongs to the workspace ends and is erased; the others notice nothing."""
    other = subscription("s2", "C1", team="T2")
    assert await ledger.commit(Change(subscription=(None, other)))
    frozen = Frozen("Our numbers", ())
    sent = delivery("d1", state=State.SENT, message=frozen, ts="1.0", ready_at=None)
    theirs = delivery("d3", team="T2", subscription="s2", message=frozen)
    await keep(ledger, sent, delivery("d2", message=frozen), theirs)
    way = Way("w1", "s1", Target(TargetKind.WEBHOOK, "https://chat.example/1"), "U1")
    assert await ledger.commit(Change(way=(None, way)))
    claimed = next(one for one in await claim(ledger) if one.id == "d2")
    await ledger.hold("T1", MONDAY + LEASE)
    await ledger.hold("T2", MONDAY + LEASE)
    await ledger.refuse_data_blocks("T1", MONDAY)
    await ledger.forget("T1")
    await ledger.forget("T1")
    assert [one.id for one in await ledger.subscriptions()] == ["s2"]
    assert await ledger.ways(["s1"]) == {"s1": ()}
    assert await ledger.held(MONDAY) == {"T2": MONDAY + LEASE}
    assert not await ledger.is_classic("T1")
    gone = [await ledger.delivery(one) for one in ("d1", "d2")]
    assert [(one.state, one.reason, one.message, one.ready_at) for one in gone if one] == [
        (State.SENT, None, None, None),
        (State.FAILED, "install_gone", None, None),
    ]
    late = Change(delivery=(claimed, replace(claimed, state=State.POSTING)))
    assert not await ledger.commit(late)
    kept = await ledger.delivery("d3")
    assert kept
    assert kept.message == frozen
    assert await ledger.due(MONDAY + timedelta(days=30), 10) == [await ledger.subscription("s2")]
