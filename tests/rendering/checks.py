"""What every message of a subscription has to hold, whatever stands in it."""

import io
import re

from rich.console import Console

from bot.digest.model import Digest
from bot.playground.slack_blocks import check_message
from bot.rendering.blocks import SlackMessage
from bot.rendering.limits import Block
from bot.rendering.numbers import Numbers
from bot.rendering.terminal import render_terminal

PINGS = re.compile(r"<!(?!date\^)|<@(?!U[0-9])|<http")

HOSTILE = (
    "<!channel>",
    "<@U9> & <https://example.com|x>",
    "&" * 255,
    "`*_~" * 60,
    "قناة" * 30,
    "two\nlines\u202e",
)


def taken(message: SlackMessage) -> list[str]:
    """The lines of ``message``, once it is clear that Slack takes it and that it pings nobody."""
    assert check_message(message.text, list(message.blocks)) == []
    assert 0 < len(message.text.encode()) <= 4_000
    assert not PINGS.search(message.text)
    assert not PINGS.search(str(message.blocks))
    return message.text.splitlines()


def buttons_of(message: SlackMessage | Block) -> list[tuple[str, str, str]]:
    """What every button says, does and carries."""
    blocks = message.blocks if isinstance(message, SlackMessage) else message["blocks"]
    return [
        (one["text"]["text"], one["action_id"], one["value"])
        for block in blocks
        if block["type"] == "actions"
        for one in block["elements"]
    ]


def shown(message: SlackMessage) -> list[str]:
    """The lines of every block but the buttons."""
    texts = [
        text
        for block in message.blocks
        for text in ([block["text"]] if "text" in block else block["elements"])
        if text["type"] != "button"
    ]
    return [line for text in texts for line in text["text"].splitlines()]


def printed(given: Digest) -> str:
    """What a terminal of 100 columns without colour shows."""
    out = io.StringIO()
    console = Console(file=out, width=100, color_system=None)
    console.print(render_terminal(given, Numbers()))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
