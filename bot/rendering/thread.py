"""What goes into the thread of a post: everything that its eight lines leave out."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.digest.model import Digest, Figure, TopCreators, TopVideo, Unit
from bot.digest.movers import Mover, Movers
from bot.rendering import mrkdwn, sentences, words
from bot.rendering.blocks import PER_LINE, SHORT, SlackMessage
from bot.rendering.data_blocks import Cell, Series, bar_chart, data_table, line_chart
from bot.rendering.limits import MESSAGE_TEXT, Block, header, sections, whole_lines
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.sparkline import bar

BARS: Final = 5
"""Gains, and as many drops, in one chart."""

WIDTH: Final = 12
"""Characters of the longest text bar: a name and its bar share a line on a phone."""


def render_thread(digest: Digest, numbers: Numbers, *, classic: bool) -> tuple[SlackMessage, ...]:
    """The replies, one at most; without data blocks where the workspace is known to refuse them."""
    in_words = [*_parts(digest, numbers)]
    if not in_words and not digest.videos:
        return ()
    lines = [line for title, part in in_words for line in (title, *part)]
    lines += [f"Top video: {sentences.video(one, numbers)}" for one in digest.videos]
    text = whole_lines([mrkdwn.literal(line) for line in lines], MESSAGE_TEXT)
    plain = [block for title, part in in_words for block in _section(title, part)]
    videos = list(_videos(digest.videos, numbers))
    head = header("The details")
    words_only = [head, *plain, *videos]
    drawn = [head, *_drawn(digest, numbers), *videos]
    if classic or not any(block["type"].startswith("data_") for block in drawn):
        return (SlackMessage(text, words_only),)
    return (SlackMessage(text, drawn, words_only),)


def _parts(digest: Digest, numbers: Numbers) -> Iterator[tuple[str, Sequence[str]]]:
    """Every part in words: its title and its lines."""
    if rest := _rest(digest):
        yield "More figures", list(_figures(rest, numbers))
    if digest.movers:
        yield from _moved(digest.movers, numbers)
    if digest.trend:
        yield "Trend", [sentences.trend(digest)]
    if digest.top_creators and (rows := _ranked(digest.top_creators, numbers)):
        yield one_line(words.creators_title(digest.top_creators)), rows
    if names := _names(digest):
        yield "Coverage", names


def _drawn(digest: Digest, numbers: Numbers) -> Iterator[Block]:
    """The same with native charts and a native table in place of their words."""
    if rest := _rest(digest):
        yield from _section("More figures", list(_figures(rest, numbers)))
    charts = [_bars(digest.movers) if digest.movers else None, _line(digest)]
    yield from (chart for chart in charts if chart)
    if digest.top_creators and digest.top_creators.rows:
        yield _table(digest.top_creators, numbers)
    if names := _names(digest):
        yield from _section("Coverage", names)


def _rest(digest: Digest) -> Sequence[Figure]:
    """The figures that the post itself has no room for."""
    return words.shown(digest)[1 if digest.quiet else SHORT :]


def _figures(figures: Sequence[Figure], numbers: Numbers) -> Iterator[str]:
    for start in range(0, len(figures), PER_LINE):
        yield "  ·  ".join(
            f"{one_line(figure.label)} {words.figure(figure, numbers)}"
            for figure in figures[start : start + PER_LINE]
        )


def _moved(movers: Movers, numbers: Numbers) -> Iterator[tuple[str, Sequence[str]]]:
    gains, drops = movers.gains[:BARS], movers.drops[:BARS]
    largest = max((abs(one.by) for one in (*gains, *drops)), default=0)
    for title, some in (("Biggest gains", gains), ("Biggest drops", drops)):
        if some:
            yield title, [_bar(one, largest, numbers) for one in some]


def _bar(one: Mover, largest: float, numbers: Numbers) -> str:
    return f"{bar(one.by, largest, WIDTH)} {one_line(one.name)} {numbers.gain(one.by)}"


def _ranked(top: TopCreators, numbers: Numbers) -> Sequence[str]:
    lines = []
    for row in (*top.rows, *top.rest):
        line = sentences.ranked(row, top, numbers)
        lines.append(line if row.gain is None else f"{line} ({numbers.gain(row.gain)})")
    return lines


def _names(digest: Digest) -> Sequence[str]:
    return list(sentences.uncovered(digest.coverage)) if digest.coverage else []


def _section(title: str, lines: Sequence[str]) -> Iterator[Block]:
    yield from sections([f"*{mrkdwn.literal(title)}*", *map(mrkdwn.literal, lines)])


def _videos(videos: Sequence[TopVideo], numbers: Numbers) -> Iterator[Block]:
    if not videos:
        return
    lines = []
    for place, one in enumerate(videos, start=1):
        text = mrkdwn.literal(sentences.video(one, numbers))
        lines.append(
            f"{place}. <{mrkdwn.escape(one.url)}|{text}>" if one.url else f"{place}. {text}"
        )
    yield from sections(["*Top videos*", *lines])


def _bars(movers: Movers) -> Block | None:
    shown = (*movers.gains[:BARS], *reversed(movers.drops[:BARS]))
    change = Series("Views", [one.by for one in shown])
    names = [one_line(one.name) for one in shown]
    return bar_chart("Biggest gains and drops", names, [change], y_label="Views")


def _line(digest: Digest) -> Block | None:
    points = digest.trend
    days = [f"{point.end.day} {point.end:%b}" for point in points]
    views = Series("Views", [point.views for point in points])
    return line_chart(f"Views by week, {digest.period.days} days each", days, [views])


def _table(top: TopCreators, numbers: Numbers) -> Block:
    rows = [
        (
            Cell(row.rank, str(row.rank)),
            one_line(row.name),
            Cell(row.value, numbers.value(row.value, top.unit)),
            Cell(row.gain, numbers.gain(row.gain) if row.gain is not None else ""),
            Cell(row.engagement, numbers.value(row.engagement, Unit.PERCENT)),
            sentences.mark(row.movement),
        )
        for row in (*top.rows, *top.rest)
    ]
    metric = (top.metric or "value").capitalize()
    titles = ("#", "Creator", metric, "Change", "Engagement", "Rank")
    return data_table(words.creators_title(top), titles, rows, row_header=1)
