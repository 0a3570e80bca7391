"""Every question ends with an answer, or with a sentence that says why not."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.digest.engagement import ScaleSetting
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.errors import TryLater, Unusable
from bot.rendering import buttons, notices, receipt
from bot.rendering.blocks import SlackMessage
from bot.rendering.numbers import Numbers
from bot.services.answer import Answers
from bot.services.recap import RecapService
from bot.storage.memory import MemoryLedger
from bot.subscriptions.change import Change
from bot.subscriptions.model import Subscription
from tests.examples import digest, overview
from tests.services.fakes import (
    BUSY,
    FixedClock,
    MemoryModals,
    MemoryReply,
    MemorySource,
    subscriptions,
)
from tests.services.post_office import subscription

MONTH = Ask(Period.MONTH, Preferences(3))
GONE = Unusable("Slack is gone.", "404")
UNSURE = TryLater("Slack did not confirm the post.", "reset")


def desk(
    source: MemorySource,
    modals: MemoryModals | None = None,
    patience: float = 1.0,
    ledger: MemoryLedger | None = None,
) -> Answers:
    recap = RecapService(source, FixedClock(), ScaleSetting.PERCENT)
    return Answers(
        recap,
        modals or MemoryModals(),
        Numbers(),
        subscriptions(ledger),
        patience=patience,
        longest=5 * patience,
    )


async def test_quick_answer_comes_alone() -> None:
    """Nobody reads "working on it" for half a second."""
    reply = MemoryReply()
    await desk(MemorySource()).show(MONTH, reply, "C1")
    assert reply.sentences == ["Recap: last 30 days"]


async def test_slow_answer_says_that_it_is_on_its_way() -> None:
    """After the patience is over, one line; the recap takes its place."""
    source, reply = MemorySource(gate=asyncio.Event()), MemoryReply()
    work = asyncio.create_task(desk(source, patience=0.02).show(MONTH, reply, "C1"))
    await reply.arrived.wait()
    assert reply.sentences == ["Working on the last 30 days…"]
    assert source.gate is not None
    source.gate.set()
    await work
    assert reply.sentences[1:] == ["Recap: last 30 days"]


async def test_answer_that_never_comes_is_given_up() -> None:
    """No stuck "working on it", whatever the other side does."""
    source, reply = MemorySource(gate=asyncio.Event()), MemoryReply()
    await desk(source, patience=0.01).show(MONTH, reply, "C1")
    assert reply.sentences == [
        "Working on the last 30 days…",
        "CreatorAudit took too long to answer. Try again in a minute.",
    ]


async def test_failure_is_a_sentence_with_a_way_out() -> None:
    """The reader's sentence, a button that asks the same again, and the operator's in the log."""
    reply = MemoryReply()
    with capture_logs() as logs:
        await desk(MemorySource(numbers=BUSY)).show(MONTH, reply, "C1")
    assert reply.sentences == ["CreatorAudit is busy."]
    again = reply.shown[0].blocks[-1]["elements"][0]
    assert again["text"]["text"] == "Try again"
    assert again["action_id"] == "recap_show_30d"
    assert buttons.unpack(again["value"]) == MONTH
    assert logs[0]["detail"] == "GET failed: 503."


async def test_a_bug_has_a_reference_and_no_traceback_for_the_reader() -> None:
    """The same reference stands in the log, beside the exception."""
    reply = MemoryReply()
    with capture_logs() as logs:
        await desk(MemorySource(numbers=ZeroDivisionError("secret"))).show(MONTH, reply, "C1")
    assert reply.sentences == ["Something went wrong in Recap itself, so there is no answer."]
    assert "secret" not in reply.shown[0].text
    assert logs[0]["event"] == "answer_failed"
    assert logs[0]["reference"] in reply.shown[0].text


async def test_undeliverable_answer_is_logged() -> None:
    """When Slack takes neither the answer nor the sentence about it, the log has both."""
    reply = MemoryReply(refusals=[GONE, GONE])
    with capture_logs() as logs:
        await desk(MemorySource()).show(MONTH, reply, "C1")
    assert [line["event"] for line in logs] == ["answer_refused", "answer_undelivered"]


async def test_shutdown_says_so() -> None:
    """A person whose answer is cut off by a restart is told."""
    source, reply = MemorySource(gate=asyncio.Event()), MemoryReply()
    work = asyncio.create_task(desk(source).show(MONTH, reply, "C1"))
    await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert reply.sentences == ["Recap is restarting and could not finish. Try again in a minute."]


async def test_share_posts_for_everybody() -> None:
    """The channel gets the recap with its sharer; the private side gets a note."""
    reply = MemoryReply()
    await desk(MemorySource()).share(MONTH, reply, "U1")
    assert reply.shown == []
    assert "Shared by <@U1>" in str(reply.posted[0].blocks)
    assert reply.notes == [notices.shared(MONTH)]
    assert reply.notes[0].text == "The recap of the last 30 days is in the channel."


async def test_double_click_shares_once() -> None:
    """Two presses of one button, together or one after the other, are one post."""
    reply, answers = MemoryReply(), desk(MemorySource())
    value = buttons.pack(MONTH)
    await asyncio.gather(
        answers.share_once(value, reply, "U1", "C1 1.1"),
        answers.share_once(value, reply, "U1", "C1 1.1"),
    )
    assert reply.sentences == []
    await answers.share_once(value, reply, "U1", "C1 1.1")
    assert len(reply.posted) == 1
    assert reply.sentences == ["Already shared: the recap of the last 30 days is in the channel."]
    await answers.share_once(value, reply, "U1", "C1 2.2")
    assert len(reply.posted) == 2


async def test_another_window_in_the_same_message_is_shared_too() -> None:
    """Sharing, then pressing 30 days and sharing again are two posts."""
    reply, answers = MemoryReply(), desk(MemorySource())
    for ask in (Ask(), MONTH):
        await answers.share_once(buttons.pack(ask), reply, "U1", "C1 1.1")
    assert [note.text for note in reply.notes] == [
        "The recap of the last 7 days is in the channel.",
        "The recap of the last 30 days is in the channel.",
    ]


async def test_a_failed_share_can_be_tried_again() -> None:
    """The sentence says what to do first, and the button works again."""
    reply, answers = MemoryReply(refusals=[UNSURE]), desk(MemorySource())
    value = buttons.pack(MONTH)
    await answers.share_once(value, reply, "U1", "C1 1.1")
    assert reply.sentences == ["Slack did not confirm the post."]
    await answers.share_once(value, reply, "U1", "C1 1.1")
    assert len(reply.posted) == 1


async def test_remembered_shares_are_bounded() -> None:
    """A year of shares costs no memory."""
    reply, answers = MemoryReply(), desk(MemorySource())
    for number in range(1_001):
        answers._shared[f"C1 {number}"] = True
    await answers.share_once(buttons.pack(MONTH), reply, "U1", "C2 1")
    assert len(answers._shared) == 1_001


async def test_period_button_shows_its_window() -> None:
    """What stands in the button's value is shown."""
    reply = MemoryReply()
    await desk(MemorySource()).show_again(buttons.pack(MONTH), reply, "C1")
    assert reply.sentences == ["Recap: last 30 days"]


async def test_stale_button_says_what_to_do() -> None:
    """A button from another version is no traceback."""
    reply = MemoryReply()
    await desk(MemorySource()).show_again("old", reply, "C1")
    assert reply.sentences == [
        "This button is from another version of Recap. Type `/recap` for a fresh one."
    ]


async def test_receipt_opens_in_a_modal() -> None:
    """The receipt comes from the button alone: nothing is asked of CreatorAudit."""
    source, modals, reply = MemorySource(), MemoryModals(), MemoryReply()
    parts = receipt.parts(digest(), Numbers())
    await desk(source, modals).receipt(receipt.pack(parts), reply, "trigger")
    assert modals.opened == [("trigger", receipt.view(parts))]
    assert source.asked == []


async def test_receipt_without_a_modal_is_text() -> None:
    """When Slack opens no window any more, the receipt comes as a message."""
    modals, reply = MemoryModals(refusal=GONE), MemoryReply()
    parts = receipt.parts(digest(), Numbers())
    await desk(MemorySource(), modals).receipt(receipt.pack(parts), reply, "trigger")
    assert reply.sentences == ["Figures"]


async def test_disagreement_is_logged() -> None:
    """CreatorAudit's own percentage is a cross-check."""
    source = MemorySource(numbers=overview(server_changes={"total_views": 99}))
    with capture_logs() as logs:
        await desk(source).show(Ask(), MemoryReply(), "C1")
    assert logs[0]["event"] == "overview_disagrees"


async def test_plain_message() -> None:
    """Help and usage take no work."""
    reply = MemoryReply()
    await desk(MemorySource()).say(notices.misread("It’s <odd>.", "/recap 7d"), reply)
    assert reply.shown[0].text == (
        f"It’s &lt;odd&gt;.\nDid you mean `/recap 7d`?\nUsage: `{notices.USAGE}`"
    )


@pytest.mark.parametrize(
    ("channel", "label"),
    [("C1", "Subscribe this channel"), ("C2", "Manage subscription"), ("D1", None)],
)
async def test_subscription_button(channel: str, label: str | None) -> None:
    """A channel can be subscribed, or its subscription managed; a direct message neither."""
    reply, ledger = MemoryReply(), MemoryLedger()
    await ledger.commit(Change(subscription=(None, subscription("s2", "C2"))))
    await desk(MemorySource(), ledger=ledger).show(MONTH, reply, channel)
    labels = [one["text"]["text"] for one in reply.shown[0].blocks[-1]["elements"]]
    known = {"Subscribe this channel", "Manage subscription"}
    assert [one for one in labels if one in known] == ([label] if label else [])


async def test_a_recap_without_the_database() -> None:
    """Nobody knows whether the channel is subscribed; the numbers are shown all the same."""

    class Away(MemoryLedger):
        async def of_channel(self, team: str, channel: str) -> Subscription | None:
            raise TryLater(f"{team} is away", channel)

    reply = MemoryReply()
    await desk(MemorySource(), ledger=Away()).show(MONTH, reply, "C1")
    assert reply.sentences == ["Recap: last 30 days"]


async def test_tell_and_open() -> None:
    """What was done is shown; what was not done, too, and without a button for another recap."""
    reply = MemoryReply()

    async def done() -> SlackMessage:
        return notices.plain("Paused.")

    async def refused() -> SlackMessage:
        raise GONE

    async def opened() -> None:
        raise GONE

    answers = desk(MemorySource())
    await answers.tell(done(), reply)
    await answers.tell(refused(), reply)
    await answers.open(opened(), reply)
    assert reply.sentences == ["Paused.", "Slack is gone.", "Slack is gone."]
    assert [one["type"] for one in reply.shown[1].blocks] == ["section"]
