"""``recap demo --once``: the real app, over its real protocols, between the two stand-ins.

In one process and in the terminal; ``page`` shows the same in a browser.
"""

import json
import logging
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from bot import logs
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.organisation import Organisation
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import Message, Workspace
from bot.playground.terminal import draw
from bot.playground.travel import TravelClock, next_monday
from bot.settings import GivenSettings, Settings
from bot.wiring import open_app

MIA: Final = "U0MIA"
MARKETING: Final = "C0MARKETING"
KEY: Final = "stand-in-key"
PATIENCE: Final = 30.0
ANSWERS: Final = frozenset({"chat.postEphemeral", "response_url"})
"""The calls with which the app answers a person."""

EVERY: Final = timedelta(seconds=0.2)
"""Nobody who has travelled to Monday wants to wait for the next tick."""

COMES_WITHIN: Final = 6.0
"""Seconds; what is due comes within one tick."""

GREETING: Final = (
    "Recap, between a stand-in for Slack and one for CreatorAudit. All of it runs on this machine "
    "and nothing leaves it; the organization and its numbers are made up."
)
SUBSCRIBE: Final = "/recap subscribe mon 09:00 Europe/Berlin"
BERLIN: Final = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Stage:
    """The stand-ins with the connected app between them, all in the same time."""

    slack: SlackStandIn
    api: CreatorAuditStandIn
    console: Console
    clock: TravelClock


async def play(*, answers: bool) -> None:
    """A recap in ``#marketing``, a subscription and two Mondays."""
    # What Recap says in Slack is the show; its log is worth a line only when something is wrong.
    logs.configure("console", [], level=logging.WARNING)
    async with _stage(Console()) as stage:
        stage.console.print(Text(GREETING, style="dim"))
        await _type(stage, "/recap 7d")
        _footnote(stage)
        if answers:
            _print_answers(stage)
        await _type(stage, SUBSCRIBE)
        await _to_monday(stage)
        await _to_monday(stage, thread=True)


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
    await stage.slack.command(MIA, MARKETING, text, command)
    await _settle(stage, before)


async def _to_monday(stage: Stage, *, thread: bool = False) -> None:
    """Let time pass until the next Monday at 09:00 in Berlin, and show what comes by itself."""
    monday = next_monday(stage.clock.now(), BERLIN)
    stage.clock.travel(monday)
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


@dataclass(frozen=True)
class Mark:
    """How much had happened before something was typed."""

    calls: int
    messages: int


def _mark(stage: Stage) -> Mark:
    return Mark(len(stage.slack.traffic), len(stage.slack.workspace.messages))


async def _settle(stage: Stage, before: Mark) -> None:
    """Wait until the app has answered, and show what is new as Mia sees it."""
    slack = stage.slack

    def answers() -> set[str]:
        return {call.method for call in slack.traffic[before.calls :]} & ANSWERS

    await slack.until(lambda: bool(answers()) and not _pending(stage), PATIENCE)
    seen = slack.workspace.seen_by(MIA, MARKETING)
    for message in [one for one in slack.workspace.messages[before.messages :] if one in seen]:
        stage.console.print(draw(message, slack.workspace))


def _pending(stage: Stage) -> bool:
    """Whether the newest message only says that it is being worked on."""
    seen = stage.slack.workspace.seen_by(MIA, MARKETING)
    return bool(seen) and seen[-1].text.startswith("Working on")


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
