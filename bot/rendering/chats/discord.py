"""For a Discord webhook: the headline as content, which also shows where embeds are switched off.

The limits (docs.discord.com, /resources/webhook#execute-webhook and /resources/message#embed-
object-embed-limits): content 2,000; ten embeds; of each title 256, description 4,096; 6,000 for
all embeds together. They count characters; the budgets here count bytes, which are never fewer.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot.digest.model import Digest
from bot.rendering import markdown, sentences
from bot.rendering.chats.escaping import literal, plain
from bot.rendering.limits import whole_lines
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.words import creators_title

CONTENT: Final = 2_000
RANKING: Final = 2_900
VIDEOS: Final = 1_200
SMALL_PRINT: Final = 1_300
"""With two titles, which are a line of a name's length, these make less than 6,000."""

Json = dict[str, Any]


def render_discord(digest: Digest, numbers: Numbers) -> Json:
    """``digest`` as a message that mentions nobody, whatever stands in it."""
    told = list(markdown.story(digest, numbers, literal))
    lines = [
        markdown.title(digest),
        *markdown.figures(digest, numbers, literal),
        *(["", *told] if told else []),
    ]
    return {
        "content": whole_lines(lines, CONTENT),
        "embeds": list(_embeds(digest, numbers)),
        "allowed_mentions": {"parse": []},
    }


def _embeds(digest: Digest, numbers: Numbers) -> Iterator[Json]:
    if digest.top_creators:
        rows = list(markdown.ranking(digest, numbers, literal))
        yield _embed(plain(one_line(creators_title(digest.top_creators))), rows, RANKING)
    if digest.videos:
        rows = list(markdown.videos(digest, numbers, literal))
        yield _embed(sentences.TOP_VIDEOS, rows, VIDEOS)
    trend = [literal(sentences.trend(digest, numbers))] if digest.trend else []
    small = [
        *trend,
        *markdown.missing(digest, literal),
        markdown.foot(digest, numbers, literal),
    ]
    yield {"description": whole_lines(small, SMALL_PRINT)}


def _embed(title: str, lines: Sequence[str], budget: int) -> Json:
    return {"title": title, "description": whole_lines(lines, budget)}
