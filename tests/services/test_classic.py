"""Workspaces that refuse data blocks: asked once, remembered, and served in classic blocks."""

import pytest

from bot.subscriptions.deliveries import Frozen, State
from bot.subscriptions.outcomes import BadMessage, Sent
from tests.services.test_threads import owing, ticks

TABLE, CLASSIC = ({"type": "data_table"},), ({"type": "divider"},)
NO_BLOCKS = BadMessage("invalid_blocks", "/blocks/0")


def both(text: str, *replies: Frozen) -> Frozen:
    """A message with data blocks and without."""
    return Frozen(text, TABLE, CLASSIC, replies)


async def test_classic_blocks_instead() -> None:
    """The same goes out once more without its data blocks, and its replies without being tried."""
    office = await owing(both("post", both("reply")))
    office.messenger.outcomes = [NO_BLOCKS]
    await ticks(office)
    assert [(message.text, message.blocks) for _, message, _ in office.messenger.posted] == [
        ("post", CLASSIC),
        ("reply", CLASSIC),
    ]
    assert await office.ledger.is_classic("T1")
    tried = await office.ledger.attempts(office.recap.id)
    assert [one.outcome for one in tried] == ["post:BadMessage", "post:Sent"]


async def test_a_reply_may_be_the_first_to_tell() -> None:
    """A post without data blocks says nothing of them; its reply does."""
    office = await owing(Frozen("post", CLASSIC, replies=(both("reply"), both("last"))))
    office.messenger.outcomes = [Sent("C1", "1.0"), NO_BLOCKS]
    await ticks(office)
    assert [message.blocks for _, message, _ in office.messenger.posted] == [CLASSIC] * 3
    assert await office.ledger.is_classic("T1")


async def test_classic_blocks_refused_as_well() -> None:
    """Words alone are always left; after them the contact is told."""
    office = await owing(both("post"))
    office.messenger.outcomes = [NO_BLOCKS, NO_BLOCKS]
    await ticks(office)
    ((_, posted, _),) = office.messenger.posted
    assert (posted.blocks, posted.classic) == ((), ())
    other = await owing(both("post"))
    other.messenger.outcomes = [NO_BLOCKS, NO_BLOCKS, BadMessage("no_text")]
    await ticks(other)
    assert (other.recap.state, other.recap.reason) == (State.FAILED, "no_text")
    assert other.posts("U1") == ["Slack refused the recap for #name-C1 (`no_text`)."]


@pytest.mark.parametrize(
    ("message", "code"),
    [(Frozen("post", CLASSIC), "invalid_blocks"), (both("post"), "msg_blocks_too_long")],
)
async def test_what_says_nothing_of_data_blocks(message: Frozen, code: str) -> None:
    """Neither a message without any, nor another reason."""
    office = await owing(message)
    office.messenger.outcomes = [BadMessage(code)]
    await ticks(office)
    assert len(office.messenger.posted) == 1
    assert not await office.ledger.is_classic("T1")


async def test_remembered() -> None:
    """Where it is known already, nothing is tried; the other workspaces are asked."""
    office = await owing(both("post", both("reply")))
    await office.ledger.refuse_data_blocks("T1", office.clock.now())
    await ticks(office)
    assert [message.blocks for _, message, _ in office.messenger.posted] == [CLASSIC] * 2
    other = await owing(both("post"))
    await other.ledger.refuse_data_blocks("T2", other.clock.now())
    await ticks(other)
    assert [message.blocks for _, message, _ in other.messenger.posted] == [TABLE]
