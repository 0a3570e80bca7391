"""Slack's limits, and constructors of blocks that hold them whatever text goes in.

The numbers are those of docs.slack.dev (/reference/block-kit). ``WHOLE_MESSAGE`` is not documented
there: Slack refuses messages whose blocks hold more than about 13,200 characters together.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

BLOCKS_IN_MESSAGE: Final = 50
BLOCKS_IN_VIEW: Final = 100
WHOLE_MESSAGE: Final = 12_000
MESSAGE_TEXT: Final = 3_900
"""Bytes of ``text``: ``chat.update`` refuses more than about 4,000, counted after escaping."""
HEADER: Final = 150
SECTION: Final = 3_000
CONTEXT_ELEMENTS: Final = 10
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2_000
ACCESSIBILITY_LABEL: Final = 75
VIEW_TITLE: Final = 24
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30
OPTION_TEXT: Final = 75
OPTIONS: Final = 100
HINT: Final = 2_000
MORE: Final = "…"

Block = dict[str, Any]


def clip(text: str, longest: int) -> str:
    """``text`` cut to ``longest`` characters; an ellipsis says so."""
    return text if len(text) <= longest else text[: longest - len(MORE)] + MORE


def fitting(lines: Sequence[str], budget: int) -> list[str]:
    """As many whole ``lines`` as fit ``budget`` bytes; the last one says how many are left out."""
    kept: list[str] = []
    spent = 0
    room = budget - len("… and 0000 more lines".encode())
    for position, line in enumerate(lines):
        spent += len(line.encode()) + 1
        if spent > room:
            more = len(lines) - position
            return [*kept, f"… and {more} more line{'' if more == 1 else 's'}"]
        kept.append(line)
    return kept


def whole_lines(lines: Sequence[str], budget: int) -> str:
    """The same as one text."""
    return "\n".join(fitting(lines, budget))


def plain_text(text: str, longest: int) -> Block:
    """A plain_text object of at most ``longest`` characters; Slack refuses an empty one."""
    return {"type": "plain_text", "text": clip(text, longest) or " ", "emoji": True}


def mrkdwn_text(markup: str) -> Block:
    """A mrkdwn object; ``verbatim`` stops Slack from linking addresses and #names on its own."""
    return {"type": "mrkdwn", "text": markup, "verbatim": True}


def header(text: str) -> Block:
    """A header block."""
    return {"type": "header", "text": plain_text(text, HEADER)}


def sections(lines: Iterable[str]) -> Iterator[Block]:
    """``lines`` of mrkdwn in as few sections as hold them; a line is never torn apart.

    A single line may not be longer than a section: names and labels are clipped before.
    """
    waiting: list[str] = []
    length = 0
    for line in lines:
        if waiting and length + len(line) > SECTION:
            yield {"type": "section", "text": mrkdwn_text("\n".join(waiting))}
            waiting, length = [], 0
        waiting.append(line)
        length += len(line) + 1
    if waiting:
        yield {"type": "section", "text": mrkdwn_text("\n".join(waiting))}


def sharing(parts: Iterable[Sequence[str]], budget: int) -> Iterator[list[Block]]:
    """Each of ``parts`` as sections; all of them share ``budget`` bytes, the first ones first."""
    for part in parts:
        lines = fitting(part, budget)
        budget -= sum(len(line.encode()) + 1 for line in lines)
        yield list(sections(lines))


def context(markups: Sequence[str]) -> Block:
    """A context block of up to ten lines of small print."""
    return {
        "type": "context",
        "elements": [mrkdwn_text(markup) for markup in markups[:CONTEXT_ELEMENTS]],
    }


def confirm(title: str, text: str, yes: str) -> Block:
    """The question that is asked before a button counts as pressed."""
    return {
        "title": plain_text(title, CONFIRM_TITLE),
        "text": plain_text(text, CONFIRM_TEXT),
        "confirm": plain_text(yes, CONFIRM_BUTTON),
        "deny": plain_text("Cancel", CONFIRM_BUTTON),
        "style": "danger",
    }


def actions(buttons: Sequence[Block]) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def button(text: str, action_id: str, value: str, *, label: str | None = None) -> Block:
    """A button; ``label`` is what a screen reader says instead of ``text``.

    Raises:
        ValueError: ``value`` is too long; cutting it would hand back something else.
    """
    if len(value) > BUTTON_VALUE:
        raise ValueError(f"button value of {action_id} has {len(value)} characters")
    made: Block = {
        "type": "button",
        "text": plain_text(text, BUTTON_TEXT),
        "action_id": action_id,
        "value": value,
    }
    if label:
        made["accessibility_label"] = clip(label, ACCESSIBILITY_LABEL)
    return made
