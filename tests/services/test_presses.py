"""The buttons of a subscription: each is checked against what holds when it is pressed."""

from dataclasses import replace
from datetime import date

import pytest

from bot.errors import Unusable
from bot.rendering import buttons
from bot.services.presses import Presses
from bot.services.ways import Ways
from bot.storage.memory import MemoryLedger
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Entry, Frozen, State
from bot.subscriptions.model import Pause, paused, removed
from bot.subscriptions.zones import rules_version
from tests.examples import MONDAY, NOON, owed, subscription
from tests.services.fakes import FixedClock, MemorySender, subscriptions

STANDS = subscription(
    last_day=date(2026, 11, 23),
    next_slot=subscription().schedule.slot(date(2026, 11, 30)),
    rules=rules_version(),
)
GONE = "This subscription is gone. `/recap subscribe` sets up a new one."
DETAIL = "mon 09:00 Europe/Berlin 7d"


async def desk(*deliveries: Delivery, one: object = STANDS) -> tuple[Presses, MemoryLedger]:
    ledger = MemoryLedger()
    if one is not None:
        assert await ledger.commit(Change(subscription=(None, one)))  # type: ignore[arg-type]
    assert await ledger.commit(Change(new=deliveries))
    people = subscriptions(ledger)
    ways = Ways(ledger, people, MemorySender(), FixedClock())
    return Presses(people, ways), ledger


@pytest.mark.parametrize(
    ("action_id", "before", "line", "entry"),
    [
        (
            buttons.UNSUBSCRIBE,
            STANDS,
            "#marketing is unsubscribed. Recap posts nothing there.",
            Entry(NOON, "U2", "removed", "s1", f"{DETAIL} removed"),
        ),
        (
            buttons.PAUSE,
            STANDS,
            "Paused.",
            Entry(NOON, "U2", "paused", "s1", f"{DETAIL} paused"),
        ),
        (
            buttons.RESUME,
            paused(STANDS, Pause.ARCHIVED),
            "On again.",
            Entry(NOON, "U2", "resumed", "s1", f"{DETAIL} active"),
        ),
        (
            buttons.SKIP,
            STANDS,
            "The recap of Mon, Nov 30 at 09:00 is skipped.",
            Entry(NOON, "U2", "skipped", "s1", "2026-11-30"),
        ),
        (
            buttons.SEND_NOW,
            STANDS,
            "A fresh recap is on its way to <#C1>.",
            Entry(NOON, "U2", "sent_now", "s1"),
        ),
    ],
)
async def test_each_button(action_id: str, before: object, line: str, entry: Entry) -> None:
    """What is said, and what is written down of who did what."""
    presses, ledger = await desk(one=before)
    message = await presses.press(action_id, "s1", "U2")
    assert message.text.splitlines()[0] == line
    assert await ledger.trail("s1") == [entry]


async def test_send_now_owes_one_post() -> None:
    """A second press of the same button is told so and posts nothing; a newer button posts."""
    presses, ledger = await desk()
    await presses.press(buttons.SEND_NOW, "s1 n1", "U2")
    made = await ledger.keyed("now/s1/n1")
    assert made == Delivery(
        id=made.id if made else "",
        key="now/s1/n1",
        kind=owed().kind,
        team="T1",
        target="C1",
        due_at=NOON,
        planned_at=NOON,
        ready_at=NOON,
        subscription="s1",
        asked_by="U2",
    )
    with pytest.raises(Unusable) as refused:
        await presses.press(buttons.SEND_NOW, "s1 n1", "U3")
    assert refused.value.reader == "It was sent already, or is on its way."
    await presses.press(buttons.SEND_NOW, "s1 n2", "U3")
    keys = {one.key for one in await ledger.history("s1", 9)}
    assert keys == {"now/s1/n1", "now/s1/n2"}


async def test_undo() -> None:
    """The day that the button carries is due again, and what was done stays on record."""
    presses, ledger = await desk()
    await presses.press(buttons.SKIP, "s1", "U2")
    message = await presses.press(buttons.UNDO_SKIP, "s1 2026-11-30", "U2")
    assert message.text.splitlines()[0] == "The skip is undone."
    assert await ledger.subscription("s1") == replace(STANDS, version=2)
    assert [one.action for one in await ledger.trail("s1")] == ["skipped", "skip_undone"]
    with pytest.raises(Unusable) as refused:
        await presses.press(buttons.UNDO_SKIP, "s1 2026-11-30", "U2")
    assert refused.value.reader == "There is no skip to undo any more."


async def test_post_again() -> None:
    """Its value is the delivery, and only what is unconfirmed is posted again."""
    unconfirmed = owed(
        state=State.UNCONFIRMED,
        reason="missing_scope",
        ready_at=None,
        posting_at=MONDAY,
        handed_at=MONDAY,
        message=Frozen("Recap"),
    )
    presses, ledger = await desk(unconfirmed)
    message = await presses.press(buttons.POST_AGAIN, "d1", "U2")
    assert message.text == "It is posted to <#C1> again."
    assert await ledger.delivery("d1") == replace(
        unconfirmed,
        state=State.PLANNED,
        reason=None,
        ready_at=NOON,
        posting_at=None,
        asked_by="U2",
    )
    with pytest.raises(Unusable) as refused:
        await presses.press(buttons.POST_AGAIN, "d1", "U2")
    assert refused.value.reader == "It has been settled already."


EVERY = (
    (buttons.UNSUBSCRIBE, "s1"),
    (buttons.PAUSE, "s1"),
    (buttons.RESUME, "s1"),
    (buttons.SKIP, "s1"),
    (buttons.SEND_NOW, "s1 n1"),
    (buttons.UNDO_SKIP, "s1 2026-11-30"),
    (buttons.POST_AGAIN, "d1"),
)


@pytest.mark.parametrize(("action_id", "value"), EVERY)
@pytest.mark.parametrize("one", [None, removed(STANDS), replace(STANDS, id="s2")])
async def test_a_button_of_what_is_gone(action_id: str, value: str, one: object) -> None:
    """It says so and changes nothing, even where the channel has another subscription now."""
    presses, ledger = await desk(one=one)
    with pytest.raises(Unusable) as refused:
        await presses.press(action_id, value, "U2")
    assert refused.value.reader == GONE
    assert await ledger.history("s1", 9) == []
    assert await ledger.trail("s1") == await ledger.trail("s2") == []


async def test_every_refusal_is_its_own() -> None:
    """A raised error gathers the frames of whoever raised it; a shared one would never stop."""
    presses, _ = await desk(one=None)
    errors = []
    for _ in range(2):
        with pytest.raises(Unusable) as refused:
            await presses.press(buttons.PAUSE, "s1", "U2")
        errors.append(refused.value)
    assert errors[0] is not errors[1]
