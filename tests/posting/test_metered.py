"""What is counted of the calls to Slack."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.meter import Silent
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.posting.codes import SLACK_ERRORS
from bot.posting.slack import web_client, web_session


@dataclass
class Notes(Silent):
    """A ``Meter`` that keeps what it was told."""

    done: list[str] = field(default_factory=list)
    busy: int = 0

    @contextmanager
    def doing(self, what: str, about: str = "") -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.done.append(f"{what} {about}: {type(error).__name__}")
            raise
        self.done.append(f"{what} {about}")

    def slack_busy(self) -> None:
        self.busy += 1


async def test_calls(slack: SlackStandIn) -> None:
    """Each by its method, from its beginning to its end, and those that were one too many."""
    notes = Notes()
    slack.faults.add(Fault("rate_limited", "auth.test"))
    async with web_session(notes) as session:
        client = web_client(slack.bot_token, slack.api_url, session)
        with pytest.raises(SlackApiError):
            await client.auth_test()
        await client.auth_test()
        slack.faults.add(Fault("reset", "auth.test"))
        with pytest.raises(SLACK_ERRORS):
            await client.auth_test()
    assert notes.busy == 1
    assert notes.done == ["Slack auth.test"] * 2 + ["Slack auth.test: ServerDisconnectedError"]


async def test_a_response_url(slack: SlackStandIn) -> None:
    """Its path opens a channel to whoever knows it, and is not among what is kept."""
    notes = Notes()
    async with web_session(notes) as session:
        hook = AsyncWebhookClient(f"{slack.origin}/commands/none", session=session)
        await hook.send(text="hello")
    assert notes.done == ["Slack response_url"]
