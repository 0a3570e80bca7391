"""A correction changes the details in the thread with the post, so that both say the same."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from bot.digest.model import Digest
from bot.digest.preferences import Ask
from bot.rendering.blocks import SlackMessage
from bot.rendering.numbers import Numbers
from bot.subscriptions.deliveries import Delivery, Frozen, Kind, State
from bot.subscriptions.model import Pause, Status
from bot.subscriptions.outcomes import (
    BadMessage,
    Busy,
    Gone,
    Hidden,
    NotAllowed,
    Outcome,
    Sent,
    Unsure,
)
from tests.services.post_office import PostOffice, subscription

BLOCK = {"type": "divider"}
TABLE = {"type": "data_table"}
STALE = "The details in this thread are still those of before."


class Details:
    """Replies of which each names the views; a test sets how many there are."""

    count = 2

    def __call__(
        self,
        digest: Digest,
        numbers: Numbers,  # noqa: ARG002
        *,
        classic: bool,
    ) -> tuple[SlackMessage, ...]:
        views = digest.sums["views"]
        blocks = ([BLOCK], ()) if classic else ([TABLE], [BLOCK])
        return tuple(SlackMessage(f"{n}: {views}", *blocks) for n in range(1, self.count + 1))


async def about_to_post(details: Details | None = None) -> PostOffice:
    """A post office with a recap that is due before all accounts were refreshed."""
    office = PostOffice(thread=details or Details())
    office.refreshed(6)
    office.editions.sums = {"views": 100}
    await office.keep(subscription())
    return office


async def early(count: int = 2) -> tuple[PostOffice, Details]:
    """A post office with a post and its thread, before all accounts were refreshed."""
    details = Details()
    details.count = count
    office = await about_to_post(details)
    for _ in range(count or 1):
        await office.tick()
    assert office.posts()[1:] == [f"{n}: 100" for n in range(1, count + 1)]
    office.refreshed(10)
    office.editions.sums = {"views": 200}
    return office, details


def stands(office: PostOffice) -> list[str]:
    """The first lines of what stands in the channel and in the thread now."""
    there = {f"{n}.0": message for n, (_, message, _) in enumerate(office.messenger.posted, 1)}
    there |= {ts: message for _, ts, message in office.messenger.edited}
    return [message.text.splitlines()[0] for message in there.values()]


def correction(office: PostOffice) -> Delivery:
    (one,) = office._kind(Kind.CORRECTION)
    return one


async def test_the_details_follow() -> None:
    """Every reply is edited in its place, and one line comes."""
    office, _ = await early()
    await office.later(minutes=15)
    assert [(ts, message.text.splitlines()[0]) for _, ts, message in office.messenger.edited] == [
        ("1.0", "Recap: last 7 days"),
        ("2.0", "1: 200"),
        ("3.0", "2: 200"),
    ]
    assert office.messenger.edited[1][2].blocks == (TABLE,)
    assert stands(office)[3].startswith("Corrected on")
    assert not stands(office)[3].endswith(STALE)
    assert len(office.messenger.posted) == 4
    assert [one.state for one in office.replies()] == [State.SENT] * 3
    await office.later(minutes=15)
    assert len(office.messenger.posted) == 4


async def test_corrected_again() -> None:
    """What was corrected once is corrected as the rest is."""
    office, _ = await early()
    office.refreshed(8)
    await office.later(minutes=15)
    office.refreshed(10)
    office.editions.sums = {"views": 300}
    await office.later(minutes=15)
    first, *details, line, newer = stands(office)
    assert (first, details) == ("Recap: last 7 days", ["1: 300", "2: 300"])
    assert "views 100 → 200" in line
    assert "views 200 → 300" in newer


async def test_fewer_details_than_before() -> None:
    """What has no successor says so: old numbers are not left to stand."""
    office, details = await early()
    details.count = 1
    await office.later(minutes=15)
    assert stands(office)[1:3] == [
        "1: 200",
        "What stood here is superseded: the corrected post above has it all.",
    ]


async def test_more_details_than_before() -> None:
    """They come behind what is there, and the next correction knows them."""
    office, details = await early(1)
    details.count = 3
    office.refreshed(8)
    await office.later(minutes=15)
    for _ in range(2):
        await office.tick()
    assert office.messenger.threads["s1/2026-11-23/reply/3"] == "1.0"
    assert sorted(stands(office))[:3] == ["1: 200", "2: 200", "3: 200"]
    office.refreshed(10)
    office.editions.sums = {"views": 300}
    await office.later(minutes=15)
    assert sorted(stands(office))[:3] == ["1: 300", "2: 300", "3: 300"]


async def test_details_for_a_post_that_had_none() -> None:
    """They come as they would have."""
    office, details = await early(0)
    details.count = 1
    await office.later(minutes=15)
    assert "1: 200" in stands(office)


async def test_a_reply_that_was_deleted() -> None:
    """It is not brought back; the others follow."""
    office, _ = await early()
    office.messenger.outcomes = [Sent("C1", "1.0"), Gone("message_not_found")]
    await office.later(minutes=15)
    assert [ts for _, ts, _ in office.messenger.edited] == ["1.0", "3.0"]
    assert not stands(office)[-1].endswith(STALE)
    assert len(office.messenger.posted) == 4


@pytest.mark.parametrize("outcome", [Gone("edit_window_closed"), BadMessage("no_text")])
async def test_a_reply_that_can_not_be_changed(outcome: Outcome) -> None:
    """Then the line says that the details are old."""
    office, _ = await early()
    office.messenger.outcomes = [Sent("C1", "1.0"), outcome]
    if isinstance(outcome, BadMessage):
        office.messenger.outcomes += [outcome, outcome]
    await office.later(minutes=15)
    assert stands(office)[1:3] == ["1: 100", "2: 200"]
    assert stands(office)[3].endswith(STALE)
    assert correction(office).state is State.SENT


async def test_a_reply_that_nobody_can_find() -> None:
    """It may be there, with the old numbers: the line says so."""
    office = await about_to_post()
    office.messenger.outcomes = [Sent("C1", "1.0"), Unsure("reset")]
    office.messenger.sightings = [Hidden("missing_scope")]
    await office.tick()
    for _ in range(4):
        await office.later(seconds=30)
    assert [one.state for one in office.replies()] == [State.UNCONFIRMED, State.SENT]
    office.editions.sums = {"views": 200}
    await office.later(minutes=15)
    assert stands(office)[1] == "2: 200"
    assert stands(office)[2].endswith(STALE)


async def test_a_thread_that_broke_off() -> None:
    """What Slack refused is not tried again, and nothing is said of it."""
    office = await about_to_post()
    office.messenger.outcomes = [Sent("C1", "1.0"), Gone("thread_not_found")]
    await office.tick()
    office.editions.sums = {"views": 200}
    await office.later(minutes=15)
    assert [ts for _, ts, _ in office.messenger.edited] == ["1.0"]
    assert len(office.replies()) == 2
    assert not stands(office)[-1].endswith(STALE)


async def test_details_that_are_still_on_their_way() -> None:
    """The correction waits for them: they would come with the old numbers."""
    office = await about_to_post()
    office.messenger.outcomes = [Sent("C1", "1.0"), Busy("503", wait=1_000)]
    await office.tick()
    office.editions.sums = {"views": 200}
    await office.later(minutes=15)
    assert office.messenger.edited == []
    assert correction(office).state is State.PLANNED
    await office.later(minutes=5)
    await office.tick()
    await office.later(minutes=5)
    assert stands(office)[:3] == ["Recap: last 7 days", "1: 200", "2: 200"]


@pytest.mark.parametrize("outcome", [Unsure("reset"), Busy("503")])
async def test_an_edit_of_a_reply_that_was_not_confirmed(outcome: Outcome) -> None:
    """All of it is done again with the same numbers, and said once."""
    office, _ = await early()
    office.messenger.outcomes = [Sent("C1", "1.0"), outcome]
    await office.later(minutes=15)
    assert (correction(office).state, len(office.messenger.edited)) == (State.POSTING, 1)
    office.editions.sums = {"views": 300}
    await office.later(seconds=5)
    assert stands(office)[1:3] == ["1: 200", "2: 200"]
    assert len(office.messenger.posted) == 4


async def test_the_channel_is_archived_in_between() -> None:
    """Nothing more can be done, and the subscription goes on."""
    office, _ = await early()
    office.messenger.outcomes = [Sent("C1", "1.0"), NotAllowed(Pause.ARCHIVED, "is_inactive")]
    await office.later(minutes=15)
    assert (correction(office).state, correction(office).reason) == (State.FAILED, "is_inactive")
    assert len(office.messenger.posted) == 3
    one = await office.ledger.subscription("s1")
    assert one
    assert one.is_active


@pytest.mark.parametrize("status", [Status.PAUSED, Status.REMOVED])
async def test_what_was_begun_is_finished(status: Status) -> None:
    """Post and thread say the same, whatever becomes of the subscription."""
    office, _ = await early()
    office.messenger.outcomes = [Sent("C1", "1.0"), Busy("503")]
    await office.later(minutes=15)
    await office.edit(status=status, pause=None, next_slot=None)
    await office.later(seconds=5)
    assert stands(office)[1:3] == ["1: 200", "2: 200"]


async def test_what_was_begun_is_given_up_in_the_end() -> None:
    """After a week nobody wants it any more."""
    office, _ = await early()
    await office.edit(next_slot=None)
    office.messenger.outcomes = [Sent("C1", "1.0"), Busy("503")]
    await office.later(minutes=15)
    office.clock.instant += timedelta(days=7)
    await office.tick()
    assert (correction(office).state, correction(office).reason) == (State.FAILED, "too_late")
    assert len(office.messenger.edited) == 1


async def test_the_workspace_has_to_wait_in_between() -> None:
    """What another worker is told holds for the next edit as well."""
    office, _ = await early()
    edit = office.messenger.edit

    async def held(channel: str, ts: str, message: Frozen) -> Outcome:
        await office.ledger.hold("T1", office.clock.now() + timedelta(minutes=2))
        return await edit(channel, ts, message)

    office.messenger.edit = held  # type: ignore[method-assign]
    await office.later(minutes=15)
    assert (len(office.messenger.edited), correction(office).state) == (1, State.POSTING)
    office.messenger.edit = edit  # type: ignore[method-assign]
    await office.later(seconds=119)
    assert len(office.messenger.edited) == 1
    await office.later(seconds=1)
    assert stands(office)[1:3] == ["1: 200", "2: 200"]


async def test_the_workspace_has_to_wait_before_the_first_edit() -> None:
    """Somebody was told so while the numbers were compared: all of it waits."""
    office, _ = await early()
    edition = office.editions.edition

    async def held(ask: Ask, *, since: datetime, day: date) -> Digest:
        await office.ledger.hold("T1", office.clock.now() + timedelta(minutes=2))
        return await edition(ask, since=since, day=day)

    office.editions.edition = held  # type: ignore[method-assign]
    await office.later(minutes=15)
    assert (office.messenger.edited, correction(office).state) == ([], State.PLANNED)
    assert correction(office).ready_at == office.clock.now() + timedelta(minutes=2)
    office.editions.edition = edition  # type: ignore[method-assign]
    await office.later(minutes=2)
    assert stands(office)[1:3] == ["1: 200", "2: 200"]


async def test_a_worker_that_has_lost_its_lease_in_between() -> None:
    """It edits nothing more: by then another one may have newer numbers."""
    office, _ = await early()
    edit = office.messenger.edit

    async def slow(channel: str, ts: str, message: Frozen) -> Outcome:
        now = office.clock.now() + timedelta(seconds=61)
        await office.ledger.claim("o", now, timedelta(seconds=60), 9)
        return await edit(channel, ts, message)

    office.messenger.edit = slow  # type: ignore[method-assign]
    await office.later(minutes=15)
    assert (len(office.messenger.edited), correction(office).owner) == (1, "o")
    office.messenger.edit = edit  # type: ignore[method-assign]
    await office.later(minutes=3)
    assert stands(office)[1:3] == ["1: 200", "2: 200"]
    assert len(office.messenger.posted) == 4


async def test_two_workers() -> None:
    """One of them edits, and one line comes."""
    office, _ = await early()
    other = office.another()
    office.clock.instant += timedelta(minutes=15)
    for _ in range(3):
        await asyncio.gather(office.dispatcher.tick(), other.tick())
        await asyncio.gather(office.dispatcher.finish(), other.finish())
    assert len(office.messenger.edited) == 3
    assert len(office.messenger.posted) == 4


async def test_a_reply_may_be_the_first_to_tell() -> None:
    """Of data blocks that are refused the other replies hear at once."""
    office, _ = await early()
    office.messenger.outcomes = [Sent("C1", "1.0"), BadMessage("invalid_blocks")]
    await office.later(minutes=15)
    assert [message.blocks for _, _, message in office.messenger.edited[1:]] == [(BLOCK,)] * 2
    assert await office.ledger.is_classic("T1")
