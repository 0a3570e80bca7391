"""The regions of the page, drawn on the server."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.listeners.commands import COMMAND
from bot.playground.page.blocks import render_blocks
from bot.playground.page.dates import moment
from bot.playground.page.ledger import newest
from bot.playground.page.look import HOME, Look, names
from bot.playground.page.mrkdwn import render_mrkdwn
from bot.playground.page.viewer import Viewer
from bot.playground.slack_workspace import BOT, Message
from bot.rendering.notices import EXAMPLES

SHOWN: Final = 80
"""Requests in the side panel."""

DRAWN: Final = 2_000
"""Messages that are not drawn anew while they and their readers stay as they are."""

ZONES: Final = (
    "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo",
    "Australia/Lord_Howe", "UTC",
)  # fmt: skip

TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates" / "page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Shown:
    """A message as its template draws it.

    Attributes:
        key: Its id in the page.
        author: Whoever wrote it; ``app`` marks it as the app's.
        day: Its date as Slack's divider says it, where the message before is of another; else None.
        moment: When it was written, as Slack prints it for the reader.
        body: Its blocks, or its text where it has none.
        replies: What stands in its thread.
    """

    key: str
    message: Message
    author: str
    app: bool
    day: Markup | None
    moment: Markup
    body: Markup
    replies: tuple["Shown", ...]


def shown(here: Look) -> list[Shown]:
    """The messages of the open channel, oldest first, with their threads."""
    seen = here.messages(here.channel)
    roots = [one for one in seen if one.thread_ts in {None, one.ts}]
    drawn: list[Shown] = []
    last: date | None = None
    for root in roots:
        replies = tuple(
            _shown(here, one) for one in seen if one.thread_ts == root.ts and one is not root
        )
        day = datetime.fromtimestamp(float(root.ts), ZoneInfo(here.person.tz)).date()
        drawn.append(_shown(here, root, replies, divided=day != last))
        last = day
    return drawn


def _shown(
    here: Look, message: Message, replies: tuple[Shown, ...] = (), *, divided: bool = False
) -> Shown:
    viewer, written = here.viewer, int(float(message.ts))
    if message.blocks:
        body = _drawn(json.dumps(message.blocks), *_eyes(viewer))
    else:
        body = Markup('<div class="said">{}</div>').format(render_mrkdwn(message.text, viewer))
    return Shown(
        key=f"m-{message.channel}-{message.ts.replace('.', '-')}",
        message=message,
        author=names(here.stage).get(message.user, message.user),
        app=message.user == BOT,
        day=moment(written, "{day_divider_pretty}", viewer) if divided else None,
        moment=moment(written, "{time}", viewer) or Markup(),
        body=body,
        replies=replies,
    )


_Names = tuple[tuple[str, str], ...]


def _eyes(viewer: Viewer) -> tuple[str, str, datetime, _Names, _Names]:
    """What a message's look depends on, to the minute."""
    minute = viewer.now.replace(second=0, microsecond=0)
    users, channels = tuple(viewer.users.items()), tuple(viewer.channels.items())
    return viewer.user, viewer.zone, minute, users, channels


@lru_cache(DRAWN)
def _drawn(
    blocks: str, user: str, zone: str, now: datetime, users: _Names, channels: _Names
) -> Markup:
    """A message's blocks, given as JSON; most of them look as they did a moment ago."""
    return render_blocks(json.loads(blocks), Viewer(user, zone, now, dict(users), dict(channels)))


def _side(here: Look) -> Mapping[str, Any]:
    return {"own": here.stage.slack.workspace.direct(here.person.id)}


def _main(here: Look) -> Mapping[str, Any]:
    home = here.stage.slack.workspace.homes.get(here.person.id)
    body = Markup()
    if here.place == HOME and home:
        body = render_blocks(home["blocks"], here.viewer, values=home["state"]["values"])
    messages = [] if here.place == HOME else shown(here)
    return {"messages": messages, "home": body, "command": COMMAND, "examples": EXAMPLES}


def _dialog(here: Look) -> Mapping[str, Any]:
    workspace = here.stage.slack.workspace
    windows = workspace.windows.get(here.person.id, [])
    if not windows:
        return {"view": None}
    view = windows[-1]
    errors = workspace.window_errors.get(here.person.id, {})
    values = view["state"]["values"]
    return {
        "view": view,
        "deep": len(windows) > 1,
        "body": render_blocks(view["blocks"], here.viewer, errors=errors, values=values),
    }


def _clock(here: Look) -> Mapping[str, Any]:
    now = here.stage.clock.now().astimezone(ZoneInfo(here.person.tz))
    return {"now": now, "zones": ZONES, "travelled": bool(here.stage.clock.ahead)}


def _faults(here: Look) -> Mapping[str, Any]:
    return {"switches": tuple(here.stage.breakages), "app": here.stage.app}


def _ledger(here: Look) -> Mapping[str, Any]:
    return {"rows": newest(here.stage.database)}


def _traffic(here: Look) -> Mapping[str, Any]:
    return {"entries": here.stage.journal.entries[-SHOWN:], "zone": ZoneInfo(here.person.tz)}


PARTS: Final[Mapping[str, Callable[[Look], Mapping[str, Any]]]] = {
    "side": _side,
    "main": _main,
    "clock": _clock,
    "faults": _faults,
    "ledger": _ledger,
    "traffic": _traffic,
    "dialog": _dialog,
}
"""What each region's template is given, by the region's name."""

SILENT: Final = ("clock", "faults", "ledger")
"""Regions that change without anybody being told of it."""


def part(name: str, here: Look) -> str:
    """The region ``name`` as HTML."""
    return TEMPLATES.get_template(f"{name}.html").render(here=here, HOME=HOME, **PARTS[name](here))


def page(here: Look, theme: str) -> str:
    """The whole page."""
    drawn = {name: Markup(part(name, here)) for name in PARTS}  # noqa: S704 -- our own templates
    return TEMPLATES.get_template("page.html").render(here=here, parts=drawn, theme=theme)


def versions(here: Look, names: Iterable[str]) -> dict[str, int]:
    """A number for each region of ``names`` that changes whenever the region looks different."""
    return {name: hash(part(name, here)) for name in names}
