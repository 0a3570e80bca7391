"""What goes into the thread of a recap: in order, once each, and never the recap's own trouble."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.digest.facts import Leaderboard, LeaderboardRow
from bot.rendering.thread import render_thread
from bot.services.dispatch import slot_delivery
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Frozen, State
from bot.subscriptions.model import Pause, Status
from bot.subscriptions.outcomes import (
    BadMessage,
    Gone,
    Hidden,
    NotAllowed,
    Outcome,
    Sent,
    Unsure,
)
from tests.services.post_office import MONDAY, SECOND, PostOffice, Turns, subscription

BLOCKS = ({"type": "divider"},)
THREE = Frozen("post", BLOCKS, replies=tuple(Frozen(f"reply {n}", BLOCKS) for n in (1, 2, 3)))
KEYS = [f"s1/2026-11-23/reply/{n}" for n in (1, 2, 3)]
IN_ORDER = ["post", "reply 1", "reply 2", "reply 3"]


async def owing(message: Frozen = THREE, office: PostOffice | None = None) -> PostOffice:
    """A post office with a recap that is frozen as ``message``."""
    office = office or PostOffice()
    one = subscription()
    assert one.next_slot
    planned = slot_delivery(one, one.next_slot, MONDAY)
    await office.keep(replace(one, next_slot=one.schedule.slot(MONDAY.date() + timedelta(days=7))))
    assert await office.ledger.commit(Change(new=(replace(planned, message=message),)))
    return office


async def ticks(office: PostOffice, count: int = 4) -> None:
    for _ in range(count):
        await office.later(seconds=1)


async def test_in_order_and_once() -> None:
    """Each reply comes once the one before it is there, in the thread of the post."""
    office = await owing()
    await ticks(office, 8)
    assert office.posts() == IN_ORDER
    assert office.messenger.threads == dict.fromkeys(KEYS, "1.0")
    assert [(one.key, one.state, one.thread) for one in office.replies()] == [
        (key, State.SENT, "1.0") for key in KEYS
    ]


async def test_yield_to_recaps() -> None:
    """Of many recaps at once, none waits for the details of those that went first."""
    turns = Turns()
    office = await owing(office=PostOffice(pace=turns))
    await ticks(office, 8)
    assert (turns.asked, turns.yielded) == ([("T1", "C1")], [("T1", "C1")] * 3)


async def test_the_ranking_in_full() -> None:
    """Who does not fit into the post stands in its thread."""
    office = PostOffice(thread=render_thread)
    rows = tuple(LeaderboardRow(f"c{n}", f"<name> {n}", 100 - n) for n in range(1, 8))
    office.source.board = Leaderboard("views", rows)
    await office.keep(subscription())
    await ticks(office)
    (_, post, _), (_, reply, key) = office.messenger.posted
    assert key == "s1/2026-11-23/reply/1"
    assert "6. " not in post.text
    lines = reply.text.splitlines()
    assert lines[lines.index("Top creators by views") :] == [
        "Top creators by views",
        *(f"{n}. &lt;name&gt; {n}: {100 - n}" for n in range(1, 8)),
    ]


async def test_all_posts_before_the_first_thread() -> None:
    """A workspace takes so many messages a minute: nobody's recap waits for another's details."""
    office = PostOffice(thread=render_thread)
    office.source.board = Leaderboard("views", (LeaderboardRow("c1", "Mia", 100),))
    await office.keep(*(subscription(f"s{n}", f"C{n}") for n in range(250)))
    await office.later(seconds=1)
    replies = ["/reply/" in key for _, _, key in office.messenger.posted]
    assert replies == [False] * 250 + [True] * 250


async def test_a_post_that_is_found_gets_its_thread() -> None:
    """Nobody knows at first whether Slack took it; once it is found, its replies follow."""
    office = await owing()
    office.messenger.outcomes = [Unsure("reset")]
    await office.tick()
    assert office.replies() == []
    office.messenger.sightings = [Sent("C1", "9.9")]
    await office.later(seconds=30)
    await ticks(office)
    assert office.posts() == IN_ORDER[1:]
    assert set(office.messenger.threads.values()) == {"9.9"}


async def test_two_workers() -> None:
    """Both look at the same moment; no reply comes twice or before its turn."""
    office = await owing()
    other = office.another()
    for _ in range(6):
        await asyncio.gather(office.dispatcher.tick(), other.tick())
        await asyncio.gather(office.dispatcher.finish(), other.finish())
    assert office.posts() == IN_ORDER


async def test_a_reply_whose_answer_is_lost() -> None:
    """It is looked for in its thread; the next one waits until that is clear."""
    office = await owing()
    office.messenger.outcomes = [Sent("C1", "1.0"), Unsure("reset")]
    await office.tick()
    await office.later(seconds=1)
    assert [one.state for one in office.replies()] == [State.POSTING]
    office.messenger.sightings = [Sent("C1", "1.5")]
    await office.later(seconds=30)
    await ticks(office)
    assert office.posts() == ["post", "reply 2", "reply 3"]
    assert office.replies()[0].ts == "1.5"


async def test_a_worker_that_dies_in_the_call_of_a_reply() -> None:
    """Slack has it: the next worker finds it in the thread, and posts no second one."""
    office = await owing()
    post = office.messenger.post

    async def dies(target: str, message: Frozen, key: str, thread: str | None = None) -> Outcome:
        outcome = await post(target, message, key, thread)
        if key == KEYS[0]:
            raise asyncio.CancelledError
        return outcome

    office.messenger.post = dies  # type: ignore[method-assign]
    await ticks(office)
    assert [one.state for one in office.replies()] == [State.POSTING]
    office.messenger.post = post  # type: ignore[method-assign]
    await office.later(seconds=60)
    await ticks(office)
    assert office.posts() == IN_ORDER


@pytest.mark.parametrize(
    "outcome",
    [
        Gone("thread_not_found"),
        NotAllowed(Pause.ARCHIVED, "is_archived"),
        NotAllowed(Pause.INSTALL_GONE, "token_revoked"),
    ],
)
async def test_a_thread_that_is_out_of_reach(outcome: Outcome) -> None:
    """The log says so and nobody else: the recap is there, and the subscription goes on."""
    office = await owing()
    office.messenger.outcomes = [Sent("C1", "1.0"), outcome]
    with capture_logs() as logs:
        await ticks(office)
    code = getattr(outcome, "code", None)
    assert [(one.key, one.state, one.reason) for one in office.replies()] == [
        (KEYS[0], State.FAILED, code)
    ]
    assert [line["reason"] for line in logs if line["log_level"] == "warning"] == [code]
    assert office.notices() == []
    one = await office.ledger.subscription("s1")
    assert one
    assert one.is_active


async def test_a_thread_that_can_not_be_read() -> None:
    """Nobody can tell whether the reply is there: it is left alone, and the next one follows."""
    office = await owing()
    office.messenger.outcomes = [Sent("C1", "1.0"), Unsure("reset")]
    await ticks(office)
    office.messenger.sightings = [Hidden("missing_scope")]
    await office.later(seconds=30)
    await ticks(office)
    assert office.posts() == ["post", "reply 2", "reply 3"]
    assert office.replies()[0].state is State.UNCONFIRMED
    assert office.notices() == []


@pytest.mark.parametrize("status", [Status.PAUSED, Status.REMOVED])
async def test_what_was_begun_is_finished(status: Status) -> None:
    """The recap is there, so its thread comes, whatever becomes of the subscription."""
    office = await owing()
    await office.dispatcher.tick()
    await office.dispatcher.finish()
    await office.edit(status=status, pause=None, next_slot=None)
    await ticks(office)
    assert office.posts() == IN_ORDER


async def test_too_late_for_a_thread() -> None:
    """After a week nobody wants the rest any more, as with a notice."""
    office = await owing()
    await office.dispatcher.tick()
    await office.dispatcher.finish()
    await office.edit(next_slot=None)
    await office.later(days=7, seconds=1)
    assert [(one.state, one.reason) for one in office.replies()] == [(State.FAILED, "too_late")]
    assert office.posts() == ["post"]


async def test_replies_are_no_recaps() -> None:
    """They neither count as history nor are they what came last, nor is anybody told they lag."""
    office = await owing()
    office.messenger.outcomes = [Sent("C1", "1.0"), *[Unsure("reset")] * 9]
    await office.tick()
    recap = office.recap
    assert await office.ledger.history("s1", 9) == [recap]
    assert await office.ledger.last_sent("s1") == recap
    office.messenger.sightings = []
    await office.later(hours=1)
    assert office.notices() == []


async def test_a_reply_that_slack_does_not_like() -> None:
    """It goes out in words alone, and the others as they are."""
    office = await owing()
    office.messenger.outcomes = [Sent("C1", "1.0"), BadMessage("invalid_blocks")]
    await ticks(office)
    assert office.posts() == IN_ORDER
    assert [len(message.blocks) for _, message, _ in office.messenger.posted] == [1, 0, 1, 1]


async def test_a_post_in_words_alone_keeps_its_thread() -> None:
    """Blocks that Slack refuses cost nothing else."""
    office = await owing()
    office.messenger.outcomes = [BadMessage("invalid_blocks")]
    await ticks(office, 5)
    assert office.posts() == IN_ORDER


async def test_the_first_second_is_enough() -> None:
    """A pass after the post has its first reply; nothing waits for a round of the clock."""
    office = await owing()
    await office.tick()
    assert office.posts() == ["post", "reply 1"]
    await office.later(seconds=0)
    assert office.posts() == IN_ORDER
    assert office.clock.instant - MONDAY < SECOND
