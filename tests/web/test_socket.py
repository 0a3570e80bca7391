"""Who sees that the Socket Mode connection lives, apart from the app around it."""

from collections.abc import Awaitable, Callable

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import TryLater
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.web.socket import Patience, connected

PATIENCE = Patience(ping=3_600, silence=0.2, look=0.05, again=0.05)


def bolt(slack: SlackStandIn) -> AsyncApp:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    return AsyncApp(client=client, signing_secret="", request_verification_enabled=False)


def failing_once(slack: SlackStandIn) -> Callable[[], Awaitable[str]]:
    """Asks for an address; the second time a bug is met."""
    asked = 0

    async def address() -> str:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise ValueError("a bug")
        return slack.new_socket_url()

    return address


async def test_a_bug_is_not_the_end(slack: SlackStandIn) -> None:
    """Whatever keeps it from a new connection, it tries again."""
    silent = slack.faults.add(Fault("silent", "socket", times=1))
    async with connected(bolt(slack), slack.app_token, failing_once(slack), patience=PATIENCE):
        await slack.until(lambda: slack.greeted > 0)
    assert silent.fired == 1


async def test_no_first_connection(slack: SlackStandIn) -> None:
    """At start it is an error, and nothing is left open."""
    slack.faults.add(Fault("status", "socket", times=None))

    async def address() -> str:
        return slack.new_socket_url()

    with pytest.raises(TryLater, match=r"took no connection within 0\.1 s"):
        async with connected(bolt(slack), slack.app_token, address, patience=Patience(connect=0.1)):
            raise AssertionError("it never begins")
