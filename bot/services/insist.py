"""Writing down what can't be had again, for a while also when the database is away."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from bot.errors import TryLater

T = TypeVar("T")
log = structlog.get_logger(__name__)


async def insist(
    pauses: Sequence[float], write: Callable[[], Awaitable[T]], event: str, **known: str
) -> T:
    """``write``, and once more after each of ``pauses``, in seconds, while the database is away.

    ``event`` says in the log, with what is ``known``, that it had to be put off.

    Raises:
        TryLater: It is away after the last pause, too.
    """
    for pause in pauses:
        try:
            return await write()
        except TryLater as error:
            log.warning(event, **known, detail=error.operator)
            await asyncio.sleep(pause)
    return await write()
