"""Connections to PostgreSQL that wait for an answer only so long.

Needs the driver, which is an extra: only ``bot.storage.engine`` imports this, once an address asks
for it.
"""

import asyncio
import select
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import make_conninfo
from sqlalchemy.ext.asyncio import AsyncEngine

ALIVE: Final = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""A machine that has vanished is noticed within a minute, also while nothing is asked of it."""

SHORTEST_CONNECT: Final = 2
"""Seconds; the driver takes no fewer."""

SERVER_SHARE: Final = 0.8
"""Of our own patience: the server's word that it gave up says more than our silence."""

# What the operator or the host has limited stays as it is. This is no part of the connection's
# start, because poolers such as PgBouncer refuse what they do not know there.
LIMIT: Final = """
    SELECT set_config(name, %s, false) FROM pg_settings WHERE name = ANY(%s) AND setting = '0'
"""


class PatientConnection(psycopg.AsyncConnection[Any]):
    """Hangs up when the server leaves one question unanswered for ``patience`` seconds.

    Cancelling would not do: the driver then asks the server to stop, and waits for that answer.
    """

    patience: float

    @property
    def has_news(self) -> bool:
        """Whether the server has said something that nobody asked for, such as its last word.

        Raises:
            OperationalError: The connection is closed.
        """
        line = select.poll()
        line.register(self.fileno(), select.POLLIN)
        return bool(line.poll(0))

    async def wait(self, gen: PQGen[RV], *args: Any, **kwargs: Any) -> RV:  # noqa: ANN401
        """As the driver's own.

        Raises:
            OperationalError: There was no answer; the connection is closed, and the server rolls
                back what was not committed.
        """
        patience = self.patience
        timer = asyncio.get_running_loop().call_later(patience, self._hang_up)
        try:
            return await super().wait(gen, *args, **kwargs)
        except psycopg.OperationalError as error:
            if asyncio.get_running_loop().time() < timer.when():
                raise
            raise psycopg.OperationalError(f"no answer within {patience:g} s") from error
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        # Whoever waits on the socket then reads its end; closed, it would never be ready again.
        line = socket.socket(fileno=self.fileno())
        with suppress(OSError):  # the other end was faster
            line.shutdown(socket.SHUT_RDWR)
        line.detach()


def connecting(
    patience: float, limits: Sequence[str]
) -> Callable[..., Awaitable[PatientConnection]]:
    """How to connect to a server that gets ``patience`` seconds for each answer.

    What the address says itself, such as a ``connect_timeout``, goes first. ``limits`` are the
    settings by which the server itself gives up a little earlier.
    """
    within = {"connect_timeout": max(SHORTEST_CONNECT, round(patience))}
    limit = f"{round(patience * SERVER_SHARE * 1000)}ms"

    async def connect(*args: Any, **given: Any) -> PatientConnection:  # noqa: ANN401
        options = {**ALIVE, **within, **given, "autocommit": True}
        connection = await PatientConnection.connect(*args, **options)
        connection.patience = patience
        try:
            await connection.execute(LIMIT, [limit, list(limits)])
            await connection.set_autocommit(False)
        except BaseException:
            await connection.close()
            raise
        return connection

    return connect


def conninfo(engine: AsyncEngine) -> str:
    """How those who bring their own connections reach ``engine``'s database."""
    _, options = engine.dialect.create_connect_args(engine.url)
    del options["context"]  # SQLAlchemy's own
    return make_conninfo("", **{**ALIVE, **options})
