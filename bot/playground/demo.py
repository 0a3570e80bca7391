"""``recap demo``: the real app, over its real protocols, between the two stand-ins."""

import asyncio
import json
import os
import re
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from bot import logs
from bot.clock import SystemClock
from bot.listeners.commands import COMMAND
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.organisation import Organisation
from bot.playground.slack import Delivery, SlackStandIn
from bot.playground.slack_workspace import Message, Workspace
from bot.playground.terminal import buttons, draw, draw_modal
from bot.settings import GivenSettings, Settings, setting_error
from bot.wiring import open_app

MIA: Final = "U0MIA"
MARKETING: Final = "C0MARKETING"
KEY: Final = "stand-in-key"
PATIENCE: Final = 30.0
DIGITS: Final = 3
"""No message has a thousand buttons, and int() refuses thousands of digits."""
GREETING: Final = (
    "Recap, between a stand-in for Slack and one for CreatorAudit. All of it runs on this machine "
    "and nothing leaves it; the organization and its numbers are made up."
)
HINT: Final = (
    "Type a command such as /recap 30d top 3 or /recap help, the number of a button, or q to quit."
)


@dataclass(frozen=True)
class Stage:
    """The stand-ins with the connected app between them."""

    slack: SlackStandIn
    api: CreatorAuditStandIn
    console: Console


async def play(*, once: bool, answers: bool, svg: Path | None = None) -> None:
    """Show one recap in ``#marketing``, then take commands until the person quits."""
    logs.configure("console", [])
    # A picture is always as wide and as colourful as the README needs it.
    console = Console(record=True, width=88, force_terminal=True) if svg else Console()
    async with _stage(console) as stage:
        stage.console.print(Text(GREETING, style="dim"))
        await _type(stage, "/recap 7d")
        _footnote(stage)
        if answers:
            _print_answers(stage)
        if not once:
            await _converse(stage)
    if svg:
        await asyncio.to_thread(_save, console, svg)


def _save(console: Console, file: Path) -> None:
    """Write what was shown to ``file``, without the fonts that rich would fetch from the web."""
    drawn = console.export_svg(title="Recap")
    picture = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise setting_error(f"--svg {file} can't be written: {error.strerror}.") from error


@asynccontextmanager
async def _stage(console: Console) -> AsyncIterator[Stage]:
    clock = SystemClock()
    keys = {KEY: ApiKey(Organisation(clock.now().date()))}
    workspace = Workspace.sample()
    async with (
        CreatorAuditStandIn(keys, now=clock.now) as api,
        SlackStandIn(workspace, now=lambda: clock.now().timestamp()) as slack,
        open_app(_settings(slack, api)),
    ):
        await slack.until(lambda: slack.connected)
        yield Stage(slack, api, console)


def _settings(slack: SlackStandIn, api: CreatorAuditStandIn) -> Settings:
    return GivenSettings.model_validate(
        {
            "creatoraudit_api_key": KEY,
            "creatoraudit_base_url": api.base_url,
            "slack_bot_token": slack.bot_token,
            "slack_app_token": slack.app_token,
            "slack_api_url": slack.api_url,
        }
    )


async def _type(stage: Stage, line: str) -> None:
    """Type ``line`` as Mia would in #marketing, and show what comes back."""
    stage.console.print(Rule(Text("#marketing", style="bold"), align="left", style="dim"))
    stage.console.print(Text.assemble(("Mia  ", "bold green"), line))
    command, _, text = line.partition(" ")
    before = len(stage.slack.traffic)
    await _settle(stage, await stage.slack.command(MIA, MARKETING, text, command), before)


async def _press(stage: Stage, number: int) -> None:
    """Press the button ``number`` under the newest message that has one."""
    message = _newest(stage)
    if message is None or not 1 <= number <= len(buttons(message)):
        stage.console.print(Text("There is no such button.", style="yellow"))
        return
    button = buttons(message)[number - 1]
    stage.console.print(Text.assemble(("Mia  ", "bold green"), f"presses {button['text']['text']}"))
    before = len(stage.slack.traffic)
    delivery = await stage.slack.press(MIA, message, button["action_id"])
    await _settle(stage, delivery, before)


async def _settle(stage: Stage, delivery: Delivery, before: int) -> None:
    """Wait until the app has answered, and show it as Mia sees it."""
    if delivery.error:
        stage.console.print(Text(f"Slack says: {delivery.error}", style="red"))
        return
    slack = stage.slack
    await slack.until(lambda: len(slack.traffic) > before and not _pending(stage), PATIENCE)
    if slack.traffic[-1].method == "views.open":
        stage.console.print(draw_modal(slack.workspace.windows[MIA][-1], slack.workspace))
    elif seen := slack.workspace.seen_by(MIA, MARKETING):
        stage.console.print(draw(seen[-1], slack.workspace))


def _pending(stage: Stage) -> bool:
    """Whether the newest message only says that it is being worked on."""
    seen = stage.slack.workspace.seen_by(MIA, MARKETING)
    return bool(seen) and seen[-1].text.startswith("Working on")


def _newest(stage: Stage) -> Message | None:
    seen = stage.slack.workspace.seen_by(MIA, MARKETING)
    return next((message for message in reversed(seen) if buttons(message)), None)


def _footnote(stage: Stage) -> None:
    asked = [f"{one.method} {one.path} → {one.status}" for one in stage.api.exchanges]
    stage.console.print(Text(f"Asked of CreatorAudit: {', '.join(asked)}", style="dim"))


def _print_answers(stage: Stage) -> None:
    """What the stand-in for CreatorAudit answered, so that each number can be found in it."""
    for one in stage.api.exchanges:
        query = "&".join(f"{key}={value}" for key, value in one.query.items())
        stage.console.print(Text(f"{one.method} {one.path}?{query}", style="bold"))
        text = json.dumps(one.json, indent=2, ensure_ascii=False)
        sys.stdout.write(f"{text}\n")


async def _converse(stage: Stage) -> None:
    stage.console.print(Text(HINT, style="dim"))
    while True:
        line = (await _read()).strip()
        if line in {"q", "quit", "exit"}:
            return
        if line.isdecimal() and len(line) <= DIGITS:
            await _press(stage, int(line))
        elif line.partition(" ")[0] == COMMAND:
            await _type(stage, line)
        elif line:
            stage.console.print(Text(HINT, style="dim"))


async def _read() -> str:
    """The next line; a daemon thread waits for it, so that Ctrl-C ends the demo at once."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()

    def wait() -> None:
        line = _line()
        loop.call_soon_threadsafe(typed.set_result, line)

    sys.stdout.write("> ")
    sys.stdout.flush()
    threading.Thread(target=wait, daemon=True).start()
    return await typed


def _line() -> str:
    """One line of standard input, or ``q`` at its end.

    Read from the descriptor: a daemon thread within ``sys.stdin`` would keep its lock, and Python
    aborts at exit when it finds that lock taken.
    """
    read = b""
    while not read.endswith(b"\n"):
        try:
            # Python has no sys.stdin where it was closed; descriptor 0 may be another file then.
            byte = os.read(sys.stdin.fileno(), 1) if sys.stdin else b""
        except OSError:
            byte = b""
        if not byte:
            return read.decode(errors="replace") or "q"
        read += byte
    return read.decode(errors="replace")
