"""Socket Mode: connected within a time, or a sentence that says why not."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.errors import TryLater
from bot.installation import socket_address
from bot.proxies import proxy_for
from bot.web.app import Health

CONNECT: Final = 20.0
"""Seconds for the first Socket Mode connection; later ones are tried for as long as it takes."""


@asynccontextmanager
async def open_socket(
    app: AsyncApp, token: str, within: float
) -> AsyncIterator[AsyncSocketModeHandler]:
    """``app`` connected to Slack with the app-level ``token``.

    Raises:
        RecapError: Slack refuses the token, or there is no connection ``within`` that many seconds.
    """
    handler = AsyncSocketModeHandler(app, token)
    try:
        # The handler would retry a refused token, or an address behind a firewall, for ever.
        handler.client.wss_uri = await socket_address(app.client, token)
        handler.client.proxy = proxy_for(handler.client.wss_uri)
        try:
            async with asyncio.timeout(within):
                await handler.connect_async()  # type: ignore[no-untyped-call]
        except TimeoutError as error:
            raise _no_socket(within) from error
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


def _no_socket(within: float) -> TryLater:
    return TryLater(
        "Slack could not be reached. Try again in a minute.",
        f"Slack's Socket Mode address took no connection within {within:g} s. "
        "Check that the network lets wss:// through.",
    )


async def http_health() -> Mapping[str, object]:
    """What ``/healthz`` shows where Slack delivers over HTTP."""
    return {"status": "ok", "mode": "http"}


def socket_health(handler: AsyncSocketModeHandler) -> Health:
    """What ``/healthz`` shows in Socket Mode."""

    async def health() -> Mapping[str, object]:
        connected = await handler.client.is_connected()
        return {"status": "ok", "mode": "socket", "connected": connected}

    return health
