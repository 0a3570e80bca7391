"""The verbs of ``/recap``: each does its one thing with the subscription of the channel."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.digest.engagement import ScaleSetting
from bot.errors import Unusable
from bot.rendering import buttons
from bot.rendering.numbers import Numbers
from bot.services.orders import Orders, Verb
from bot.services.recap import RecapService
from bot.services.ways import Ways
from bot.storage.memory import MemoryLedger
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Frozen, State
from bot.subscriptions.model import Pause, Status, paused, removed
from bot.subscriptions.targets import parse_target
from bot.subscriptions.ways import Way
from bot.subscriptions.zones import rules_version
from tests.examples import MONDAY, NOON, owed, subscription
from tests.services.fakes import FixedClock, MemorySender, MemorySource, subscriptions

SENT = owed(
    state=State.SENT,
    ready_at=None,
    sent_at=MONDAY + timedelta(seconds=3),
    message=Frozen("Recap: last 7 days\nTotal views: 3"),
)
STANDS = subscription(
    last_day=date(2026, 11, 23),
    next_slot=subscription().schedule.slot(date(2026, 11, 30)),
    rules=rules_version(),
)
"""The subscription at noon on Monday, with the recap of the morning behind it."""


async def desk(*deliveries: Delivery, one: object = STANDS) -> tuple[Orders, MemoryLedger]:
    ledger = MemoryLedger()
    if one is not None:
        assert await ledger.commit(Change(subscription=(None, one)))  # type: ignore[arg-type]
    assert await ledger.commit(Change(new=deliveries))
    recap = RecapService(MemorySource(), FixedClock(), ScaleSetting.PERCENT)
    people = subscriptions(ledger)
    ways = Ways(ledger, people, MemorySender(), FixedClock())
    return Orders(people, recap, Numbers(), ways), ledger


WHAT = "<#C1>: the last 7 days with the top 5, every Monday at 09:00 (Europe/Berlin)."
UPCOMING = "Next: Mon, Nov 30 · Mon, Dec 7 · Mon, Dec 14."
STOPPED = ":double_vertical_bar: Paused: somebody paused it. Press Resume when you want it back."
RESULT = "The recap of Mon, Nov 23 at 09:00 was sent at 09:00."
CONNECTED = "Connected to CreatorAudit with the key “Recap”."


@pytest.mark.parametrize(
    ("verb", "lines", "after"),
    [
        (
            Verb.UNSUBSCRIBE,
            ["#marketing is unsubscribed. Recap posts nothing there."],
            removed(STANDS),
        ),
        (Verb.PAUSE, ["Paused.", WHAT, STOPPED], paused(STANDS, Pause.BY_PERSON)),
        (Verb.RESUME, ["On again.", WHAT, UPCOMING], STANDS),
        (
            Verb.SKIP,
            [
                "The recap of Mon, Nov 30 at 09:00 is skipped.",
                "Next: Mon, Dec 7 · Mon, Dec 14 · Mon, Dec 21.",
            ],
            replace(
                STANDS,
                skipped=frozenset({date(2026, 11, 30)}),
                next_slot=STANDS.schedule.slot(date(2026, 12, 7)),
            ),
        ),
        (Verb.STATUS, [WHAT, UPCOMING, RESULT, CONNECTED], STANDS),
        (
            Verb.LIST,
            ["<#C1>: every Monday at 09:00 (Europe/Berlin). Next: Mon, Nov 30 at 09:00."],
            STANDS,
        ),
        (
            Verb.LAST,
            ["Delivered Mon, Nov 23 at 09:00:", "Recap: last 7 days", "Total views: 3"],
            STANDS,
        ),
    ],
)
async def test_each_verb(verb: Verb, lines: list[str], after: object) -> None:
    """What is said, and what the subscription is then; what changes nothing leaves no trace."""
    orders, ledger = await desk(SENT)
    message = await orders.do(verb, "U1", "C1")
    assert message.text.splitlines() == lines
    changed = after != STANDS
    stands = await ledger.subscription("s1")
    assert stands == replace(after, version=1 if changed else 0)  # type: ignore[type-var]
    assert len(await ledger.trail("s1")) == (1 if changed else 0)


async def test_resume_goes_on_from_now() -> None:
    """It posts from this instant on, and the next date is the next one."""
    orders, ledger = await desk(one=paused(STANDS, Pause.BY_PERSON))
    message = await orders.do(Verb.RESUME, "U1", "C1")
    assert message.text.splitlines() == ["On again.", WHAT, UPCOMING]
    assert await ledger.subscription("s1") == replace(STANDS, since=NOON, version=1)


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.LIST])
@pytest.mark.parametrize("one", [None, removed(STANDS), replace(STANDS, channel="C2")])
async def test_nothing_to_do_anything_with(verb: Verb, one: object) -> None:
    """A channel without a subscription is told how to get one, with a button that does it."""
    orders, _ = await desk(one=one)
    message = await orders.do(verb, "U1", "C1")
    assert message.text == "This channel is not subscribed. `/recap subscribe` sets it up."
    assert [one["action_id"] for one in message.blocks[-1]["elements"]] == [buttons.SUBSCRIBE]


async def test_a_direct_message_has_no_button() -> None:
    """It can't be subscribed, so nothing offers it."""
    orders, _ = await desk(one=None)
    assert [block["type"] for block in (await orders.do(Verb.STATUS, "U1", "D1")).blocks] == [
        "section"
    ]


async def test_nothing_sent_yet() -> None:
    """A first recap that is on its way is not the last post."""
    orders, _ = await desk(owed())
    message = await orders.do(Verb.LAST, "U1", "C1")
    assert message.text == "Recap has not posted here yet."


async def test_list_is_of_every_channel() -> None:
    """It does not matter where it is typed, and a removed subscription is none."""
    orders, _ = await desk()
    assert "<#C1>" in (await orders.do(Verb.LIST, "U1", "D9")).text
    orders, _ = await desk(one=removed(STANDS))
    message = await orders.do(Verb.LIST, "U1", "C1")
    assert message.text == (
        "No channel that you can see is subscribed. `/recap subscribe` sets one up."
    )


async def test_status_of_a_subscription_that_never_posted() -> None:
    """What is on its way later is not its last post."""
    orders, _ = await desk(owed(due_at=NOON + timedelta(days=7)))
    assert (await orders.do(Verb.STATUS, "U1", "C1")).text.splitlines() == [
        WHAT,
        UPCOMING,
        "Recap has not posted here yet.",
        CONNECTED,
    ]


async def test_status_says_where_else_it_goes() -> None:
    """Without the secret in it."""
    orders, ledger = await desk()
    hook = parse_target("https://chat.example.com/hooks/secret-secret-1234")
    assert await ledger.commit(Change(way=(None, Way("w1", "s1", hook, "U1"))))
    said = await orders.do(Verb.STATUS, "U1", "C1")
    assert said.text.splitlines()[-1] == "Also to chat.example.com/…1234."


async def test_what_can_not_be_done_says_why() -> None:
    """A skip needs something to skip."""
    orders, ledger = await desk(one=paused(STANDS, Pause.BY_PERSON))
    with pytest.raises(Unusable) as refused:
        await orders.do(Verb.SKIP, "U1", "C1")
    assert refused.value.reader == "It is paused, so there is nothing to skip."
    assert (await ledger.subscription("s1") or STANDS).status is Status.PAUSED
