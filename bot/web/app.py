"""The ASGI app: ``/healthz`` always, ``/slack/events`` when Slack delivers over HTTP."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from slack_bolt.adapter.starlette.async_handler import (
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

EVENTS: Final = "/slack/events"
HEALTH: Final = "/healthz"
Health = Callable[[], Awaitable[Mapping[str, object]]]
LARGEST_BODY: Final = 512 * 1024
"""Slack's own payloads stay far below; anything larger is not from Slack."""

TIMESTAMP: Final = "x-slack-request-timestamp"
SIGNATURE: Final = "x-slack-signature"


async def http_health() -> Mapping[str, object]:
    """What ``/healthz`` shows where Slack delivers over HTTP."""
    return {"status": "ok", "mode": "http"}


def create_app(
    health: Health,
    slack: AsyncApp | None,
    signing_secret: str = "",
    more: Sequence[Route] = (),
) -> Starlette:
    """The app.

    Args:
        health: What ``/healthz`` shows.
        slack: The Bolt app to deliver to, None in Socket Mode.
        signing_secret: What Slack signs its requests with; needed with ``slack``.
        more: Whatever else is served.
    """

    async def healthz(_: Request) -> Response:
        return JSONResponse(await health())

    routes = [Route(HEALTH, healthz), *more]
    if slack is not None:
        routes.append(
            Route(EVENTS, _receiver(slack, SignatureVerifier(signing_secret)), methods=["POST"])
        )
    return Starlette(routes=routes)


def _receiver(
    slack: AsyncApp, verifier: SignatureVerifier
) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        if body is None:
            return PlainTextResponse("The request is too large.", status_code=413)
        # Before Bolt does: it parses the body first, and a stranger's may be anything.
        if not _is_signed(body, request.headers, verifier):
            return PlainTextResponse("Not a signed request from Slack.", status_code=401)
        return to_starlette_response(
            await slack.async_dispatch(to_async_bolt_request(request, body))
        )

    return receive


def _is_signed(body: bytes, headers: Mapping[str, str], verifier: SignatureVerifier) -> bool:
    try:
        return verifier.is_valid(body, headers.get(TIMESTAMP), headers.get(SIGNATURE))
    except (TypeError, ValueError, OverflowError):
        # No UTF-8, no ASCII, a time of 400 digits: Slack sends none of them.
        return False


async def _body(request: Request) -> bytes | None:
    """The body; None as soon as it is larger than anything that Slack would send."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
