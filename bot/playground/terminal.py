"""A channel as a person would see it in Slack, for the terminal: drawn from what the app sent."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.playground.slack_workspace import Message, Workspace

EMOJI: Final = {":warning:": "⚠", ":hourglass:": "⏳", ":double_vertical_bar:": "⏸"}
PAGE: Final = 5
"""Rows of a table that Slack shows at once, where the app does not say."""

TOKEN: Final = re.compile(
    r"\*(?P<bold>[^*\n]+)\*|`(?P<code>[^`\n]+)`|<!date\^(?P<epoch>\d+)\^[^|>]*\|(?P<date>[^>]*)>"
    r"|<@(?P<user>\w+)>|<#(?P<channel>\w+)>|<https://[^|>]+\|(?P<link>[^>]*)>"
)


def draw(message: Message, workspace: Workspace) -> RenderableType:
    """``message`` with its blocks, its buttons and the mark of a private one."""
    parts = _parts(message.blocks, workspace)
    private = message.ephemeral_to is not None
    note = Text("Only visible to you" if private else "recap  APP", style="dim italic")
    return Panel(Group(*parts), title=note, title_align="left", border_style="dim", expand=False)


def _parts(blocks: list[dict[str, Any]], workspace: Workspace) -> list[RenderableType]:
    """Every block, with an empty line between two of them."""
    parts: list[RenderableType] = []
    for block in blocks:
        parts += [Text(), *_block(block, workspace)]
    return parts[1:]


def _block(block: dict[str, Any], workspace: Workspace) -> Iterator[RenderableType]:
    match block["type"]:
        case "header":
            yield Text(block["text"]["text"], style="bold cyan")
        case "section":
            yield mrkdwn(block["text"]["text"], workspace)
        case "context":
            yield from (
                mrkdwn(element["text"], workspace, style="dim") for element in block["elements"]
            )
        case "actions":
            yield _buttons(block["elements"])
        case "data_table":
            yield from _table(block)
        case "data_visualization":
            yield Text(f"[{block['chart']['type']} chart: {block['title']}]", style="cyan")


def _table(block: dict[str, Any]) -> Iterator[RenderableType]:
    """The first page of a table of Slack's."""
    head, *rows = [[cell.get("text", "") for cell in row] for row in block["rows"]]
    size = block.get("page_size", PAGE)
    table = Table(title=Text(block["caption"]), title_justify="left")
    for name in head:
        table.add_column(Text(name))
    for row in rows[:size]:
        table.add_row(*map(Text, row))
    yield table
    if len(rows) > size:
        yield Text(f"rows 1 to {size} of {len(rows)}", style="dim")


def _buttons(elements: list[dict[str, Any]]) -> Text:
    line = Text()
    for number, element in enumerate(elements, start=1):
        line.append(f" {element['text']['text']} ", style="reverse")
        line.append(f"{number} ", style="dim")
    return line


def mrkdwn(markup: str, workspace: Workspace, style: str = "") -> Text:
    """Slack's mrkdwn as text: bold, code, dates in UTC and people by name."""
    shown, at = Text(style=style), 0
    for token in TOKEN.finditer(markup):
        shown.append(_plain(markup[at : token.start()]))
        at = token.end()
        if token["bold"]:
            shown.append(_plain(token["bold"]), style="bold")
        elif token["code"]:
            shown.append(_plain(token["code"]), style="magenta")
        elif token["epoch"]:
            moment = datetime.fromtimestamp(int(token["epoch"]), UTC)
            shown.append(f"{moment:%H:%M} UTC")
        elif token["link"]:
            shown.append(_plain(token["link"]), style="underline")
        elif token["channel"]:
            channel = workspace.channels.get(token["channel"])
            shown.append(f"#{channel.name if channel else token['channel']}", style="blue")
        else:
            person = workspace.people.get(token["user"])
            shown.append(f"@{person.name if person else token['user']}", style="blue")
    shown.append(_plain(markup[at:]))
    return shown


def _plain(text: str) -> str:
    for code, sign in EMOJI.items():
        text = text.replace(code, sign)
    return html.unescape(text)
