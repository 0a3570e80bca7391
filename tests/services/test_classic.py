"""Workspaces that refuse data blocks: asked once, remembered, and served in classic blocks."""

from dataclasses import replace
from typing import Any

import pytest

from bot.rendering.blocks import SlackMessage
from bot.rendering.scheduled import render_scheduled
from bot.subscriptions.deliveries import Frozen, Kind, State
from bot.subscriptions.outcomes import BadMessage, Sent
from tests.services.post_office import PostOffice, subscription
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


@pytest.fixture
def with_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every recap has data blocks."""

    def rendered(*arguments: Any) -> SlackMessage:  # noqa: ANN401
        return replace(render_scheduled(*arguments), blocks=TABLE, classic=CLASSIC)

    monkeypatch.setattr("bot.services.build.render_scheduled", rendered)


async def early() -> PostOffice:
    """A post office whose recap went out before all accounts were refreshed."""
    office = PostOffice()
    office.refreshed(6)
    office.editions.sums = {"views": 100}
    await office.keep(subscription())
    await office.tick()
    office.editions.sums = {"views": 200}
    return office


@pytest.mark.usefixtures("with_a_table")
async def test_an_edit_may_be_the_first_to_tell() -> None:
    """A correction in classic blocks, and the workspace is remembered."""
    office = await early()
    office.messenger.outcomes = [NO_BLOCKS]
    await office.later(minutes=15)
    ((_, _, message),) = office.messenger.edited
    assert message.blocks == CLASSIC
    assert await office.ledger.is_classic("T1")
    (one,) = office._kind(Kind.CORRECTION)
    tried = await office.ledger.attempts(one.id)
    assert [each.outcome for each in tried] == ["edit:Sent"]


@pytest.mark.usefixtures("with_a_table")
async def test_an_edit_where_it_is_remembered() -> None:
    """Nothing is tried."""
    office = await early()
    assert office.messenger.posted[0][1].blocks == TABLE
    await office.ledger.refuse_data_blocks("T1", office.clock.now())
    await office.later(minutes=15)
    assert [message.blocks for _, _, message in office.messenger.edited] == [CLASSIC]
