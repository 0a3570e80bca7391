"""Waiting for something to happen in a stand-in, without asking it over and over."""

import asyncio
from collections.abc import Callable


class Changes:
    """Wakes whoever waits whenever something has happened."""

    def __init__(self) -> None:
        self._condition = asyncio.Condition()

    async def happened(self) -> None:
        """Something has changed: everybody who waits looks again."""
        async with self._condition:
            self._condition.notify_all()

    async def until(self, true: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until ``true``.

        Raises:
            TimeoutError: It did not become true within ``seconds``.
        """
        async with asyncio.timeout(seconds), self._condition:
            await self._condition.wait_for(true)
