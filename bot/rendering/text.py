"""The whole recap as plain text: for screen readers, notifications, pipes and files."""

from collections.abc import Iterator

from bot.digest.model import Digest, RankedCreator
from bot.rendering import words
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers


def render_text(digest: Digest, numbers: Numbers) -> str:
    """``digest`` as lines of plain text, without any markup or escaping."""
    return "\n".join(text_lines(digest, numbers))


def text_lines(digest: Digest, numbers: Numbers) -> Iterator[str]:
    """The lines of ``render_text``."""
    yield words.title(digest.period)
    for figure in words.shown(digest):
        yield f"{one_line(figure.label)}: {words.figure(figure, numbers)}"
    if more := words.left_out(digest):
        yield more
    if digest.top_creators:
        yield words.creators_title(digest.top_creators)
        yield from (ranked(row, numbers) for row in digest.top_creators.rows)
        if not digest.top_creators.rows:
            yield words.NOBODY_RANKED
    yield from words.missing(digest)
    yield f"{words.comparison(digest.period)} {words.fetched(digest, numbers)}."


def ranked(row: RankedCreator, numbers: Numbers) -> str:
    """``1. Mia Chen: 245K``."""
    return f"{row.rank}. {one_line(row.name)}: {numbers.compact(row.value)}"
