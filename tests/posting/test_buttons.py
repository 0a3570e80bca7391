"""What a button's answer leaves behind."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import Message
from bot.posting.slack import Person, ResponseUrl
from bot.rendering import notices

MIA = Person("C0MARKETING", "U0MIA")
POST, NOTE = notices.plain("The recap."), notices.plain("Done.")


@pytest.fixture
def draft(slack: SlackStandIn) -> Message:
    """A private message with a button."""
    return slack._calls._add(MIA.channel, "Share?", [], MIA.user)


@pytest.fixture
def reply(slack: SlackStandIn, client: AsyncWebClient, draft: Message) -> ResponseUrl:
    url = slack._calls.new_response_url(MIA.user, MIA.channel, draft)
    return ResponseUrl(url, MIA, client, replaces=True, from_button=True)


def seen(slack: SlackStandIn, person: str) -> list[str]:
    return [message.text for message in slack.workspace.seen_by(person, MIA.channel)]


async def test_a_note_stands_where_the_button_was(slack: SlackStandIn, reply: ResponseUrl) -> None:
    """Everybody sees the post, and the person reads that it is there."""
    await reply.in_channel(POST, note=NOTE)
    assert seen(slack, MIA.user) == ["Done.", "The recap."]
    assert seen(slack, "U0KOFI") == ["The recap."]


async def test_done(slack: SlackStandIn, reply: ResponseUrl, draft: Message) -> None:
    """It replaces the message with the button."""
    await reply.done(NOTE)
    assert seen(slack, MIA.user) == ["Done."]
    assert draft.edited
