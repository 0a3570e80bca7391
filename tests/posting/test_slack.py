"""The ways back into Slack, and what each refusal means."""

import asyncio
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import OperatorMustAct, RecapError, TryLater, Unusable
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import Message
from bot.posting.slack import Person, ResponseUrl, web_client
from bot.posting.workspace import SlackModals
from bot.rendering import notices

MIA = Person("C0MARKETING", "U0MIA")
HELLO, NOTE = notices.plain("Hello."), notices.plain("Done.")


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    """The product's own Web API client."""
    async with aiohttp.ClientSession() as session:
        yield web_client(slack.bot_token, slack.api_url, session)


def to_command(slack: SlackStandIn, client: AsyncWebClient) -> ResponseUrl:
    return ResponseUrl(slack._calls.new_response_url(MIA.user, MIA.channel), MIA, client)


def to_button(
    slack: SlackStandIn, client: AsyncWebClient, *, private: bool
) -> tuple[ResponseUrl, Message]:
    message = slack._calls._add(MIA.channel, "Recap", [], MIA.user if private else None)
    url = slack._calls.new_response_url(MIA.user, MIA.channel, message)
    return ResponseUrl(url, MIA, client, replaces=private, from_button=True), message


def texts(slack: SlackStandIn) -> list[str]:
    return [message.text for message in slack.workspace.seen_by(MIA.user, MIA.channel)]


async def test_private_messages_replace_each_other(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    """One message in the end, however many were sent."""
    reply = to_command(slack, client)
    await reply.private(HELLO)
    await reply.private(NOTE)
    assert texts(slack) == ["Done."]


async def test_a_public_message_is_never_replaced(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    """A button under a shared recap answers beside it."""
    reply, message = to_button(slack, client, private=False)
    await reply.private(HELLO)
    await reply.private(NOTE)
    assert message.text == "Recap"
    assert texts(slack) == ["Recap", "Hello.", "Done."]


async def test_what_can_not_be_tidied_up_loses_nothing(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    """The post is there, also when what was private before it can't be deleted."""
    reply = to_command(slack, client)
    await reply.private(HELLO)
    slack.faults.add(Fault("status", "response_url", status=500))
    await reply.in_channel(NOTE, note=HELLO)
    assert texts(slack) == ["Hello.", "Done."]


@pytest.mark.parametrize(
    ("fault", "kind", "reader"),
    [
        (Fault("rate_limited"), TryLater, "Slack is busy. Try again in a minute."),
        (
            Fault("status", status=502),
            TryLater,
            "Slack did not confirm the post. Look in the channel before you share the recap again.",
        ),
        (
            Fault("reset"),
            TryLater,
            "Slack did not confirm the post. Look in the channel before you share the recap again.",
        ),
        (
            Fault("status", status=404),
            Unusable,
            "Slack no longer takes an answer to that command. Type `/recap` again.",
        ),
    ],
)
async def test_a_post_is_tried_once(
    slack: SlackStandIn,
    client: AsyncWebClient,
    fault: Fault,
    kind: type[RecapError],
    reader: str,
) -> None:
    """A second try could be a second post."""
    fault.times = None
    slack.faults.add(fault)
    with pytest.raises(kind) as caught:
        await to_command(slack, client).in_channel(HELLO, note=NOTE)
    assert caught.value.reader == reader
    assert fault.fired == 1
    assert texts(slack) == []


async def test_a_post_to_nobody(client: AsyncWebClient) -> None:
    """Where no connection came about, nothing was posted, and nobody has to look."""
    reply = ResponseUrl("http://127.0.0.1:1/x", MIA, client)
    with pytest.raises(TryLater) as caught:
        await reply.in_channel(HELLO, note=NOTE)
    assert caught.value.reader == "Slack could not be reached. Try again in a minute."


async def test_a_post_that_is_cut_off(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A stop in the middle of it leaves open whether Slack took it, so the person looks first."""
    slow = slack.faults.add(Fault("slow", "response_url", seconds=5))
    post = asyncio.create_task(to_command(slack, client).in_channel(HELLO, note=NOTE))
    await _until(lambda: slow.fired == 1)
    post.cancel()
    with pytest.raises(TryLater, match="given up before Slack confirmed it") as caught:
        await post
    assert caught.value.reader.startswith("Slack did not confirm the post. Look in the channel")


async def test_a_stop_after_the_post(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """The post is there; that the private message still says so is no failure."""
    reply, _ = to_button(slack, client, private=True)
    slow = Fault("slow", "response_url", seconds=5)
    post = asyncio.create_task(reply.in_channel(HELLO, note=NOTE))
    await slack.until(lambda: len(slack.traffic) == 1 and bool(slack.faults.add(slow)))
    await _until(lambda: slow.fired == 1)
    post.cancel()
    await post
    assert texts(slack) == ["Recap", "Hello."]


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not reached():  # noqa: ASYNC110 -- nobody tells when a fault strikes
            await asyncio.sleep(0.005)


async def test_slacks_retry_after_is_kept(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A short wait is sat out; for a long one nobody waits."""
    slack.faults.add(Fault("rate_limited", "response_url", retry_after="1"))
    loop = asyncio.get_running_loop()
    began = loop.time()
    await to_command(slack, client).private(HELLO)
    assert loop.time() - began >= 1
    slack.faults.add(Fault("rate_limited", "response_url", retry_after="60"))
    with pytest.raises(TryLater) as caught:
        await to_command(slack, client).private(HELLO)
    assert caught.value.retry_after == 60


async def test_slack_error_is_tried_again(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A private message that arrives twice replaces itself, so nothing is risked."""
    slack.faults.add(Fault("status", "response_url", status=500))
    await to_command(slack, client).private(HELLO)
    assert texts(slack) == ["Hello."]


async def test_a_private_message_whose_answer_is_lost(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    """It is sent again, and takes the place of what Slack took the first time."""
    slack.faults.add(Fault("lost", "response_url", times=2))
    await to_command(slack, client).private(HELLO)
    assert texts(slack) == ["Hello."]


@pytest.mark.parametrize(
    ("fault", "kind", "operator"),
    [
        (
            Fault("error", error="missing_scope"),
            OperatorMustAct,
            "chat.postEphemeral was refused by Slack: missing_scope.",
        ),
        (
            Fault("rate_limited"),
            TryLater,
            "chat.postEphemeral was refused by Slack: ratelimited.",
        ),
        (
            Fault("error", error="user_not_in_channel"),
            Unusable,
            "chat.postEphemeral was refused by Slack: user_not_in_channel.",
        ),
        (
            Fault("status", status=502),
            TryLater,
            "chat.postEphemeral was answered with HTTP 502 and something that is not Slack's JSON. "
            "Check SLACK_API_URL and any proxy.",
        ),
        (
            Fault("reset"),
            TryLater,
            "chat.postEphemeral failed: ServerDisconnectedError. "
            "Check SLACK_API_URL and the network.",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_when_no_way_is_left(
    slack: SlackStandIn,
    client: AsyncWebClient,
    fault: Fault,
    kind: type[RecapError],
    operator: str,
) -> None:
    """Each refusal says whether to wait, to act or to give up."""
    slack.faults.add(Fault("status", "response_url", times=None, status=404))
    fault.where, fault.times = "chat.postEphemeral", 1
    slack.faults.add(fault)
    with pytest.raises(kind) as caught:
        await to_command(slack, client).private(HELLO)
    assert caught.value.operator == operator


async def test_modal(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """Opened once; a used trigger is refused."""
    modals, trigger = SlackModals(client), slack._calls.new_trigger(MIA.user)
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Receipt"},
        "blocks": list(HELLO.blocks),
    }
    await modals.open(trigger, view)
    with pytest.raises(Unusable, match=r"views\.open was refused by Slack: trigger_exchanged"):
        await modals.open(trigger, view)
