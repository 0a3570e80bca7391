"""Slack's own SDK against the stand-in, and an app that only listens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn

TEXT = {"type": "plain_text", "text": "x"}
BUTTON = {"type": "button", "text": TEXT, "action_id": "a", "value": "v"}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
EVERY_SCOPE = frozenset(
    {"commands", "chat:write", "im:write", "users:read"}
    | {f"{kind}:{right}" for kind in ("channels", "groups", "im") for right in ("read", "history")}
)


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    """Slack's SDK with the bot token, without its own retries."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, slack.api_url, session=session, retry_handlers=[])


@pytest.fixture
def granted(slack: SlackStandIn) -> SlackStandIn:
    """The stand-in with every scope."""
    slack.scopes = EVERY_SCOPE
    return slack


async def refused(call: Any) -> Any:  # noqa: ANN401
    """Slack's refusal."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def error_of(call: Any) -> str:  # noqa: ANN401
    return str((await refused(call))["error"])


@dataclass
class App:
    """Keeps what it hears, and answers what the test wants."""

    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answer: Any = None
    retries: list[Any] = field(default_factory=list)


@asynccontextmanager
async def by_socket(slack: SlackStandIn, app: App) -> AsyncIterator[None]:
    async def listen(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            envelope = json.loads(message.data)
            if "envelope_id" in envelope:
                app.heard.append((envelope["type"], envelope["payload"]))
                app.retries.append((envelope.get("retry_attempt"), envelope.get("retry_reason")))
                ack = {"envelope_id": envelope["envelope_id"]}
                await socket.send_json(
                    ack if app.answer is None else {**ack, "payload": app.answer}
                )

    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(slack.new_socket_url()) as socket,
    ):
        task = asyncio.create_task(listen(socket))
        await slack.until(lambda: slack.connected)
        yield
        task.cancel()


@asynccontextmanager
async def by_http(slack: SlackStandIn, app: App) -> AsyncIterator[None]:
    async def hear(request: web.Request) -> web.Response:
        body = await request.text()
        verifier = SignatureVerifier(slack.signing_secret)
        assert verifier.is_valid_request(body, {**request.headers})
        if request.content_type == "application/json":
            app.heard.append(("events_api", json.loads(body)))
        else:
            form = parse_qs(body)
            known = "payload" in form
            payload = json.loads(form["payload"][0]) if known else form
            app.heard.append(("interactive" if known else "slash_commands", payload))
        retry = request.headers.get("X-Slack-Retry-Num", "0")
        app.retries.append((int(retry), request.headers.get("X-Slack-Retry-Reason", "")))
        return web.Response() if app.answer is None else web.json_response(app.answer)

    server = web.Application()
    server.router.add_post("/slack/events", hear)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield
    await runner.cleanup()


@pytest.fixture(params=[by_socket, by_http])
async def app(request: pytest.FixtureRequest, slack: SlackStandIn) -> AsyncIterator[App]:
    """Connected to the stand-in, once in each way."""
    app = App()
    async with request.param(slack, app):
        yield app
