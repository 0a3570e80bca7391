"""What another key of a workspace means for what is open, in every ledger."""

from dataclasses import replace
from datetime import timedelta

from bot.ports import Ledger
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import KEY_REFUSED, NO_KEY, WAITING_FOR_DATA, Kind, State
from tests.storage.test_ledger import MONDAY, claim, delivery, keep, subscription

LATER = MONDAY + timedelta(minutes=5)


async def test_what_waits_for_a_key_is_woken(ledger: Ledger) -> None:
    """At once, and nothing else: not of another workspace, not what waits for something else."""
    await ledger.commit(Change(subscription=(None, subscription("s2", "C2", "T2"))))
    waits = {"ready_at": LATER, "reason": NO_KEY}
    await keep(
        ledger,
        delivery("none", **waits),
        delivery("refused", ready_at=LATER, reason=KEY_REFUSED),
        delivery("data", ready_at=LATER, reason=WAITING_FOR_DATA),
        delivery("slack", ready_at=LATER),
        delivery("begun", **waits | {"state": State.CLAIMED}),
        delivery("done", **waits | {"state": State.SENT, "ready_at": None}),
        delivery("theirs", **waits | {"team": "T2", "subscription": "s2"}),
    )
    assert await ledger.wake("T1", MONDAY) == 2
    assert sorted(one.id for one in await claim(ledger)) == ["none", "refused"]
    assert await ledger.wake("T3", MONDAY) == 0


async def test_a_refused_key_is_told_once(ledger: Ledger) -> None:
    """Whoever entered it knows; that there is none is told to each contact."""
    await keep(
        ledger,
        delivery("none", reason=NO_KEY),
        delivery("refused", reason=KEY_REFUSED),
        delivery("slack"),
    )
    late = await ledger.overdue(MONDAY + timedelta(hours=1), 10)
    assert sorted(one.id for one in late) == ["none", "slack"]


async def test_no_post_is_corrected_with_other_numbers(ledger: Ledger) -> None:
    """But for what may be at Slack already; whoever has one in hand loses it."""
    await ledger.commit(Change(subscription=(None, subscription("s2", "C2", "T2"))))
    await keep(
        ledger,
        delivery("planned", kind=Kind.CORRECTION, ready_at=LATER),
        delivery("claimed", kind=Kind.CORRECTION),
        delivery("recap", ready_at=LATER),
        delivery("posting", kind=Kind.CORRECTION, state=State.POSTING, ready_at=LATER),
        delivery("theirs", kind=Kind.CORRECTION, team="T2", subscription="s2", ready_at=LATER),
    )
    (claimed,) = await claim(ledger)
    await ledger.keep_as_posted("T1")
    states = {}
    for name in ("planned", "claimed", "recap", "posting", "theirs"):
        one = await ledger.delivery(name)
        assert one is not None
        states[name] = (one.state, one.reason, one.ready_at is None)
    assert states == {
        "planned": (State.SKIPPED, "other_organization", True),
        "claimed": (State.SKIPPED, "other_organization", True),
        "recap": (State.PLANNED, None, False),
        "posting": (State.POSTING, None, False),
        "theirs": (State.PLANNED, None, False),
    }
    handed = replace(claimed, state=State.POSTING)
    assert not await ledger.commit(Change(delivery=(claimed, handed)))
