"""The ``recap`` command as a real process, with only the settings that a test gives it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 120.0
"""Seconds; the machine may be busy with other tests."""


@dataclass(frozen=True)
class Ended:
    """What a process left behind."""

    code: int
    out: str
    err: str


def environment(**settings: str) -> dict[str, str]:
    """A bare environment: nothing of the machine's own settings gets in."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "COLUMNS": "100", **settings}


async def recap(folder: Path, *words: str, **settings: str) -> Ended:
    """Run ``recap words`` in ``folder`` to its end."""
    async with started(folder, *words, **settings) as process:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    return Ended(process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def started(
    folder: Path, *words: str, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """``recap words`` while it runs; killed at the end if it still does."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "recap",
        *words,
        cwd=folder,
        env=environment(**settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
