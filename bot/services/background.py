"""Work that goes on after Slack has its acknowledgement.

Slack wants an answer within three seconds and the work may take longer. Bolt's own lazy listeners
keep no reference to their task and lose it at shutdown; these are kept, counted and drained.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from bot.meter import ANSWER, SILENT, Meter

log = structlog.get_logger(__name__)


class Background:
    """The tasks that are under way."""

    def __init__(self, meter: Meter = SILENT) -> None:
        self._meter = meter
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` beside the caller; it must handle its own errors."""
        task = asyncio.create_task(self._timed(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, seconds: float) -> None:
        """Let everything under way end, for at most ``seconds``; what has not by then is ended."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _timed(self, work: Coroutine[Any, Any, None]) -> None:
        """``work``, and a line that says how long somebody waited for it."""
        began = asyncio.get_running_loop().time()
        bound = structlog.contextvars.get_contextvars()
        with self._meter.doing(ANSWER, bound.get("what", "")):
            await work
        if "request" in bound:
            log.info("request_done", seconds=round(asyncio.get_running_loop().time() - began, 3))
