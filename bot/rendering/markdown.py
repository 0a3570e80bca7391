"""The recap as Markdown, as the public tutorial hands it to any chat or mail service."""

import re
from collections.abc import Iterator

from bot.digest.model import Digest, TopCreators
from bot.rendering import words
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers

SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&@])")


def escape(text: str) -> str:
    """``text`` with everything escaped that CommonMark or a chat service gives a meaning to."""
    return SPECIAL.sub(r"\\\1", text)


def render_markdown(digest: Digest, numbers: Numbers) -> str:
    """``digest`` as CommonMark."""
    return "\n".join(_lines(digest, numbers))


def _lines(digest: Digest, numbers: Numbers) -> Iterator[str]:
    yield f"**{words.title(digest.period)}**"
    yield ""
    for figure in words.shown(digest):
        yield f"- {escape(one_line(figure.label))}: **{words.figure(figure, numbers)}**"
    if more := words.left_out(digest):
        yield f"- {more}"
    if digest.top_creators:
        yield from _creators(digest.top_creators, numbers)
    for sentence in words.missing(digest):
        yield ""
        yield f"*{escape(sentence)}*"
    yield ""
    yield f"_{words.comparison(digest.period)} {words.fetched(digest, numbers)}._"


def _creators(top: TopCreators, numbers: Numbers) -> Iterator[str]:
    yield ""
    yield f"**{escape(words.creators_title(top))}**"
    yield ""
    for row in top.rows:
        yield f"{row.rank}. {escape(one_line(row.name))}: {numbers.compact(row.value)}"
    if not top.rows:
        yield words.NOBODY_RANKED
