"""The ASGI app: ``/healthz`` always, ``/slack/events`` when Slack delivers over HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from slack_bolt.adapter.starlette.async_handler import (
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

EVENTS: Final = "/slack/events"
HEALTH: Final = "/healthz"
LARGEST_BODY: Final = 512 * 1024
"""Slack's own payloads stay far below; anything larger is not from Slack."""

TIMESTAMP: Final = "x-slack-request-timestamp"


def create_app(
    health: Callable[[], Awaitable[Mapping[str, object]]], slack: AsyncApp | None
) -> Starlette:
    """The app; ``slack`` is the Bolt app to deliver to, None in Socket Mode."""

    async def healthz(_: Request) -> Response:
        return JSONResponse(await health())

    routes = [Route(HEALTH, healthz)]
    if slack is not None:
        routes.append(Route(EVENTS, _receiver(slack), methods=["POST"]))
    return Starlette(routes=routes)


def _receiver(slack: AsyncApp) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        # Bolt reads the timestamp with int() and would answer 500 to anything else.
        if not request.headers.get(TIMESTAMP, "").isdecimal():
            return PlainTextResponse("Not a signed request from Slack.", status_code=401)
        body = await _body(request)
        if body is None:
            return PlainTextResponse("The request is too large.", status_code=413)
        return to_starlette_response(
            await slack.async_dispatch(to_async_bolt_request(request, body))
        )

    return receive


async def _body(request: Request) -> bytes | None:
    """The body; None as soon as it is larger than anything that Slack would send."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
