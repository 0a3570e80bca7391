"""Recap itself, in a process that can be killed like any other."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
"""Where the package ``bot`` lies: the child runs the same code."""

PAUSE: Final = 1.0
"""Seconds that a supervisor takes to start it again."""

LONGEST_PAUSE: Final = 30.0
KILLED: Final = -9
STOP: Final = 10.0
"""Seconds until a process that was asked to end is killed."""

LOG: Final = "recap.log"


class AppProcess:
    """The app's process, started again whenever it ends.

    Attributes:
        starts: How often it was started.
        changed: Called whenever it has started or ended.
    """

    def __init__(
        self, settings: Mapping[str, str], folder: Path, ahead: Callable[[], timedelta]
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._ahead = ahead
        self._process: asyncio.subprocess.Process | None = None
        self._closing = False
        self.starts = 0
        self.changed: Callable[[], None] = lambda: None

    @property
    def pid(self) -> int | None:
        """Its process id; None while there is none."""
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if alive and self._process else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep it running; at the end it is asked to end by closing its input."""
        keeper = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            self._closing = True
            await self._stop()
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    def kill(self) -> None:
        """``kill -9``: it gets no chance to finish anything."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def tell_time(self) -> None:
        """Tell it how far ahead its clock is."""
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(f"{self._ahead().total_seconds()}\n".encode())
            await self._process.stdin.drain()

    async def _keep(self) -> None:
        pause = PAUSE
        while not self._closing:
            await self._start()
            killed = await self._ended() == KILLED
            # What ends by itself would only do so again.
            pause = PAUSE if killed else min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _start(self) -> None:
        with (self._folder / LOG).open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.playground.app"),
                # No .env of the machine's gets in: the folder is the demo's own.
                cwd=self._folder,
                env=self._environment(),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the page, which then closes the input.
                start_new_session=True,
            )
        self.starts += 1
        await self.tell_time()
        self.changed()

    async def _ended(self) -> int | None:
        """Wait until the process is gone, and say with which code."""
        code = await self._process.wait() if self._process else None
        self.changed()
        return code

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**kept, "PYTHONPATH": str(ROOT), **self._settings}
