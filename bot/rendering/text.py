"""The whole recap as plain text: for screen readers, notifications, pipes and files."""

from collections.abc import Iterator

from bot.digest.model import Digest
from bot.rendering import sentences, words
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers


def render_text(digest: Digest, numbers: Numbers) -> str:
    """``digest`` as lines of plain text, without any markup or escaping."""
    return "\n".join(text_lines(digest, numbers))


def text_lines(digest: Digest, numbers: Numbers) -> Iterator[str]:
    """The lines of ``render_text``."""
    yield words.title(digest)
    for figure in words.shown(digest):
        yield f"{one_line(figure.label)}: {words.figure(figure, numbers)}"
    if more := words.left_out(digest):
        yield more
    yield from sentences.story(digest, numbers)
    if digest.top_creators:
        yield words.creators_title(digest.top_creators)
        yield from sentences.ranking(digest.top_creators, numbers)
    if digest.trend:
        yield sentences.spoken_trend(digest, numbers)
    yield from sentences.videos(digest.videos, numbers)
    yield from words.missing(digest)
    yield from sentences.small_print(digest, numbers)
    yield f"{words.comparison(digest.period)} {words.fetched(digest, numbers)}."
