"""What comes in Slack's place: a proxy's page, torn JSON, JSON of another shape."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import OperatorMustAct, TryLater
from bot.installation import Install, check_install, greeting, socket_address
from bot.ports import Member, Place
from bot.posting.messenger import SlackMessenger
from bot.posting.slack import web_client
from bot.posting.workspace import SlackModals, SlackWorkspace
from bot.rendering import notices
from bot.subscriptions.deliveries import Frozen
from bot.subscriptions.outcomes import Busy, Unsure
from tests.examples import NOON

JSON = "application/json"
PAGE = (200, "text/html", b"<html>Sign in</html>")
NO_PAGE = (404, "text/html", b"<html>Not found</html>")
TORN = (200, JSON, b"{torn")
A_LIST = (200, JSON, b"[1]")
NOT_UTF8 = (200, JSON, b'{"ok": true, "team": "\xe9"}')
ODD = [PAGE, NO_PAGE, TORN, A_LIST, NOT_UTF8]
HOLLOW = (200, JSON, b'{"ok": true, "channel": null, "user": 7, "messages": 7, "members": 7}')
Answer = tuple[int, str, bytes]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[AsyncWebClient]:
    """A client of a server that says the same to everything."""
    status, kind, body = answer

    async def say(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", say)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield web_client("xoxb-1", str(server.make_url("/")), session)


@pytest.mark.parametrize("answer", ODD)
async def test_at_start(answer: Answer) -> None:
    """Nothing is said against the token, which nobody has looked at."""
    async with answering(answer) as client:
        with pytest.raises(TryLater, match="Check SLACK_API_URL and any proxy"):
            await check_install(client)
        with pytest.raises(TryLater, match="Check SLACK_API_URL and any proxy"):
            await socket_address(client, "xapp-1")


async def test_a_refused_token_is_named() -> None:
    """That one is Slack's own word."""
    async with answering((200, JSON, b'{"ok": false, "error": "invalid_auth"}')) as client:
        with pytest.raises(OperatorMustAct, match="SLACK_BOT_TOKEN does not work"):
            await check_install(client)


async def test_a_code_can_not_command_a_terminal() -> None:
    """It is printed at start, logged, and kept with the delivery."""
    body = b'{"ok": false, "error": "bad\\u001b[31m' + b"y" * 3_000 + b'"}'
    async with answering((200, JSON, body)) as client:
        with pytest.raises(OperatorMustAct, match=r"by Slack: bad\[31myyy") as caught:
            await check_install(client)
    assert caught.value.operator.isprintable()
    assert len(caught.value.operator) < 200


async def test_a_name_can_not_command_a_terminal() -> None:
    """The team's stands in the first line of the log."""
    who = AuthorizeResult(enterprise_id=None, team_id=None)
    install = Install("T\x1b[31m", "u\x07", frozenset(), who)
    assert greeting(install) == "Recap is running as @u in T[31m"


@pytest.mark.parametrize("body", [b'{"ok": true}', b'{"ok": true, "url": "ftp://x"}'])
async def test_no_socket_address(body: bytes) -> None:
    """Without an address there is nothing to try for twenty seconds."""
    async with answering((200, JSON, body)) as client:
        with pytest.raises(TryLater, match="named no address to connect to"):
            await socket_address(client, "xapp-1")


@pytest.mark.parametrize("answer", ODD)
async def test_post(answer: Answer) -> None:
    """Whoever answered, Slack may have the message; a refusal without a code is as good as one."""
    message = Frozen("Hello.", ())
    async with answering(answer) as client:
        messenger = SlackMessenger(client, "B1")
        outcome = await messenger.post("C1", message, "key")
        assert isinstance(outcome, Unsure if answer != NO_PAGE else Busy)
        assert isinstance(await messenger.post("U1", message, "key"), Busy)
        assert isinstance(await messenger.find("C1", "key", NOON), Busy)
        with pytest.raises(TryLater):
            await messenger.whisper("C1", "U1", notices.plain("Hello."))


async def test_hollow_answers() -> None:
    """JSON with nothing in it where something should be."""
    async with answering(HOLLOW) as client:
        messenger, workspace = SlackMessenger(client, "B1"), SlackWorkspace(client)
        assert isinstance(await messenger.post("U1", Frozen("Hello.", ()), "key"), Busy)
        assert isinstance(await messenger.find("C1", "key", NOON), Busy)
        assert await workspace.place("C1") == Place(is_private=None)
        assert await workspace.member("U1") == Member()
        assert await workspace.is_in("U1", "C1") is False


@pytest.mark.parametrize("answer", ODD)
async def test_workspace(answer: Answer) -> None:
    """What can't be read is unknown, and a window that did not open is one sentence."""
    async with answering(answer) as client:
        workspace, modals = SlackWorkspace(client), SlackModals(client)
        assert await workspace.place("C1") == Place(is_private=None)
        assert await workspace.member("U1") == Member()
        assert await workspace.is_in("U1", "C1") is False
        with pytest.raises(TryLater, match="Check SLACK_API_URL"):
            await modals.open("trigger", {})
        with pytest.raises(TryLater, match="Check SLACK_API_URL"):
            await modals.publish("U1", {})
