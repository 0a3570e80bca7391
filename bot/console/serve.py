"""``recap run`` and ``recap web``, and how every process that stays on is served."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator

import structlog
import uvicorn

from bot.settings import Settings, is_shared, setting_error
from bot.wiring import Running, open_app

log = structlog.get_logger(__name__)

ALL_INTERFACES = "0.0.0.0"  # noqa: S104 -- a platform's router reaches the app from outside


class Server(uvicorn.Server):
    """uvicorn, but stopping is ours.

    uvicorn's own handlers raise the signal again once it has stopped, which would end the process
    before answers under way are finished.
    """

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to ``serve``."""
        yield


async def serve(settings: Settings, *, posts: bool = True) -> None:
    """Run the app until SIGTERM or SIGINT, then let answers under way finish.

    Without ``posts`` it is for answering alone, and workers do the rest; on SQLite, which one
    process has for itself, it does both all the same.

    Raises:
        RecapError: A setting is missing or impossible, or Slack refuses one.
    """
    posts = posts or not is_shared(settings)
    with listen(settings.port) as sock:
        async with open_app(settings, posts=posts) as running:
            await until_stopped(running, sock)


async def until_stopped(running: Running, sock: socket.socket) -> None:
    """Say that it runs, and serve its pages on ``sock`` until SIGTERM or SIGINT."""
    config = uvicorn.Config(running.web, log_config=None, access_log=False, lifespan="off")
    server = Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, server)
    log.info(running.greeting, health=f"http://127.0.0.1:{sock.getsockname()[1]}/healthz")
    await server.serve(sockets=[sock])


def _stop(server: Server) -> None:
    log.info("Stopping: what is under way gets a few seconds to finish.")
    server.should_exit = True


def listen(port: int) -> socket.socket:
    """A listening socket on ``port``.

    Raises:
        OperatorMustAct: The port is taken or may not be used.
    """
    try:
        return socket.create_server((ALL_INTERFACES, port))
    except OSError as error:
        raise setting_error(
            f"PORT {port} can't be used: {os.strerror(error.errno or 0)}. Set PORT to a free one."
        ) from error
