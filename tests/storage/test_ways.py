"""Targets of subscriptions, and what goes there, in all three ledgers."""

from dataclasses import replace

from bot.ports import Ledger
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import ALL, COPIES, Delivery, Entry, Frozen, Kind, State
from bot.subscriptions.targets import Target, TargetKind
from bot.subscriptions.ways import Way, paused, resumed
from tests.storage.test_ledger import LEASE, MONDAY, SECOND, delivery, keep, subscription

HOOK = Target(TargetKind.WEBHOOK, "https://hooks.example.com/in/1234567890abcdef")
MAIL = Target(TargetKind.EMAIL, "ana@example.com")


def way(identifier: str = "w1", target: Target = HOOK, of: str = "s1") -> Way:
    return Way(identifier, of, target, "U1")


async def add(ledger: Ledger, *ways: Way) -> None:
    await keep(ledger)
    for one in ways:
        assert await ledger.commit(Change(way=(None, one)))


async def test_a_target_comes_back_as_it_was(ledger: Ledger) -> None:
    """Every field, paused and resumed; each change counts."""
    await add(ledger, way())
    assert await ledger.way("w1") == way()
    stopped = paused(way(), "410 gone", MONDAY)
    assert await ledger.commit(Change(way=(way(), stopped)))
    kept = await ledger.way("w1")
    assert kept == replace(stopped, version=1)
    assert not kept.is_active
    assert await ledger.commit(Change(way=(kept, resumed(kept))))
    assert await ledger.way("w1") == replace(way(), version=2)
    assert await ledger.way("w2") is None


async def test_the_targets_of_subscriptions(ledger: Ledger) -> None:
    """Each with its own, by kind and address; none for one that has none."""
    await add(ledger)
    assert await ledger.commit(Change(subscription=(None, subscription("s2", "C2"))))
    other = way("w3", of="s2")
    await add(ledger, way(), way("w2", MAIL), other)
    found = await ledger.ways(["s1", "s2", "s3"])
    assert found == {"s1": (way("w2", MAIL), way()), "s2": (other,), "s3": ()}
    assert await ledger.ways([]) == {}


async def test_a_subscription_has_a_target_once(ledger: Ledger) -> None:
    """A second one is refused with all that came with it, until the first is removed."""
    await add(ledger, way())
    late = Change(way=(None, way("w2")), entry=Entry(MONDAY, "U2", "target_added", "s1"))
    assert not await ledger.commit(late)
    assert await ledger.trail("s1") == []
    assert await ledger.commit(Change(way=(way(), None)))
    assert await ledger.way("w1") is None
    assert await ledger.commit(late)


async def test_an_old_version_of_a_target_changes_nothing(ledger: Ledger) -> None:
    """Whoever was slower is refused: the delivery that came with it stays as it was, too."""
    await add(ledger, way())
    await keep(ledger, delivery())
    assert await ledger.commit(Change(way=(way(), paused(way(), "gone", MONDAY))))
    ended = replace(delivery(), state=State.FAILED, ready_at=None)
    late = Change(delivery=(delivery(), ended), way=(way(), paused(way(), "404", MONDAY)))
    assert not await ledger.commit(late)
    assert not await ledger.commit(Change(way=(way(), None)))
    assert await ledger.delivery("d1") == delivery()
    kept = await ledger.way("w1")
    assert kept is not None
    assert kept.pause == "gone"
    assert await ledger.commit(Change(way=(kept, None)))
    assert not await ledger.commit(Change(way=(kept, resumed(kept))))


async def test_a_brief_names_the_targets(ledger: Ledger) -> None:
    """The worker needs no question more for them."""
    await add(ledger, way())
    await keep(ledger, delivery())
    (brief,) = (await ledger.briefs([delivery()])).values()
    assert brief.ways == (way(),)


def copy(identifier: str = "c1", **changes: object) -> Delivery:
    given = {"kind": Kind.COPY, "key": f"s1/2026-11-23/to/{identifier}", "way": "w1"}
    return delivery(identifier, **given | changes)


async def test_copies_are_claimed_apart(ledger: Ledger) -> None:
    """By those who ask for them, so that neither fills the places of the other."""
    await keep(ledger, delivery(), copy())
    (claimed,) = await ledger.claim("me", MONDAY, LEASE, 10, kinds=ALL - COPIES)
    assert claimed.id == "d1"
    (claimed,) = await ledger.claim("me", MONDAY, LEASE, 10, kinds=COPIES)
    assert (claimed.id, claimed.way) == ("c1", "w1")


async def test_what_is_down_keeps_no_copy_waiting(ledger: Ledger) -> None:
    """The least tried one goes first, and then the longest due; with recaps tries don't count."""
    tried = copy("c1", tries=3, due_at=MONDAY - 9 * SECOND)
    late = delivery("d1", tries=9, due_at=MONDAY - SECOND)
    await keep(ledger, tried, copy("c2"), copy("c3", due_at=MONDAY - SECOND), delivery("d2"), late)
    claimed = [await ledger.claim("me", MONDAY, LEASE, 1, kinds=COPIES) for _ in range(3)]
    assert [one.id for (one,) in claimed] == ["c3", "c2", "c1"]
    claimed = [await ledger.claim("me", MONDAY, LEASE, 1) for _ in range(2)]
    assert [one.id for (one,) in claimed] == ["d1", "d2"]


async def test_copies_are_not_history(ledger: Ledger) -> None:
    """What the channel got is told by its recaps alone."""
    sent = copy(state=State.SENT, sent_at=MONDAY, ready_at=None)
    await keep(ledger, sent, copy("c2"))
    assert await ledger.history("s1", 5) == []
    assert await ledger.last_sent("s1") is None
    assert await ledger.overdue(MONDAY + 100 * LEASE, 5) == []
    (brief,) = (await ledger.briefs([delivery()])).values()
    assert brief.last_sent_at is None
    assert await ledger.next_ready() == MONDAY, "but a tick waits for them"


async def test_the_messages_of_copies_come_with_the_first_that_is_built(ledger: Ledger) -> None:
    """With the same commit; each may go at once, whoever waited for that."""
    await keep(ledger, delivery(), copy(ready_at=MONDAY + SECOND))
    (claimed,) = await ledger.claim("me", MONDAY, LEASE, 10)
    message = Frozen("title", payload={"text": "*7*", "parts": [1, None]})
    handed = replace(claimed, state=State.POSTING)
    copies = {"s1/2026-11-23/to/c1": message, "s1/2026-11-23/to/c9": message}
    assert await ledger.commit(Change(delivery=(claimed, handed), copies=copies))
    kept = await ledger.delivery("c1")
    assert kept == copy(message=message)
    again = {"s1/2026-11-23/to/c1": Frozen("other", payload={"text": "8"})}
    assert await ledger.commit(Change(copies=again))
    assert await ledger.delivery("c1") == kept, "the first one counts"


async def test_a_claimed_copy_gets_its_message_and_keeps_its_lease(ledger: Ledger) -> None:
    """Its worker goes on; what is over gets none."""
    over = copy("c2", state=State.SKIPPED, ready_at=None)
    await keep(ledger, copy(), over)
    (claimed,) = await ledger.claim("me", MONDAY, LEASE, 10)
    message = Frozen("title", payload={"text": "*7*"})
    copies = {"s1/2026-11-23/to/c1": message, "s1/2026-11-23/to/c2": message}
    assert await ledger.commit(Change(copies=copies))
    assert await ledger.delivery("c1") == replace(claimed, message=message)
    assert await ledger.delivery("c2") == over
    ended = replace(claimed, state=State.PLANNED, owner=None, ready_at=MONDAY)
    assert await ledger.commit(Change(delivery=(claimed, ended)))
    kept = await ledger.delivery("c1")
    assert kept is not None
    assert kept.message == message, "whoever had read it before does not take it away"


async def test_a_refused_change_freezes_nothing(ledger: Ledger) -> None:
    """All of it is written, or nothing."""
    await keep(ledger, delivery(), copy())
    stale = replace(delivery(), fence=7)
    copies = {"s1/2026-11-23/to/c1": Frozen("title")}
    assert not await ledger.commit(Change(delivery=(stale, delivery()), copies=copies))
    assert await ledger.delivery("c1") == copy()


def test_a_pause_is_no_longer_than_it_may_be() -> None:
    """What a server says has no end."""
    assert len(paused(way(), "x" * 1_000, MONDAY).pause or "") == 100
