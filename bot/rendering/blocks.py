"""The recap as a Slack message: Block Kit for the eye, the same in full as text for the ear."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.digest.model import Digest, Figure, TopCreators, TopVideo
from bot.digest.periods import Period
from bot.digest.preferences import Ask
from bot.rendering import buttons, mrkdwn, receipt, sentences, words
from bot.rendering.limits import (
    MESSAGE_TEXT,
    Block,
    actions,
    button,
    context,
    header,
    sharing,
    whole_lines,
)
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.text import text_lines

PER_LINE = 3
"""Figures that share a line, so that a phone shows them all; the first has one for itself."""

SHORT = 6
"""Figures at the top of a post in a channel, whose thread holds the others."""

RANKED_PER_LINE = 5
LONGEST_LINK = 500
"""A longer one would push out what can be read; its line stands without it."""

BODY = 8_000
"""Bytes of a body's lines; what stands around them needs the rest of what Slack takes."""

POST = 5_000
"""The same of a post in a channel, around which stands more."""

MISSING_TEXT = 2_000
"""Bytes for what is missing, so that it never crowds out the figures."""


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """What Slack is asked to show; ``text`` holds the whole of ``blocks`` in words.

    ``classic`` says the same where a workspace refuses the data blocks among ``blocks``.
    """

    text: str
    blocks: Sequence[Block]
    classic: Sequence[Block] = ()


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
    """What a recap shows that has to stand for itself."""
    yield header(words.title(digest))
    yield from chain(*sharing(_parts(digest, numbers), BODY))
    yield from _foot(digest, numbers)


def _parts(digest: Digest, numbers: Numbers) -> Iterator[Sequence[str]]:
    yield list(_headline(words.shown(digest), digest, numbers))
    yield _story(digest, numbers)
    if digest.top_creators:
        title = f"*{mrkdwn.literal(one_line(words.creators_title(digest.top_creators)))}*"
        rows = sentences.ranking(digest.top_creators, numbers)
        yield [title, *map(mrkdwn.literal, rows)]
    if digest.trend:
        yield [mrkdwn.literal(sentences.trend(digest, numbers))]
    if digest.videos:
        yield [f"*{sentences.TOP_VIDEOS}*", *linked(digest.videos, numbers)]


def linked(videos: Sequence[TopVideo], numbers: Numbers) -> Iterator[str]:
    """The posts as mrkdwn, each a link to its page."""
    for place, one in enumerate(videos, start=1):
        text, link = mrkdwn.literal(sentences.video(one, numbers)), mrkdwn.escape(one.url or "")
        shown = f"<{link}|{text}>" if 0 < len(link) <= LONGEST_LINK else text
        yield f"{place}. {shown}"


def short_body(digest: Digest, numbers: Numbers) -> Iterator[Block]:
    """About eight lines for a channel that reads on in the thread; one for a quiet window."""
    yield header(words.title(digest))
    if digest.quiet:
        lines = [
            " · ".join([*_headline(digest.figures[:1], digest, numbers), *_story(digest, numbers)])
        ]
    else:
        lines = [*_headline(digest.figures[:SHORT], digest, numbers), *_story(digest, numbers)]
        if digest.top_creators:
            lines += _leaders(digest.top_creators, numbers)
    yield from chain(*sharing([lines], POST))
    yield from _missing(digest)
    small = [*sentences.small_print(digest, numbers, short=True), words.comparison(digest.period)]
    yield context([mrkdwn.literal(" ".join(small))])


def _headline(figures: Sequence[Figure], digest: Digest, numbers: Numbers) -> Iterator[str]:
    first, rest = figures[0], figures[1:]
    yield f"*{_label(first)}*  {mrkdwn.escape(words.figure(first, numbers))}"
    for start in range(0, len(rest), PER_LINE):
        yield "  ·  ".join(
            f"{_label(figure)} {mrkdwn.escape(words.figure(figure, numbers))}"
            for figure in rest[start : start + PER_LINE]
        )
    if len(figures) > SHORT and (more := words.left_out(digest)):
        yield more


def _story(digest: Digest, numbers: Numbers) -> list[str]:
    return [mrkdwn.literal(line) for line in sentences.story(digest, numbers)]


def _leaders(top: TopCreators, numbers: Numbers) -> Iterator[str]:
    title = f"*{mrkdwn.literal(one_line(words.top_title(top)))}*"
    if not top.rows:
        yield f"{title}  {words.NOBODY_RANKED}"
    for start in range(0, len(top.rows), RANKED_PER_LINE):
        rows = top.rows[start : start + RANKED_PER_LINE]
        named = "  ·  ".join(mrkdwn.literal(sentences.ranked(row, top, numbers)) for row in rows)
        yield named if start else f"{title}  {named}"


def _missing(digest: Digest) -> Iterator[Block]:
    if missing := [f":warning: {mrkdwn.literal(line)}" for line in words.missing(digest)]:
        yield context([whole_lines(missing, MISSING_TEXT)])


def _foot(digest: Digest, numbers: Numbers) -> Iterator[Block]:
    yield from _missing(digest)
    small = " ".join(mrkdwn.literal(line) for line in sentences.small_print(digest, numbers))
    when = mrkdwn.moment(digest.built_at, numbers.moment(digest.built_at))
    last = f"{words.comparison(digest.period)} From CreatorAudit, {when}."
    yield context([f"{small} {last}" if small else last])


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
