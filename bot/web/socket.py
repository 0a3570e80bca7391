"""The Socket Mode connection, and who sees that it lives.

slack_sdk pings Slack and reconnects by itself. It does not when the address that it was given has
expired before it could connect, and others have seen connections that were open and brought
nothing. So the time of the last frame counts here, whatever the SDK believes, and after a minute
without any the whole client is made anew.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.errors import RecapError, TryLater
from bot.meter import SILENT, Meter
from bot.proxies import proxy_for
from bot.services.readiness import Check

log = structlog.get_logger(__name__)

ENDS: Final = frozenset(
    {
        aiohttp.WSMsgType.CLOSE,
        aiohttp.WSMsgType.CLOSING,
        aiohttp.WSMsgType.CLOSED,
        aiohttp.WSMsgType.ERROR,
    }
)
"""What is received of a connection that is no more."""

NO_SOCKET: Final = (
    "No frame came from Slack for minutes: see that the network lets wss:// through and that "
    "SLACK_APP_TOKEN is valid, and look at status.slack.com."
)

Address = Callable[[], Awaitable[str]]
"""Asks Slack for a new address to connect to; may raise ``bot.errors.RecapError``."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is how long, in seconds.

    Attributes:
        connect: A connection may take so long to come about.
        ping: The SDK pings Slack so often.
        silence: Without a frame for so long, the client is made anew. The SDK needs up to 45
            seconds to notice by itself, and the two are not to fight.
        look: The time between two looks.
        again: The time after a try to reconnect: Slack gives out few addresses a minute.
        away: Without a frame for so long, this process is not ready.
    """

    connect: float = 20.0
    ping: float = 10.0
    silence: float = 60.0
    look: float = 5.0
    again: float = 30.0
    away: float = 300.0


class SocketMode:
    """One Socket Mode connection after another; open it with ``connected``."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        address: Address,
        meter: Meter,
        patience: Patience,
        elapsed: Callable[[], float],
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._address = address
        self._meter = meter
        self._patience = patience
        self._elapsed = elapsed
        self._heard_at = elapsed()
        self._greeted = False
        self._handler: AsyncSocketModeHandler | None = None

    async def connect(self) -> None:
        """Connect, in the place of what there was.

        Raises:
            RecapError: Slack refuses the token, or no connection came about in time.
        """
        await self.close()
        # The handler would retry a refused token, or an address behind a firewall, for ever.
        address = await self._address()
        self._handler = handler = AsyncSocketModeHandler(
            self._app, self._app_token, ping_interval=self._patience.ping
        )
        client = handler.client
        client.wss_uri, client.proxy = address, proxy_for(address)
        client.message_listeners.append(self._greet)
        await client.aiohttp_client_session.close()
        client.aiohttp_client_session = aiohttp.ClientSession(ws_response_class=self._listening())
        try:
            async with asyncio.timeout(self._patience.connect):
                await handler.connect_async()  # type: ignore[no-untyped-call]
        except TimeoutError as error:
            raise _no_socket(self._patience.connect) from error

    async def close(self) -> None:
        """Hang up; where nobody answers any more, aiohttp gives up after ten seconds."""
        handler, self._handler = self._handler, None
        if handler is not None:
            await handler.close_async()  # type: ignore[no-untyped-call]

    async def watch(self) -> None:
        """Make the client anew whenever nothing has come for too long."""
        while True:
            await asyncio.sleep(self._patience.look)
            if self.silence > self._patience.silence:
                await self._renew()
                await asyncio.sleep(self._patience.again)

    async def _renew(self) -> None:
        log.warning("socket_silent", seconds=round(self.silence))
        try:
            await self.connect()
        except RecapError as error:
            log.warning("socket_not_renewed", detail=error.operator)
        except Exception:
            # Whatever it is, nobody else would ever connect again.
            log.exception("socket_not_renewed")

    @property
    def silence(self) -> float:
        """Seconds since the last frame."""
        return self._elapsed() - self._heard_at

    async def is_connected(self) -> bool:
        """Whether the SDK believes so."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def health(self) -> Mapping[str, object]:
        """What ``/healthz`` shows."""
        return {"status": "ok", "mode": "socket", "connected": await self.is_connected()}

    async def check(self) -> Check:
        """Whether frames come."""
        facts = {
            "connected": await self.is_connected(),
            "last_frame_seconds": round(self.silence, 1),
        }
        return Check("socket", facts, NO_SOCKET if self.silence > self._patience.away else "")

    async def _greet(self, _client: object, message: dict[str, Any], _raw: str | None) -> None:
        """Slack greets every connection, also those that the SDK made by itself."""
        if message.get("type") != "hello":
            return
        if self._greeted:
            log.info("socket_reconnected")
            self._meter.reconnected()
        self._greeted = True

    def _listening(self) -> type[aiohttp.ClientWebSocketResponse]:
        """A WebSocket that notes when a frame came: the SDK tells of texts only."""

        def heard() -> None:
            self._heard_at = self._elapsed()

        class Listening(aiohttp.ClientWebSocketResponse):
            async def receive(self, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
                message = await super().receive(timeout)
                if message.type not in ENDS:
                    heard()
                return message

        return Listening


@asynccontextmanager
async def connected(
    app: AsyncApp,
    app_token: str,
    address: Address,
    *,
    meter: Meter = SILENT,
    patience: Patience | None = None,
    elapsed: Callable[[], float] = time.monotonic,
) -> AsyncIterator[SocketMode]:
    """The connection, kept alive until the end of the block.

    Raises:
        RecapError: Slack refuses the token, or no connection came about in time.
    """
    socket = SocketMode(app, app_token, address, meter, patience or Patience(), elapsed)
    try:
        await socket.connect()
        watching = asyncio.create_task(socket.watch())
        try:
            yield socket
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    finally:
        await socket.close()


def _no_socket(within: float) -> TryLater:
    return TryLater(
        "Slack could not be reached. Try again in a minute.",
        f"Slack's Socket Mode address took no connection within {within:g} s. "
        "Check that the network lets wss:// through.",
    )
