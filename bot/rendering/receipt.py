"""The receipt behind **How was this computed?**.

It travels in the button's own value (at most 2,000 characters, compressed), so that it says what
was true of that message, for ever, on any machine, and without keeping a copy of every recap.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from bot.digest.facts import Call, Number
from bot.digest.model import Digest, Figure, Unit
from bot.errors import Unusable
from bot.rendering import mrkdwn
from bot.rendering.limits import (
    BLOCKS_IN_VIEW,
    BUTTON_VALUE,
    VIEW_TITLE,
    Block,
    clip,
    plain_text,
    sections,
)
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers

LONGEST_LINE: Final = 300
LONGEST_UNPACKED: Final = 64 * 1024
CUT: Final = "… the rest did not fit into the button."

Part = tuple[str, Sequence[str]]
"""A title and the lines under it, all plain text."""


def parts(digest: Digest, numbers: Numbers) -> list[Part]:
    """What the numbers of ``digest`` are made of, in the order of interest."""
    shown: list[Part] = [
        ("Figures", [_figure(figure, numbers) for figure in digest.figures]),
        ("Windows", list(_windows(digest))),
        ("Calls", [_call(call, numbers) for call in digest.receipt.calls]),
        ("Rules", [*digest.receipt.notes, *digest.receipt.disagreements]),
    ]
    return [
        (title, [one_line(line, LONGEST_LINE) for line in lines]) for title, lines in shown if lines
    ]


def _figure(figure: Figure, numbers: Numbers) -> str:
    now, before = (_exact(value, figure, numbers) for value in (figure.current, figure.previous))
    change = numbers.change(figure.change)
    tail = f" ({change})" if change else ""
    return f"{one_line(figure.label)}: {now}, before {before}{tail}. {figure.source}"


def _exact(value: Number | None, figure: Figure, numbers: Numbers) -> str:
    known = value is not None and figure.unit is Unit.PERCENT
    return f"{numbers.exact(value)}{'%' if known else ''}"


def _windows(digest: Digest) -> Iterator[str]:
    days = digest.period.days
    yield f"CreatorAudit's own {days}-day window and the {days} days before it, in UTC."
    yield "It does not publish on which day that window ends, so no dates are printed."


def _call(call: Call, numbers: Numbers) -> str:
    how = "unchanged since the last fetch" if call.unchanged else "fetched"
    request = f", request {call.request_id}" if call.request_id else ""
    return f"{call.endpoint}: {how} {numbers.moment(call.fetched_at)}{request}"


def pack(whole: Sequence[Part]) -> str:
    """``whole`` as a button value; where it does not fit, lines go from its end, and it says so."""
    flat = [(title, line) for title, lines in whole for line in lines]
    kept = len(flat)
    value = _deflate(flat)
    while len(value) > BUTTON_VALUE:
        kept -= max(1, kept // 8)
        value = _deflate([*flat[:kept], ("", CUT)])
    return value


def _deflate(flat: Sequence[tuple[str, str]]) -> str:
    data = json.dumps(flat, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(zlib.compress(data, 9)).decode()


def unpack(value: str) -> list[Part]:
    """The receipt in a button's value.

    Raises:
        Unusable: The value is none that this version understands.
    """
    try:
        data = zlib.decompressobj().decompress(base64.urlsafe_b64decode(value), LONGEST_UNPACKED)
        grouped: dict[str, list[str]] = {}
        for title, line in json.loads(data):
            grouped.setdefault(str(title), []).append(str(line))
    except (ValueError, TypeError, zlib.error, binascii.Error) as error:
        raise Unusable(
            "This receipt is from another version of Recap. Type `/recap` for a fresh one.",
            f"A receipt in a button could not be read ({type(error).__name__}).",
        ) from error
    return list(grouped.items())


def view(whole: Sequence[Part]) -> Block:
    """The receipt as a modal."""
    blocks: list[Block] = []
    for title, lines in whole:
        head = [f"*{mrkdwn.literal(title)}*"] if title else []
        blocks += sections([*head, *(mrkdwn.literal(line) for line in lines)])
    return {
        "type": "modal",
        "title": plain_text("How was this computed?", VIEW_TITLE),
        "close": plain_text("Close", VIEW_TITLE),
        "blocks": blocks[:BLOCKS_IN_VIEW],
    }


def render_receipt(whole: Sequence[Part]) -> str:
    """The receipt as plain text, for where no modal can be opened."""
    return "\n".join(
        clip(line, LONGEST_LINE)
        for title, lines in whole
        for line in ((title, *lines) if title else lines)
    )
