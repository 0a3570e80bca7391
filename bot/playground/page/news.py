"""Telling everybody who looks at the page that something may have changed."""

import asyncio
import contextlib
from collections.abc import Iterator


class News:
    """Wakes every listener; what happens while it is busy is one more turn and not lost."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()

    def happened(self) -> None:
        """Something may look different now."""
        for listener in self._listeners:
            listener.set()

    @contextlib.contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something has happened."""
        listener = asyncio.Event()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)


async def within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for ``event``, ``seconds`` at the longest; clears it and says whether it came."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    came = event.is_set()
    event.clear()
    return came
