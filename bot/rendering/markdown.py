"""The recap as Markdown, as the public tutorial hands it to any chat or mail service."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from bot.digest.model import Digest
from bot.rendering import sentences, words
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers

Escape = Callable[[str], str]

SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&@])")


def escape(text: str) -> str:
    """``text`` with everything escaped that CommonMark or a chat service gives a meaning to."""
    return SPECIAL.sub(r"\\\1", text)


def render_markdown(digest: Digest, numbers: Numbers, escaped: Escape = escape) -> str:
    """``digest`` as CommonMark; ``escaped`` makes text of somebody else's safe."""
    return "\n".join(markdown_lines(digest, numbers, escaped))


def markdown_lines(digest: Digest, numbers: Numbers, escaped: Escape) -> Iterator[str]:
    """The lines of ``render_markdown``."""
    yield title(digest)
    yield ""
    yield from figures(digest, numbers, escaped)
    if told := list(story(digest, numbers, escaped)):
        yield from ("", *told)
    if digest.top_creators:
        yield from ("", f"**{creators_title(digest, escaped)}**", "")
        yield from ranking(digest, numbers, escaped)
    if digest.trend:
        yield from ("", escaped(sentences.trend(digest, numbers)))
    if digest.videos:
        yield from ("", f"**{sentences.TOP_VIDEOS}**", "")
        yield from videos(digest, numbers, escaped)
    for sentence in missing(digest, escaped):
        yield from ("", sentence)
    yield from ("", f"_{foot(digest, numbers, escaped)}_")


def title(digest: Digest) -> str:
    """The headline; none of it is anybody else's text."""
    return f"**{words.title(digest)}**"


def figures(digest: Digest, numbers: Numbers, escaped: Escape) -> Iterator[str]:
    """The figures as a list."""
    for figure in words.shown(digest):
        yield f"- {escaped(one_line(figure.label))}: **{words.figure(figure, numbers)}**"
    if more := words.left_out(digest):
        yield f"- {more}"


def story(digest: Digest, numbers: Numbers, escaped: Escape) -> Iterator[str]:
    """What happened; two spaces end each line, since they are one paragraph."""
    return (f"{escaped(line)}  " for line in sentences.story(digest, numbers))


def creators_title(digest: Digest, escaped: Escape) -> str:
    """The headline of the ranking, which there has to be."""
    assert digest.top_creators is not None  # noqa: S101 -- asked only where there is one
    return escaped(words.creators_title(digest.top_creators))


def ranking(digest: Digest, numbers: Numbers, escaped: Escape) -> Iterator[str]:
    """The ranking as a numbered list, and who is not in it any more."""
    assert digest.top_creators is not None  # noqa: S101
    for line in sentences.ranking(digest.top_creators, numbers):
        rank, point, rest = line.partition(". ")
        listed = point and rank.isdecimal()
        yield from (f"{rank}. {escaped(rest)}",) if listed else ("", escaped(line))


def videos(digest: Digest, numbers: Numbers, escaped: Escape) -> Iterator[str]:
    """The posts as a numbered list, each a link to its page."""
    for place, one in enumerate(digest.videos, start=1):
        text = escaped(sentences.video(one, numbers))
        yield f"{place}. [{text}]({_target(one.url)})" if one.url else f"{place}. {text}"


def missing(digest: Digest, escaped: Escape) -> Iterator[str]:
    """One sentence for each part that is not there."""
    return (f"*{escaped(sentence)}*" for sentence in words.missing(digest))


def foot(digest: Digest, numbers: Numbers, escaped: Escape) -> str:
    """The small print, without marks around it."""
    said = [*sentences.small_print(digest, numbers), words.comparison(digest.period)]
    return f"{escaped(' '.join(said))} {words.fetched(digest, numbers)}."


def _target(url: str) -> str:
    """A parenthesis within would end the link."""
    return url.replace("(", "%28").replace(")", "%29")
