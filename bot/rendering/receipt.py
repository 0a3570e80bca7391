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
from bot.digest.highlights import QUIET_TOTAL, SPREADS, quiet_share
from bot.digest.model import Carried, Digest, Figure, Highlight, LikeForLike, Unit
from bot.digest.periods import Window
from bot.errors import Unusable
from bot.rendering import mrkdwn, sentences
from bot.rendering.choices import PLATFORMS
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
PAIR: Final = 2
Part = tuple[str, Sequence[str]]
"""A title and the lines under it, all plain text."""

CALLS: Final = "Calls"


def parts(digest: Digest, numbers: Numbers) -> list[Part]:
    """What the numbers of ``digest`` are made of; what can be spared first comes last."""
    shown: list[Part] = [
        ("Figures", [_figure(figure, numbers) for figure in digest.figures]),
        ("Windows", list(_windows(digest))),
        ("Rules", list(_rules(digest, numbers))),
        ("Two sources", list(_disagreements(digest, numbers))),
        ("Coverage", list(_coverage(digest, numbers))),
        (CALLS, list(_calls(digest.receipt.calls, numbers))),
        ("Not up to date", list(sentences.uncovered(digest.coverage)) if digest.coverage else []),
    ]
    return [
        (title, [one_line(line, LONGEST_LINE) for line in lines]) for title, lines in shown if lines
    ]


def _figure(figure: Figure, numbers: Numbers) -> str:
    now, of_both, before = (
        _exact(value, figure.unit, numbers)
        for value in (figure.current, figure.compared, figure.previous)
    )
    if figure.compared is not None:
        now = f"{now}; over the accounts that compare {of_both}"
    change = numbers.change(figure.change)
    tail = f" ({change})" if change else ""
    return f"{one_line(figure.label)}: {now}, before {before}{tail}. {figure.source}"


def _exact(value: Number | None, unit: Unit, numbers: Numbers) -> str:
    known = value is not None and unit is Unit.PERCENT
    return f"{numbers.exact(value)}{'%' if known else ''}"


def _windows(digest: Digest) -> Iterator[str]:
    days = digest.period.days
    if digest.platform is None:
        yield f"CreatorAudit's own {days}-day window and the {days} days before it, in UTC."
        yield "It does not publish on which day that window ends, so no dates are printed."
    if digest.window:
        before = f"compared with {_days(digest.window.before)}"
        yield (
            f"The accounts' own numbers: {_days(digest.window)}, "
            f"{before if digest.compares else 'compared with no other days'}; "
            "whole days in UTC, both ends included."
        )


def _days(window: Window) -> str:
    return f"{window.start} to {window.end}"


def _rules(digest: Digest, numbers: Numbers) -> Iterator[str]:
    """What shaped a printed number, the digest's own notes among it."""
    yield from digest.receipt.notes
    if digest.platform:
        name = PLATFORMS[digest.platform]
        yield f"Only {name}: every figure is the sum over the accounts there."
    if digest.top_creators:
        yield _ranked_by(digest, numbers)
    if digest.quiet:
        total, creator = (
            numbers.value(100 * share, Unit.PERCENT)
            for share in (QUIET_TOTAL, quiet_share(digest.movers))
        )
        yield (
            f"Quiet: total views changed by {total} at most, "
            f"and no creator moved them by more than {creator}."
        )
    else:
        yield from (_highlight(one, numbers) for one in digest.highlights)
    if digest.movers:
        floor = numbers.exact(round(digest.movers.floor))
        yield f"Movers: a creator's change below {floor} views counts as noise."


def _ranked_by(digest: Digest, numbers: Numbers) -> str:
    assert digest.top_creators is not None  # noqa: S101 -- asked only where there is one
    match digest.top_creators.unit:
        case Unit.GAIN:
            return "Ranking: views more than in the window before, summed by creator."
        case Unit.PERCENT:
            few = numbers.exact(round(digest.top_creators.floor))
            return (
                "Ranking: (likes + comments + shares) / views, summed by creator; "
                f"creators with fewer than {few} views are left out."
            )
        case _:
            own = any("/creators/top" in call.endpoint for call in digest.receipt.calls)
            if own and digest.platform is None:
                return "Ranking: CreatorAudit's own order."
            return "Ranking: views, summed by creator."


def _highlight(one: Highlight, numbers: Numbers) -> str:
    if isinstance(one, Carried):
        net = f"{'+' if one.movers.net > 0 else ''}{numbers.exact(one.movers.net)}"
        return (
            "A creator's share is of all creators' changes together, "
            f"newly added accounts aside: {net} views."
        )
    if isinstance(one, LikeForLike):
        accounts = "account" if one.accounts == 1 else "accounts"
        many = numbers.exact(one.accounts)
        return f"Like for like leaves out {many} {accounts} first tracked within the window."
    return (
        f"Unusual: {numbers.exact(one.views)} views against a median of "
        f"{numbers.exact(one.median)} over {one.weeks} earlier recaps, "
        f"more than {SPREADS:g} times their usual spread apart."
    )


def _disagreements(digest: Digest, numbers: Numbers) -> Iterator[str]:
    for one in digest.disagreements:
        printed, other = (_exact(value, one.unit, numbers) for value in (one.printed, one.other))
        yield f"{one_line(one.label)}: {printed}, as printed. {one.source}"
        yield f"{one_line(one.label)}: {other}. {one.other_source}"
    yield from digest.receipt.disagreements


def _coverage(digest: Digest, numbers: Numbers) -> Iterator[str]:
    if digest.partial:
        yield sentences.COUNTING
    if digest.coverage:
        yield sentences.coverage(digest.coverage, numbers, digest.platform)


def _calls(calls: Sequence[Call], numbers: Numbers) -> Iterator[str]:
    """One line for each endpoint, however often it was called."""
    grouped: dict[str, list[Call]] = {}
    for call in calls:
        grouped.setdefault(call.endpoint, []).append(call)
    for endpoint, same in grouped.items():
        times = f" ×{numbers.exact(len(same))}" if len(same) > 1 else ""
        yield f"{endpoint}{times}: {_how(same)} {_when(same, numbers)}{_requests(same)}"


def _how(calls: Sequence[Call]) -> str:
    unchanged = sum(call.unchanged for call in calls)
    if unchanged == len(calls):
        return "unchanged since the last fetch,"
    return f"fetched ({unchanged} unchanged since the last fetch)" if unchanged else "fetched"


def _when(calls: Sequence[Call], numbers: Numbers) -> str:
    moments = [call.fetched_at for call in calls]
    return numbers.span(min(moments), max(moments))


def _requests(calls: Sequence[Call]) -> str:
    known = list(dict.fromkeys(call.request_id for call in calls if call.request_id))
    if len(known) > PAIR:
        return f", requests {known[0]} … {known[-1]}"
    return (
        f", {'requests' if len(known) == PAIR else 'request'} {', '.join(known)}" if known else ""
    )


def pack(whole: Sequence[Part]) -> str:
    """``whole`` as a button value; where it does not fit, lines go from its end, and it says so."""
    flat = [(title, line) for title, lines in whole for line in lines]
    kept, data = len(flat), _json(flat)
    # Lines that are much alike fit the button and would still be too much to unpack.
    while len(data) > LONGEST_UNPACKED or len(_deflated(data)) > BUTTON_VALUE:
        kept -= max(1, kept // 32)
        data = _json([*flat[:kept], _cut(flat[kept:])])
    return _deflated(data)


def _cut(left_out: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Says what is left out."""
    what = "call" if all(title == CALLS for title, _ in left_out) else "line"
    more = f"1 more {what}" if len(left_out) == 1 else f"{len(left_out)} more {what}s"
    return "", f"… {more} did not fit into the button."


def _json(flat: Sequence[tuple[str, str]]) -> bytes:
    return json.dumps(flat, ensure_ascii=False, separators=(",", ":")).encode()


def _deflated(data: bytes) -> str:
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
