"""The recap as Markdown, as the public tutorial hands it to any chat or mail service."""

import re
from collections.abc import Iterator, Sequence

from bot.digest.model import Digest, TopCreators, TopVideo
from bot.rendering import sentences, words
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
    yield f"**{words.title(digest)}**"
    yield ""
    for figure in words.shown(digest):
        yield f"- {escape(one_line(figure.label))}: **{words.figure(figure, numbers)}**"
    if more := words.left_out(digest):
        yield f"- {more}"
    if story := list(sentences.story(digest, numbers)):
        yield ""
        yield from (f"{escape(line)}  " for line in story)
    if digest.top_creators:
        yield from _creators(digest.top_creators, numbers)
    if digest.trend:
        yield ""
        yield escape(sentences.trend(digest, numbers))
    if digest.videos:
        yield from _videos(digest.videos, numbers)
    for sentence in words.missing(digest):
        yield ""
        yield f"*{escape(sentence)}*"
    yield ""
    foot = [*sentences.small_print(digest, numbers), words.comparison(digest.period)]
    yield f"_{escape(' '.join(foot))} {words.fetched(digest, numbers)}._"


def _creators(top: TopCreators, numbers: Numbers) -> Iterator[str]:
    yield ""
    yield f"**{escape(words.creators_title(top))}**"
    yield ""
    for line in sentences.ranking(top, numbers):
        rank, point, rest = line.partition(". ")
        listed = point and rank.isdecimal()
        yield f"{rank}. {escape(rest)}" if listed else f"\n{escape(line)}"


def _videos(videos: Sequence[TopVideo], numbers: Numbers) -> Iterator[str]:
    yield ""
    yield f"**{sentences.TOP_VIDEOS}**"
    yield ""
    for place, one in enumerate(videos, start=1):
        text = escape(sentences.video(one, numbers))
        yield f"{place}. [{text}]({_target(one.url)})" if one.url else f"{place}. {text}"


def _target(url: str) -> str:
    """A parenthesis within would end the link."""
    return url.replace("(", "%28").replace(")", "%29")
