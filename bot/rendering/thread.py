"""What goes into the thread of a post: everything that its eight lines leave out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

from bot.digest.facts import Number
from bot.digest.model import Digest, Figure, TopCreators, Unit
from bot.digest.movers import Movers
from bot.digest.periods import Period
from bot.rendering import mrkdwn, sentences, words
from bot.rendering.blocks import PER_LINE, SHORT, SlackMessage, linked
from bot.rendering.data_blocks import Cell, Content, Series, bar_chart, data_table, line_chart
from bot.rendering.limits import (
    MESSAGE_TEXT,
    WHOLE_MESSAGE,
    Block,
    header,
    sections,
    sharing,
    whole_lines,
)
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.sparkline import bar

BARS: Final = 5, 10
"""Gains, and as many drops, in one chart: as many as the ranking has rows, within these bounds."""

WIDTH: Final = 12
"""Characters of the longest text bar: a name and its bar share a line on a phone."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the thread in each of its forms.

    Attributes:
        title: What it is, plain text.
        spoken: Its lines for the ear, plain text.
        lines: Its lines for the eye, mrkdwn.
        drawn: A native chart or table in their place; None where it can't be drawn.
        beside: Those of ``lines`` that ``drawn`` has no room for.
    """

    title: str
    spoken: Sequence[str]
    lines: Sequence[str]
    drawn: Block | None = None
    beside: Sequence[str] = ()


@lru_cache(maxsize=8)
def render_thread(digest: Digest, numbers: Numbers, *, classic: bool) -> tuple[SlackMessage, ...]:
    """The replies, one at most; without data blocks where the workspace is known to refuse them.

    A thousand channels that are due together get the same ones.
    """
    parts = list(_parts(digest, numbers))
    if not parts:
        return ()
    spoken = [mrkdwn.literal(line) for part in parts for line in (part.title, *part.spoken)]
    text = whole_lines(spoken, MESSAGE_TEXT)
    titled = ([f"*{mrkdwn.literal(part.title)}*", *part.lines] for part in parts)
    in_words = list(sharing(titled, WHOLE_MESSAGE))
    head = header("Details")
    words_only = [head, *chain(*in_words)]
    if classic or not any(part.drawn for part in parts):
        return (SlackMessage(text, words_only),)
    drawn = [
        [part.drawn, *sections(part.beside)] if part.drawn else blocks
        for part, blocks in zip(parts, in_words, strict=True)
    ]
    return (SlackMessage(text, [head, *chain(*drawn)], words_only),)


def _parts(digest: Digest, numbers: Numbers) -> Iterator[_Part]:
    if rest := list(_figures(digest, numbers)):
        yield _plain("More figures", rest)
    if digest.movers and (digest.movers.gains or digest.movers.drops):
        least, most = BARS
        yield _moved(digest.movers, min(max(digest.top, least), most), numbers)
    if digest.trend:
        yield _trend(digest, numbers)
    if digest.top_creators and digest.top_creators.rows:
        yield _ranking(digest.top_creators, numbers)
    if digest.coverage and (names := list(sentences.uncovered(digest.coverage))):
        yield _plain("Coverage", names)
    if digest.videos:
        title, *spoken = sentences.videos(digest.videos, numbers)
        yield _Part(title, spoken, list(linked(digest.videos, numbers)))


def _plain(title: str, lines: Sequence[str]) -> _Part:
    return _Part(title, lines, [mrkdwn.literal(line) for line in lines])


def _figures(digest: Digest, numbers: Numbers) -> Iterator[str]:
    """The figures that the post itself has no room for."""
    rest: Sequence[Figure] = words.shown(digest)[1 if digest.quiet else SHORT :]
    for start in range(0, len(rest), PER_LINE):
        yield "  ·  ".join(
            f"{one_line(figure.label)} {words.figure(figure, numbers)}"
            for figure in rest[start : start + PER_LINE]
        )
    if more := words.left_out(digest):
        yield more


def _moved(movers: Movers, bars: int, numbers: Numbers) -> _Part:
    shown = (*movers.gains[:bars], *reversed(movers.drops[:bars]))
    title = sentences.moved_title(movers)
    spoken = [f"{one_line(one.name)} {numbers.gain(one.by)}" for one in shown]
    largest = max(abs(one.by) for one in shown)
    lines = [
        f"{bar(one.by, largest, WIDTH)} {mrkdwn.literal(said)}".lstrip()
        for one, said in zip(shown, spoken, strict=True)
    ]
    change = Series("Views", [one.by for one in shown])
    names = [one_line(one.name) for one in shown]
    return _Part(title, spoken, lines, bar_chart(title, names, [change], y_label="Views"))


def _trend(digest: Digest, numbers: Numbers) -> _Part:
    title = "Views by week"
    if digest.period is not Period.WEEK:
        title = f"Views over {digest.period.days} days, week by week"
    title += sentences.so_far(digest)
    days = [numbers.short_day(point.end) for point in digest.trend]
    views = Series("Views", [point.views for point in digest.trend])
    spoken, line = sentences.spoken_trend(digest, numbers), sentences.trend(digest, numbers)
    return _Part(title, [spoken], [mrkdwn.literal(line)], line_chart(title, days, [views]))


def _ranking(top: TopCreators, numbers: Numbers) -> _Part:
    lines = []
    for row in (*top.rows, *top.rest):
        line = sentences.ranked(row, top, numbers)
        if row.gain is not None and top.unit is not Unit.GAIN:
            # Beside a rate, it would read as a change of that.
            views = " views" if top.unit is Unit.PERCENT else ""
            line += f" ({numbers.gain(row.gain)}{views})"
        lines.append(line)
    out = list(sentences.dropped_out(top))
    lines += out
    title = one_line(words.creators_title(top))
    in_words = [mrkdwn.literal(line) for line in lines]
    return _Part(title, lines, in_words, _table(top, numbers), list(map(mrkdwn.literal, out)))


def _table(top: TopCreators, numbers: Numbers) -> Block:
    every = (*top.rows, *top.rest)
    columns: dict[str, Sequence[Content]] = {
        "#": [Cell(row.rank, str(row.rank)) for row in every],
        "Creator": [one_line(row.name) for row in every],
        (top.metric or "value").capitalize(): _cells(
            [row.value for row in every], top.unit, numbers
        ),
    }
    if top.unit is not Unit.GAIN and any(row.gain is not None for row in every):
        change = "Change in views" if top.unit is Unit.PERCENT else "Change"
        columns[change] = _cells([row.gain for row in every], Unit.GAIN, numbers)
    if top.unit is not Unit.PERCENT and any(row.engagement is not None for row in every):
        rates = [row.engagement for row in every]
        columns["Engagement"] = _cells(rates, Unit.PERCENT, numbers)
    if any(row.movement for row in every):
        columns["Rank"] = [sentences.place(row.movement) for row in every]
    rows = list(zip(*columns.values(), strict=True))
    return data_table(words.creators_title(top), list(columns), rows, row_header=1)


def _cells(values: Sequence[Number | None], unit: Unit, numbers: Numbers) -> Sequence[Content]:
    return [Cell(value, numbers.value(value, unit)) for value in values]
