"""``recap demo``: the page, until somebody ends it, or a picture of it."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import OperatorMustAct
from bot.playground.page.look import look
from bot.playground.page.server import serving
from bot.playground.page.stage import Stage, open_stage
from bot.playground.page.workspace import MARKETING, MIA
from bot.playground.travel import next_monday
from bot.settings import setting_error

LOOPBACK: Final = "127.0.0.1"
PORT: Final = 8765
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER: Final = (
    "No Chromium was found: --screenshot needs chromium, chromium-browser or google-chrome on PATH."
)
SIZE: Final = "1440,1000"
SUBSCRIBE: Final = "subscribe mon 09:00 Europe/Berlin"
BERLIN: Final = ZoneInfo("Europe/Berlin")
PATIENCE: Final = 30.0


async def show(*, host: str, port: int | None) -> None:
    """Serve the page and say where.

    Raises:
        OperatorMustAct: The address can't be used.
    """
    async with open_stage() as stage:
        for wanted in (PORT, 0) if port is None else (port,):
            try:
                async with serving(stage, host, wanted) as address:
                    _say(f"Open {address} in a browser. Ctrl-C ends the demo.")
                    await stage.slack.command(MIA, MARKETING, "7d")
                    await asyncio.Event().wait()
            except OSError as error:
                if port is None and wanted:
                    continue
                raise _not_there(host, wanted, error) from error


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _not_there(host: str, port: int, error: OSError) -> OperatorMustAct:
    return setting_error(f"The page can't be served on {host}, port {port}: {error.strerror}.")


async def picture(file: Path, *, theme: str = "light") -> None:
    """Write a picture of the page, a recap and a Monday post in it, to ``file``.

    Raises:
        OperatorMustAct: There is no Chromium, or the file can't be written.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise setting_error(NO_BROWSER)
    with tempfile.TemporaryDirectory(prefix="recap-picture-") as folder:
        async with open_stage() as stage, serving(stage, LOOPBACK, 0) as address:
            await _play(stage)
            made = Path(folder) / "page.png"
            content = await _photograph(browser, f"{address}?theme={theme}", made)
    if not content:
        raise setting_error(f"{browser} made no picture of the page.")
    await asyncio.to_thread(_write, file, content)
    _say(f"{file} shows the page.")


async def _play(stage: Stage) -> None:
    """A recap, a subscription and its first Monday."""
    for text in ("7d", SUBSCRIBE):
        before = _answers(stage)
        await stage.slack.command(MIA, MARKETING, text)
        await stage.slack.until(lambda: _answers(stage) > before, PATIENCE)  # noqa: B023
    await stage.travel(next_monday(stage.clock.now(), BERLIN))
    await stage.slack.until(lambda: bool(_threads(stage)), PATIENCE)
    look(stage, {}).read()


def _answers(stage: Stage) -> int:
    """How many private answers there are that are more than a request for patience."""
    messages = stage.slack.workspace.messages
    return sum(
        one.ephemeral_to == MIA and not one.text.startswith("Working on") for one in messages
    )


def _threads(stage: Stage) -> list[str]:
    messages = stage.slack.workspace.messages
    return [one.thread_ts for one in messages if one.thread_ts]


async def _photograph(browser: str, address: str, file: Path) -> bytes:
    """The page at ``address`` as a PNG; nothing where the browser made none of it."""
    # Chromium refuses to run as root within its sandbox; it sees nothing but our own page.
    root = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    process = await asyncio.create_subprocess_exec(
        *(browser, "--headless", "--disable-gpu", "--hide-scrollbars", *root),
        *(f"--screenshot={file}", f"--window-size={SIZE}", address),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), PATIENCE)
    if process.returncode is None:
        process.kill()
        await process.wait()
    return await asyncio.to_thread(_content, file)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise setting_error(f"--screenshot {file} can't be written: {error.strerror}.") from error
