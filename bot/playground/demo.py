"""``recap demo``: the real app, over its real protocols, between the two stand-ins."""

import asyncio
import json
import logging
import os
import re
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

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
ANSWERS: Final = frozenset({"chat.postEphemeral", "response_url", "views.open"})
"""The calls with which the app answers a person."""

EVERY: Final = timedelta(seconds=0.2)
"""Nobody who has travelled to Monday wants to wait for the next tick."""

COMES_WITHIN: Final = 6.0
"""Seconds; what is due comes within one tick."""

DIGITS: Final = 3
"""No message has a thousand buttons, and int() refuses thousands of digits."""
GREETING: Final = (
    "Recap, between a stand-in for Slack and one for CreatorAudit. All of it runs on this machine "
    "and nothing leaves it; the organization and its numbers are made up."
)
HINT: Final = (
    "Type a command such as /recap 30d top 3 or /recap help, the number of a button, save to send "
    "off a window, monday to travel to the next Monday at 09:00 in Berlin, or q to quit."
)
SUBSCRIBE: Final = "/recap subscribe mon 09:00 Europe/Berlin"
BERLIN: Final = ZoneInfo("Europe/Berlin")
NINE: Final = time(9)


class TravelClock:
    """The machine's clock, and later whatever time it was moved to; it never stands still."""

    def __init__(self) -> None:
        self._machine = SystemClock()
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The current instant of the demo, aware, in UTC."""
        return self._machine.now() + self._ahead

    def travel(self, instant: datetime) -> None:
        """Go on from ``instant``."""
        self._ahead = instant - self._machine.now()


@dataclass(frozen=True)
class Stage:
    """The stand-ins with the connected app between them, all in the same time."""

    slack: SlackStandIn
    api: CreatorAuditStandIn
    console: Console
    clock: TravelClock


async def play(*, once: bool, answers: bool, svg: Path | None = None) -> None:
    """A recap in ``#marketing``, a subscription and two Mondays; then take commands."""
    # What Recap says in Slack is the show; its log is worth a line only when something is wrong.
    logs.configure("console", [], level=logging.WARNING)
    # A picture is always as wide and as colourful as the README needs it.
    console = Console(record=True, width=88, force_terminal=True) if svg else Console()
    async with _stage(console) as stage:
        stage.console.print(Text(GREETING, style="dim"))
        await _type(stage, "/recap 7d")
        _footnote(stage)
        if answers:
            _print_answers(stage)
        await _type(stage, SUBSCRIBE)
        await _to_monday(stage)
        if svg:
            await asyncio.to_thread(_write, console, svg)
        await _to_monday(stage, thread=True)
        if not once:
            await _converse(stage)


def _write(console: Console, file: Path) -> None:
    """Write what was shown to ``file``, without the fonts that rich would fetch from the web."""
    drawn = console.export_svg(title="Recap")
    picture = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise setting_error(f"--svg {file} can't be written: {error.strerror}.") from error


@asynccontextmanager
async def _stage(console: Console) -> AsyncIterator[Stage]:
    clock = TravelClock()
    keys = {KEY: ApiKey(Organisation(clock.now().date()))}
    workspace = Workspace.sample()
    with tempfile.TemporaryDirectory(prefix="recap-demo-") as folder:
        async with (
            CreatorAuditStandIn(keys, now=clock.now) as api,
            SlackStandIn(workspace, now=lambda: clock.now().timestamp()) as slack,
            open_app(_settings(slack, api, Path(folder)), clock=clock, every=EVERY),
        ):
            await slack.until(lambda: slack.connected)
            yield Stage(slack, api, console, clock)


def _settings(slack: SlackStandIn, api: CreatorAuditStandIn, folder: Path) -> Settings:
    return GivenSettings.model_validate(
        {
            "database_url": f"sqlite:///{folder / 'recap.db'}",
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
    before = _mark(stage)
    await _settle(stage, await stage.slack.command(MIA, MARKETING, text, command), before)


async def _to_monday(stage: Stage, *, thread: bool = False) -> None:
    """Let time pass until the next Monday at 09:00 in Berlin, and show what comes by itself."""
    today = stage.clock.now().astimezone(BERLIN).date()
    monday = today + timedelta(days=7 - today.weekday())
    stage.clock.travel(datetime.combine(monday, NINE, BERLIN))
    moment = f"{monday:%A} {monday.day} {monday:%B}, 09:00 in Berlin"
    stage.console.print(Rule(Text(moment, style="bold magenta"), align="left", style="dim"))
    before = len(stage.slack.workspace.messages)
    messages = stage.slack.workspace.messages
    try:
        await stage.slack.until(lambda: len(messages) > before, COMES_WITHIN)
    except TimeoutError:
        stage.console.print(Text("No channel is subscribed for that time.", style="yellow"))
        return
    for message in messages[before:]:
        stage.console.print(draw(message, stage.slack.workspace))
    await _thread(stage, messages[before], len(messages), shown=thread)


async def _thread(stage: Stage, post: Message, before: int, *, shown: bool) -> None:
    """Wait for what comes into the thread of ``post``, if anything does, and show it."""
    messages = stage.slack.workspace.messages
    try:
        await stage.slack.until(lambda: len(messages) > before, COMES_WITHIN)
    except TimeoutError:
        return
    if not shown:
        return
    stage.console.print(Text(f"↳ In the thread of “{post.text.splitlines()[0]}”", style="dim"))
    for message in messages[before:]:
        stage.console.print(draw(message, stage.slack.workspace))


async def _save(stage: Stage) -> None:
    """Send off the uppermost window as it is."""
    windows = stage.slack.workspace.windows.get(MIA)
    if not windows or "submit" not in windows[-1]:
        stage.console.print(Text("There is no window to send off.", style="yellow"))
        return
    stage.console.print(Text.assemble(("Mia  ", "bold green"), "presses the window's button"))
    before = _mark(stage)
    delivery = await stage.slack.submit(MIA, {})
    for sentence in stage.slack.workspace.window_errors.get(MIA, {}).values():
        stage.console.print(Text(sentence, style="red"))
        return
    await _settle(stage, delivery, before)


async def _press(stage: Stage, number: int) -> None:
    """Press the button ``number`` under the newest message that has one."""
    message = _newest(stage)
    if message is None or not 1 <= number <= len(buttons(message)):
        stage.console.print(Text("There is no such button.", style="yellow"))
        return
    button = buttons(message)[number - 1]
    stage.console.print(Text.assemble(("Mia  ", "bold green"), f"presses {button['text']['text']}"))
    before = _mark(stage)
    delivery = await stage.slack.press(MIA, message, button["action_id"])
    await _settle(stage, delivery, before, message)


@dataclass(frozen=True)
class Mark:
    """How much had happened before something was typed or pressed."""

    calls: int
    messages: int


def _mark(stage: Stage) -> Mark:
    return Mark(len(stage.slack.traffic), len(stage.slack.workspace.messages))


async def _settle(
    stage: Stage, delivery: Delivery, before: Mark, pressed: Message | None = None
) -> None:
    """Wait until the app has answered, and show what is new as Mia sees it."""
    if delivery.error:
        stage.console.print(Text(f"Slack says: {delivery.error}", style="red"))
        return
    slack = stage.slack

    def answers() -> set[str]:
        return {call.method for call in slack.traffic[before.calls :]} & ANSWERS

    await slack.until(lambda: bool(answers()) and not _pending(stage), PATIENCE)
    if "views.open" in answers():
        stage.console.print(draw_modal(slack.workspace.windows[MIA][-1], slack.workspace))
    seen = slack.workspace.seen_by(MIA, MARKETING)
    new = [one for one in slack.workspace.messages[before.messages :] if one in seen]
    for message in new or ([pressed] if pressed and pressed.edited else []):
        stage.console.print(draw(message, slack.workspace))


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
        if line == "monday":
            await _to_monday(stage, thread=True)
        elif line == "save":
            await _save(stage)
        elif line.isdecimal() and len(line) <= DIGITS:
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
