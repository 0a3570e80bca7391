"""The recap as a Slack message: Block Kit for the eye, the same in full as text for the ear."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.digest.model import Digest, Figure
from bot.digest.periods import Period
from bot.digest.preferences import Ask
from bot.rendering import buttons, mrkdwn, receipt, words
from bot.rendering.limits import (
    MESSAGE_TEXT,
    Block,
    actions,
    button,
    context,
    header,
    sections,
    whole_lines,
)
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.text import ranked, text_lines

IN_FULL = 2
"""Figures that get a line of their own; the others share lines, so that a phone shows them all."""

PER_LINE = 3
MISSING_TEXT = 2_000
"""Bytes for what is missing, so that it never crowds out the figures."""


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """What Slack is asked to show; ``text`` holds the whole of ``blocks`` in words."""

    text: str
    blocks: Sequence[Block]


def render_private(
    digest: Digest, ask: Ask, numbers: Numbers, *, subscribed: bool | None = None
) -> SlackMessage:
    """The recap as only the person who asked sees it, with every button.

    ``subscribed`` says whether the channel gets recaps by itself; None where it never can.
    """
    choices = [
        *(_show(period, ask) for period in Period),
        button("Share to channel", buttons.SHARE, buttons.pack(ask)),
        *_subscription(ask, subscribed=subscribed),
        receipt_button(digest, numbers),
    ]
    return SlackMessage(_text(digest, numbers), [*body(digest, numbers), actions(choices)])


def _subscription(ask: Ask, *, subscribed: bool | None) -> Iterator[Block]:
    if subscribed is True:
        yield button("Manage subscription", buttons.MANAGE, buttons.pack(ask))
    elif subscribed is False:
        yield button("Subscribe this channel", buttons.SUBSCRIBE, buttons.pack(ask))


def render_shared(digest: Digest, numbers: Numbers, *, shared_by: str) -> SlackMessage:
    """The recap as the whole channel sees it.

    ``shared_by`` is a Slack user id. Nothing here redraws the message: one reader's choice of a
    window must not change what everybody else has read.
    """
    thanks = context([f"Shared by <@{mrkdwn.escape(shared_by)}>"])
    choices = actions([receipt_button(digest, numbers)])
    return SlackMessage(_text(digest, numbers), [*body(digest, numbers), thanks, choices])


def _text(digest: Digest, numbers: Numbers) -> str:
    lines = [mrkdwn.literal(line) for line in text_lines(digest, numbers)]
    return whole_lines(lines, MESSAGE_TEXT)


def body(digest: Digest, numbers: Numbers) -> Iterator[Block]:
    """What every form of a recap shows."""
    yield header(words.title(digest.period))
    yield from sections(_headline(digest, numbers))
    if digest.top_creators:
        title = f"*{mrkdwn.literal(one_line(words.creators_title(digest.top_creators)))}*"
        rows = [mrkdwn.literal(ranked(row, numbers)) for row in digest.top_creators.rows]
        yield from sections([title, *(rows or [words.NOBODY_RANKED])])
    if missing := [f":warning: {mrkdwn.literal(line)}" for line in words.missing(digest)]:
        yield context([whole_lines(missing, MISSING_TEXT)])
    when = mrkdwn.moment(digest.built_at, numbers.moment(digest.built_at))
    yield context([f"{words.comparison(digest.period)} From CreatorAudit, {when}."])


def _headline(digest: Digest, numbers: Numbers) -> Iterator[str]:
    figures = words.shown(digest)
    for figure in figures[:IN_FULL]:
        yield f"*{_label(figure)}*  {mrkdwn.escape(words.figure(figure, numbers))}"
    rest = figures[IN_FULL:]
    for start in range(0, len(rest), PER_LINE):
        yield "  ·  ".join(
            f"{_label(figure)} {mrkdwn.escape(words.figure(figure, numbers))}"
            for figure in rest[start : start + PER_LINE]
        )
    if more := words.left_out(digest):
        yield more


def _label(figure: Figure) -> str:
    return mrkdwn.literal(one_line(figure.label))


def _show(period: Period, ask: Ask) -> Block:
    again = period is ask.period
    return button(
        f"↻ {period.days} days" if again else f"{period.days} days",
        buttons.show_id(period),
        buttons.pack(Ask(period, ask.preferences)),
        label=f"{'Refresh' if again else 'Show'} the last {period.days} days",
    )


def receipt_button(digest: Digest, numbers: Numbers) -> Block:
    """Opens what the numbers are made of."""
    packed = receipt.pack(receipt.parts(digest, numbers))
    return button("How was this computed?", buttons.RECEIPT, packed)
